"""Readers get the kept copy from the caches while the server behind is down or fails."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from tests.proxies.conftest import CACHES, nginx_cache, present, varnish
from tests.proxies.scripted_origin import (
    CHANGES,
    EDITED_WHOLE,
    FORMER,
    HANGS,
    NOW,
    WHOLE,
    ScriptedOrigin,
    scripted_origin,
)
from tests.server import Response, get
from tests.waiting import eventually

pytestmark = pytest.mark.slow

# Impatient caches, which make the server wait for no copy that is too old.
_NGINX = {
    "proxy_read_timeout 15s": "proxy_read_timeout 500ms",
    "client_header_timeout 15s": "client_header_timeout 1s",
}
_VARNISH = {"first_byte_timeout = 15s": "first_byte_timeout = 0.5s", "req.grace = 10m": "req.grace = 0s"}
FAILURES = {"/500.rss": 500, "/502.rss": 502, "/503.rss": 503, "/504.rss": 504, "/hangs.rss": HANGS}


class Cache(NamedTuple):
    """A cache in front of a scripted server."""

    url: str
    origin: ScriptedOrigin

    def get(self, path: str) -> Response:
        return get(self.url + path)

    def get_changes(self, path: str, known: str = FORMER) -> Response:
        """The answer to a reader that has the feed with the ETag *known*, and accepts changes alone."""
        return get(self.url + path, A_IM="feed", If_None_Match=known)


@pytest.fixture(scope="module", params=CACHES)
def cache(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    """A cache of each kind, shared by all tests: each has paths of its own."""
    name, folder = present(request.param), tmp_path_factory.mktemp("outages")
    with scripted_origin() as origin:
        run = (
            nginx_cache(origin.url, folder, _NGINX)
            if name == "cache"
            else varnish(origin.url, folder, _VARNISH)
        )
        with run as url:
            yield Cache(url, origin)


def test_a_reader_of_changes_receives_the_kept_copy_while_the_server_fails(cache: Cache) -> None:
    for path in FAILURES:
        assert cache.get(path).body == WHOLE
        assert cache.get_changes(path).body == CHANGES
    cache.origin.statuses |= FAILURES
    for path in FAILURES:
        _check_kept_copy(cache, path)
    cache.origin.statuses.clear()
    for path in FAILURES:
        assert cache.get_changes(path).body == CHANGES


def test_a_reader_of_changes_receives_the_kept_copy_while_the_server_is_down(cache: Cache) -> None:
    assert cache.get("/down.rss").body == WHOLE
    cache.origin.stop()
    try:
        _check_kept_copy(cache, "/down.rss")
    finally:
        cache.origin.restart()
    assert eventually(lambda: cache.get_changes("/down.rss").body == CHANGES)


def _check_kept_copy(cache: Cache, path: str) -> None:
    """Check the answers of a cache with an expired copy to readers that accept changes, and to others."""
    eventually(lambda: _is_stale(cache.get(path)))
    for _ in range(1 if path == "/hangs.rss" else 2):  # the first error must not change the second answer
        kept = cache.get_changes(path)
        assert (kept.status, kept.body, kept.headers["ETag"]) == (200, WHOLE, NOW)
        current = cache.get_changes(path, known=NOW)
        # nginx sends no 304 after an error with Cache-Control: no-store.
        assert (current.status, current.body) in [(304, b""), (200, WHOLE)]
        assert cache.get(path).body == WHOLE


def _is_stale(answer: Response) -> bool:
    assert (answer.status, answer.body) == (200, WHOLE)
    return answer.headers.get("X-Cache") == "STALE" or int(answer.headers.get("Age", "0")) > 1


def test_the_kept_copy_is_renewed_even_if_every_reader_asks_for_changes(cache: Cache) -> None:
    path = "/edited.rss"
    assert cache.get(path).body == WHOLE
    cache.origin.edited.add(path)

    def is_renewed() -> bool:
        assert cache.get_changes(path, known=NOW).body == CHANGES
        return cache.origin.wholes.count(path) == 2

    eventually(is_renewed)
    cache.origin.statuses[path] = 503
    assert eventually(lambda: cache.get_changes(path, known=NOW)).body == EDITED_WHOLE
    cache.origin.statuses.clear()


def test_without_a_kept_copy_the_error_of_the_server_is_sent(cache: Cache) -> None:
    cache.origin.statuses["/none.rss"] = 503
    for _ in range(2):
        assert cache.get("/none.rss").status == 503
        assert cache.get_changes("/none.rss").status == 503
    cache.origin.statuses.clear()
    assert cache.get("/none.rss").body == WHOLE
    assert cache.get_changes("/none.rss").body == CHANGES


def test_a_feed_that_is_gone_is_not_replaced_by_a_kept_copy(cache: Cache) -> None:
    gone = {"/404.rss": 404, "/410.rss": 410}
    for path in gone:
        assert cache.get(path).body == WHOLE
    cache.origin.statuses |= gone
    for path, status in gone.items():
        assert cache.get_changes(path).status == status
        assert eventually(lambda path=path: cache.get(path).status != 200)
        assert cache.get(path).status == status
    cache.origin.statuses.clear()


def test_requests_in_turn_share_one_connection_to_the_server(cache: Cache) -> None:
    paths = [f"/{number}.rss" for number in range(4)]
    for path in paths:
        cache.get(path)
    for path in paths:
        cache.get_changes(path)
    assert cache.origin.connections_for(*paths) == 1


def test_connections_without_a_request_end_and_reach_no_server(cache: Cache) -> None:
    host, _, port = cache.url.removeprefix("http://").partition(":")
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection((host, int(port)), timeout=30))
            for _ in range(200)
        ]
        for connection in connections[100:]:
            connection.sendall(b"GET /feed.rss HTTP/1.1\r\nHo")
        assert cache.get("/idle.rss").body == WHOLE
        for connection in connections:
            while connection.recv(1024):  # Varnish says 408
                pass
    assert cache.origin.connections_for("/idle.rss") == 1
