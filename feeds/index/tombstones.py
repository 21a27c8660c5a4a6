"""What left the feeds it was in, found by what it had."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pyroaring import BitMap

from feeds.index.facets import Facet
from feeds.period import Period

FacetConjunction = Sequence[frozenset[Facet]]  # the articles of a feed have a facet of each set


class DeletedEntry(NamedTuple):
    """The article *id*, published at one second since 1970, left for good *at* another.

    Where *id* is empty, it only moved to other feeds.
    """

    at: int
    id: str
    published: int


class Tombstones:
    """In the order in which they happened. Immutable: ``followed_by`` returns another."""

    __slots__ = ("_all", "_last", "_places")

    def __init__(self) -> None:
        self._all: tuple[DeletedEntry, ...] = ()
        self._places: dict[Facet, BitMap] = {}  # of those that had it, in _all
        self._last: dict[str, int] = {}

    def followed_by(self, more: Iterable[tuple[Iterable[Facet], DeletedEntry]]) -> Tombstones:
        """These, and *more* that happened later, with what each of them had."""
        listed, last = list(self._all), dict(self._last)
        added: dict[Facet, list[int]] = {}
        for had, deletion in more:
            for key in had:
                added.setdefault(key, []).append(len(listed))
            listed.append(deletion)
            if deletion.id:
                last[deletion.id] = deletion.at
        if len(listed) == len(self._all):
            return self
        made = Tombstones()
        places = {key: self._places.get(key, BitMap()) | BitMap(new) for key, new in added.items()}
        made._all, made._places, made._last = tuple(listed), self._places | places, last
        return made

    def of(self, wanted: FacetConjunction, within: Period | None = None) -> list[DeletedEntry]:
        """Those that had one of each *wanted*; only those published *within* a period, where given."""
        places = BitMap(range(len(self._all)))
        for keys in wanted:
            places &= BitMap.union(BitMap(), *(self._places.get(key, BitMap()) for key in keys))
        found = (self._all[place] for place in places)
        return [each for each in found if not within or within.begin <= each.published < within.end]

    def last(self, id_: str) -> int:
        """When the article *id_* last left everything, 0 where it never did."""
        return self._last.get(id_, 0)

    def had(self, key: Facet) -> bool:
        """Whether one of them had *key*."""
        return key in self._places
