"""gunicorn's workers, with an end for connections that never send a request.

The `asgi` worker waits for a first request without limit, on any number of connections. The `gthread`
worker waits in one of its eight threads: five seconds if a connection is silent, and without limit once a
part of a request has come (https://docs.gunicorn.org/en/stable/design.html asks for a proxy in front).
Here, a connection has `keepalive` seconds for its first request too, at most MAX_WAIT. A response
may take any time. A thread is given to a request with a body that a view reads once the body is there.

The `asgi` worker also writes the reason phrases of all statuses, and gives up connections with responses
that stay open (feeds.http.streaming).
"""

import asyncio
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.asgi import protocol
from gunicorn.workers import gasgi, gthread

from feeds.article.expressions import expression
from feeds.http.reasons import REASONS
from feeds.http.request_body import MAX_REQUEST_BODY, THREAD_BODY_SECONDS, takes_body
from feeds.http.streaming import TAKE, TakenConnection

MAX_WAIT = 15  # seconds for the first request of a connection
MAX_HEAD = 65_536  # bytes of a request
BODY_WAIT = 0.05  # seconds in which a thread waits for the rest of a body that no view has read
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def bounded(worker_class: type) -> type:
    """Return the worker class to use instead of *worker_class*, by default the same."""
    known: dict[type, type] = {gasgi.ASGIWorker: AsgiWorker, gthread.ThreadWorker: ThreadWorker}
    return known.get(worker_class, worker_class)


def wait_of(worker: Any) -> float:
    """The seconds that *worker* waits for the first request of a connection."""
    return min(worker.cfg.keepalive, MAX_WAIT) or MAX_WAIT


class AsgiWorker(gasgi.ASGIWorker):  # type: ignore[misc]
    """The `asgi` worker, with `worker_connections` connections at most."""

    def init_process(self) -> None:
        """Serve connections by PunctualProtocol."""
        gasgi.ASGIProtocol = PunctualProtocol
        _complete_reason_phrases()
        super().init_process()

    def handle_exit_signal(self) -> None:
        """End open responses, for which the worker would wait."""
        super().handle_exit_signal()
        if end := getattr(self.asgi, "end_streams", None):
            end()


