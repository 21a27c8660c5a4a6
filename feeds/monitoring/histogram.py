"""Histograms of durations."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, zip_longest

from msgspec import Struct


class Histogram(Struct):
    """Numbers of durations by the first bound that they do not exceed; the last one is beyond all.

    *microseconds* is their sum: an integer, because sums of fractions depend on the order, and a sum of
    several processes could be less than before. The bounds are those of the caller.
    """

    counts: list[int] = []
    microseconds: int = 0

    def add(self, seconds: float, bounds: Sequence[float]) -> None:
        """Add a duration."""
        self.counts += [0] * (len(bounds) + 1 - len(self.counts))
        self.counts[bisect_left(bounds, seconds)] += 1
        self.microseconds += round(1_000_000 * max(0.0, seconds))

    def add_all(self, other: "Histogram") -> None:
        """Add all durations of *other*, which has the same bounds."""
        self.counts = [one + two for one, two in zip_longest(self.counts, other.counts, fillvalue=0)]
        self.microseconds += other.microseconds

    def cumulative(self, bounds: Sequence[float]) -> list[tuple[float, int]]:
        """The number of durations up to each of *bounds*, and of all of them, up to infinity."""
        counts = [*self.counts, *[0] * (len(bounds) + 1 - len(self.counts))]
        return [*zip((*bounds, float("inf")), accumulate(counts), strict=False)]
