"""A server whose answers a test decides, to stand behind the caches."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

NOW, FORMER = '"now"', '"former"'  # the ETag of the feed, and the one before
WHOLE, CHANGES = b"the whole feed", b"the changes"
HANGS = 0  # stands for the status of a request that is never answered
EDITED, EDITED_WHOLE = '"edited"', b"the edited feed"
CACHE_CONTROL = "max-age=1, stale-while-revalidate=0, stale-if-error=600"


class ScriptedOrigin:
    """A server that has the same feed at every path; *statuses* are the errors by path."""

    def __init__(self) -> None:
        self.statuses: dict[str, int] = {}
        self.edited: set[str] = set()  # the paths of feeds that have changed once more
        self.wholes: list[str] = []  # the path of each whole feed that was sent
        self.connections: list[set[str]] = []  # the paths of the requests of each connection
        self.sockets: list[socket.socket] = []
        self.ended = Event()
        self._server = self._listening(0)
        self._port = self._server.server_port
        self.url = f"http://127.0.0.1:{self._port}"

    def _listening(self, port: int) -> "_Server":
        server = _Server(("127.0.0.1", port), _Request)
        server.origin = self
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def stop(self) -> None:
        """Close every connection, and refuse new ones."""
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        for connection in self.sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.sockets.clear()

    def restart(self) -> None:
        """Listen again, at the same port."""
        self.ended.clear()
        self._server = self._listening(self._port)

    def connections_for(self, *paths: str) -> int:
        """The number of connections with requests for any of *paths*."""
        return sum(not asked.isdisjoint(paths) for asked in self.connections)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    origin: ScriptedOrigin

    def handle_error(self, *_arguments: object) -> None:
        """Ignore connections that are closed in the middle of a request."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.paths: set[str] = set()
        self.server.origin.connections.append(self.paths)
        self.server.origin.sockets.append(self.connection)

    def do_GET(self) -> None:
        origin = self.server.origin
        self.paths.add(self.path)
        known = self.headers["If-None-Match"]
        if self.path in origin.edited:
            now, former, whole = EDITED, NOW, EDITED_WHOLE
        else:
            now, former, whole = NOW, FORMER, WHOLE
        seen = {"ETag": now, "Cache-Control": CACHE_CONTROL}
        match origin.statuses.get(self.path, 200):
            case status if status == HANGS:
                origin.ended.wait()
                self.close_connection = True
            case 200 if known == now:
                self._send(304, b"", seen)
            case 200 if known == former and self.headers["A-IM"] == "feed":
                self._send(226, CHANGES, seen | {"IM": "feed"})
            case 200:
                origin.wholes.append(self.path)
                self._send(200, whole, seen)
            case status:
                self._send(status, b"an error", {"Cache-Control": "no-store"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@contextmanager
def scripted_origin() -> Iterator[ScriptedOrigin]:
    """Run a ScriptedOrigin."""
    origin = ScriptedOrigin()
    try:
        yield origin
    finally:
        origin.stop()
