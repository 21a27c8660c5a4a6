"""Metrics in the formats of Prometheus, read by prometheus_client and by promtool."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import msgspec
import pytest
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from feeds.bootstrap import reader_count_of, readership_of, subscriptions_of
from feeds.monitoring.exposition import exposition
from feeds.monitoring.fleet import FleetState
from feeds.monitoring.process_registry import Refresh
from feeds.monitoring.refusals import refusal_total
from feeds.push.report import DELIVERY_SECONDS, Canary, PushReport, WebhookReport
from feeds.push.reporting import Deliveries, DeliveryCounts
from feeds.settings.sections import PushSettings
from feeds.store.subscriptions import PushChanges
from tests.entrypoints import RESPONSE_CACHE
from tests.harness import Harness
from tests.paths import ROOT
from tests.skipping import skip_without
from tests.web.conftest import filled, unfilled

FEEDBIN = "Feedbin feed-id:7 - 1204 subscribers"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Harness]:
    for made in unfilled(tmp_path, RESPONSE_CACHE):
        yield filled(made)


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Harness]:
    """A server before the first load of its corpus."""
    (tmp_path / "loading").mkdir()
    yield from unfilled(tmp_path / "loading", RESPONSE_CACHE)


def text(served: Harness) -> str:
    return exposition(served.server.monitor.measurements(), "text")[0].decode()


def families(served: Harness) -> dict[str, Metric]:
    return {each.name: each for each in read_text(text(served))}


def values(served: Harness, name: str) -> dict[tuple[str, ...], float]:
    """The samples called *name*, by the values of their labels."""
    found = [each for family in families(served).values() for each in family.samples if each.name == name]
    return {tuple(value for _, value in sorted(each.labels.items())): each.value for each in found}


def value(served: Harness, name: str) -> float:
    [found] = values(served, name).values()
    return found


def busy(served: Harness) -> None:
    """Let everything that metrics have happen once."""
    for path in "/feed.rss", "/feed.rss", "/", "/opml", "/nothing":
        served.get(path, User_Agent=FEEDBIN)
    count_readers(served)
    metrics = served.server.metrics
    metrics.set_refresh(Refresh(finished=served.now, seconds=1.5, files=3, bad=2))
    metrics.set_fleet(
        FleetState(at=1, host="one", role="leader", position=1, head=2, behind_since=served.now - 9)
    )
    metrics.troubles = lambda: {"follower": "store.db: gone"}
    for dry_run in (False, True):
        served.server.metrics.totals[refusal_total("no validator", dry_run=dry_run)] = lambda: 3
    deliveries = Deliveries(DeliveryCounts())
    deliveries.acknowledged(0.3)
    deliveries.failed()
    record(
        served,
        PushReport(
            at=served.now,
            subscriptions=4,
            due=2,
            oldest_due=served.now - 900,
            oldest_unsent=served.now - 40,
            deliveries=deliveries.counts(),
            canary=Canary(0, "status 403", served.now - 60),
            webhooks=(WebhookReport(name="team", feed="feed", is_subscribed=True, failures=1),),
        ),
    )  # fmt: skip


def count_readers(served: Harness) -> None:
    """Do what the threads that count readers do in a minute."""
    assert served.server.readers
    served.server.readers.recorder.step()
    state = readership_of(served.settings)
    state.take_over()
    count = reader_count_of(served.settings, state, served.now)
    while count.count(served.now):
        pass
    count.record(served.now)
    state.close()


def record(served: Harness, report: PushReport) -> None:
    subscriptions = subscriptions_of(served.settings)
    subscriptions.record(PushChanges(report=report.encoded()))
    subscriptions.close()


def lose_the_store(served: Harness) -> None:
    """Put a folder in the place of the store."""
    served.close()
    path = Path(served.settings.store.path)
    path.unlink()
    path.mkdir()


def test_both_formats_have_the_same_samples(served: Harness) -> None:
    busy(served)
    measured = served.server.monitor.measurements()
    written, media_type = exposition(measured, "text")
    other, other_type = exposition(measured, "openmetrics")
    assert (media_type, other_type) == (
        "text/plain; version=0.0.4; charset=utf-8",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    )

    def samples(found: Iterator[Metric]) -> list[tuple[str, dict[str, str], float]]:
        return [(each.name, each.labels, each.value) for family in found for each in family.samples]

    read = samples(read_openmetrics(other.decode()))
    assert read == samples(read_text(written.decode()))
    assert len(read) > 80


@pytest.mark.parametrize("state", ["busy", "new", "loading", "without a store"])
def test_promtool_finds_nothing_to_criticise(
    served: Harness, request: pytest.FixtureRequest, state: str
) -> None:
    promtool = which("promtool") or skip_without("promtool")
    if state == "busy":
        busy(served)
    if state == "without a store":
        lose_the_store(served)
    if state == "loading":
        served = request.getfixturevalue("loading")
        assert "feeds_articles" not in families(served)
    checked = subprocess.run(
        [promtool, "check", "metrics"],
        check=False,
        input=text(served),
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_requests_have_kind_format_status_and_whether_they_were_kept(served: Harness) -> None:
    busy(served)
    assert values(served, "feeds_requests_total") == {  # format, kept, kind, status
        ("rss", "false", "feed", "200"): 1,
        ("rss", "true", "feed", "200"): 1,
        ("html", "false", "page", "200"): 1,
        ("opml", "false", "list", "200"): 1,
        ("", "false", "other", "404"): 1,
    }
    assert values(served, "feeds_cache_hits_total") == {("answers",): 1, ("documents",): 0}
    assert values(served, "feeds_cache_misses_total") == {("answers",): 4, ("documents",): 1}
    assert value(served, "feeds_request_seconds_count") == 4
    assert values(served, "feeds_request_seconds_bucket")["+Inf",] == 4


def test_the_corpus_and_the_store_have_numbers(served: Harness) -> None:
    busy(served)
    index = served.server.current_index.index()
    assert value(served, "feeds_articles") == 3
    assert value(served, "feeds_newest_article_timestamp") == index.newest_at
    assert value(served, "feeds_revision") == value(served, "feeds_store_revision") == index.revision
    assert value(served, "feeds_refresh_seconds") == 1.5
    assert value(served, "feeds_refresh_timestamp") == served.now
    assert values(served, "feeds_files") == {("bad",): 2, ("scheduled",): 0, ("withheld",): 0}
    assert set(values(served, "feeds_silent_feeds")) == {("all",), ("topics",), ("providers",)}


def test_the_writer_and_the_part_in_a_fleet_are_shown(served: Harness) -> None:
    assert values(served, "feeds_writer") == {("",): 0}
    assert "feeds_fleet_lag_seconds" not in families(served)
    busy(served)
    assert values(served, "feeds_writer") == {("one",): 1}
    assert value(served, "feeds_fleet_lag_seconds") == 9
    assert value(served, "feeds_fleet_reachable") == 1
    assert values(served, "feeds_troubles") == {("follower",): 1}


def test_failures_of_the_writer_and_of_the_part_in_a_fleet_are_counted(served: Harness) -> None:
    metrics, state = (
        served.server.metrics,
        FleetState(at=1, host="one", role="leader", position=1, head=1),
    )
    metrics.set_refresh(Refresh(finished=served.now, seconds=1.5, files=3, bad=0))
    broken: list[dict[str, Any]] = [{"trouble": "the disk is full"}, {"reachable": False}]
    for changes in broken:
        metrics.set_fleet(msgspec.structs.replace(state, **changes))
        assert values(served, "feeds_troubles") == {("fleet",): 1}
    metrics.set_fleet(state)
    metrics.set_refresh(Refresh(finished=0, seconds=0, files=0, bad=0, trouble="corpus: gone"))
    assert values(served, "feeds_troubles") == {("writer",): 1}


def test_without_push_its_streams_alone_have_numbers(served: Harness) -> None:
    served.restart(push=PushSettings(hub="off"))
    assert value(served, "feeds_sse_clients") == 0
    assert not [name for name in families(served) if name.startswith(("feeds_hub", "feeds_webhooks"))]


def test_push_has_numbers(served: Harness) -> None:
    busy(served)
    assert value(served, "feeds_hub_subscriptions") == 4
    assert value(served, "feeds_hub_oldest_undelivered_seconds") == 900
    assert value(served, "feeds_hub_oldest_unsent_seconds") == 40
    assert value(served, "feeds_hub_canary_failing_seconds") == 60
    assert values(served, "feeds_hub_deliveries_total") == {
        ("acknowledged",): 1, ("failed",): 1, ("gone",): 0,
    }  # fmt: skip
    buckets = values(served, "feeds_hub_delivery_seconds_bucket")
    assert len(buckets) == len(DELIVERY_SECONDS) + 1
    assert (buckets["0.25",], buckets["0.5",], buckets["+Inf",]) == (0, 1, 1)
    assert values(served, "feeds_webhooks")["failing",] == 1


def test_the_lag_is_that_of_the_slowest_process(served: Harness) -> None:
    other = served.process()
    assert value(served, "feeds_follow_lag_seconds") == 0
    begun = int(served.now)
    other.server.metrics.gauges["behind"] = lambda: begun
    other.server.metrics.publish(now=True)
    served.now += 30
    assert value(served, "feeds_follow_lag_seconds") == 30
    assert value(served, "feeds_workers") == 2


def test_without_a_store_the_rest_is_shown(served: Harness) -> None:
    lose_the_store(served)
    assert values(served, "feeds_troubles")["store",] == 1
    assert "feeds_files" not in families(served)
    assert value(served, "feeds_articles") == 3


def test_a_label_is_never_what_a_client_sent(served: Harness) -> None:
    for number in range(50):
        served.main.get(
            f"/topics/flood{number}.rss?q=word{number}",
            peer=f"192.0.2.{number}",
            User_Agent=f"flood/{number}",
            Accept_Encoding=f"x-{number}",
            Referer=f"https://flood{number}.example/",
        )
        served.get(f"/flood{number}.{number}", f"FLOOD{number}")
    found = text(served)
    assert "flood" not in found.lower()
    assert "192.0.2" not in found
    assert "word" not in found
    assert len(values(served, "feeds_requests_total")) <= 3


def test_counters_do_not_go_back_when_a_process_ends(served: Harness) -> None:
    other = served.process()
    for _ in range(3):
        other.get("/feed.rss")
        served.get("/feed.rss")
    other.server.metrics.publish(now=True)
    before = values(served, "feeds_requests_total"), values(served, "feeds_cache_misses_total")
    served.stop(other)
    third = served.process()
    third.server.metrics.begin()
    assert (values(served, "feeds_requests_total"), values(served, "feeds_cache_misses_total")) == before


def test_deliveries_are_those_of_the_last_report(served: Harness) -> None:
    record(served, msgspec.structs.replace(PushReport(), deliveries=DeliveryCounts(7, 2, 1)))
    assert values(served, "feeds_hub_deliveries_total") == {
        ("acknowledged",): 7, ("failed",): 2, ("gone",): 1,
    }  # fmt: skip


def test_readers_have_numbers_once_they_are_counted(served: Harness) -> None:
    assert "feeds_readers" not in families(served)
    busy(served)
    assert values(served, "feeds_readers") == {("reported",): 1204, ("apps",): 0, ("push",): 0}
    assert value(served, "feeds_readers_counted_timestamp") == served.now
    assert value(served, "feeds_readers_lost_seconds") == 0
    size = len(served.get("/feed.rss").data)
    assert value(served, "feeds_wasted_bytes") == size  # the second full copy


def test_refusals_are_counted_by_reason_and_mode(served: Harness) -> None:
    busy(served)
    assert values(served, "feeds_limited_total") == {
        ("dry-run", "no validator"): 3, ("on", "no validator"): 3,
    }  # fmt: skip


def test_the_documents_name_every_metric(served: Harness) -> None:
    busy(served)
    document = (ROOT / "docs" / "operations.md").read_text().partition("\n## Metrics\n")[2]
    rows = [row for row in document.partition("\n## ")[0].splitlines() if row.startswith("| `")]
    documented = {
        name: set(re.findall(r"`(\w+)`", row.split(" | ")[1]))
        for row in rows
        for name in re.findall(r"`(feeds_\w+)`", row.split(" | ")[0])
    }
    exposed: dict[str, set[str]] = {}
    for family in families(served).values():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        exposed[name] = {label for each in family.samples for label in each.labels}
    assert documented == exposed
