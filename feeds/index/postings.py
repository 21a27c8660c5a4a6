"""The posting lists of an Index: the positions of the articles with each facet."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, cast

from msgspec import Struct
from pyroaring import BitMap

from feeds.index.documents import Documents
from feeds.index.facets import FACET_KINDS, OWN_FACETS, SHARED, Facet, FacetExtractor, decoded
from feeds.index.patched import Patched
from feeds.store import Record

BLOCK = 500  # articles whose values are extracted at once

_Groups = defaultdict[Any, "array[int]"]  # the positions of the articles with each value

Names = dict[Facet, Counter[Any]]  # the number of articles with each spelling of a facet's name


class Postings(Struct, frozen=True, eq=False):
    """Posting lists by kind and value of a facet. Do not change it or the results of its methods.

    *clusters* has the positions of the articles of each cluster, and *newest_of_clusters* the position of
    the newest article of each. *newest_of_members* has, after a 0, that position for each article in a
    cluster, in order. A record names its cluster too, but Python writes into each record that it reads,
    and a worker then no longer shares its memory.
    """

    lists: dict[str, dict[str | int, BitMap]]
    clusters: Patched[str, BitMap]
    newest_of_clusters: BitMap
    newest_of_members: array[int]

    def get(self, kind: str, value: str | int) -> BitMap:
        """The positions of articles with this facet."""
        return self.lists[kind].get(value) or BitMap()

    def differing(self, former: Postings, kind: str) -> set[int]:
        """The numbers of a *kind* whose posting lists differ from those in *former*."""
        # A list is copied before its first change, also if an article of it is replaced.
        before, now = former.numbers(kind), self.numbers(kind)
        changed = {value for value, found in now.items() if before.get(value) is not found}
        return changed | (before.keys() - now.keys())

    def newest_of(self, members: BitMap) -> Iterator[int]:
        """The position of the newest article in the cluster of each of *members*, which all have one."""
        return map(self.newest_of_members.__getitem__, map(self.get("has", "story").rank, members))

    def any_of(self, kind: str, values: Iterable[str | int]) -> BitMap:
        """The positions of articles with one of *values* of a *kind*."""
        lists = self.lists[kind]
        found = [lists[value] for value in values if value in lists]
        return _union(found) if found else BitMap()

    def numbers(self, kind: str) -> dict[int, BitMap]:
        """The posting lists of a *kind* with numbers as values."""
        return cast(dict[int, BitMap], self.lists[kind])

    def by_number(self, kind: str, positions: BitMap) -> Iterator[tuple[int, BitMap]]:
        """Yield each number of a *kind* with the *positions* that have it, highest first."""
        parts = self.numbers(kind)
        for value in sorted(parts, reverse=True):
            if found := parts[value] & positions:
                yield value, found

    def ranked(self, positions: BitMap, kind: str) -> Iterator[BitMap]:
        """Yield *positions* grouped by their number of a *kind*, highest first; no number counts as 0."""
        above: list[BitMap] = []
        below: list[BitMap] = []
        for value, part in self.by_number(kind, positions):
            if value > 0:
                above.append(part)
                yield part
            else:
                below.append(part)
        if none := positions - BitMap.union(BitMap(), *above, *below):
            yield none
        yield from below

    def at_least(self, kind: str, least: int, everything: BitMap) -> BitMap:
        """The positions in *everything* with a number of a *kind* >= *least*; no number counts as 0."""
        parts = self.numbers(kind)
        if least > 0:
            return BitMap.union(BitMap(), *(part for value, part in parts.items() if value >= least))
        below = (part for value, part in parts.items() if value < least)
        return everything - BitMap.union(BitMap(), *below)


def posted(documents: Documents, extractor: FacetExtractor) -> tuple[Postings, Names]:
    """The posting lists of new *documents*, and the number of documents with each spelling of a name."""
    own: dict[str, _Groups] = {kind: defaultdict(_no_positions) for kind in OWN_FACETS}
    by_fields, by_cluster = _Groups(_no_positions), _Groups(_no_positions)
    for positions, records in _blocks(documents):
        for kind, values_of in OWN_FACETS.items():
            _group(own[kind], positions, values_of(records))
        _group(by_fields, positions, map(attrgetter("facets"), records))
        _group(by_cluster, positions, map(attrgetter("cluster"), records))
    lists: _Lists = {kind: defaultdict(list) for kind in FACET_KINDS}
    for kind, groups in own.items():
        groups.pop(None, None)
        for value, found in groups.items():
            lists[kind][value].append(BitMap(found))
    names: defaultdict[Facet, Counter[Any]] = defaultdict(Counter)
    _post_shared(lists, names, by_fields, extractor)
    bitmaps = {
        kind: {value: _union(parts) for value, parts in values.items()} for kind, values in lists.items()
    }
    return Postings(bitmaps, *_clusters(by_cluster)), dict(names)


def _blocks(documents: Documents) -> Iterator[tuple[array[int], list[Record]]]:
    """Yield positions and records: few enough to stay in the cache of the processor."""
    positions, records = array("I", documents.everything), [*documents.records.values()]
    for first in range(0, len(records), BLOCK):
        yield positions[first : first + BLOCK], records[first : first + BLOCK]


def _group(groups: _Groups, positions: array[int], values: Iterable[Any]) -> None:
    """Add each of *positions* to the group of its value."""
    for position, value in zip(positions, values, strict=True):
        groups[value].append(position)


def _clusters(groups: _Groups) -> tuple[Patched[str, BitMap], BitMap, array[int]]:
    groups.pop("", None)
    newest = BitMap(array("I", [found[-1] for found in groups.values()]))
    newest_of = {position: found[-1] for found in groups.values() for position in found}
    members = array("I", [0, *map(newest_of.__getitem__, sorted(newest_of))])
    return Patched({each: BitMap(found) for each, found in groups.items()}), newest, members


def _post_shared(
    lists: _Lists,
    names: dict[Facet, Counter[Any]],
    by_fields: _Groups,
    extractor: FacetExtractor,
) -> None:
    """Extract the values of a kind once for each distinct source, not for each article."""
    fields = [(decoded(encoded), BitMap(found)) for encoded, found in by_fields.items()]
    for kind, (source_of, values_of) in SHARED.items():
        by_source: defaultdict[Any, list[BitMap]] = defaultdict(list)
        for each, positions in fields:
            by_source[source_of(each)].append(positions)
        for source, parts in by_source.items():
            positions = _union(parts)
            for value, name in values_of(source, extractor):
                lists[kind][value].append(positions)
                if name is not None:
                    names[kind, value][name] += len(positions)


def _union(parts: list[BitMap]) -> BitMap:
    return BitMap.union(*parts) if len(parts) > 1 else parts[0]


def _no_positions() -> array[int]:
    return array("I")


_Lists = dict[str, "defaultdict[str | int, list[BitMap]]"]
