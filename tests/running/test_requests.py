"""Connections and requests of many kinds of client."""

import http.client
import json
import re
import resource
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from werkzeug.datastructures import Headers

from tests.server import Response, Server

pytestmark = pytest.mark.slow

# A gthread worker has a thread for each connection at work, so that slow clients would hold it.
MANY_CONNECTIONS = pytest.mark.parametrize("server", ["asgi"], indirect=True)
ODD_REQUESTS = (
    "GET /feed.rss HTTP/1.0\n\n",
    "GET /feed.rss HTTP/1.0\nHost: evil.example\n\n",
    "GET /feed.rss HTTP/1.1\nHost: evil.example\nConnection: close\n\n",
    "GET /feed.rss HTTP/1.1\nHost: x\nX-Forwarded-Host: evil.example\nConnection: close\n\n",
    "GET http://evil.example/feed.rss HTTP/1.1\nHost: evil.example\nConnection: close\n\n",
)


@pytest.fixture(scope="module", params=["asgi", "gthread"])
def server(
    request: pytest.FixtureRequest, pristine: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of each kind of gunicorn's workers, shared by all tests."""
    with Server(pristine, tmp_path_factory.mktemp("requests"), request.param) as server:
        yield server


def exchange(server: Server, request: str) -> Response:
    """Send the lines of *request*, and read until the server closes the connection."""
    with server.connect() as connection:
        connection.sendall(request.replace("\n", "\r\n").encode())
        received = connection.makefile("rb").read()
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return Response(int(status.split()[1]), Headers([line.split(": ", 1) for line in lines]), body)


@pytest.mark.parametrize("request_text", ODD_REQUESTS)
def test_an_old_or_odd_client_receives_the_same_feed(server: Server, request_text: str) -> None:
    usual = server.get("/feed.rss")
    response = exchange(server, request_text)
    assert (response.status, response.body) == (200, usual.body)
    assert response.headers["ETag"] == usual.headers["ETag"]
    assert int(response.headers["Content-Length"]) == len(response.body)
    # gunicorn adds a Date where there is none, and the ASGI adapter has sent one.
    assert len(response.headers.getlist("Date")) == 1


@pytest.mark.parametrize("path", ["/", "/topics/oceans/"])
def test_the_host_that_a_client_names_is_nowhere_in_the_response(server: Server, path: str) -> None:
    response = exchange(server, f"GET {path} HTTP/1.1\nHost: evil.example\nConnection: close\n\n")
    assert "evil" not in repr(response)


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("GET /feed.rss HTTP/1.1\nHost: x\n", "200 OK"),
        ("GET /feed.rss HTTP/1.1\nHost: x\nIf-None-Match: *\n", "304 Not Modified"),
        ("GET /nothing HTTP/1.1\nHost: x\n", "404 Not Found"),
        ("GET /feed.rss HTTP/1.1\n", "400 Bad Request"),
        ("GET /feed.rss HTTP/1.1\nHost: x\nHost: y\n", "400 Bad Request"),
        ("GET /feed.rss/ HTTP/1.1\nHost: x\n", "301 Moved Permanently"),
        ("GET /feed.rss HTTP/1.1\nHost: x\nAccept-Encoding: *;q=0\n", "406 Not Acceptable"),
        ("GET /feed.rss HTTP/1.1\nHost: x\nA-IM: feed\nIf-None-Match: {earlier}\n", "226 IM Used"),
        ("POST /feed.rss HTTP/1.1\nHost: x\nContent-Length: 0\n", "405 Method Not Allowed"),
        ("GET /oembed?format=x HTTP/1.1\nHost: x\n", "501 Not Implemented"),
    ],
)
def test_a_status_line_has_the_phrase_of_the_specification(
    server: Server, request_text: str, status: str
) -> None:
    tag = server.get("/feed.rss").headers["ETag"]
    earlier = f'"{int(tag[1:9], 16) - 86_400:08x}{tag[9:]}'
    with server.connect() as connection:
        text = f"{request_text.format(earlier=earlier)}Connection: close\n\n"
        connection.sendall(text.replace("\n", "\r\n").encode())
        line = connection.makefile("rb").readline().decode()
    assert line == f"HTTP/1.1 {status}\r\n"


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    usual = server.get("/feed.rss")
    head = exchange(server, "HEAD /feed.rss HTTP/1.1\nHost: x\nConnection: close\n\n")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", usual.headers["ETag"])


def test_head_of_a_stream_is_answered(server: Server) -> None:
    head = exchange(server, "HEAD /stream/feed HTTP/1.1\nHost: x\nConnection: close\n\n")
    streams = head.headers["Content-Type"] == "text/event-stream"
    assert (head.status, head.body) == (200 if streams else 501, b"")


def test_an_address_may_have_8000_bytes(server: Server) -> None:
    path = "/feed.rss?utm_source="
    assert server.get(path + "a" * (8_000 - len(path))).status == 200
    assert server.get(path + "a" * 9_000).status == 414


def test_images_of_a_sample_are_served_at_the_urls_in_its_feeds(server: Server) -> None:
    items = json.loads(server.get("/feed.json").body)["items"]
    urls = {item["image"] for item in items if "image" in item}
    assert len(urls) > 10
    for url in urls:
        assert url.startswith("http://feeds.example/assets/")
        response = server.get(url.removeprefix("http://feeds.example"))
        assert (response.status, response.headers["Content-Type"]) == (200, "image/png")
        assert len(response.headers.getlist("Date")) == 1
        assert response.body.startswith(b"\x89PNG")


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    paths = ["/feed.rss", "/", "/nothing", "/feed.json", "/feed.rss", "/robots.txt"]
    expected = [server.get(path) for path in paths]
    with server.connect() as connection:
        connection.sendall("".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths).encode())
        stream = connection.makefile("rb")
        for response in expected:
            assert int(stream.readline().split()[1]) == response.status
            headers = http.client.parse_headers(stream)
            assert stream.read(int(headers["Content-Length"])) == response.body


@MANY_CONNECTIONS
def test_slow_clients_delay_no_other_client(server: Server) -> None:
    """Forty clients send their request byte by byte, forty more read no response."""
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(80)]
        for connection in slow[40:]:
            connection.sendall(b"GET /feed.rss?limit=200 HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        for letter in "GET /feed.rss":
            for connection in slow[:40]:
                connection.sendall(letter.encode())
            # The slow clients stay slow until the responses are there.
            assert server.get("/feed.rss").status == 200
            assert server.get("/nothing").status == 404
        for connection in slow[:40]:
            connection.sendall(b" HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"


@MANY_CONNECTIONS
def test_two_thousand_clients_stay_connected_with_100_kb_each(server: Server) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < 5000:
        pytest.skip(f"at most {hard} files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(5000, soft), hard))
    with ExitStack() as stack:
        before = _resident(server)
        for _ in range(2000):
            connection = stack.enter_context(server.connect())
            connection.sendall(b"GET /feed.rss HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 304"
        assert server.get("/feed.rss").status == 200
        assert _resident(server) - before < 2000 * 100


def _resident(server: Server) -> int:
    """The memory of the worker in kilobytes."""
    status = Path(f"/proc/{server.workers()[0]}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0])
