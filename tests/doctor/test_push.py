"""The push of a server: what the last report of its deliverer says has its line."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from feeds.bootstrap import subscriptions_of
from feeds.doctor.push import push_findings
from feeds.push.report import PushReport
from feeds.settings import Settings, load
from feeds.store.subscriptions import PushChanges, Subscription, Subscriptions

NOW = 1_795_953_600.0
FEED = "https://feeds.example/feed.atom"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = {"FEEDS_STORE_PATH": str(tmp_path / "store.db"), "FEEDS_SITE_URL": "https://feeds.example"}
    return load(given)


@pytest.fixture
def subscriptions(settings: Settings) -> Iterator[Subscriptions]:
    with closing(subscriptions_of(settings)) as made:
        yield made


def lines(settings: Settings) -> list[str]:
    found = [*push_findings(settings, NOW)]
    assert {each.group for each in found} == {"hub"}
    return [f"{each.level}: {each.message}" for each in found]


def test_a_hub_that_delivers_is_ok(settings: Settings, subscriptions: Subscriptions) -> None:
    report = PushReport(at=NOW - 5, subscriptions=1, due=2)
    subscriptions.record(
        PushChanges(
            subscriptions=[Subscription(FEED, "https://reader.example/", NOW + 9, 1.5)],
            report=report.encoded(),
        )
    )
    assert lines(settings) == ["ok: push: 1 subscription, 2 undelivered changes"]


def test_a_hub_that_feeds_do_not_announce_is_told(
    settings: Settings, subscriptions: Subscriptions
) -> None:
    subscriptions.record(PushChanges(report=PushReport(at=NOW - 5).encoded(), withdrawn=True))
    assert lines(settings) == [
        "warning: hub: feeds do not announce it, because no delivery reached its public address; "
        "see that others can reach site.url, and canary in /status"
    ]


def test_subscriptions_that_cannot_be_read_are_a_failure(
    settings: Settings, subscriptions: Subscriptions, tmp_path: Path
) -> None:
    file = tmp_path / "store.db.subscriptions"
    file.write_bytes(b"no database" * 99)
    (line,) = lines(settings)
    assert line.startswith(f"failure: {file}: ")
