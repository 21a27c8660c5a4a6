"""Push on the status page and in /status.json."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from feeds.bootstrap import subscriptions_of
from feeds.monitoring.fleet import FleetState
from feeds.monitoring.status import PushNumbers
from feeds.push.report import CacheReport, Canary, Delay, HubReport, PushReport, WebhookReport
from feeds.push.reporting import report_of
from feeds.settings.sections import PushSettings, WebhookSettings
from feeds.store.subscriptions import Intent, IntentLimits, PushChanges, Subscription
from tests.builders import article
from tests.harness import Harness

URL = "https://feeds.example"
HOSTILE = "<script>alert(1)</script>\u202e{{ 7 * 7 }}"


@pytest.fixture
def served(tmp_path: Path, entrypoint: str) -> Iterator[Harness]:
    made = Harness(tmp_path, entrypoint)
    made.put(article(1, topics=("Oceans",)))
    yield made
    made.close()


def recorded(served: Harness, report: PushReport) -> None:
    """Record *report* as the deliverer does."""
    subscriptions = subscriptions_of(served.settings)
    subscriptions.record(PushChanges(report=report.encoded()))
    subscriptions.close()


def status(served: Harness) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(served.get("/status.json").data)
    return found


def shown(served: Harness) -> str:
    """The words of the page."""
    return " ".join(html.fromstring(served.get("/status").text).find(".//main").text_content().split())


def facts(served: Harness) -> dict[str, str]:
    """The values in the tables of the page, by their names."""
    rows = html.fromstring(served.get("/status").text).xpath("//table[contains(@class, 'facts')]//tr")
    return {row.xpath("string(th)"): row.xpath("string(td)").strip() for row in rows}


def rows(served: Harness, section: str) -> list[list[str]]:
    """The cells of the table in the section with this id."""
    [table] = html.fromstring(served.get("/status").text).xpath(f"//section[h2[@id='{section}']]//table")
    found = [row.xpath("./th | ./td") for row in table.xpath("./tbody/tr")]
    return [[" ".join(cell.text_content().split()) for cell in cells] for cells in found]


def report(now: float, **fields: Any) -> PushReport:
    return PushReport(**{"at": now - 3, "canary": Canary(now - 240)} | fields)


def test_the_status_of_push_has_the_numbers_of_the_health(served: Harness) -> None:
    now = served.now
    made = report_of(
        [
            Subscription(f"{URL}/feed.atom", "https://reader.example/push/capability", 9e9, 1),
            Subscription(
                f"{URL}/topics/oceans.atom", "https://other.example/capability?token=1", 9e9, 1,
                due=now - 40, failures=3, reason="timeout",
            ),
        ],
        0, Delay(0.75, 2.5, 9), now - 9,
    )  # fmt: skip
    recorded(served, made)
    subscriptions = subscriptions_of(served.settings)
    asked = Intent(f"{URL}/feed.atom", "https://new.example/capability", "subscribe", now)
    subscriptions.ask(asked, IntentLimits())
    subscriptions.close()
    push = status(served)["push"]
    health = json.loads(served.get("/hub/health").data)
    for name in (*PushNumbers.__struct_fields__, "by_topic", "by_host"):
        assert push[name] == health[name]
    assert (push["subscriptions"], push["pending"], push["has_hub"], push["delivering"]) == (
        2,
        1,
        True,
        True,
    )
    assert push["warnings"] == []
    assert (
        facts(served).items()
        >= {
            "Deliverer": "running",
            "Last report": "9 seconds ago (11:59 UTC)",
            "Subscriptions": "2",
            "Unconfirmed requests": "1",
            "Subscribers without the last change": "1",
            "Oldest change not delivered": "40 seconds",
            "Half of the changes arrive within": "0.75 s",
            "99% of the changes arrive within": "2.5 s",
            "timeout": "1",
            "/feed.atom": "1",
            "reader.example": "1",
            "Announced by feeds": "yes",
            "Last proof": "not yet",
        }.items()
    )
    assert "Everything is working." in shown(served)
    assert "capability" not in served.get("/status").text
    assert "capability" not in served.get("/status.json").text


def test_what_does_not_work_is_the_verdict(served: Harness) -> None:
    now = served.now
    failing = Canary(now - 900, "delivery: status 502", now - 600)
    recorded(served, report(now, canary=failing, withdrawn=True))
    taxonomy = served.store.taxonomy()
    served.change(taxonomy=type(taxonomy)(hub_withdrawn=True))
    push = status(served)["push"]
    assert (push["announced"], push["withdrawn"]) == (False, True)
    assert (push["canary"]["trouble"], push["canary"]["failing_since"]) == (
        "delivery: status 502", "2027-01-01T11:50:00Z",
    )  # fmt: skip
    words = shown(served)
    assert "Push does not work as it should: canary: delivery: status 502, for 10 min;" in words
    assert facts(served)["Announced by feeds"] == "withdrawn"
    assert facts(served)["Fails since"] == "10 minutes ago (11:50 UTC)"
    assert "Everything is working." not in words


def test_webhooks_are_shown_by_name(served: Harness) -> None:
    now = served.now
    webhooks = (
        WebhookReport(name="good", feed=f"{URL}/feed.json", is_subscribed=True, acknowledged=now - 7200),
        WebhookReport(
            name=HOSTILE, feed=f"{URL}/topics/oceans.json", is_subscribed=True, due=now - 40,
            failures=3, failing=now - 30, reason=HOSTILE,
        ),
        WebhookReport(name="early", feed="authors/nobody", missing=now - 60),
    )  # fmt: skip
    recorded(served, report(now, webhooks=webhooks))
    found = status(served)["push"]["webhooks"]
    assert [(each["name"], each["state"]) for each in found] == [
        ("good", "current"), (HOSTILE, "failing"), ("early", "no feed"),
    ]  # fmt: skip
    good, failing, failures, early = rows(served, "webhooks")
    assert good == ["good/feed.json", "up to date", "2 hours ago (10:00 UTC)"]
    assert failing[1:] == ["failing", "not yet"]
    assert failures[0].startswith("3 failures: <script>")
    assert failures[0].endswith("; the first 30 seconds ago (11:59 UTC)")
    assert early == ["earlyauthors/nobody", "no such feed yet", "not yet"]
    page = html.fromstring(served.get("/status").text)
    assert not page.xpath("//main//script")
    assert "\u202e" not in page.text_content()


def test_external_hubs_are_shown(served: Harness) -> None:
    now = served.now
    hubs = (
        HubReport("https://quiet.example/hub", now - 60, silent=True),
        HubReport("https://hub.example/", now - 60, now - 50, failures=2, reason="status 500"),
    )
    recorded(served, report(now, hubs=hubs))
    assert status(served)["push"]["external_hubs"][1] == {
        "hub": "https://hub.example/", "pinged": "2027-01-01T11:59:00Z",
        "fetched": "2027-01-01T11:59:10Z", "silent": False, "failures": 2, "reason": "status 500",
    }  # fmt: skip
    assert rows(served, "hubs") == [
        ["https://quiet.example/hub", "60 seconds ago (11:59 UTC)", "not yet"],
        ["accepts pings, but requests no feed after them"],
        ["https://hub.example/", "60 seconds ago (11:59 UTC)", "50 seconds ago (11:59 UTC)"],
        ["2 failures: status 500"],
    ]


def test_purged_caches_are_shown(served: Harness) -> None:
    now = served.now
    caches = (
        CacheReport("edge", now - 60, 12),
        CacheReport("cdn", failures=2, failing=now - 600, reason="status 403"),
    )
    recorded(served, report(now, caches=caches))
    assert status(served)["push"]["caches"][0] == {
        "name": "edge", "purged": "2027-01-01T11:59:00Z", "purges": 12, "failures": 0,
        "failing_since": None, "reason": "",
    }  # fmt: skip
    assert rows(served, "caches") == [
        ["edge", "12", "60 seconds ago (11:59 UTC)"],
        ["cdn", "0", "not yet"],
        ["2 failures: status 403; the first 10 minutes ago (11:50 UTC)"],
    ]
    assert "cache cdn: status 403, for 10 min; correct push.purge.cdn" in shown(served)


def test_a_server_with_webhooks_alone_has_no_hub(tmp_path: Path) -> None:
    hook = WebhookSettings(query="feed", url="https://hooks.example/capability")
    made = Harness(tmp_path, push=PushSettings(hub="off", webhooks={"team": hook}))
    made.put(article(1))
    recorded(made, report(made.now, webhooks=(WebhookReport(name="team", feed="feed"),)))
    push = status(made)["push"]
    assert (push["has_hub"], push["canary"], push["announced"]) == (False, None, False)
    words = shown(made)
    assert "Last proof" not in words
    assert "not begun" in words
    assert "capability" not in made.get("/status").text + made.get("/status.json").text
    made.close()


def test_a_server_that_delivers_nothing_has_no_push(tmp_path: Path) -> None:
    made = Harness(tmp_path, push=PushSettings(hub="off"))
    made.put(article(1))
    assert status(made)["push"] is None
    assert "Deliverer" not in shown(made)
    assert not [*tmp_path.glob("*.subscriptions")]
    made.close()


def test_subscriptions_that_cannot_be_read_are_reported_beside_the_rest(served: Harness) -> None:
    file = Path(f"{served.settings.store_path}.subscriptions")
    file.write_bytes(b"damaged" * 1000)
    found = status(served)
    assert found["push"] is None
    assert found["trouble"].startswith(f"{file}: cannot be used")
    assert found["corpus"]["articles"] == 1
    assert "The server has a problem" in shown(served)
    file.unlink()


def test_a_host_that_cannot_reach_the_database_of_a_fleet_does_not_ask_it(served: Harness) -> None:
    file = Path(f"{served.settings.store_path}.subscriptions")
    file.write_bytes(b"damaged" * 1000)
    fleet = FleetState(at=served.now, host="a", role="follower", position=7, head=9, reachable=False)
    served.server.metrics.set_fleet(fleet)
    assert (status(served)["push"], status(served)["trouble"]) == (None, "")
    file.unlink()


def test_the_status_counts_streams_and_their_places(served: Harness) -> None:
    assert status(served)["streams"] == {"open": 0, "limit": 0}
    assert "not possible with this web server" in shown(served)
    served.server.metrics.gauges |= {"streams": lambda: 12, "max_streams": lambda: 10_000}
    assert status(served)["streams"] == {"open": 12, "limit": 10_000}
    assert facts(served)["Open streams"] == "12 of 10,000"
