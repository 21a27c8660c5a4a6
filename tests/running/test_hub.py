"""The hub of real servers: bodies arrive whole or are refused, and a slow client delays nobody."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest

from feeds.http.request_body import MAX_REQUEST_BODY
from tests.server import KINDS, Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

URL = "https://feeds.example"
GOOD = {
    "hub.mode": "subscribe", "hub.topic": f"{URL}/feed.atom", "hub.callback": "https://reader.example/x",
}  # fmt: skip
FORM = "application/x-www-form-urlencoded"
SLOW = 40  # clients that do not send the rest: more than a server has threads


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, pristine: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server, whose port is in none of its settings; callbacks may be at addresses of loopback."""
    push = {"FEEDS_PUSH_HUB": "on", "FEEDS_PUSH_ALLOW": "127.0.0.0/8,::1/128"}
    settings = {"GUNICORN_CMD_ARGS": "--keep-alive 3", "FEEDS_SITE_URL": URL} | push
    with Server(pristine, tmp_path_factory.mktemp("hub"), request.param, **settings) as server:
        yield server


def head(length: int | str, *more: str) -> bytes:
    fields = ["POST /hub HTTP/1.1", "Host: feeds.example", f"Content-Type: {FORM}", *more]
    return "\r\n".join([*fields, f"Content-Length: {length}", "", ""]).encode()


def status(connection: socket.socket) -> int:
    """The status of the next response, past interim ones; 0 if the connection was closed without one."""
    with http.client.HTTPResponse(connection) as response:
        try:
            response.begin()
        except (http.client.RemoteDisconnected, ConnectionError):
            return 0
        response.read()
        return response.status


def test_requests_of_subscribers_are_answered_whatever_slow_clients_do(server: Server) -> None:
    form = urlencode(GOOD).encode()
    with ExitStack() as stack:

        def connect(*sent: bytes) -> socket.socket:
            connection = stack.enter_context(server.connect())
            for each in sent:
                connection.sendall(each)
            return connection

        whole = connect(head(len(form)), form)
        assert status(whole) == 202
        whole.sendall(head(len(form)) + form)  # by the same connection
        assert status(whole) == 202
        whole.sendall(b"GET /feed.rss HTTP/1.1\r\nHost: feeds.example\r\nConnection: close\r\n\r\n")
        assert status(whole) == 200
        dripping = connect(head(len(form)))
        for byte in form:
            dripping.sendall(bytes([byte]))
        assert status(dripping) == 202
        assert status(connect(head(len(form), "Expect: 100-continue"), form)) == 202
        assert status(connect(head(MAX_REQUEST_BODY + 1))) == 413
        assert status(connect(head(10**9), b"x" * 1000)) == 413
        assert status(connect(head(0))) == 400
        chunked = head(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        assert status(connect(chunked, b"%x\r\n" % len(form) + form + b"\r\n0\r\n\r\n")) in (202, 411)
        # Nobody reads the bodies of requests to other addresses.
        assert status(connect(head(len(form)).replace(b"/hub", b"/feed.rss"), form)) == 405
        slow = [connect(head(len(form)), form[:number]) for number in range(SLOW)]
        assert server.get("/feed.rss?limit=3").status == 200
        waits = server.kind == "granian"  # which has no limit: only few threads wait
        assert status(connect(head(len(form)), form)) in ((202, 503) if waits else (202,))
        for each in slow if not waits else ():
            assert status(each) in (0, 408)

    def is_accepted() -> bool:
        with server.connect() as connection:
            connection.sendall(head(len(form)) + form)
            return status(connection) == 202

    eventually(is_accepted)


def test_no_callback_leads_to_the_port_that_a_server_listens_on(server: Server) -> None:
    def answer(callback: str) -> tuple[int, bytes]:
        with server.connect() as connection:
            form = urlencode(GOOD | {"hub.callback": callback}).encode()
            connection.sendall(head(len(form)) + form)
            with http.client.HTTPResponse(connection) as response:
                response.begin()
                return response.status, response.read()

    port = server.url.rpartition(":")[2]
    code, text = answer(f"http://127.0.0.1:{port}/health")
    assert (code, text.partition(b";")[0]) == (400, b"hub.callback: an address of this server")
    # The process that delivers looks names up.
    assert answer(f"http://localhost:{port}/health")[0] == 202
    eventually(lambda: "not confirmed: an address of this server" in server.output())
