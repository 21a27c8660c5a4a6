"""Tombstones: entries that left feeds, indexed by their former facets."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct
from pyroaring import BitMap

from feeds.index.facets import Facet
from feeds.period import Period

FacetConjunction = Sequence[frozenset[Facet]]  # a feed's articles have at least one facet of each set


class DeletedEntry(NamedTuple):
    """The removal of the article *id*; *at* and *published*, its date, are in seconds since 1970.

    If *id* is empty, the article only moved to other feeds.
    """

    at: int
    id: str
    published: int


class Tombstones(Struct, frozen=True, eq=False):
    """Removals in chronological order. Do not change it: ``followed_by`` returns a copy.

    *places* maps each facet to the places in *entries* of articles that had it; *last_removals* has the
    second of the last removal, by id.
    """

    entries: tuple[DeletedEntry, ...] = ()
    places: dict[Facet, BitMap] = {}
    last_removals: dict[str, int] = {}

    def followed_by(self, more: Iterable[tuple[Iterable[Facet], DeletedEntry]]) -> Tombstones:
        """Add *more*, later removals, each with the facets of its article; return a copy."""
        entries, last_removals = list(self.entries), dict(self.last_removals)
        added: dict[Facet, list[int]] = {}
        for facets, deletion in more:
            for facet in facets:
                added.setdefault(facet, []).append(len(entries))
            entries.append(deletion)
            if deletion.id:
                last_removals[deletion.id] = deletion.at
        if len(entries) == len(self.entries):
            return self
        places = {facet: self._of(facet) | BitMap(new) for facet, new in added.items()}
        return Tombstones(tuple(entries), self.places | places, last_removals)

    def of(self, wanted: FacetConjunction, within: Period | None = None) -> list[DeletedEntry]:
        """The removals of articles with *wanted* facets, published *within* a period if one is given."""
        places = BitMap(range(len(self.entries)))
        for facets in wanted:
            places &= BitMap.union(BitMap(), *map(self._of, facets))
        found = (self.entries[place] for place in places)
        return [each for each in found if not within or within.begin <= each.published < within.end]

    def _of(self, facet: Facet) -> BitMap:
        return self.places.get(facet) or BitMap()

    @property
    def latest(self) -> int:
        """The second of the last removal, 0 if there is none."""
        return self.entries[-1].at if self.entries else 0

    def after(self, moment: int) -> BitMap:
        """The places in *entries* of the removals after the second *moment*."""
        return BitMap(place for place, each in enumerate(self.entries) if each.at > moment)

    def of_articles(self, ids: Container[str]) -> BitMap:
        """The places in *entries* of all removals of the articles with *ids*."""
        return BitMap(place for place, each in enumerate(self.entries) if each.id and each.id in ids)

    def facets_of(self, places: BitMap) -> set[Facet]:
        """The facets of the articles whose removals are at *places* in *entries*."""
        if not places:
            return set()
        return {facet for facet, found in self.places.items() if places.intersect(found)}

    def last(self, id_: str) -> int:
        """The second at which the article *id_* last left every feed, 0 if it never did."""
        return self.last_removals.get(id_, 0)

    def had(self, facet: Facet) -> bool:
        """Return whether an article with a tombstone had *facet*."""
        return facet in self.places
