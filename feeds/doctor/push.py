"""The hub, webhooks and purged caches, as the process that delivers last reported them."""

from collections.abc import Iterator
from contextlib import closing

from feeds.bootstrap import delivers, has_hub, subscriptions_of
from feeds.doctor.finding import Finding, FindingGroup
from feeds.errors import FeedsError, counted
from feeds.push.health import push_status
from feeds.push.report import decoded
from feeds.settings import Settings

_HUB = FindingGroup("hub")


def push_findings(settings: Settings, now: float) -> Iterator[Finding]:
    """Check the deliveries at *now*: the canary, the oldest undelivered change, and failing targets."""
    if not delivers(settings):
        yield _HUB.ok("push: off")
        return
    hub = has_hub(settings)
    try:
        with closing(subscriptions_of(settings)) as subscriptions:
            report, counts = decoded(subscriptions.report()), subscriptions.counts()
            withdrawn = subscriptions.withdrawn()
    except FeedsError as error:
        yield _HUB.error(error)
        return
    status = push_status(report, counts, now, announced=hub, has_hub=hub, started=0)
    yield from _HUB.warnings(status.warnings)
    if hub and withdrawn and not status.warnings:
        problem = "feeds do not announce it, because no delivery reached its public address"
        yield _HUB.warning("hub", problem, "see that others can reach site.url, and canary in /status")
    if not (status.warnings or withdrawn):
        due = counted(status.undelivered, "undelivered change")
        yield _HUB.ok(f"push: {counted(status.subscriptions, 'subscription')}, {due}")
