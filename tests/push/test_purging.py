"""Purges of caches: their contents, their order before deliveries, and their repetition."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from feeds.bootstrap.objects import is_served
from feeds.http.outgoing import RequestFailed
from feeds.http.surrogate_keys import EVERY_RESPONSE
from feeds.push.client import Reply
from feeds.push.evaluation import site_state
from feeds.push.external_hubs import hub_delivery
from feeds.push.purging import (
    MAX_KEYS_LENGTH,
    MAX_REFRESHED,
    Purge,
    PurgedCache,
    Purger,
    purge_delivery,
)
from feeds.push.report import decoded
from feeds.store.subscriptions import Subscription, TopicState
from tests.builders import article
from tests.harness import Harness
from tests.push.desk import Desk, in_loop
from tests.push.subscriber import Received, Subscriber, subscriber
from tests.table import for_each
from tests.waiting import eventually_in_loop

URL = "https://feeds.example"


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    made.put(article(1, topics=("Oceans",)), article(2, topics=("Art",)))
    yield made
    made.close()


@pytest.fixture
def cdn() -> Iterator[Subscriber]:
    with subscriber() as made:
        yield made


def cache_at(cdn: Subscriber) -> PurgedCache:
    return PurgedCache("cdn", "webhook", f"{cdn.url}/purge", "a-secret")


def purges(cdn: Subscriber) -> list[Purge]:
    return [Purge(**json.loads(body)) for body in cdn.bodies()]


def kept(desk: Desk) -> list[Subscription]:
    return [each for each in desk.subscriptions.all() if each.key.cache]


@in_loop
async def test_a_webhook_is_sent_the_keys_and_the_feeds_of_a_change(
    desk: Desk, harness: Harness, cdn: Subscriber
) -> None:
    async with desk.delivering(targets=[cache_at(cdn)]):
        await eventually_in_loop(lambda: kept(desk))
        harness.edit(article(3, topics=("Deep Sea",), authors=("Grace Hopper",)))
        await eventually_in_loop(lambda: decoded(desk.subscriptions.report()).caches)
        await eventually_in_loop(lambda: decoded(desk.subscriptions.report()).caches[0].purges)
    (received,) = cdn.deliveries
    assert (received.path, received.headers["authorization"]) == ("/purge", "Bearer a-secret")
    (purge,) = purges(cdn)
    assert purge.keys == ["all", "author:grace-hopper", "provider:example.org", "topic:deep-sea"]
    assert {f"{URL}/feed.rss", f"{URL}/topics/deep-sea.json"} <= {*purge.addresses}
    assert f"{URL}/topics/art.rss" not in purge.addresses
    report = decoded(desk.subscriptions.report())
    assert (report.caches[0].purged, report.subscriptions) == (harness.now, 0)


@in_loop
async def test_caches_are_purged_before_subscribers_are_told(
    desk: Desk, harness: Harness, cdn: Subscriber, reader: Subscriber
) -> None:
    order: list[str] = []

    def purged(_: Received) -> int:
        threading.Event().wait(0.5)
        order.append("cache")
        return 204

    def told(_: Received) -> int:
        order.append("subscriber")
        return 204

    cdn.status, reader.status = purged, told
    async with desk.delivering(targets=[cache_at(cdn)]):
        await eventually_in_loop(lambda: kept(desk))
        await desk.subscribed(reader.url)
        harness.edit(article(3))
        await eventually_in_loop(lambda: len(order) == 2)
    assert order == ["cache", "subscriber"]


@in_loop
async def test_a_cache_that_does_not_answer_delays_subscribers_for_two_seconds_at_most(
    desk: Desk, harness: Harness, cdn: Subscriber, reader: Subscriber
) -> None:
    answers = threading.Event()
    cdn.status = lambda _: 204 if answers.wait(60) else 500
    async with desk.delivering(targets=[cache_at(cdn)]):
        await eventually_in_loop(lambda: kept(desk))
        await desk.subscribed(reader.url)
        harness.edit(article(3))
        await eventually_in_loop(lambda: reader.deliveries)
        answers.set()
        await eventually_in_loop(lambda: kept(desk)[0].acknowledged)


@in_loop
async def test_a_failed_purge_is_made_again_by_the_next_deliverer_with_all_changes(
    desk: Desk, harness: Harness, cdn: Subscriber
) -> None:
    cdn.status = lambda _: 403
    desk.random = lambda: 0.9  # the next attempt is seconds away
    async with desk.delivering(targets=[cache_at(cdn)]):
        await eventually_in_loop(lambda: kept(desk))
        harness.edit(article(3, topics=("Art",)))
        failed = await eventually_in_loop(lambda: kept(desk)[0].failures and kept(desk)[0])
    assert failed.reason == "status 403"
    cdn.status = lambda _: 204
    harness.edit(article(4, topics=("Oceans",)))
    harness.now += 60
    async with desk.delivering(targets=[cache_at(cdn)]):
        await eventually_in_loop(lambda: kept(desk)[0].acknowledged)
    assert {"topic:art", "topic:oceans"} <= {*purges(cdn)[-1].keys}


@in_loop
async def test_no_cache_is_purged_while_a_process_serves_an_older_state(
    desk: Desk, harness: Harness, cdn: Subscriber
) -> None:
    looks: list[int] = []

    def is_served() -> bool:
        looks.append(len(cdn.deliveries))
        return len(looks) == 3

    desk.is_served = is_served
    async with desk.delivering(targets=[cache_at(cdn)]):
        await eventually_in_loop(lambda: kept(desk))
        harness.edit(article(3))
        await eventually_in_loop(lambda: cdn.deliveries)
    assert looks == [0, 0, 0]


class Asked:
    """A sender that answers each request with *replies* in turn, the last one again and again."""

    def __init__(self, *replies: Reply | RequestFailed) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self._replies = [*replies]

    async def request(
        self, method: str, url: str, body: bytes = b"", headers: Any = None, **_: Any
    ) -> Reply:
        self.requests.append((method, url, headers))
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, RequestFailed):
            raise reply
        return reply


def purger(asked: Asked, **more: Any) -> Purger:
    return Purger(asked, lambda: True, lambda: 0.0, host="feeds.example", **more)


def encoded(*keys: str, addresses: Iterator[str] | list[str] = []) -> bytes:  # noqa: B006
    return json.dumps({"keys": [*keys], "addresses": [*addresses]}).encode()


NGINX = PurgedCache("edge", "nginx", "http://10.0.0.1:8081/", "a-secret")
VARNISH = PurgedCache("edge", "varnish", "http://10.0.0.1:6081/", "a-secret")


@in_loop
async def test_varnish_is_asked_to_ban_keys() -> None:
    asked = Asked(Reply(200, {}))
    assert (await purger(asked).purge(VARNISH, encoded("all", "topic:ai"))).kind == "acknowledged"
    assert asked.requests == [
        (
            "PURGE",
            "http://10.0.0.1:6081/",
            {"X-Purge-Keys": "all topic:ai", "Authorization": "Bearer a-secret"},
        )
    ]


@in_loop
async def test_nginx_is_asked_for_each_feed_in_each_coding() -> None:
    asked = Asked(Reply(200, {"x-cache": "BYPASS"}))
    body = encoded("all", addresses=[f"{URL}/feed.rss?limit=3"])
    assert (await purger(asked).purge(NGINX, body)).kind == "acknowledged"
    assert {(method, url) for method, url, _ in asked.requests} == {
        ("HEAD", "http://10.0.0.1:8081/feed.rss?limit=3")
    }
    sent = [headers for _, _, headers in asked.requests]
    assert [each["Accept-Encoding"] for each in sent] == ["br", "zstd", "gzip", "identity"]
    assert {each["Host"] for each in sent} == {"feeds.example"}


@in_loop
async def test_nginx_is_asked_for_so_many_feeds_only() -> None:
    asked = Asked(Reply(200, {}))
    body = encoded("feeds", addresses=(f"{URL}/topics/{number}.rss" for number in range(1000)))
    await purger(asked).purge(NGINX, body)
    assert len({url for _, url, _ in asked.requests}) == MAX_REFRESHED


@in_loop
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(200, {"x-cache": "HIT"}), "not fetched again: X-Cache HIT"),
        (Reply(502, {}), "status 502"),
        (Reply(410, {}), ""),
        (Reply(200, {"x-cache": "MISS"}), ""),
    ],
)
async def test_a_feed_that_nginx_does_not_fetch_again_is_a_failure(reply: Reply, reason: str) -> None:
    asked = Asked(Reply(200, {"x-cache": "BYPASS"}), reply)
    body = encoded("all", addresses=[f"{URL}/feed.rss"])
    assert (await purger(asked).purge(NGINX, body)).reason == reason


@in_loop
async def test_a_purge_is_made_again_if_other_hosts_may_have_filled_the_cache() -> None:
    asked = Asked(Reply(200, {}))
    await purger(asked, echoes=True, echo=0.01).purge(VARNISH, encoded("all"))
    await eventually_in_loop(lambda: len(asked.requests) == 2)
    assert asked.requests[0] == asked.requests[1]


def test_many_keys_are_sent_in_several_requests(harness: Harness) -> None:
    base = site_state(harness.main.index(), harness.now)
    topics = tuple(f"A topic with quite a long name and the number {number}" for number in range(200))
    harness.edit(article(3, topics=topics))
    server = harness.server
    made = purge_delivery(VARNISH, base, server.pipeline, server.site, subscribed=(), now=harness.now)
    assert made
    found = [msgspec.json.decode(body, type=Purge).keys for body in (made.body, *made.more)]
    assert len(found) == 3
    assert max(len(" ".join(keys)) for keys in found) <= MAX_KEYS_LENGTH < 8_192  # of Varnish
    every = [key for keys in found for key in keys]
    assert len(every) == len({*every}) == 2 + len(topics)


@for_each("later", [0, 1, 1000])
def test_everything_changed_for_caches_and_hubs_if_no_change_explains_another_state(
    harness: Harness, later: int
) -> None:
    server, now = harness.server, harness.now
    moment = site_state(harness.main.index(), now).moment + later
    base = TopicState(moment, b"of a store before its backup was restored")
    made = purge_delivery(VARNISH, base, server.pipeline, server.site, subscribed=(), now=now)
    assert made
    assert msgspec.json.decode(made.body, type=Purge).keys == [EVERY_RESPONSE]
    assert not made.more
    pings = hub_delivery(base, server.pipeline, server.site, (), now)
    assert pings
    assert quote(f"{server.site.url}/feed.rss", safe="") in pings.body.decode()


def test_a_state_is_served_once_every_process_has_it(harness: Harness) -> None:
    settings = harness.settings
    assert not is_served(settings, 5)  # without a folder of processes, nothing is known
    others = [harness.process().server.metrics for _ in range(3)]
    for metrics, revision in zip(others, (5, 4, 0), strict=True):
        metrics.begin()
        metrics.gauges["served"] = lambda revision=revision: revision
        metrics.publish_new("served")
    assert is_served(settings, 4)
    assert not is_served(settings, 5)
    others[1].gauges["served"] = lambda: 5
    others[1].publish_new("served")
    assert is_served(settings, 5)


@for_each(
    ("reply", "reason"),
    [(Reply(503, {}), "status 503"), (RequestFailed("connection refused"), "connection refused")],
)
def test_a_repetition_of_a_purge_that_fails_is_logged_and_changes_nothing(
    caplog: pytest.LogCaptureFixture, reply: Reply | RequestFailed, reason: str
) -> None:
    async def run() -> str:
        purging = purger(Asked(Reply(200, {}), reply), echoes=True, echo=0.001)
        outcome = await purging.purge(VARNISH, encoded("all"))
        await eventually_in_loop(lambda: said in caplog.text)
        return outcome.kind

    said = f"cache edge: the repetition of a purge failed: {reason}"
    with caplog.at_level("INFO"):
        assert asyncio.run(run()) == "acknowledged"


def test_neither_caches_nor_hubs_are_told_without_a_change(harness: Harness) -> None:
    server, now = harness.server, harness.now
    state = site_state(harness.main.index(), now)
    for cache in (NGINX, VARNISH):
        assert purge_delivery(cache, state, server.pipeline, server.site, subscribed=(), now=now) is None
    assert hub_delivery(state, server.pipeline, server.site, (), now) is None
