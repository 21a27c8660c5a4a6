"""The records of an Index in order of publication, each at its own document position."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count
from operator import attrgetter

from msgspec import Struct
from pyroaring import BitMap

from feeds.index.articles import at_address
from feeds.index.patched import Patched
from feeds.store import Record, address

MIN_SCATTERED = 5000  # positions in any order that a dense bitmap collects in less time
POSITION_GAP = 16  # between the positions of new records, so that others can be inserted


class Documents(Struct, frozen=True, eq=False):
    """Records by document position, a number that grows with date and id. Do not change it.

    There are gaps between positions, so that an article dated between two others needs no renumbering.
    The newest articles of a selection are the highest bits of its bitmap. *positions* are by id;
    *numbers* has the position of each Record.number, 0 for none, and *unnumbered* are the positions of
    the other records; *slugs* are the ids by Record.slug.
    """

    records: Patched[int, Record]
    positions: Patched[str, int]
    numbers: array[int]
    unnumbered: BitMap
    everything: BitMap
    slugs: Patched[str, str]

    def top(self, positions: BitMap, limit: int) -> list[int]:
        """The newest *limit* of *positions*, newest first; within one second, by id in reverse."""
        size = len(positions)
        return list(reversed(positions[max(0, size - limit) : size]))

    def newest(self, positions: BitMap, limit: int) -> tuple[Record, ...]:
        """The records at the ``top`` of *positions*."""
        return tuple(self.records.several(self.top(positions, limit)))

    def newest_at(self, positions: BitMap) -> int:
        """The date of the newest of *positions*, 0 if there are none."""
        return self.records[positions.max()].published if positions else 0

    def find(self, named: str) -> Record | None:
        """The article with the id or the URL *named*, the newest of several, or None."""
        if (position := self.positions.get(named)) is not None:
            return self.records[position]
        wanted, keys = address(named), self.records.derived(_by_address)
        some = keys[bisect_left(keys, wanted << 32) : bisect_left(keys, (wanted + 1) << 32)]
        known = filter(None, (self.records.get(key & 0xFFFF_FFFF) for key in some))
        return max(at_address(named, chain(known, self.records.changes())), key=order, default=None)

    def prepare(self) -> None:
        """Make what ``find`` needs, before processes are forked.

        Else each of them would read every record, and Python writes into each record that it reads.
        """
        self.records.derived(_by_address)

    def at_slug(self, slug: str) -> Record | None:
        """The article with *slug*, or None."""
        id_ = self.slugs.get(slug)
        return None if id_ is None else self.records[self.positions[id_]]

    def around(self, record: Record) -> tuple[Record | None, Record | None]:
        """The articles before and after *record*, which must be here, in order of publication."""
        everything = self.everything
        rank = everything.rank(self.positions[record.id]) - 1
        before = self.records[everything[rank - 1]] if rank else None
        after = self.records[everything[rank + 1]] if rank + 1 < len(everything) else None
        return before, after

    def numbered(self, numbers: Sequence[int]) -> BitMap:
        """The positions of the records with the sorted *numbers*; unknown ones are left out."""
        known = numbers[: bisect_left(numbers, len(self.numbers))]
        if 2 * len(known) > len(self.numbers):
            # A word that is in most articles: the others are fewer.
            others = BitMap(range(len(self.numbers))) - BitMap(known)
            return self.everything - self._of_numbers(others) - self.unnumbered
        found = self._of_numbers(known)
        found.discard(0)
        return found

    def _of_numbers(self, numbers: Iterable[int]) -> BitMap:
        positions = array("I", map(self.numbers.__getitem__, numbers))
        if min(len(positions), len(self.everything)) < MIN_SCATTERED:
            return BitMap(positions)
        # Adding in any order is slow to a sparse bitmap, and quick to a dense one, here that of the gaps.
        dense = BitMap(range(self.everything.max() + 1)) - self.everything
        dense.update(positions)
        return dense & self.everything

    def between(self, begin: int | None, end: int) -> BitMap:
        """The positions of articles published from *begin*, or ever if None, until before *end*."""
        everything = self.everything
        low = 0 if begin is None else self.rank((begin, ""))
        high = self.rank((end, ""))
        if low >= high:
            return BitMap()
        # Quicker than slicing, which extracts positions one by one.
        return everything & BitMap(range(everything[low], everything[high - 1] + 1))

    def marks(self, seconds: Iterable[int]) -> list[int]:
        """The lowest position, for each of *seconds*, of articles published then or later."""
        everything = self.everything
        end = everything.max() + 1 if everything else 0
        ranks = (self.rank((second, "")) for second in seconds)
        return [everything[rank] if rank < len(everything) else end for rank in ranks]

    def rank(self, wanted: tuple[int, str]) -> int:
        """The number of records that sort before *wanted*, a date and an id."""
        positions, records = self.everything, self.records
        low, high = 0, len(positions)
        while low < high:
            middle = (low + high) // 2
            if order(records[positions[middle]]) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def position_for(self, record: Record) -> int | None:
        """A free position for the new *record* between its neighbours, or None if there is none."""
        low = self.rank(order(record))
        before = self.everything[low - 1] if low else 0
        if low == len(self.everything):
            return int(before) + POSITION_GAP
        position = (before + self.everything[low]) // 2
        return int(position) if position > before else None


def ordered(records: Iterable[Record]) -> Documents:
    """Make the Documents of all *records*, with equal gaps between their positions."""
    sorted_ = sorted(records, key=attrgetter("id"))
    sorted_.sort(key=attrgetter("published"))  # in two steps, which is quicker than by pairs
    by_position = dict(zip(count(POSITION_GAP, POSITION_GAP), sorted_))
    positions: dict[str, int] = {}
    slugs: dict[str, str] = {}
    numbers = array("I", bytes(4 * (1 + max(map(attrgetter("number"), sorted_), default=0))))
    for position, record in by_position.items():  # once: of a million records, each waits for memory
        id_ = record.id
        positions[id_] = position
        slugs[record.slug] = id_
        numbers[record.number] = position
    unnumbered = BitMap()
    if numbers[0]:  # the position of a record without a number
        unnumbered.update(position for position, record in by_position.items() if not record.number)
        numbers[0] = 0
    everything = BitMap(array("I", by_position))
    return Documents(
        Patched(by_position), Patched(positions), numbers, unnumbered, everything, Patched(slugs)
    )


def _by_address(records: Mapping[int, Record]) -> array[int]:
    """The sorted numbers ``Record.address << 32 | position`` of *records*."""
    return array("Q", sorted([record.address << 32 | position for position, record in records.items()]))


def order(record: Record) -> tuple[int, str]:
    """The sort key of records."""
    return record.published, record.id
