"""The present numbers of a server, as metrics are made of them."""

from collections import Counter
from typing import NamedTuple

from feeds.feed.silence import FeedKind
from feeds.monitoring.metrics import ServerMetrics
from feeds.monitoring.status import Status


class Measurements(NamedTuple):
    """The *status* of the server at *now*, and the counters and gauges of its processes, *server*.

    *newest* is the date of the newest article, in seconds since 1970, 0 if there is none or no index.
    *silent* is the number of silent feeds by kind, empty without an index.
    """

    status: Status
    server: ServerMetrics
    now: float
    newest: int
    silent: dict[FeedKind, int]

    @property
    def follow_lag(self) -> float:
        """The seconds for which the index of the slowest process has been behind the store."""
        since = [each.gauges.get("behind", 0) for each in self.server.processes]
        return max((self.now - each for each in since if each), default=0.0)

    @property
    def revision(self) -> int:
        """The oldest revision that a process serves, 0 without one."""
        found = [each.gauges.get("revision", 0) for each in self.server.processes]
        return min(filter(None, found), default=0)

    @property
    def own_memory(self) -> int:
        """The bytes of memory that processes do not share."""
        return sum(each.own or 0 for each in self.server.processes)

    @property
    def troubles(self) -> Counter[str]:
        """The number of failures of each part, in all processes."""
        found = Counter(part for each in self.server.processes for part in each.troubles)
        if self.server.trouble:
            found["writer"] = max(1, found["writer"])
        if self.status.store is None:
            found["store"] += 1
        if self.status.fleet and (self.status.fleet.trouble or not self.status.fleet.reachable):
            found["fleet"] += 1
        return found
