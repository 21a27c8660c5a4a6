"""A TCP proxy between a host and its database, which cuts, drops and delays what passes."""

import socket
import threading
import time
from contextlib import suppress

BUFFER = 65_536  # bytes


class Proxy:
    """Passes connections to *port* of this machine on to the port that ``target`` names.

    While the proxy is ``cut``, connections are refused and open ones closed. Bytes of a direction that is
    in ``dropped`` are lost, and *delay* seconds pass before any others are sent on.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.dropped: set[str] = set()
        self.delay = 0.0
        self._is_cut = False
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close all connections, and refuse new ones."""
        self._is_cut = True
        self._close_all()

    def heal(self) -> None:
        """Pass everything on again. Connections that lost bytes are closed."""
        if self.dropped:
            self.dropped = set()
            self._close_all()
        self.delay = 0.0
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _close_all(self) -> None:
        for each in [*self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._open |= {client, server}
            for direction, source, sink in (("to", client, server), ("from", server, client)):
                threading.Thread(target=self._pass, args=(direction, source, sink), daemon=True).start()

    def _pass(self, direction: str, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(BUFFER):
                if self.delay:
                    time.sleep(self.delay)
                if direction not in self.dropped:
                    sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
            self._open.discard(each)
