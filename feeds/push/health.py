"""The health of push, as ``/hub/health``, the hub's page and ``/status`` show it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from feeds.monitoring.status import (
    CanaryStatus,
    DeliveryStatus,
    ExternalHubStatus,
    PurgedCacheStatus,
    PushNumbers,
    PushStatus,
    Subscribed,
    WebhookState,
    WebhookStatus,
)
from feeds.push.report import (
    DELIVERY_SECONDS,
    CacheReport,
    Canary,
    DeliveryCounts,
    HubReport,
    PushReport,
    WebhookReport,
)

MAX_REPORT_AGE = 60.0  # seconds without a report, after which no deliverer seems to run
LATE_AFTER = 300.0  # seconds from a change until it should have been delivered


class HubHealth(PushNumbers, frozen=True, kw_only=True):
    """The content of ``/hub/health``; its names are part of the interface.

    *by_topic* and *by_host* have the topics and the hosts of callbacks with the most subscriptions, and
    *caches* those that are purged; all are null for clients that may not see the status of the server.
    """

    now: datetime
    by_topic: tuple[Subscribed, ...] | None
    by_host: tuple[Subscribed, ...] | None
    caches: tuple[PurgedCacheStatus, ...] | None


def health(
    report: PushReport, counts: tuple[int, int], now: float, *, announced: bool, names: bool
) -> HubHealth:
    """The health at *now* after *report*; *counts* are the present numbers of subscriptions and requests.

    A report does not count the server's own subscription.

    Topics and hosts are only listed with *names*.
    """
    subscriptions, pending = (report.subscriptions if report.at else counts[0]), counts[1]
    delay, oldest = report.delay, report.oldest_due
    return HubHealth(
        now=_date(now),
        announced=announced,
        subscriptions=subscriptions,
        topics=report.topics,
        hosts=report.hosts,
        pending=pending,
        undelivered=report.due,
        oldest_undelivered_seconds=_age(oldest, now),
        delivery_p50_seconds=round(delay.p50, 3) if delay else None,
        delivery_p99_seconds=round(delay.p99, 3) if delay else None,
        failing=report.failing,
        canary=_canary(report.canary),
        reported=_instant(report.at),
        external_hubs=tuple(map(_external, report.hubs)),
        by_topic=report.top_topics if names else None,
        by_host=report.top_hosts if names else None,
        caches=tuple(map(_cache, report.caches)) if names else None,
    )


def push_status(
    report: PushReport,
    counts: tuple[int, int],
    now: float,
    *,
    announced: bool,
    has_hub: bool,
    started: float,
) -> PushStatus:
    """The status at *now* of push, of a server that *started* then; see ``health``."""
    seen = health(report, counts, now, announced=announced, names=True)
    numbers = {name: getattr(seen, name) for name in PushNumbers.__struct_fields__}
    return PushStatus(
        **numbers | {"canary": seen.canary if has_hub else None},
        has_hub=has_hub,
        delivering=_is_recent(report.at, now),
        withdrawn=has_hub and report.withdrawn,
        oldest_unsent_seconds=_age(report.oldest_unsent, now),
        deliveries=_deliveries(report.deliveries),
        by_topic=report.top_topics,
        by_host=report.top_hosts,
        webhooks=[*map(_webhook, report.webhooks)],
        caches=tuple(map(_cache, report.caches)),
        warnings=[*_warnings(report, now, has_hub=has_hub, started=started)],
    )


def _warnings(report: PushReport, now: float, *, has_hub: bool, started: float) -> Iterator[str]:
    if not _is_recent(max(report.at, started), now):
        since = f"no report for {_span(now - report.at)}" if report.at else "no report yet"
        yield f"deliverer: {since}; see the log of the process that writes the store"
    if has_hub and (trouble := report.canary.trouble):
        since = _span(now - report.canary.failing)
        yield f"canary: {trouble}, for {since}; see that others can reach the public address of the hub"
    if report.oldest_unsent and now - report.oldest_unsent > LATE_AFTER:
        late = _span(now - report.oldest_unsent)
        yield f"deliveries: a change was not sent for {late}; see the log of the deliverer"
    for each in report.webhooks:
        if each.failures and now - each.due > LATE_AFTER:
            late = _span(now - each.due)
            yield f"webhook {each.name}: {each.reason}, for {late}; correct push.webhooks.{each.name}"
    for cache in report.caches:
        if cache.failures:
            late = _span(now - cache.failing)
            yield f"cache {cache.name}: {cache.reason}, for {late}; correct push.purge.{cache.name}"
    for hub in report.hubs:
        if hub.silent:
            yield f"hub {hub.hub}: requests no feed after pings; take it out of site.hubs"


def _deliveries(counts: DeliveryCounts) -> DeliveryStatus:
    within = dict(counts.seconds.cumulative(DELIVERY_SECONDS)[:-1])
    return DeliveryStatus(
        acknowledged=counts.acknowledged,
        failed=counts.failed,
        gone=counts.gone,
        seconds=counts.seconds.microseconds / 1_000_000,
        within=within,
    )


def _age(second: float, now: float) -> float | None:
    return round(max(0, now - second), 3) if second else None


def _is_recent(second: float, now: float) -> bool:
    return now - second <= MAX_REPORT_AGE


def _canary(canary: Canary) -> CanaryStatus:
    return CanaryStatus(
        proved=_instant(canary.proved), trouble=canary.trouble, failing_since=_instant(canary.failing)
    )


def _external(hub: HubReport) -> ExternalHubStatus:
    return ExternalHubStatus(
        hub=hub.hub,
        pinged=_instant(hub.pinged),
        fetched=_instant(hub.fetched),
        silent=hub.silent,
        failures=hub.failures,
        reason=hub.reason,
    )


def _webhook(report: WebhookReport) -> WebhookStatus:
    return WebhookStatus(
        name=report.name,
        state=_state(report),
        feed=report.feed,
        delivered=_instant(report.acknowledged),
        due_since=_instant(report.due),
        failures=report.failures,
        failing_since=_instant(report.failing),
        reason=report.reason,
    )


def _state(report: WebhookReport) -> WebhookState:
    if report.missing:
        return "no feed"
    if not report.is_subscribed:
        return "not begun"
    if report.failures:
        return "failing"
    return "due" if report.due else "current"


def _span(seconds: float) -> str:
    """``3 h``, ``12 min`` or ``40 s``: in the largest unit with a count of at least two."""
    name, unit = next((each for each in _UNITS if seconds >= 2 * each[1]), ("s", 1))
    return f"{max(0, seconds) // unit:.0f} {name}"


_UNITS = (("days", 86_400), ("h", 3_600), ("min", 60))


def _cache(cache: CacheReport) -> PurgedCacheStatus:
    return PurgedCacheStatus(
        name=cache.name,
        purged=_instant(cache.purged),
        purges=cache.purges,
        failures=cache.failures,
        failing_since=_instant(cache.failing),
        reason=cache.reason,
    )


def _instant(second: float) -> datetime | None:
    return _date(second) if second else None


def _date(second: float) -> datetime:
    return datetime.fromtimestamp(int(second), UTC)
