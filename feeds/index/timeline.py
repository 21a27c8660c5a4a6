"""The times at which the articles of an Index changed, were rated and appeared, indexed by day."""

from __future__ import annotations

from array import array

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.index.documents import Documents
from feeds.index.facets import SECONDS
from feeds.index.postings import Postings
from feeds.period import DAY, Period

MIN_BY_DAY = 100  # articles; fewer are read, which is quicker than to look for the last day
MAX_SCANNED = 1000  # articles of one day to read one by one; if there are more, they are sorted once


class Timeline(Struct, frozen=True, eq=False):
    """Times of articles, by the kinds in SECONDS. Any number of threads may use it.

    *sorted_days* caches the positions of a kind and day, last second first.
    """

    documents: Documents
    postings: Postings
    sorted_days: dict[tuple[str, int], array[int]] = msgspec.field(default_factory=dict)

    def followed_by(self, documents: Documents, postings: Postings) -> Timeline:
        """Return the successor with *documents* and *postings*; it keeps unchanged days."""
        found = self.sorted_days.copy()
        changed = {kind: postings.differing(self.postings, kind) for kind in {kind for kind, _ in found}}
        kept = {(kind, day): found[kind, day] for kind, day in found if day not in changed[kind]}
        return Timeline(documents, postings, kept)

    def last(self, kind: str, positions: BitMap) -> int:
        """The last second of a *kind* among *positions*, 0 if there is none."""
        if len(positions) < MIN_BY_DAY:
            return max(map(SECONDS[kind], self.documents.records.several(positions)), default=0)
        for day, found in self.postings.by_number(kind, positions):
            second, records = SECONDS[kind], self.documents.records
            if len(found) < MAX_SCANNED:
                return max(second(records[position]) for position in found)
            last = next(position for position in self._sorted(kind, day) if position in found)
            return second(records[last])
        return 0

    def since(self, kind: str, positions: BitMap, moment: int) -> BitMap:
        """A copy of *positions* with only the articles with a later second of a *kind* than *moment*."""
        day, second = moment // DAY, SECONDS[kind]
        found = self.postings.at_least(kind, day + 1, self.documents.everything) & positions
        same, records = self.postings.get(kind, day) & positions, self.documents.records
        found.update(position for position in same if second(records[position]) > moment)
        return found

    def days(self, positions: BitMap, end: int) -> list[int]:
        """The first second of each day before *end* on which an article appeared, last day first.

        If *positions* are few, only the days of these are returned.
        """
        days = {*self.postings.numbers("appeared")}
        if len(positions) < len(days):
            days = {each.appeared // DAY for each in self.documents.records.several(positions)}
        return sorted([day * DAY for day in days if day * DAY < end], reverse=True)

    def appeared(self, positions: BitMap, within: Period) -> BitMap:
        """A copy of *positions* with only the articles that appeared *within* a period of whole days."""
        return positions & self.postings.any_of("appeared", within.days)

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
