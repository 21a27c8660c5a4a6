"""Requests to other sites: bounded, to checked addresses, in turns."""

import socket
import ssl
from ipaddress import ip_address
from threading import Thread
from typing import Any

import pytest
from msgspec.structs import replace

from feeds.http.outgoing import RequestFailed, RequestRefused
from feeds.ingest.probe.courtesy import Courtesy
from feeds.ingest.probe.request import MAX_BODY, RequestLimits
from tests.ingest.probe.picture_server import AGENT, LOOPBACK, PictureServer, client
from tests.table import for_each


def test_a_request_says_who_asks_and_asks_for_no_compression(pictures: PictureServer) -> None:
    response = client().request("GET", pictures.put(body=b"abc"))
    assert (response.status, response.body) == (200, b"abc")
    [headers] = pictures.headers
    assert headers["user-agent"] == AGENT
    assert headers["accept-encoding"] == "identity"
    assert headers["host"] == f"127.0.0.1:{pictures.port}"


@pytest.mark.parametrize("has_length", [True, False])
def test_at_most_64_kilobytes_are_read(pictures: PictureServer, has_length: bool) -> None:
    url = pictures.put(body=b"x" * 1_000_000, has_length=has_length)
    assert len(client().request("GET", url).body) == MAX_BODY


def test_redirects_are_followed(pictures: PictureServer) -> None:
    url = pictures.put("/1", status=302, headers={"Location": "/2"})
    pictures.put("/2", status=308, headers={"Location": pictures.url("/ä.png#x")})
    pictures.put("/%C3%A4.png", b"abc")
    assert client().request("GET", url).body == b"abc"


def test_the_address_of_a_redirect_may_be_in_utf_8(pictures: PictureServer) -> None:
    pictures.put("/%C3%A4.png", b"abc")
    url = pictures.put("/1", status=302, headers={"Location": "/ä.png".encode().decode("latin-1")})
    assert client().request("GET", url).body == b"abc"


def test_redirects_are_bounded(pictures: PictureServer) -> None:
    url = pictures.put("/1", status=301, headers={"Location": "/1"})
    with pytest.raises(RequestFailed, match="more than 5 redirects"):
        client().request("HEAD", url)
    assert len(pictures.requests) == 6


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.2:1/", "not a public address"),
        ("http://[::1]/", "not a public address"),
        ("file:///etc/passwd", "redirect to no address"),
        ("ftp://127.0.0.1/", "redirect to no address"),
        ("http://user@127.0.0.1/", "redirect to no address"),
        ("http://127.0.0.1:99999/", "redirect to no address"),
    ],
)
def test_the_address_of_every_redirect_is_checked(
    pictures: PictureServer, location: str, reason: str
) -> None:
    only_here = replace(LOOPBACK, is_allowed=lambda address: address == ip_address("127.0.0.1"))
    url = pictures.put(status=302, headers={"Location": location})
    with pytest.raises(RequestRefused, match=reason):
        client(only_here).request("GET", url)


@for_each(
    "url", ["http://localhost/", "http://127.0.0.1/", "http://[::ffff:127.0.0.1]/", "https://localhost/"]
)
def test_without_a_setting_this_machine_is_never_asked(url: str) -> None:
    with pytest.raises(RequestRefused, match="not a public address"):
        client(RequestLimits(pause=0)).request("GET", url)


def test_the_connection_goes_to_the_checked_address_not_to_a_second_look_up(
    pictures: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server may give a public address first, and a private one the next time."""
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def addresses(host: str, *rest: Any, **named: Any) -> Any:
        looked_up.append(host)
        return real("127.0.0.1" if host == "pictures.example" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", addresses)
    pictures.put(body=b"abc")
    url = pictures.url(host="pictures.example")
    assert client().request("GET", url).body == b"abc"
    assert looked_up.count("pictures.example") == 1
    assert pictures.headers[0]["host"] == f"pictures.example:{pictures.port}"


def test_a_secure_connection_names_the_host(pictures: PictureServer) -> None:
    named: list[str] = []

    class Context(ssl.SSLContext):
        def wrap_socket(self, *_: Any, **options: Any) -> Any:
            named.append(options["server_hostname"])
            raise ssl.SSLError(1, "refused by a test")

    limits = replace(LOOPBACK, tls=lambda: Context(ssl.PROTOCOL_TLS_CLIENT))
    url = pictures.url(host="localhost").replace("http:", "https:")
    limits = replace(limits, is_allowed=lambda address: address.is_loopback)
    with pytest.raises(RequestFailed, match="no secure connection"):
        client(limits).request("GET", url)
    assert named == ["localhost"]


def test_a_server_that_does_not_answer_is_left_after_the_limits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(RequestFailed, match=r"no answer within 0\.05 s"):
            client(replace(LOOPBACK, step=0.05)).request("GET", url)
        with pytest.raises(RequestFailed, match=r"no whole answer within 0\.05 s"):
            client(replace(LOOPBACK, whole=0.05)).request("GET", url)


def test_a_closed_port_and_an_unknown_host_are_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(RequestFailed, match="no answer: ConnectionRefusedError"):
        client().request("GET", f"http://127.0.0.1:{port}/")

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(RequestFailed, match="no such host"):
        client().request("GET", "http://nowhere.example/")


def test_a_host_rests_between_two_requests() -> None:
    waits: list[float] = []
    now = [100.0]
    courtesy = Courtesy(2, waits.append, lambda: now[0])
    for host, moment in [("a", 100.0), ("b", 100.5), ("a", 101.5), ("a", 109.0)]:
        now[0] = moment
        with courtesy.turn(host):
            pass
    assert waits == [0.5]


def test_a_host_is_asked_by_one_request_at_a_time() -> None:
    courtesy = Courtesy(0)
    order: list[str] = []

    def ask(host: str) -> None:
        with courtesy.turn(host):
            order.append(host)

    others = [Thread(target=ask, args=[host]) for host in ("a", "b")]
    with courtesy.turn("a"):
        for each in others:
            each.start()
        others[1].join()
    others[0].join()
    assert order == ["b", "a"]