class PunctualProtocol(protocol.ASGIProtocol):  # type: ignore[misc]
    """A connection that ends if its first request is not there in time, and that can be taken over."""

    app: Any
    transport: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request, unless there are too many connections."""
        super().connection_made(transport)
        if self.worker.nr_conns > self.worker.worker_connections:
            transport.close()
            return
        self._end = self.worker.loop.call_later(wait_of(self.worker), transport.close)
        self.app = self._answer

    def _answer(self, scope: dict[str, Any], *functions: Any) -> Any:
        """Pass a request on to the application, which may take the connection over."""
        self._end.cancel()
        is_plain = scope["type"] == "http" and scope["http_version"] == "1.1"
        scope[TAKE] = self._take if is_plain and self.cfg.protocol == "http" else None
        return self.worker.asgi(scope, *functions)

    def _take(self) -> TakenConnection | None:
        """See TAKE; None if the connection was closed."""
        transport = self.transport
        if transport.is_closing():
            return None
        self.transport = _Nowhere(self)
        return TakenConnection(transport, self.worker)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        if end := getattr(self, "_end", None):
            end.cancel()
        super().connection_lost(exc)


class _Nowhere(asyncio.Transport):
    """The transport of a *protocol* whose connection was taken over: it is only closed.

    A protocol closes its transport when its task ends, right after this.
    """

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._protocol = protocol

    def can_write_eof(self) -> bool:
        """See asyncio.WriteTransport."""
        return False

    def write(self, data: Any) -> None:
        """Drop *data*, the end of the response that the application completes."""

    def close(self) -> None:
        """See asyncio.BaseTransport."""
        asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)


class ThreadWorker(gthread.ThreadWorker):  # type: ignore[misc]
    """The `gthread` worker, which gives a connection a thread only when a whole request has arrived."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Of other protocols, only a thread can read what was sent.
        self._is_plain = not self.cfg.is_ssl and self.cfg.protocol == "http"

    def init_process(self) -> None:
        """Serve connections, with a short wait for bodies."""
        gthread.DEFAULT_WORKER_DATA_TIMEOUT = BODY_WAIT
        super().init_process()

    def on_client_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """Take the next request of a connection, which has a time of its own."""
        conn.timeout = None
        super().on_client_socket_readable(conn, client)

    def enqueue_req(self, conn: Any) -> None:
        """Give *conn* a thread, or wait for the rest of its request without one."""
        now = time.monotonic()
        if conn.timeout is None:
            conn.timeout = now + wait_of(self)
        waiting = self._part_of_request(conn)
        if waiting < 0:
            conn.data_ready = True
            conn.timeout = None
            conn.close = partial(_close, conn)
            super().enqueue_req(conn)
        elif now < conn.timeout and waiting < MAX_HEAD:
            self._wait_for_more(conn, waiting)
        else:
            self.nr_conns -= 1
            conn.close()

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Answer one request; bound the time in which its body is read.

        A read that takes longer raises TimeoutError, and the connection ends with the response.
        """
        unreader = conn.parser.unreader
        unreader.sock = _TimedSocket(conn.sock, time.monotonic() + THREAD_BODY_SECONDS)
        try:
            return bool(super().handle_request(req, conn))
        finally:
            unreader.sock = conn.sock

    def _part_of_request(self, conn: Any) -> int:
        """The number of bytes of a request that has arrived in part, 0 on a silent connection, else -1.

        A Unix socket ignores SO_RCVLOWAT: there, as of other protocols, a first byte counts as the whole.
        """
        if self._is_plain and not conn.is_http2 and conn.sock.family != socket.AF_UNIX:
            return _bytes_before_the_end(conn)
        is_silent = not conn.initialized and _bytes_before_the_end(conn) == 0
        return 0 if is_silent else -1

    def _wait_for_more(self, conn: Any, had: int) -> None:
        """Call ``enqueue_req`` again once more than the *had* bytes have arrived."""
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, had + 1)
        conn.sock.setblocking(False)
        self.pending_conns.append(conn)
        ready: Callable[[socket.socket], None] = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, ready)


def _complete_reason_phrases() -> None:
    """Add the phrases that the `asgi` worker writes as "Unknown", such as those of 226 and 406."""
    for table in vars(protocol).values():
        if isinstance(table, dict) and table.get(200) == "OK":
            table.update(REASONS)


def _close(conn: Any, graceful: bool = False) -> None:
    """Close *conn*; wait for the client only if it has sent more than was read.

    gunicorn waits two seconds in its main thread, even if all was read, which is when a close is safe.
    """
    if graceful:
        try:
            graceful = bool(conn.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            graceful = False
    gthread.TConn.close(conn, graceful=graceful)


class _TimedSocket:
    """A socket to read from until *deadline*, in seconds of the monotonic clock."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def recv(self, size: int) -> bytes:
        """See socket.recv. Raises TimeoutError."""
        former = self._sock.gettimeout()
        self._sock.settimeout(max(self._deadline - time.monotonic(), 0.001))
        try:
            return self._sock.recv(size)
        finally:
            self._sock.settimeout(former)


def _bytes_before_the_end(conn: Any) -> int:
    """The number of bytes in the socket if they are only a part of a request, else -1.

    A connection that is closed or broken counts as whole: its thread ends it. Of requests with a body,
    only those count as a part whose body a view reads.
    """
    former = conn.parser.unreader.buf.getvalue() if conn.parser else b""
    try:
        received = conn.sock.recv(MAX_HEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        received = None
    except OSError:
        return -1
    count = len(received or b"")
    awaited = conn.sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)
    is_closed = received == b"" or 0 < count < awaited  # readable without the bytes waited for
    request = (former + (received or b"")).lstrip(b"\r\n")
    head, end, body = request.partition(b"\r\n\r\n")
    missing = _length_of_body(head) - len(body) if end else 0
    if missing > 0 and not body and _EXPECTS.search(head):
        _permit_body(conn.sock)
    if is_closed or (end and missing <= 0):
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        return -1
    return count


_LENGTH = expression(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*(?:\r\n|$)", re.IGNORECASE)
_EXPECTS = expression(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)


def _length_of_body(head: bytes) -> int:
    """The length of the body of a request with *head* if a view reads it, else 0."""
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0]
    found = _LENGTH.search(head) if takes_body(method.decode("latin-1"), path.decode("latin-1")) else None
    length = int(found[1]) if found else 0
    return length if length <= MAX_REQUEST_BODY else 0


def _permit_body(sock: socket.socket) -> None:
    """Tell a client that waits for it to send the body (RFC 9110, 10.1.1)."""
    with suppress(OSError):
        sock.send(CONTINUE, socket.MSG_DONTWAIT)
