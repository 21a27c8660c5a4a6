"""The collection of exchanges: equal ones become one row, and a flood is sampled by clients."""

from collections.abc import Iterable
from typing import Any

import pytest

from feeds.http.cache_entry import CachedResponse, Request
from feeds.http.client_address import ClientAddresses
from feeds.http.exchanges import ExchangeQueue
from feeds.readership.batches import (
    NOT_SAMPLED,
    RequestBatch,
    decoded_batch,
    encoded,
    first_day_of,
    week_of,
)
from feeds.readership.collector import MAX_EXCHANGES, MAX_OF_CLIENT, RequestCollector
from feeds.readership.known_readers import known_readers
from feeds.readership.request import SECONDS_PER_DAY, ClientRequest, client_hash
from feeds.readership.requested_feeds import RequestedFeeds
from tests.readership.week import AGENTS, MONDAY, agents_of

WEEK = week_of(MONDAY)
ELDER, YOUNGER = client_hash(b"elder"), client_hash(b"younger")
LASTING = 20  # batches
APP, HOSTED = agents_of("app")[0], AGENTS["hosted"][0][0]
HEADERS = [
    ("ETag", '"tag"'), ("Last-Modified", "Mon, 28 Sep 2026 00:00:00 GMT"), ("Content-Encoding", "gzip"),
    ("Content-Length", "5"),
]  # fmt: skip
FULL = CachedResponse("200 OK", HEADERS, 200, [], b"12345")
UNCHANGED = CachedResponse("304 Not Modified", HEADERS[:2], 304, [], b"")
GONE = CachedResponse("410 Gone", [("Content-Length", "7")], 410, [], b"")


def request(**changes: Any) -> Request:
    given = {
        "method": "GET", "path": "/feed.rss", "query": "", "host": "feeds.example",
        "accept_encoding": "gzip", "if_none_match": None, "if_modified_since": None, "agent": APP,
        "peer": "192.0.2.1",
    }  # fmt: skip
    return Request(**given | changes)


@pytest.fixture
def collector() -> RequestCollector:
    return RequestCollector(
        RequestedFeeds(), ClientAddresses(["127.0.0.0/8"]), known_readers, 100, LASTING
    )


def add(
    collector: RequestCollector,
    *requests: Request,
    response: CachedResponse = FULL,
    time: int = MONDAY + 5,
) -> None:
    """Let *collector* know requests, as one that waited in a queue."""
    queue = ExchangeQueue()
    queue.observers.append(collector.add)
    for each in requests:
        queue.add((each, response, time, None))
    queue.pass_on()


def taken(
    collector: RequestCollector, *requests: Request, response: CachedResponse = FULL
) -> RequestBatch:
    add(collector, *requests, response=response)
    batch = collector.take(WEEK, ELDER, YOUNGER)
    assert batch
    return decoded_batch(encoded(batch))


def targets(requests: Iterable[ClientRequest]) -> list[str]:
    return [each.target for each in requests]


def test_a_request_has_the_facts_of_its_exchange(collector: RequestCollector) -> None:
    sent = request(
        if_none_match='"old"', if_modified_since="date", path="/topics/caf\xc3\xa9.rss", query="limit=5"
    )
    [found] = taken(collector, sent).requests(WEEK)
    assert found == ClientRequest(
        MONDAY + 5.0, YOUNGER("192.0.2.1"), "/topics/caf%C3%A9.rss?limit=5", 200, 5, APP, "GET", '"old"',
        "date", '"tag"', "Mon, 28 Sep 2026 00:00:00 GMT", "gzip",
    )  # fmt: skip


def test_the_elder_key_hashes_the_same_client_in_another_way(collector: RequestCollector) -> None:
    batch = taken(collector, request())
    assert [each.client for each in batch.requests(WEEK - 1)] == [ELDER("192.0.2.1")]
    assert [each.client for each in batch.requests(WEEK)] == [YOUNGER("192.0.2.1")]
    assert [*batch.requests(WEEK + 1), *batch.requests(WEEK - 2)] == []


def test_a_batch_has_no_address(collector: RequestCollector) -> None:
    batch = taken(collector, request(peer="127.0.0.1", forwarded_for="198.51.100.7"))
    assert [each.client for each in batch.requests(WEEK)] == [YOUNGER("198.51.100.7")]
    assert b"198.51.100.7" not in encoded(batch)


def test_equal_requests_are_one_row(collector: RequestCollector) -> None:
    batch = taken(collector, *[request()] * 5, request(accept_encoding="br"), request(peer="192.0.2.2"))
    assert [each.times for each in batch.requests(WEEK)] == [5, 1, 1]
    assert (len(batch.agents), len(batch.targets), len(batch.responses)) == (1, 1, 1)


def test_answers_tell_requests_apart(collector: RequestCollector) -> None:
    for response in UNCHANGED, GONE:
        add(collector, request(), response=response)
    found = taken(collector, request()).requests(WEEK)
    assert [(each.status, each.size) for each in found] == [(304, 0), (410, 7), (200, 5)]


