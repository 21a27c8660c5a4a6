"""The changes of an Index, by the facets of the articles: which feeds they can affect."""

from collections.abc import Collection, Iterator
from itertools import chain

from msgspec import Struct
from pyroaring import BitMap

from feeds.index import Index
from feeds.index.facets import TOMBSTONE, Facet
from feeds.index.tombstones import FacetConjunction
from feeds.store import Record


class ChangedFacets(Struct, frozen=True):
    """The changes after a second.

    *facets* are the facets, of the kinds that tombstones are indexed by, of the articles that changed,
    appeared or were removed: before the change, after it, and at earlier removals. *articles* is true if
    there is any such article, *ratings* if heat or quality changed, and *everything* if every feed counts
    as changed. *first* is the time of the first recorded change, None if only scheduled articles
    appeared, and 0 if nothing is known.
    """

    facets: frozenset[Facet] = frozenset()
    articles: bool = False
    ratings: bool = False
    everything: bool = False
    first: int | None = None

    def meet(self, wanted: FacetConjunction) -> bool:
        """Return whether a feed whose articles have *wanted* facets can be affected by an article."""
        return self.everything or (
            self.articles and all(not self.facets.isdisjoint(each) for each in wanted)
        )

    @property
    def any(self) -> bool:
        """True if anything changed."""
        return self.everything or self.articles or self.ratings


EVERYTHING = ChangedFacets(articles=True, ratings=True, everything=True, first=0)


def changed_facets(index: Index, moment: int) -> ChangedFacets:
    """Return the changes in *index* after the second *moment*."""
    if index.renewed > moment:
        return EVERYTHING
    positions = index.changed_since(index.everything, moment)
    removed = index.tombstones.after(moment)
    return ChangedFacets(
        _facets(index, index.records(positions), removed),
        articles=bool(positions or removed),
        ratings=index.rated(index.everything) > moment,
        first=min(_stamps(index, positions, removed, moment), default=None),
    )


def differing_facets(former: Index, index: Index) -> frozenset[Facet] | None:
    """The facets of the articles that differ in *former* and its successor *index*.

    They are of the kinds that tombstones are indexed by, and include those at earlier removals. Feeds of
    other facets of these kinds are the same in both. The result is None if every feed may differ, and if
    *index* is older.
    """
    before, after = former.tombstones, index.tombstones
    is_renewed = (before.first, before.renewed) != (after.first, after.renewed)
    if is_renewed or index.taxonomy is not former.taxonomy or index.revision < former.revision:
        return None
    differing = index.documents.records.differing(former.documents.records)
    records = [
        record
        for each in (former, index)
        for position in differing
        if (record := each.documents.records.get(position))
    ]
    return _facets(index, records, after.single & BitMap(range(before.end, after.end)))


def _facets(index: Index, records: Collection[Record], removed: BitMap) -> frozenset[Facet]:
    """The facets of *records*, of the removals at the places *removed*, and of earlier ones of both."""
    tombstones = index.tombstones
    # A feed that listed an article as removed changes when the article returns elsewhere.
    ids = {record.id for record in records} | {tombstones.entry(place).id for place in removed}
    left = tombstones.facets_of(removed | tombstones.of_articles(ids))
    shared = chain.from_iterable(map(index.extractor.shared, {record.facets for record in records}))
    return frozenset(facet for facet, _ in shared if facet[0] in TOMBSTONE) | left


def _stamps(index: Index, positions: BitMap, removed: BitMap, moment: int) -> Iterator[int]:
    """Yield the times at which the changes after *moment* were recorded."""
    for position in positions:
        record = index.record(position)
        if moment < record.changed != record.published:  # not the article's own date
            yield record.changed
    yield from (index.tombstones.entry(place).at for place in removed)
