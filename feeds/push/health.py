"""The health of push, as ``/hub/health`` and the hub's page show it."""

from datetime import UTC, datetime

from msgspec import Struct

from feeds.push.report import HubReport, PushReport, Subscribed


class CanaryHealth(Struct, frozen=True, kw_only=True):
    """The server's own subscription: the time of its last delivery, and why the following one failed."""

    proved: datetime | None
    trouble: str


class ExternalHubHealth(Struct, frozen=True, kw_only=True):
    """A hub of somebody else; see HubReport."""

    hub: str
    pinged: datetime | None
    fetched: datetime | None
    silent: bool
    failures: int
    reason: str


class HubHealth(Struct, frozen=True, kw_only=True):
    """The content of ``/hub/health``; its names are part of the interface.

    *announced* is true if feeds name this hub. *pending* requests are not verified yet. *undelivered*
    subscriptions have not acknowledged the last change of their topic, the oldest of these changes is
    *oldest_undelivered_seconds* old. The percentiles are those of the seconds from a change to its
    acknowledgement. *failing* has the number of subscriptions whose last delivery failed, by reason.
    *reported* is the time of the deliverer's last report. *external_hubs* are those of others.
    *by_topic* and *by_host* have the topics and the hosts of callbacks with the most subscriptions; they
    are null for clients that may not see the status of the server.
    """

    now: datetime
    announced: bool
    subscriptions: int
    topics: int
    hosts: int
    pending: int
    undelivered: int
    oldest_undelivered_seconds: float | None
    delivery_p50_seconds: float | None
    delivery_p99_seconds: float | None
    failing: dict[str, int]
    canary: CanaryHealth
    reported: datetime | None
    external_hubs: tuple[ExternalHubHealth, ...]
    by_topic: tuple[Subscribed, ...] | None
    by_host: tuple[Subscribed, ...] | None


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
        oldest_undelivered_seconds=round(max(0, now - oldest), 3) if oldest else None,
        delivery_p50_seconds=round(delay.p50, 3) if delay else None,
        delivery_p99_seconds=round(delay.p99, 3) if delay else None,
        failing=report.failing,
        canary=CanaryHealth(
            proved=_instant(report.canary.proved),
            trouble=report.canary.trouble,
        ),
        reported=_instant(report.at),
        external_hubs=tuple(map(_external, report.hubs)),
        by_topic=report.top_topics if names else None,
        by_host=report.top_hosts if names else None,
    )


def _external(hub: HubReport) -> ExternalHubHealth:
    return ExternalHubHealth(
        hub=hub.hub,
        pinged=_instant(hub.pinged),
        fetched=_instant(hub.fetched),
        silent=hub.silent,
        failures=hub.failures,
        reason=hub.reason,
    )


def _instant(second: float) -> datetime | None:
    return _date(second) if second else None


def _date(second: float) -> datetime:
    return datetime.fromtimestamp(int(second), UTC)
