"""The report of the deliverer, from its subscriptions and its latest deliveries."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence

from feeds.monitoring.histogram import Histogram
from feeds.monitoring.status import Subscribed
from feeds.push.report import (
    DELIVERY_SECONDS,
    MAX_LISTED,
    CacheReport,
    Delay,
    DeliveryCounts,
    PushReport,
    WebhookReport,
)
from feeds.push.targets import Targets
from feeds.push.webhooks import Webhook
from feeds.store.subscriptions import Subscription

MAX_DELAYS = 10_000  # latest deliveries of which the delay is known


class Deliveries:
    """The numbers of deliveries, beginning with the *former* ones, and the delays of the latest."""

    def __init__(self, former: DeliveryCounts) -> None:
        self._latest: deque[float] = deque(maxlen=MAX_DELAYS)
        self._acknowledged = former.acknowledged
        self._failed = former.failed
        self._gone = former.gone
        self._seconds = Histogram([*former.seconds.counts], former.seconds.microseconds)

    def acknowledged(self, seconds: float) -> None:
        """Count a delivery that was acknowledged *seconds* after the change."""
        self._latest.append(max(0.0, seconds))
        self._acknowledged += 1
        self._seconds.add(seconds, DELIVERY_SECONDS)

    def failed(self) -> None:
        """Count a delivery that failed."""
        self._failed += 1

    def gone(self) -> None:
        """Count a delivery that ended a subscription."""
        self._gone += 1

    def counts(self) -> DeliveryCounts:
        """The numbers until now."""
        seconds = Histogram([*self._seconds.counts], self._seconds.microseconds)
        return DeliveryCounts(self._acknowledged, self._failed, self._gone, seconds)

    def summary(self) -> Delay | None:
        """The median and the 99th percentile of the latest delays, None before the first delivery."""
        found = sorted(self._latest)
        if not found:
            return None
        return Delay(_percentile(found, 50), _percentile(found, 99), len(found))


def report_of(
    subscriptions: Iterable[Subscription], pending: int, delay: Delay | None, now: float
) -> PushReport:
    """Return the report of *subscriptions* and of the number of *pending* requests, without webhooks."""
    topics: Counter[str] = Counter()
    hosts: Counter[str] = Counter()
    failing: Counter[str] = Counter()
    total, due, oldest, unsent = 0, 0, 0.0, 0.0
    for each in subscriptions:
        total += 1
        topics[each.topic] += 1
        hosts[each.key.host] += 1
        if each.failures:
            failing[each.reason] += 1
        if each.due:
            due += 1
            oldest = min(oldest or each.due, each.due)
            if not each.failures:
                unsent = min(unsent or each.due, each.due)
    return PushReport(
        at=now,
        subscriptions=total,
        pending=pending,
        topics=len(topics),
        hosts=len(hosts),
        top_topics=_top(topics),
        top_hosts=_top(hosts),
        due=due,
        oldest_due=oldest,
        oldest_unsent=unsent,
        failing=dict(failing.most_common()),
        delay=delay,
    )


def webhook_reports(
    targets: Targets, subscriptions: Iterable[Subscription], missing: Mapping[str, float]
) -> tuple[WebhookReport, ...]:
    """Return the reports of the webhooks among *targets*, which have some of *subscriptions*.

    *missing* has the time since which the feed of a webhook has not existed, by callback.
    """
    found = {each.callback: each for each in subscriptions if each.callback in targets}
    return tuple(
        _webhook(each, found.get(callback), missing.get(callback, 0))
        for callback, each in targets.items()
        if isinstance(each, Webhook)
    )


def _webhook(webhook: Webhook, subscription: Subscription | None, missing: float) -> WebhookReport:
    if subscription is None:
        return WebhookReport(name=webhook.name, feed=webhook.written, missing=missing)
    return WebhookReport(
        name=webhook.name,
        feed=subscription.topic,
        missing=missing,
        is_subscribed=True,
        acknowledged=subscription.acknowledged,
        due=subscription.due,
        failures=subscription.failures,
        failing=subscription.failing,
        reason=subscription.reason,
    )


def cache_reports(
    subscriptions: Iterable[Subscription], purges: Mapping[str, int]
) -> tuple[CacheReport, ...]:
    """Return the reports of caches with *subscriptions*, which obeyed so many *purges* by name."""
    return tuple(
        CacheReport(
            each.key.cache,
            each.acknowledged,
            purges.get(each.key.cache, 0),
            each.failures,
            each.failing,
            each.reason,
        )
        for each in subscriptions
    )


def _percentile(found: Sequence[float], percent: int) -> float:
    return round(found[min(len(found) - 1, len(found) * percent // 100)], 3)


def _top(counts: Counter[str]) -> tuple[Subscribed, ...]:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return tuple(Subscribed(*each) for each in ordered[:MAX_LISTED])
