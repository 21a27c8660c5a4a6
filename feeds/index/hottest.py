"""The hottest articles of each day and week in which they appeared."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import attrgetter

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.index.documents import Documents
from feeds.index.postings import Postings
from feeds.period import DAY, Period, day_of, week_of
from feeds.store import Record

MIN_SHARE_OF_PERIOD = 1 / 16  # of the articles of a period; a smaller share is sorted alone
_KEPT = 200  # hottest articles of a period

_HEATS: dict[str, Callable[[Record], int]] = {
    "daily": attrgetter("daily"),
    "weekly": attrgetter("weekly"),
}
"""The function that returns the heat of a record at the end of a digest's period."""


class Hottest(Struct, frozen=True, eq=False):
    """Finds the hottest articles of periods. Any number of threads may use it.

    *kept* caches the positions of the hottest of all articles of a digest's period, the hottest first.
    """

    documents: Documents
    postings: Postings
    kept: dict[tuple[str, Period], array[int]] = msgspec.field(default_factory=dict)

    def followed_by(self, documents: Documents, postings: Postings) -> Hottest:
        """Return the successor with *documents* and *postings*; it keeps unchanged periods."""
        kept = self.kept.copy()
        changed = postings.differing(self.postings, "appeared") if kept else ()
        for day in changed:
            kept.pop(("daily", day_of(day * DAY)), None)
            kept.pop(("weekly", week_of(day * DAY)), None)
        return Hottest(documents, postings, kept)

    def of(self, digest: str, period: Period, positions: BitMap, most: int) -> tuple[Record, ...]:
        """The *most* hottest of *positions*, which all appeared in the *period* of a *digest*."""
        records = self.documents.records
        hottest = self._kept(digest, period, len(positions))
        found = [*islice(filter(positions.__contains__, hottest), most)]
        if len(found) == min(most, len(positions)):
            return tuple(records.several(found))
        return tuple(_hottest(records.several(positions), _HEATS[digest], most))

    def _kept(self, digest: str, period: Period, wanted: int) -> Iterable[int]:
        """The positions of the hottest articles of *period*, the hottest first.

        There are none if *wanted*, a number of articles, is a small share of the period: sorting these
        alone takes less time.
        """
        # Without a lock, as in Timeline: an array is complete when it is written, and always the same.
        found = self.kept.get((digest, period))
        if found is None:
            every = self.postings.any_of("appeared", period.days)
            if wanted < MIN_SHARE_OF_PERIOD * len(every):
                return ()
            hottest = _hottest(self.documents.records.several(every), _HEATS[digest], _KEPT)
            positions = self.documents.positions
            found = self.kept[digest, period] = array("I", [positions[each.id] for each in hottest])
        return found


def _hottest(records: Sequence[Record], heat_of: Callable[[Record], int], most: int) -> list[Record]:
    """The *most* hottest of *records*; within one heat, the newest first, then by id."""
    heats = [*map(heat_of, records)]
    # A week of all articles has many: drop those that are too cold before the slow sort.
    least = sorted(heats)[-most:][0]
    some = [record for record, heat in zip(records, heats, strict=True) if heat >= least]
    some.sort(key=lambda record: (-heat_of(record), -record.published, record.id))
    return some[:most]
