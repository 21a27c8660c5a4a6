"""Metrics for Prometheus, in its text format and in that of OpenMetrics.

Each function in FAMILIES yields the metrics of one subject. Their names are part of the interface:
docs/operations.md lists them. A label has one of a fixed number of values; never an address, a
User-Agent, or anything else that a client sends.

The import takes a server 15 ms and 0.8 MB: it is made at the first request for metrics.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from math import isinf
from typing import Literal, TypeVar

from prometheus_client import exposition as text
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.openmetrics import exposition as openmetrics

from feeds.monitoring.counts import REQUEST_SECONDS
from feeds.monitoring.measurements import Measurements
from feeds.monitoring.refusals import refusals

MetricsFormat = Literal["text", "openmetrics"]

_Family = TypeVar("_Family", CounterMetricFamily, GaugeMetricFamily)


def exposition(measured: Measurements, metrics_format: MetricsFormat) -> tuple[bytes, str]:
    """Return *measured* in a format, and its media type."""

    collector = _Collector(measured)
    if metrics_format == "openmetrics":
        return _openmetrics(collector), openmetrics.CONTENT_TYPE_LATEST
    return text.generate_latest(collector), text.CONTENT_TYPE_PLAIN_0_0_4


_openmetrics: Callable[["_Collector"], bytes] = openmetrics.generate_latest


class _Collector:
    """A collector of prometheus_client."""

    def __init__(self, measured: Measurements) -> None:
        self._measured = measured

    def collect(self) -> Iterator[Metric]:
        for family in FAMILIES:
            yield from family(self._measured)


def _server(measured: Measurements) -> Iterator[Metric]:
    status, server = measured.status, measured.server
    yield _gauge("feeds_build_info", "The version of this server.", {(status.version,): 1}, ("version",))
    yield _one("feeds_start_time_seconds", "The start, in seconds since 1970.", server.since)
    yield _one("feeds_workers", "The number of processes that run.", len(server.processes))
    yield _one("feeds_own_memory_bytes", "Memory that the processes do not share.", measured.own_memory)
    yield _gauge(
        "feeds_troubles",
        "The number of failures now, by part of the server.",
        {(part,): number for part, number in sorted(measured.troubles.items())},
        ("part",),
    )


def _requests(measured: Measurements) -> Iterator[Metric]:
    counts = measured.server.counts
    yield _counter(
        "feeds_requests",
        "Responses, by what they are about, format, status, and if the response cache had them.",
        {
            (kind.name, kind.format, str(status), "true" if kept else "false"): times
            for (kind, status, kept), times in counts.by_labels()
        },
        ("kind", "format", "status", "kept"),
    )
    yield _counter(
        "feeds_response_bytes",
        "Bytes of the bodies of responses, by what they are about and by content coding.",
        {(kind, coding): size for kind, coding, size in counts.by_coding()},
        ("kind", "coding"),
    )
    modes = {"on": False, "dry-run": True}
    yield _counter(
        "feeds_limited",
        "Full copies of feeds that were refused, or that a dry run would refuse, by reason.",
        {
            (reason, mode): times
            for mode, dry_run in modes.items()
            for reason, times in refusals(counts.totals, dry_run=dry_run).items()
        },
        ("reason", "mode"),
    )
    yield _histogram(
        "feeds_request_seconds",
        "Time for a response that the response cache does not have.",
        counts.seconds.cumulative(REQUEST_SECONDS),
        counts.seconds.microseconds / 1_000_000,
    )


def _caches(measured: Measurements) -> Iterator[Metric]:
    caches, counts = measured.status.caches, measured.server.counts
    kept = [(labels.kept, times) for labels, times in counts.by_labels()]
    hits = sum(times for is_kept, times in kept if is_kept)
    both = {("documents",): caches.documents, ("answers",): caches.answers}
    gauge = partial(_gauge, labels=("cache",))
    counter = partial(_counter, labels=("cache",))
    sizes: Samples = {name: cache.bytes for name, cache in both.items()}
    limits: Samples = {name: cache.max_bytes for name, cache in both.items()}
    yield gauge("feeds_cache_bytes", "Bytes in the caches of all processes.", sizes)
    yield gauge("feeds_cache_max_bytes", "The limit of these bytes.", limits)
    documents = caches.documents
    yield counter(
        "feeds_cache_hits",
        "Documents and responses that a cache had.",
        {("documents",): documents.hits or 0, ("answers",): hits},
    )
    yield counter(
        "feeds_cache_misses",
        "Documents that were made, and responses of the application.",
        {("documents",): documents.made or 0, ("answers",): sum(times for _, times in kept) - hits},
    )


def _corpus(measured: Measurements) -> Iterator[Metric]:
    status, held = measured.status, measured.status.held_back
    if measured.silent:
        yield _one("feeds_articles", "Articles that are visible.", status.corpus.articles)
        yield _gauge(
            "feeds_silent_feeds",
            "Feeds without an article for five times their usual gap, by kind.",
            {(kind,): number for kind, number in measured.silent.items()},
            ("kind",),
        )
    if measured.newest:
        yield _one(
            "feeds_newest_article_timestamp",
            "The date of the newest article, in seconds since 1970.",
            measured.newest,
        )
    if status.store:
        yield _gauge(
            "feeds_files",
            "Files that are held back, and scheduled articles.",
            {("bad",): held.bad, ("withheld",): held.withheld, ("scheduled",): held.scheduled},
            ("state",),
        )
        yield _one("feeds_store_bytes", "The size of the store.", status.store.bytes)
        yield _one("feeds_store_revision", "The revision of the store.", status.store.revision)
    if status.refresh:
        yield _one(
            "feeds_refresh_seconds",
            "The duration of the last refresh that read files.",
            status.refresh.seconds,
        )
        finished = status.refresh.finished.timestamp()
        yield _one("feeds_refresh_timestamp", "The end of that, in seconds since 1970.", finished)


def _following(measured: Measurements) -> Iterator[Metric]:
    fleet = measured.status.fleet
    yield _one("feeds_revision", "The oldest revision that a process serves.", measured.revision)
    yield _one(
        "feeds_follow_lag_seconds",
        "The time for which the slowest process has been behind the store.",
        measured.follow_lag,
    )
    yield _gauge(
        "feeds_writer",
        "1 if a process of this host writes the store, else 0.",
        {(fleet.host if fleet else "",): int(measured.server.writes)},
        ("host",),
    )
    if fleet:
        yield _one(
            "feeds_fleet_lag_seconds",
            "The time for which this host has been behind the journal.",
            fleet.lag_seconds,
        )
        yield _one("feeds_fleet_reachable", "1 if the journal can be used, else 0.", int(fleet.reachable))


def _push(measured: Measurements) -> Iterator[Metric]:
    push, streams = measured.status.push, measured.status.streams
    yield _one("feeds_sse_clients", "Open streams of server-sent events.", streams.open)
    yield _one("feeds_sse_max_clients", "The limit of these streams.", streams.limit)
    yield _counter(
        "feeds_sse_resets",
        "Events that told a client to fetch the whole feed.",
        {(): measured.server.counts.totals.get("stream_resets", 0)},
    )
    if not push:
        return
    deliveries, canary = push.deliveries, push.canary
    failing = canary.failing_since if canary and canary.trouble else None
    waiting, unsent = push.oldest_undelivered_seconds, push.oldest_unsent_seconds
    yield _one("feeds_hub_subscriptions", "Subscriptions, and webhooks.", push.subscriptions)
    yield _one("feeds_hub_pending", "Requests that are not verified yet.", push.pending)
    yield _one("feeds_hub_undelivered", "Subscriptions that are due a change.", push.undelivered)
    yield _one(
        "feeds_hub_oldest_undelivered_seconds",
        "The age of the oldest change that a subscriber has not acknowledged; 0 if there is none.",
        waiting or 0,
    )
    yield _one(
        "feeds_hub_oldest_unsent_seconds",
        "The same, without subscribers whose last delivery failed.",
        unsent or 0,
    )
    yield _counter(
        "feeds_hub_deliveries",
        "Deliveries by result.",
        {
            ("acknowledged",): deliveries.acknowledged,
            ("failed",): deliveries.failed,
            ("gone",): deliveries.gone,
        },
        ("result",),
    )
    yield _histogram(
        "feeds_hub_delivery_seconds",
        "Time from a change to its acknowledgement.",
        [*deliveries.within.items(), (float("inf"), deliveries.acknowledged)],
        deliveries.seconds,
    )
    yield _one("feeds_hub_delivering", "1 if the deliverer works, else 0.", int(push.delivering))
    yield _one(
        "feeds_hub_canary_failing_seconds",
        "The time for which the server's own subscription has failed; 0 if it works.",
        max(0.0, measured.now - failing.timestamp()) if failing else 0,
    )
    yield _gauge(
        "feeds_webhooks",
        "Webhooks by state.",
        {
            (state,): sum(each.state == state for each in push.webhooks)
            for state in ("current", "due", "failing", "no feed", "not begun")
        },
        ("state",),
    )


def _readers(measured: Measurements) -> Iterator[Metric]:
    readers = measured.status.readers
    if not readers:
        return
    yield _gauge(
        "feeds_readers",
        "Readers of seven days: reported by services, apps of people, and by push.",
        {("reported",): readers.reported, ("apps",): readers.apps, ("push",): readers.push},
        ("class",),
    )
    yield _one(
        "feeds_readers_counted_timestamp",
        "The time of the last request that was counted, in seconds since 1970.",
        readers.counted.timestamp(),
    )
    yield _one(
        "feeds_readers_lost_seconds",
        "Seconds of requests that could not be counted.",
        readers.seconds_lost,
    )
    yield _one(
        "feeds_wasted_bytes",
        "Bytes of full copies that clients had, since the beginning of the count.",
        readers.polling.wasted_bytes,
    )


FAMILIES: tuple[Callable[[Measurements], Iterator[Metric]], ...] = (
    _server,
    _requests,
    _caches,
    _corpus,
    _following,
    _push,
    _readers,
)

Samples = Mapping[tuple[str, ...], float]


def _one(name: str, text: str, value: float) -> Metric:
    return _gauge(name, text, {(): value})


def _gauge(name: str, text: str, samples: Samples, labels: tuple[str, ...] = ()) -> Metric:
    return _filled(GaugeMetricFamily(name, text, labels=labels), samples)


def _counter(name: str, text: str, samples: Samples, labels: tuple[str, ...] = ()) -> Metric:
    return _filled(CounterMetricFamily(name, text, labels=labels), samples)


def _filled(family: _Family, samples: Samples) -> _Family:
    for values, value in samples.items():
        family.add_metric(values, value)
    return family


def _histogram(name: str, text: str, cumulative: Iterable[tuple[float, int]], total: float) -> Metric:
    buckets = [("+Inf" if isinf(bound) else str(bound), float(number)) for bound, number in cumulative]
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=total)
