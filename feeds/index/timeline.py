"""The seconds at which articles of an Index changed, were rated and appeared, found by day."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.index.documents import Documents
from feeds.index.facets import SECONDS
from feeds.index.postings import Postings
from feeds.period import DAY

MAX_SCANNED = 1000  # articles of one day of which each is read; the positions of more are sorted once


class Timeline(Struct, frozen=True, eq=False):
    """Times of articles, by the kinds in SECONDS. Use from any number of threads.

    *sorted_days* remembers the positions of a kind and day, the last second first.
    """

    documents: Documents
    postings: Postings
    sorted_days: dict[tuple[str, int], array[int]] = msgspec.field(default_factory=dict)

    def last(self, kind: str, positions: BitMap) -> int:
        """The last second of a *kind* that one of *positions* has, 0 if none has any."""
        for day, found in self.postings.by_number(kind, positions):
            second, records = SECONDS[kind], self.documents.records
            if len(found) < MAX_SCANNED:
                return max(second(records[position]) for position in found)
            last = next(position for position in self._sorted(kind, day) if position in found)
            return second(records[last])
        return 0

    def changed_since(self, positions: BitMap, moment: int) -> BitMap:
        """Those of *positions* that changed after *moment*."""
        day = moment // DAY
        found = self.postings.at_least("changed", day + 1, self.documents.everything) & positions
        same, records = self.postings.get("changed", day) & positions, self.documents.records
        found.update(position for position in same if records[position].moment > moment)
        return found

    def appeared(self, positions: BitMap, end: int) -> Iterator[tuple[int, BitMap]]:
        """The days before *end* on which some of *positions* appeared, with those, the last day first."""
        for day, found in self.postings.by_number("appeared", positions):
            if day * DAY < end:
                yield day * DAY, found

    def _sorted(self, kind: str, day: int) -> array[int]:
        # Without a lock: the GIL makes a single read or write of a dict atomic, and an array is complete
        # when it is written; at worst, two threads sort the same day (tests/index/test_threads.py).
        found = self.sorted_days.get((kind, day))
        if found is None:
            second, records = SECONDS[kind], self.documents.records
            positions = self.postings.numbers(kind)[day]
            by_second = sorted(positions, key=lambda position: second(records[position]), reverse=True)
            found = self.sorted_days[kind, day] = array("I", by_second)
        return found
