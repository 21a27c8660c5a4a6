"""Exchanges: what the response cache tells of every request, however it was answered."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from feeds.http.asgi_adapter import AsgiAdapter
from feeds.http.cache_entry import CachedResponse, Request
from feeds.http.exchanges import MAX_WAITING, Exchange, ExchangeGroup, ExchangeQueue, times_by_response
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
        exchanges.append,
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
    assert [(request.agent, response.code, time) for request, response, time, _ in exchanges] == [
        ("one", 200, LATER),
        ("two", 200, LATER),
        ("three", 304, LATER),
        ("four", 404, LATER),
    ]
    assert [seconds is None for *_, seconds in exchanges] == [False, True, True, False]
    lengths = [dict(response.headers).get("Content-Length") for _, response, *_ in exchanges[:2]]
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
        (request.peer, request.forwarded_for, request.path, request.query) for request, *_ in exchanges
    } == {("127.0.0.9", "8.8.8.8", "/topics/a.json", "limit=1")}


FULL, UNCHANGED = (CachedResponse(str(code), [], code, [], b"") for code in (200, 304))


def asked(agent: str = "one") -> Request:
    return Request("GET", "/feed.rss", "", "", None, None, None, agent=agent)


def grouped(*exchanges: Exchange) -> list[ExchangeGroup]:
    """The groups in which *exchanges* reach an observer."""
    queue, found = ExchangeQueue(), list[ExchangeGroup]()
    queue.observers.append(found.extend)
    for each in exchanges:
        queue.add(each)
    queue.pass_on()
    return found


def test_equal_exchanges_of_a_second_are_one_group() -> None:
    exchanges = [(asked(), FULL, 1, None), (asked("two"), FULL, 1, None), (asked(), UNCHANGED, 1, None)]
    found = grouped(*exchanges, *exchanges, (asked(), FULL, 2, None))
    assert [(each.request.agent, each.response.code, each.time, each.times) for each in found] == [
        ("one", 200, 1, 2),
        ("two", 200, 1, 2),
        ("one", 304, 1, 2),
        ("one", 200, 2, 1),
    ]


def test_every_observer_has_every_exchange_once() -> None:
    queue, seen = ExchangeQueue(), [list[ExchangeGroup](), list[ExchangeGroup]()]
    queue.observers += [each.extend for each in seen]
    for turn in range(1, 4):
        for _ in range(turn):
            queue.add((asked(), FULL, turn, None))
        assert (queue.pass_on(), queue.pass_on()) == (turn, 0)
    assert [[each.times for each in groups] for groups in seen] == [[1, 2, 3]] * 2


def test_of_more_exchanges_than_fit_the_oldest_are_lost() -> None:
    found = grouped((asked("lost"), FULL, 1, None), *[(asked(), FULL, 1, None)] * MAX_WAITING)
    assert [(each.request.agent, each.times) for each in found] == [("one", MAX_WAITING)]


def test_a_response_counts_as_often_as_the_cache_sent_it() -> None:
    made = (asked(), CachedResponse("200", [], 200, [], b""), 1, 0.5)
    found = grouped(
        *[(asked(str(n)), FULL, 1, None) for n in range(3)], (asked(), UNCHANGED, 1, None), made
    )
    assert times_by_response(found) == [(FULL, 3), (UNCHANGED, 1)]
