"""PollIntervals: the shortest and the median time between requests, in bounded memory."""

from math import exp2, log2

from msgspec import Struct

STEPS = 32  # for each doubling: the median is exact to 1.1 %


class PollIntervals(Struct, array_like=True, gc=False):
    """Times between requests in seconds, counted in steps that grow with the interval."""

    shortest: float = -1.0
    counts: dict[int, int] = {}

    def add(self, seconds: float, times: int = 1) -> None:
        """Add as many intervals of so many *seconds*."""
        if self.shortest < 0 or seconds < self.shortest:
            self.shortest = seconds
        step = round(STEPS * log2(seconds)) if seconds >= 1 else -1
        self.counts[step] = self.counts.get(step, 0) + times

    @property
    def median(self) -> float:
        """The median, -1 if there is no interval; one below a second counts as 0."""
        half = sum(self.counts.values()) / 2
        seen = 0
        for step in sorted(self.counts):
            seen += self.counts[step]
            if seen >= half:
                return exp2(step / STEPS) if step >= 0 else 0.0
        return -1.0
