"""The status of push: the same numbers for everybody, and warnings for operators."""

from datetime import UTC, datetime
from typing import Any

import pytest

from feeds.monitoring.status import PushNumbers, PushStatus, WebhookStatus
from feeds.push.health import health, push_status
from feeds.push.report import Canary, Delay, DeliveryCounts, HubReport, PushReport, WebhookReport
from feeds.push.reporting import Deliveries

NOW = 1_780_000_000.0
MINUTES = 60


def report(**fields: Any) -> PushReport:
    return PushReport(**{"at": NOW - 5} | fields)


def webhook(**fields: Any) -> WebhookReport:
    return WebhookReport(
        **{"name": "team", "feed": "https://feeds.example/feed.json", "is_subscribed": True} | fields
    )


def status(made: PushReport, *, has_hub: bool = True, started: float = NOW - 9 * MINUTES) -> PushStatus:
    return push_status(made, (7, 3), NOW, announced=True, has_hub=has_hub, started=started)


def test_the_status_has_the_numbers_of_the_health() -> None:
    made = report(
        subscriptions=5, topics=2, hosts=3, due=1, oldest_due=NOW - 9, failing={"timeout": 2},
        delay=Delay(0.5, 2.25, 9), canary=Canary(NOW - 60, "hub: status 403", NOW - 30),
    )  # fmt: skip
    seen = health(made, (7, 3), NOW, announced=True, names=False)
    shown = status(made)
    for name in PushNumbers.__struct_fields__:
        assert getattr(shown, name) == getattr(seen, name)
    assert (shown.subscriptions, shown.pending, shown.oldest_undelivered_seconds) == (5, 3, 9)
    assert seen.canary
    assert seen.canary.failing_since == datetime.fromtimestamp(NOW - 30, UTC)


@pytest.mark.parametrize(
    ("made", "warnings"),
    [
        (report(at=NOW - 60, canary=Canary(NOW - 9)), []),
        (
            report(at=NOW - 61),
            ["deliverer: no report for 61 s; see the log of the process that writes the store"],
        ),
        (
            report(canary=Canary(NOW - 9 * MINUTES, "hub: status 403", NOW - 2 * MINUTES)),
            [
                "canary: hub: status 403, for 2 min; "
                "see that others can reach the public address of the hub"
            ],
        ),
        (report(due=9, oldest_due=NOW - 5 * MINUTES, oldest_unsent=NOW - 5 * MINUTES), []),
        (
            report(due=9, oldest_due=NOW - 9 * MINUTES, oldest_unsent=NOW - 6 * MINUTES),
            ["deliveries: a change was not sent for 6 min; see the log of the deliverer"],
        ),
        # A subscriber that does not work is no failure of this server.
        (report(due=9, oldest_due=NOW - 9 * MINUTES, failing={"timeout": 9}), []),
        (report(webhooks=(webhook(due=NOW - 9 * MINUTES),)), []),
        (report(webhooks=(webhook(due=NOW - 5 * MINUTES, failures=1, reason="timeout"),)), []),
        (
            report(webhooks=(webhook(due=NOW - 6 * MINUTES, failures=4, reason="status 404"),)),
            ["webhook team: status 404, for 6 min; correct push.webhooks.team"],
        ),
        (report(hubs=(HubReport("https://hub.example/", NOW - 9, failures=3, reason="timeout"),)), []),
        (
            report(hubs=(HubReport("https://hub.example/", NOW - 9, silent=True),)),
            ["hub https://hub.example/: requests no feed after pings; take it out of site.hubs"],
        ),
    ],
)
def test_what_does_not_work_is_a_warning(made: PushReport, warnings: list[str]) -> None:
    assert status(made).warnings == warnings


def test_a_deliverer_has_a_minute_from_the_start_of_the_server() -> None:
    never, former = PushReport(), report(at=NOW - 86_400)
    for made in (never, former):
        assert status(made, started=NOW - 60).warnings == []
        assert not status(made, started=NOW - 60).delivering
    said = [status(made, started=NOW - 61).warnings[0].partition(";")[0] for made in (never, former)]
    assert said == ["deliverer: no report yet", "deliverer: no report for 24 h"]
    assert status(report()).delivering


def test_without_a_hub_there_is_no_canary() -> None:
    made = report(canary=Canary(NOW - 9, "hub: status 404", NOW - 9), withdrawn=True)
    shown = status(made, has_hub=False)
    assert (shown.has_hub, shown.canary, shown.withdrawn, shown.warnings) == (False, None, False, [])


@pytest.mark.parametrize(
    ("made", "state"),
    [
        (webhook(acknowledged=NOW - 9), "current"),
        (webhook(due=NOW - 9), "due"),
        (webhook(due=NOW - 9, failures=1, reason="timeout"), "failing"),
        (webhook(is_subscribed=False), "not begun"),
        (webhook(is_subscribed=False, missing=NOW - 9), "no feed"),
        (webhook(missing=NOW - 9), "no feed"),
    ],
)
def test_the_state_of_a_webhook(made: WebhookReport, state: str) -> None:
    [shown] = status(report(webhooks=(made,))).webhooks
    assert shown.state == state


def test_a_webhook_has_its_last_delivery_and_its_failures() -> None:
    made = webhook(acknowledged=NOW - 90, due=NOW - 60, failures=4, failing=NOW - 50, reason="status 404")

    def before(seconds: int) -> datetime:
        return datetime.fromtimestamp(NOW - seconds, UTC)

    assert status(report(webhooks=(made,))).webhooks == [
        WebhookStatus(
            name="team",
            state="failing",
            feed="https://feeds.example/feed.json",
            delivered=before(90),
            due_since=before(60),
            failures=4,
            failing_since=before(50),
            reason="status 404",
        )
    ]


def test_the_status_has_the_outcomes_of_deliveries_and_their_times() -> None:
    deliveries = Deliveries(DeliveryCounts())
    for seconds in 0.2, 0.7, 100_000:
        deliveries.acknowledged(seconds)
    deliveries.failed()
    made = report(due=2, oldest_due=NOW - 900, oldest_unsent=NOW - 7, deliveries=deliveries.counts())
    shown = status(made)
    assert (shown.oldest_undelivered_seconds, shown.oldest_unsent_seconds) == (900, 7)
    found = shown.deliveries
    assert (found.acknowledged, found.failed, found.gone, found.seconds) == (3, 1, 0, 100_000.9)
    assert (found.within[0.1], found.within[0.25], found.within[1.0], found.within[86_400.0]) == (
        0,
        1,
        2,
        2,
    )
    assert status(report()).oldest_unsent_seconds is None
