"""The report of the deliverer, from its subscriptions and its latest deliveries."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence

from feeds.push.report import MAX_LISTED, Delay, PushReport, Subscribed
from feeds.store.subscriptions import Subscription

MAX_DELAYS = 10_000  # latest deliveries of which the delay is known


class Delays:
    """The seconds from a change to its acknowledgement, of the latest deliveries."""

    def __init__(self) -> None:
        self._latest: deque[float] = deque(maxlen=MAX_DELAYS)

    def add(self, seconds: float) -> None:
        """Note the delay of a delivery."""
        self._latest.append(max(0.0, seconds))

    def summary(self) -> Delay | None:
        """The median and the 99th percentile, None before the first delivery."""
        found = sorted(self._latest)
        if not found:
            return None
        return Delay(_percentile(found, 50), _percentile(found, 99), len(found))


def report_of(
    subscriptions: Iterable[Subscription], pending: int, delay: Delay | None, now: float
) -> PushReport:
    """Return the report of *subscriptions* and of the number of *pending* requests."""
    topics: Counter[str] = Counter()
    hosts: Counter[str] = Counter()
    failing: Counter[str] = Counter()
    total, due, oldest = 0, 0, 0.0
    for each in subscriptions:
        total += 1
        topics[each.topic] += 1
        hosts[each.key.host] += 1
        if each.failures:
            failing[each.reason] += 1
        if each.due:
            due += 1
            oldest = min(oldest or each.due, each.due)
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
        failing=dict(failing),
        delay=delay,
    )


def _percentile(found: Sequence[float], percent: int) -> float:
    return round(found[min(len(found) - 1, len(found) * percent // 100)], 3)


def _top(counts: Counter[str]) -> tuple[Subscribed, ...]:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return tuple(Subscribed(*each) for each in ordered[:MAX_LISTED])
