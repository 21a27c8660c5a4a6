"""The posting lists of an Index: the positions of the articles with each facet."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from operator import attrgetter
from typing import Any, cast

from msgspec import Struct
from pyroaring import BitMap

from feeds.index.documents import Documents
from feeds.index.facets import FACET_KINDS, OWN_FACETS, SHARED, Facet, FacetExtractor, decoded
from feeds.index.patched import Patched

Names = dict[Facet, Counter[Any]]  # the number of articles with each spelling of a facet's name


class Postings(Struct, frozen=True, eq=False):
    """Posting lists by kind and value of a facet. Do not change it or the results of its methods.

    *clusters* has the positions of the articles of each cluster, and *newest_of_clusters* the position of
    the newest article of each.
    """

    lists: dict[str, dict[str | int, BitMap]]
    clusters: Patched[str, BitMap]
    newest_of_clusters: BitMap

    def get(self, kind: str, value: str | int) -> BitMap:
        """The positions of articles with this facet."""
        return self.lists[kind].get(value) or BitMap()

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
    """The posting lists of all *documents*, and the number of documents with each spelling of a name."""
    lists: _Lists = {kind: defaultdict(_no_positions) for kind in FACET_KINDS}
    names: defaultdict[Facet, Counter[Any]] = defaultdict(Counter)
    _post_own(lists, documents)
    _post_shared(lists, names, documents, extractor)
    bitmaps = {
        kind: {value: BitMap(positions) for value, positions in values.items()}
        for kind, values in lists.items()
    }
    return Postings(bitmaps, *_clusters(documents)), dict(names)


def _clusters(documents: Documents) -> tuple[Patched[str, BitMap], BitMap]:
    clusters: defaultdict[str, array[int]] = defaultdict(_no_positions)
    named = map(attrgetter("cluster"), documents.records.values())
    for position, cluster in zip(documents.everything, named, strict=True):
        if cluster:
            clusters[cluster].append(position)
    newest = BitMap(array("I", [positions[-1] for positions in clusters.values()]))
    return Patched({each: BitMap(positions) for each, positions in clusters.items()}), newest


def _post_own(lists: _Lists, documents: Documents) -> None:
    positions, records = documents.everything, [*documents.records.values()]
    for kind, value_of in OWN_FACETS.items():
        values = lists[kind]
        for position, value in zip(positions, map(value_of, records), strict=True):
            if value is not None:
                values[value].append(position)


def _post_shared(
    lists: _Lists, names: dict[Facet, Counter[Any]], documents: Documents, extractor: FacetExtractor
) -> None:
    """Extract the values of a kind once for each distinct source, not for each article."""
    by_fields: defaultdict[bytes, array[int]] = defaultdict(_no_positions)
    for position, record in documents.records.items():
        by_fields[record.facets].append(position)
    fields = [(decoded(encoded), positions) for encoded, positions in by_fields.items()]
    for kind, (source_of, values_of) in SHARED.items():
        by_source: defaultdict[Any, array[int]] = defaultdict(_no_positions)
        for each, positions in fields:
            by_source[source_of(each)].extend(positions)
        for source, positions in by_source.items():
            for value, name in values_of(source, extractor):
                lists[kind][value].extend(positions)
                if name is not None:
                    names[kind, value][name] += len(positions)


def _no_positions() -> array[int]:
    return array("I")


_Lists = dict[str, "defaultdict[str | int, array[int]]"]
