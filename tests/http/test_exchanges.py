"""Exchanges: what the response cache tells of every request, however it was answered."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from feeds.http.asgi_adapter import AsgiAdapter
from feeds.http.cache_entry import Exchange
from feeds.http.response_cache import ResponseCache
from tests.builders import LATER, article
from tests.entrypoints import through
from tests.harness import Harness


@pytest.fixture(params=["WSGI", "ASGI"])
def observed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Client, list[Exchange]]]:
    """A client of a server, and the exchanges that it told of."""
    harness = Harness(tmp_path)
    harness.put(article(1))
    exchanges: list[Exchange] = []
    cache = ResponseCache(
        harness.main.app,
        harness.server.current_index,
        harness.server.clock,
        1 << 20,
        observe=exchanges.append,
    )
    with asyncio.Runner() as runner:
        yield (
            Client(cache if request.param == "WSGI" else through(AsgiAdapter(cache), runner)),
            exchanges,
        )
    harness.close()


def test_a_request_is_told_once_whether_flask_answers_it_or_the_cache(
    observed: tuple[Client, list[Exchange]],
) -> None:
    client, exchanges = observed
    full = client.get("/feed.rss", headers={"User-Agent": "one"})
    again = client.get("/feed.rss", headers={"User-Agent": "two"})
    client.get("/feed.rss", headers={"User-Agent": "three", "If-None-Match": full.headers["ETag"]})
    client.get("/nothing", headers={"User-Agent": "four"})
    assert again.data == full.data
    assert [(request.agent, response.code, time) for request, response, time in exchanges] == [
        ("one", 200, LATER),
        ("two", 200, LATER),
        ("three", 304, LATER),
        ("four", 404, LATER),
    ]
    lengths = [dict(response.headers).get("Content-Length") for _, response, _ in exchanges[:2]]
    assert lengths == [full.headers["Content-Length"]] * 2


def test_an_exchange_has_the_client_and_the_address(observed: tuple[Client, list[Exchange]]) -> None:
    client, exchanges = observed
    for _ in range(2):
        client.get(
            "/topics/a.json?limit=1",
            headers={"X-Forwarded-For": "8.8.8.8"},
            environ_overrides={"REMOTE_ADDR": "127.0.0.9"},
        )
    assert {
        (request.peer, request.forwarded_for, request.path, request.query) for request, _, _ in exchanges
    } == {("127.0.0.9", "8.8.8.8", "/topics/a.json", "limit=1")}
