"""Readers by push: who is sent what is new and does not report readers by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.bootstrap import reader_count_of, readership_of, subscriptions_of
from feeds.readership.known_readers import known_readers
from feeds.readership.push_readers import readers_by_push
from feeds.readership.readership import FeedReaders, ReadershipReport
from feeds.readership.services import ServiceCount
from feeds.settings.sections import PushSettings
from feeds.store.subscriptions import (
    CACHE_MARK,
    HUB_MARK,
    WEBHOOK_MARK,
    PushChanges,
    Subscription,
)
from tests.builders import article
from tests.harness import SITE, Harness


def report(*names: str, readers: int = 9, feed: str = "/feed") -> ReadershipReport:
    """A report of one *feed* for which the services called *names* ask."""
    services = [ServiceCount(name, "", readers, 0, True, 0, {}) for name in names]
    found = FeedReaders(feed, 9, 9, 0, 0, 0.0, None, None, [], services, 0, 0, 0)
    return ReadershipReport("", "", 0, [found], [])


@pytest.mark.parametrize(
    ("host", "count"),
    [("inoreader.com", 0), ("push.inoreader.com", 0), ("notinoreader.com", 1), ("reader.example", 1)],
)
def test_services_that_report_readers_do_not_count_again(host: str, count: int) -> None:
    hosts = {"/feed": {host: 1}}
    assert readers_by_push(hosts, report("Inoreader"), known_readers().homes).get("/feed", 0) == count


def test_a_service_that_reports_no_readers_of_this_feed_counts() -> None:
    hosts = {"/feed": {"push.inoreader.com": 1}}
    for other in report("Feedly"), report("Inoreader", readers=0), report("Inoreader", feed="/other"):
        assert readers_by_push(hosts, other, known_readers().homes) == {"/feed": 1}


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path, push=PushSettings(hub="on"))
    made.put(article(1))
    yield made
    made.close()


def test_subscribers_of_the_hub_and_webhooks_are_readers(harness: Harness) -> None:
    callbacks = {
        "/feed.atom": [
            "https://one.example/1",
            "https://one.example/2",
            f"https://chat.example/{WEBHOOK_MARK}team.0",
            f"https://hub.example/{HUB_MARK}x",
            f"https://cache.example/{CACHE_MARK}x",
            f"{SITE.url}/canary",
        ],
        "/feed.rss": ["https://three.example/"],
        "/topics/oceans.json": ["https://one.example/3"],
        "/opml": ["https://one.example/4"],
    }
    subscriptions = subscriptions_of(harness.settings)
    subscriptions.record(
        PushChanges(
            subscriptions=[
                Subscription(f"{SITE.url}{path}", callback, 9e9, 1)
                for path, listed in callbacks.items()
                for callback in listed
            ]
        )
    )
    subscriptions.close()
    state = readership_of(harness.settings)
    state.take_over()
    counting = reader_count_of(harness.settings, state, harness.now)
    found = {each.feed: each.push for each in counting.report().readers.feeds}
    assert found == {"/feed": 4, "/topics/oceans": 1}
    counting.record(harness.now)
    rows = [each for each in state.days(0, 10**6) if each.format == "*"]
    assert {each.feed: each.readers for each in rows} == {"": 5, "/feed": 4, "/topics/oceans": 1}
    state.close()
