"""The report of push: recorded by one version of the program, read by another."""

import msgspec

from feeds.monitoring.status import Subscribed
from feeds.push.report import Canary, Delay, PushReport, WebhookReport, decoded


def test_a_report_is_read_as_it_was_recorded() -> None:
    report = PushReport(
        at=10,
        subscriptions=3,
        topics=1,
        hosts=1,
        top_topics=(Subscribed("https://feeds.example/feed.atom", 3),),
        top_hosts=(Subscribed("reader.example", 3),),
        failing={"timeout": 1},
        delay=Delay(0.5, 2.5, 100),
        canary=Canary(9, "connection refused", 7),
        webhooks=(WebhookReport(name="team", feed="topics/ai", missing=5),),
    )
    assert decoded(report.encoded()) == report


def test_a_hub_without_a_deliverer_has_an_empty_report() -> None:
    assert decoded(b"") == PushReport()


def test_a_report_of_another_version_is_read_as_far_as_it_is_known() -> None:
    assert decoded(msgspec.msgpack.encode({"subscriptions": 3, "later": [1]})) == PushReport(
        subscriptions=3
    )
