"""Connections without a request: they end by themselves, and delay no other client."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server import KINDS, Server

pytestmark = pytest.mark.slow

SILENT = 1100  # more than a process may have open files by default
SECONDS = 3  # that a server waits for a request in these tests
REQUEST = b"GET /feed.rss HTTP/1.1\r\nHost: x\r\n\r\n"
BODILESS = b"GET /feed.rss HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"  # the body never comes
CLOSED = b"GET /feed.rss HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"  # by the server alone
LONG = b"GET /feed.rss?limit=80 HTTP/1.1\r\nHost: x\r\n\r\n"
PATIENCE = {
    "GUNICORN_CMD_ARGS": f"--keep-alive {SECONDS}",
    "GRANIAN_HTTP1_HEADER_READ_TIMEOUT": str(SECONDS * 1000),
}


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, pristine: Path, tmp_path: Path) -> Iterator[Server]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < 2 * SILENT:
        pytest.skip(f"at most {hard} files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(2 * SILENT, soft), hard))
    with Server(pristine, tmp_path / "run", request.param, **PATIENCE) as server:
        yield server


def test_connections_without_a_request_end_and_delay_no_other_client(server: Server) -> None:
    with ExitStack() as stack:

        def connect(sent: bytes) -> socket.socket:
            connection = stack.enter_context(server.connect())
            connection.sendall(sent)
            return connection

        busy = connect(LONG * 20 + LONG.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        kept = [connect(REQUEST + more) for more in (b"", b"G", REQUEST[:-2])]
        halves = [connect(REQUEST[:length]) for length in range(1, len(REQUEST) - 1)]
        bodiless = [connect(BODILESS) for _ in range(100)]
        closed = [connect(CLOSED) for _ in range(20)]
        silent = [connect(b"") for _ in range(SILENT)]
        assert server.get("/feed.rss").status == 200
        assert server.get("/nothing").status == 404
        for connection in (*silent, *halves):
            assert _rest(connection) == b""
        for connection in (*kept, *bodiless, *closed):
            assert _rest(connection).count(b"HTTP/1.1 200 ") == 1
        # A client that is slow to read its responses is not idle.
        assert _rest(busy).count(b"HTTP/1.1 200 ") == 21


def _rest(connection: socket.socket) -> bytes:
    """The bytes that the server still sends until it closes the connection."""
    received = bytearray()
    try:
        while part := connection.recv(1 << 20):
            received += part
    except ConnectionResetError:
        pass
    return bytes(received)
