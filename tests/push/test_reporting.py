"""The numbers of the deliverer."""

from typing import Any

import msgspec

from feeds.monitoring.status import Subscribed
from feeds.push.report import (
    DELIVERY_SECONDS,
    MAX_LISTED,
    Delay,
    DeliveryCounts,
    PushReport,
    WebhookReport,
    decoded,
)
from feeds.push.reporting import MAX_DELAYS, Deliveries, report_of, webhook_reports
from feeds.push.webhooks import Webhook
from feeds.query.grammar import read
from feeds.store.subscriptions import Subscription


def subscription(topic: str, host: str, **fields: Any) -> Subscription:
    return Subscription(f"https://feeds.example/{topic}", f"https://{host}/cb", 100, 50, **fields)


def test_a_report_counts_topics_hosts_and_failures() -> None:
    found = report_of(
        [
            subscription("a", "x.example", due=20),
            subscription("b", "x.example", due=10, failures=2, reason="timeout"),
            subscription("b", "y.example", failures=1, reason="timeout"),
        ],
        pending=4,
        delay=None,
        now=30,
    )
    assert found == PushReport(
        at=30,
        subscriptions=3,
        pending=4,
        topics=2,
        hosts=2,
        top_topics=(
            Subscribed("https://feeds.example/b", 2),
            Subscribed("https://feeds.example/a", 1),
        ),
        top_hosts=(Subscribed("x.example", 2), Subscribed("y.example", 1)),
        due=2,
        oldest_due=10,
        oldest_unsent=20,
        failing={"timeout": 2},
    )


def test_a_report_names_the_webhooks_of_the_settings_and_no_address() -> None:
    hooks = {
        each.callback: each
        for each in (
            Webhook(name, read(query), query, f"https://{name}.example/secret")
            for name, query in (("good", "feed"), ("new", "topics/ai"), ("waiting", "topics/none"))
        )
    }
    good, _, waiting = hooks
    known = Subscription("https://feeds.example/feed.json", good, 100, 50, acknowledged=60, due=70)
    known = msgspec.structs.replace(known, failures=2, failing=80, reason="timeout")
    found = webhook_reports(hooks, [subscription("a", "x.example"), known], {waiting: 40})
    assert found == (
        WebhookReport(
            name="good", feed="https://feeds.example/feed.json", is_subscribed=True, acknowledged=60,
            due=70, failures=2, failing=80, reason="timeout",
        ),
        WebhookReport(name="new", feed="topics/ai"),
        WebhookReport(name="waiting", feed="topics/none", missing=40),
    )  # fmt: skip
    assert b"secret" not in PushReport(webhooks=found).encoded()


def test_the_largest_topics_and_hosts_are_listed() -> None:
    many = [subscription(f"{number:02}", f"{number:02}.example") for number in range(30)]
    found = report_of(many, 0, None, 0)
    assert (found.topics, len(found.top_topics), len(found.top_hosts)) == (30, MAX_LISTED, MAX_LISTED)


def test_delays_have_a_median_and_a_99th_percentile() -> None:
    deliveries = Deliveries(DeliveryCounts())
    assert deliveries.summary() is None
    for number in range(200):
        deliveries.acknowledged(number / 100)
    assert deliveries.summary() == Delay(1.0, 1.98, 200)


def test_a_delay_is_never_negative() -> None:
    deliveries = Deliveries(DeliveryCounts())
    deliveries.acknowledged(-5)
    assert deliveries.summary() == Delay(0, 0, 1)


def test_the_latest_delays_count() -> None:
    deliveries = Deliveries(DeliveryCounts())
    for number in range(MAX_DELAYS + 5):
        deliveries.acknowledged(number < 5)
    assert deliveries.summary() == Delay(0, 0, MAX_DELAYS)


def test_deliveries_go_on_counting_after_a_restart() -> None:
    first = Deliveries(DeliveryCounts())
    for seconds in 0.2, 0.2, 400_000.0:
        first.acknowledged(seconds)
    first.failed()
    recorded = decoded(PushReport(deliveries=first.counts()).encoded()).deliveries
    second = Deliveries(recorded)
    second.acknowledged(0.3)
    second.gone()
    found = second.counts()
    assert (found.acknowledged, found.failed, found.gone) == (4, 1, 1)
    assert found.seconds.cumulative(DELIVERY_SECONDS)[:3] == [(0.1, 0), (0.25, 2), (0.5, 3)]
    assert found.seconds.microseconds == 400_000_700_000
    assert recorded == first.counts()