def test_only_gets_and_heads_of_feeds_are_kept(collector: RequestCollector) -> None:
    batch = taken(
        collector,
        request(method="HEAD"),
        request(method="POST"),
        request(path="/"),
        request(path="/assets/picture.png"),
        request(path="/articles/feeding-cats"),
        request(path="/topics/oceans.atom"),
    )
    found = [*batch.requests(WEEK)]
    assert targets(found) == ["/feed.rss", "/topics/oceans.atom"]
    assert [(each.method, each.size) for each in found] == [("HEAD", 0), ("GET", 5)]


def test_nothing_is_taken_twice(collector: RequestCollector) -> None:
    taken(collector, request())
    assert collector.take(WEEK, ELDER, YOUNGER) is None
    assert collector.is_idle


def people(number: int, start: int = 0, **changes: Any) -> list[Request]:
    return [
        request(peer=f"10.{each >> 16}.{each >> 8 & 255}.{each & 255}", **changes)
        for each in range(start, start + number)
    ]


def test_a_flood_of_clients_is_sampled_by_their_hashes(collector: RequestCollector) -> None:
    """So that a client that is in the sample is in it in each second, and in that of Visitors."""
    first, second = (taken(collector, *people(380)) for _ in range(2))
    assert [each.client for each in first.requests(WEEK)] == [
        each.client for each in second.requests(WEEK)
    ]
    for batch in first, second:
        for week in WEEK, WEEK - 1:
            clients = [each.client for each in batch.requests(week)]
            assert 20 < len(clients) <= 100
            assert NOT_SAMPLED not in clients
            assert all(client % 4 == 0 for client in clients)
        assert batch.left_out == 380 - len(batch.rows)


def test_hosted_readers_that_are_known_are_in_every_sample(collector: RequestCollector) -> None:
    taken(collector, request(agent=HOSTED))
    batch = taken(collector, *people(1000), request(agent=HOSTED, peer="198.51.100.1"))
    assert HOSTED in [each.agent for each in batch.requests(WEEK)]


def test_one_client_with_many_names_puts_no_other_out(collector: RequestCollector) -> None:
    flood = [request(agent=f"x{number}", peer="198.51.100.1") for number in range(3000)]
    batch = taken(collector, request(), *flood)
    found = [*batch.requests(WEEK)]
    assert found[0].agent == APP
    assert len(found) == 1 + MAX_OF_CLIENT
    assert batch.left_out == 3000 - MAX_OF_CLIENT


def test_a_burst_changes_no_sample_of_visitors(collector: RequestCollector) -> None:
    """Most visitors ask again at a quiet time."""
    for _ in range(9):
        assert taken(collector, *people(1000)).level == 0
    for _ in range(LASTING):
        batch = taken(collector, *people(380))
    assert batch.level == 3
    for _ in range(LASTING):
        batch = taken(collector, request())
    assert batch.level == 0


def test_requests_wait_for_the_next_batch(collector: RequestCollector) -> None:
    for number in range(3):
        add(collector, request(), time=MONDAY + number)
        assert not collector.is_idle
    [found] = taken(collector, request()).requests(WEEK)
    assert (found.times, found.time) == (4, MONDAY)
    assert collector.is_idle


def test_no_more_different_requests_wait_than_fit(collector: RequestCollector) -> None:
    for start in range(0, 2 * MAX_EXCHANGES, MAX_EXCHANGES):
        add(collector, *(request(agent=f"x{number}") for number in range(start, start + MAX_EXCHANGES)))
    batch = taken(collector, request())
    assert batch.left_out + sum(each.times for each in batch.rows) == MAX_EXCHANGES


def test_long_headers_are_cut(collector: RequestCollector) -> None:
    batch = taken(
        collector, request(agent="x" * 9999, if_none_match="y" * 9999, if_modified_since="z" * 9999)
    )
    assert len(encoded(batch)) < 3000


def test_a_service_with_a_name_that_is_too_long_is_counted_but_not_remembered(
    collector: RequestCollector,
) -> None:
    long = HOSTED + "x" * 9999
    taken(collector, request(agent=long))
    batch = taken(collector, *people(1000), request(agent=long, peer="198.51.100.1"))
    assert long[:100] not in [each.agent[:100] for each in batch.requests(WEEK)]


def test_an_address_that_is_too_long_is_no_feed(collector: RequestCollector) -> None:
    add(collector, request(query="x" * 5000))
    assert collector.take(WEEK, ELDER, YOUNGER) is None


def test_weeks_begin_on_monday() -> None:
    assert week_of(MONDAY) == week_of(MONDAY + 7 * SECONDS_PER_DAY - 1) == week_of(MONDAY - 1) + 1
    assert first_day_of(WEEK) * SECONDS_PER_DAY == MONDAY
