"""Tombstones: entries that left feeds, indexed by their former facets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.index.facets import Facet
from feeds.period import DAY, Period

_Key = TypeVar("_Key")

FacetConjunction = Sequence[frozenset[Facet]]  # a feed's articles have at least one facet of each set


class DeletedEntry(NamedTuple):
    """The removal of the article *id*; *at* and *published*, its date, are in seconds since 1970.

    If *id* is empty, the article only moved to other feeds.
    """

    at: int
    id: str
    published: int


class Tombstones(Struct, frozen=True, eq=False):
    """The removals that a store keeps, in chronological order. Do not change it: methods return copies.

    - *entries*: the removals; each has a place, a number that never changes
    - *first*: the place of the first of them
    - *renewed*: the last time that every feed counted as changed, 0 if never
    - *single*: the places of removals of a single article, not of every feed's
    - *gone*: those of articles that left every feed and did not only move to others
    - *by_facet*, *by_day*, *by_id*: the same places, by facet, day of publication and id of the article
    - *unsettled*: those of articles that are visible again or were removed more than once, so that feeds
      may have changed after the removal
    """

    entries: tuple[DeletedEntry, ...] = ()
    first: int = 0
    renewed: int = 0
    single: BitMap = msgspec.field(default_factory=BitMap)
    gone: BitMap = msgspec.field(default_factory=BitMap)
    by_facet: dict[Facet, BitMap] = {}
    by_day: dict[int, BitMap] = {}
    by_id: dict[str, tuple[int, ...]] = {}
    unsettled: BitMap = msgspec.field(default_factory=BitMap)

    def followed_by(self, more: Sequence[tuple[Iterable[Facet] | None, DeletedEntry]]) -> Tombstones:
        """Add *more*, none of them earlier, with the facets of their articles, or None for every feed."""
        if not more:
            return self
        by_facet: dict[Facet, list[int]] = {}
        by_day: dict[int, list[int]] = {}
        by_id = self.by_id.copy()
        single, gone = self.single.copy(), self.gone.copy()
        for place, (facets, deletion) in enumerate(more, self.end):
            if facets is None:
                continue
            single.add(place)
            by_day.setdefault(deletion.published // DAY, []).append(place)
            for facet in facets:
                by_facet.setdefault(facet, []).append(place)
            if deletion.id:
                gone.add(place)
                by_id[deletion.id] = (*by_id.get(deletion.id, ()), place)
        return msgspec.structs.replace(
            self,
            entries=(*self.entries, *(deletion for _, deletion in more)),
            renewed=max([self.renewed, *(deletion.at for facets, deletion in more if facets is None)]),
            single=single,
            gone=gone,
            by_facet=_with(self.by_facet, by_facet),
            by_day=_with(self.by_day, by_day),
            by_id=by_id,
        )

    def cut(self, kept: int) -> Tombstones:
        """Keep the last *kept* removals. The first of these replaces all before it, for every feed."""
        surplus = len(self.entries) - kept
        if surplus <= 0:
            return self
        entries, first = self.entries[surplus:], self.first + surplus
        merged = BitMap(range(self.first, first + 1))
        by_id = self.by_id.copy()
        for id_ in {self.entry(place).id for place in self.gone & merged}:
            by_id[id_] = tuple(place for place in by_id[id_] if place > first)
            if not by_id[id_]:
                del by_id[id_]
        return Tombstones(
            entries=(entries[0]._replace(id=""), *entries[1:]),
            first=first,
            renewed=max(self.renewed, entries[0].at),
            single=self.single - merged,
            gone=self.gone - merged,
            by_facet=_without(self.by_facet, merged),
            by_day=_without(self.by_day, merged),
            by_id=by_id,
            unsettled=self.unsettled - merged,
        )

    def settled(self, ids: Iterable[str], is_visible: Callable[[str], bool]) -> Tombstones:
        """Determine again which removals of the articles with *ids* are *unsettled*."""
        found = {id_: places for id_ in ids if (places := self.by_id.get(id_))}
        if not found:
            return self
        open_ = (places for id_, places in found.items() if len(places) > 1 or is_visible(id_))
        touched = BitMap(chain.from_iterable(found.values()))
        unsettled = (self.unsettled - touched) | BitMap(chain.from_iterable(open_))
        return msgspec.structs.replace(self, unsettled=unsettled)

    @property
    def end(self) -> int:
        """The place of the next removal."""
        return self.first + len(self.entries)

    def entry(self, place: int) -> DeletedEntry:
        """The removal at *place*."""
        return self.entries[place - self.first]

    def of(self, wanted: FacetConjunction, within: Period | None = None) -> BitMap:
        """The places of removals of articles with *wanted* facets.

        If a period is given, they were published *within* it.
        """
        places = self.single
        for facets in wanted:
            places = places & BitMap.union(BitMap(), *map(self._of, facets))
        if within is None:
            return places
        begin, end = within.begin, within.end
        days = range(begin // DAY, (end - 1) // DAY + 1)
        likely = places & BitMap.union(
            BitMap(), *(self.by_day[day] for day in days if day in self.by_day)
        )
        return BitMap(place for place in likely if begin <= self.entry(place).published < end)

    def _of(self, facet: Facet) -> BitMap:
        return self.by_facet.get(facet) or BitMap()

    @property
    def latest(self) -> int:
        """The second of the last removal, 0 if there is none."""
        return self.entries[-1].at if self.entries else 0

    def newest(self, places: BitMap, most: int) -> list[DeletedEntry]:
        """The *most* last removals at *places*, and all others of the same second as the last of them.

        The latest are first.
        """
        found: list[DeletedEntry] = []
        for each in map(self.entry, reversed(places)):
            if len(found) >= most and each.at < found[-1].at:
                break
            found.append(each)
        return found

    def after(self, moment: int) -> BitMap:
        """The places of the removals of single articles after the second *moment*."""
        begin = bisect_right(self.entries, moment, key=attrgetter("at"))
        return self.single & BitMap(range(self.first + begin, self.end))

    def of_articles(self, ids: Iterable[str]) -> BitMap:
        """The places of all removals of the articles with *ids*."""
        return BitMap(chain.from_iterable(self.by_id.get(id_, ()) for id_ in ids))

    def facets_of(self, places: BitMap) -> set[Facet]:
        """The facets of the articles whose removals are at *places*."""
        if not places:
            return set()
        return {facet for facet, found in self.by_facet.items() if places.intersect(found)}

    def last(self, id_: str) -> int:
        """The second at which the article *id_* last left every feed, 0 if it never did."""
        places = self.by_id.get(id_)
        return self.entry(places[-1]).at if places else 0

    def had(self, facet: Facet) -> bool:
        """Return whether an article with a tombstone had *facet*."""
        return facet in self.by_facet


def _with(former: dict[_Key, BitMap], more: dict[_Key, list[int]]) -> dict[_Key, BitMap]:
    return former | {key: former.get(key, BitMap()) | BitMap(places) for key, places in more.items()}


def _without(former: dict[_Key, BitMap], places: BitMap) -> dict[_Key, BitMap]:
    return {key: left for key, found in former.items() if (left := found - places)}
