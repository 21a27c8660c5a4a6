"""The in-memory index of the articles at one revision, by facets."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from heapq import nlargest
from operator import attrgetter

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.article import Taxonomy
from feeds.index.articles import at_address
from feeds.index.documents import Documents
from feeds.index.facets import FacetExtractor
from feeds.index.hottest import Hottest
from feeds.index.listings import Listings
from feeds.index.patched import Patched
from feeds.index.postings import Postings
from feeds.index.search_cache import SearchCache
from feeds.index.timeline import Timeline
from feeds.index.tombstones import DeletedEntry, FacetConjunction, Tombstones
from feeds.period import Period
from feeds.store import Record, Search

MAX_DELETED_ENTRIES = 200  # tombstones in one feed

_QUICKER = 8  # times as long as for one record, to find the newest of a cluster that lacks its newest


class Index(Struct, frozen=True, eq=False, kw_only=True):
    """The visible articles, with their facets, times, names and tombstones. Immutable.

    ``feeds.index.builder`` makes an Index, and its successor after changes. Any number of threads may
    read one Index at the same time: only four caches in it change, *search_cache*, which has a lock, and
    ``Timeline.sorted_days``, ``Hottest.kept`` and ``Patched.derived``, which need none. Callers must not
    change a returned bitmap, unless the method says that it returns a copy.

    - *due*: the date of the first of the articles *to_come*, in seconds since 1970, None if there are
      none
    - *recorded*: the time of the last recorded change; *last_change* includes the dates of scheduled
      articles
    - *retired*: its keys are the slugs of removed articles
    - *search*: without it, no article matches a phrase
    - *default_language*: the language of articles without one, the taxonomy's language if empty
    """

    revision: int
    taxonomy: Taxonomy
    default_language: str
    documents: Documents
    by_facet: Postings
    timeline: Timeline
    hottest_articles: Hottest
    listings: Listings
    extractor: FacetExtractor
    tombstones: Tombstones
    to_come: tuple[Record, ...]
    due: int | None
    recorded: int
    retired: Patched[str, bool]
    search: Search | None
    search_cache: SearchCache = msgspec.field(default_factory=SearchCache)

    def __len__(self) -> int:
        return len(self.documents.everything)

    @property
    def last_change(self) -> int:
        """The last second at which an article changed, appeared, was rated or was removed."""
        kinds = ("changed", "appeared", "rated")
        last = (self.timeline.last(kind, self.everything) for kind in kinds)
        return max(self.renewed, self.tombstones.latest, *last)

    @property
    def renewed(self) -> int:
        """The last time that every feed counted as changed, 0 if never."""
        return self.tombstones.renewed

    @property
    def everything(self) -> BitMap:
        """The positions of all articles."""
        return self.documents.everything

    @property
    def without_address(self) -> BitMap:
        """The positions of the articles without an address elsewhere."""
        return self.by_facet.get("without", "address")

    @property
    def language(self) -> str:
        """The language of articles without one, empty if it is unknown."""
        return self.extractor.language

    def record(self, position: int) -> Record:
        """The record at *position*, which must be in this index."""
        return self.documents.records[position]

    def records(self, positions: BitMap) -> list[Record]:
        """The records at *positions*, which must be in this index, oldest first."""
        return self.documents.records.several(positions)

    def position(self, record: Record) -> int:
        """The position of *record*, which must be in this index."""
        return self.documents.positions[record.id]

    def find(self, named: str) -> Record | None:
        """The article with the id or the URL *named*, the newest of several, or None."""
        return self.documents.find(named)

    def at_slug(self, slug: str) -> Record | None:
        """The article with *slug*, or None."""
        return self.documents.at_slug(slug)

    def around(self, record: Record) -> tuple[Record | None, Record | None]:
        """The articles before and after *record*, which must be here, in order of publication."""
        return self.documents.around(record)

    def top(self, positions: BitMap, limit: int) -> list[int]:
        """The newest *limit* of *positions*, newest first; within one second, by id in reverse."""
        return self.documents.top(positions, limit)

    def newest(self, positions: BitMap, limit: int) -> tuple[Record, ...]:
        """The records at the ``top`` of *positions*."""
        return self.documents.newest(positions, limit)

    def between(self, begin: int | None, end: int) -> BitMap:
        """The positions of articles published from *begin*, or ever if None, until before *end*."""
        return self.documents.between(begin, end)

    def marks(self, seconds: Iterable[int]) -> list[int]:
        """The lowest position, for each of *seconds*, of articles published then or later."""
        return self.documents.marks(seconds)

    @property
    def newest_at(self) -> int:
        """The date of the newest article, 0 if there are none."""
        return self.documents.newest_at(self.everything)

    def scheduled(self, named: str) -> int | None:
        """The date of the scheduled article with the id or URL *named*, or None if there is none."""
        coming = [each for each in self.to_come if each.id == named]
        return min((each.published for each in [*coming, *at_address(named, self.to_come)]), default=None)

    def postings(self, kind: str, slug: str) -> BitMap | None:
        """The positions of articles with a facet, such as a topic; None if the facet never existed."""
        found = self.by_facet.lists[kind].get(slug)
        if found is not None:
            return found
        is_known = self.listings.is_known(kind, slug) or self.tombstones.had((kind, slug))
        return BitMap() if is_known else None

    def matching(self, phrases: tuple[tuple[str, ...], ...], titles: bool) -> BitMap:
        """The positions of articles that contain all *phrases* according to Store.search.

        Articles recorded after this revision are left out. Raises StoreError if the store cannot be read.
        """
        found = self.search_cache.get((phrases, titles))
        if found is None:
            found = self.documents.numbered(self.search(phrases, titles) if self.search else [])
            self.search_cache.put((phrases, titles), found)
        return found

    def in_cluster(self, cluster: str) -> BitMap:
        """The positions of the articles in the cluster with the id *cluster*."""
        return self.by_facet.clusters.get(cluster, BitMap())

    def one_per_cluster(self, positions: BitMap) -> BitMap:
        """A copy of *positions* with only the newest article of each cluster."""
        clustered = self.by_facet.get("has", "story") & positions
        return (positions - clustered) | self._newest_of_clusters(positions, clustered)

    def _newest_of_clusters(self, positions: BitMap, clustered: BitMap) -> BitMap:
        """The newest article of each cluster in *positions*; *clustered* are those with a cluster."""
        newest = self.by_facet.newest_of_clusters
        missing = newest - positions
        if _QUICKER * len(missing) < len(clustered):
            others = (self.in_cluster(record.cluster) & positions for record in self.records(missing))
            return (newest & positions) | BitMap([found.max() for found in others if found])
        newest_of = self.by_facet.newest_of(clustered)
        by_cluster = dict(zip(newest_of, clustered, strict=True))  # the last of each is the newest
        return BitMap(array("I", by_cluster.values()))

    def ranked(self, positions: BitMap, kind: str) -> Iterator[BitMap]:
        """Yield *positions* grouped by heat or quality, highest first; a missing value counts as 0."""
        if len(positions) >= len(self.by_facet.numbers(kind)):
            yield from self.by_facet.ranked(positions, kind)
            return
        groups: dict[int, list[int]] = {}  # few articles, perhaps with a value each: they are read
        for position, value in zip(
            positions, map(attrgetter(kind), self.records(positions)), strict=True
        ):
            groups.setdefault(value, []).append(position)
        yield from (BitMap(groups[value]) for value in sorted(groups, reverse=True))

    def at_least(self, kind: str, least: int) -> BitMap:
        """The positions of articles with *least* or more heat or quality; a missing value is 0."""
        return self.by_facet.at_least(kind, least, self.everything)

    def changed_since(self, positions: BitMap, moment: int) -> BitMap:
        """A copy of *positions* with only the articles that changed after *moment*."""
        return self.timeline.since("changed", positions, moment)

    def rated_since(self, moment: int) -> BitMap:
        """The positions of all articles whose heat or quality changed after *moment*."""
        return self.timeline.since("rated", self.everything, moment)

    def latest(self, positions: BitMap) -> int:
        """The second of the last change of an article at *positions*, 0 if there is none."""
        return self.timeline.last("changed", positions)

    def rated(self, positions: BitMap) -> int:
        """The second of the last change of heat or quality at *positions*, 0 if there is none."""
        return self.timeline.last("rated", positions)

    @property
    def appeared_at(self) -> int:
        """The second at which the last article appeared, 0 if none did."""
        return self.timeline.last("appeared", self.everything)

    def days(self, positions: BitMap, end: int) -> list[int]:
        """The first second of each day before *end* on which an article appeared, last day first.

        If *positions* are few, only the days of these are returned.
        """
        return self.timeline.days(positions, end)

    def appeared(self, positions: BitMap, within: Period) -> BitMap:
        """A copy of *positions* with only the articles that appeared *within* a period of whole days."""
        return self.timeline.appeared(positions, within)

    def hottest(self, digest: str, period: Period, positions: BitMap, most: int) -> tuple[Record, ...]:
        """The *most* hottest of *positions*, which all appeared in the *period* of a *digest*."""
        return self.hottest_articles.of(digest, period, positions, most)

    def last_removal(self, wanted: FacetConjunction, within: Period | None = None) -> int:
        """The last second at which an article left the feed of *wanted*, or returned to it.

        With *within*, only articles published in that period count. The result is 0 if there are none.
        """
        tombstones = self.tombstones
        places = tombstones.of(wanted, within)
        unsettled = places & tombstones.unsettled
        ended = [self._ended(tombstones.entry(place)) for place in unsettled]
        if settled := places - unsettled:
            ended.append(tombstones.entry(settled.max()).at)
        return max([0 if within else self.renewed, *ended])

    def _ended(self, deletion: DeletedEntry) -> int:
        """The second of the last change that the article of *deletion* caused in a feed it left."""
        position = self.documents.positions.get(deletion.id)
        if position is not None:
            return max(deletion.at, self.record(position).moment)
        return max(deletion.at, self.tombstones.last(deletion.id))

    def deleted(self, wanted: FacetConjunction, within: Period | None = None) -> tuple[DeletedEntry, ...]:
        """The entries that left the feed of *wanted* and every other feed, latest first."""
        positions, tombstones = self.documents.positions, self.tombstones
        places = tombstones.of(wanted, within) & tombstones.gone
        unsettled = places & tombstones.unsettled
        last = {each.id: each for each in map(tombstones.entry, unsettled)}
        gone = [
            each._replace(at=tombstones.last(id_)) for id_, each in last.items() if id_ not in positions
        ]
        gone += tombstones.newest(places - unsettled, MAX_DELETED_ENTRIES)
        return tuple(nlargest(MAX_DELETED_ENTRIES, gone))

    def gone(self, kind: str, slug: str) -> bool:
        """Return whether the taxonomy marks this feed as ended for good."""
        return kind == "topic" and self.listings.is_gone(slug)

    def canonical(self, kind: str, slug: str) -> str:
        """The present slug of the topic with the former name *slug*, else *slug* itself."""
        return self.extractor.lineages.get(slug, (slug,))[0] if kind == "topic" else slug
