"""Construction of an Index from a store's snapshot, and of its successors from changes."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from math import inf
from operator import attrgetter

import msgspec
from pyroaring import BitMap

from feeds.article import Taxonomy
from feeds.index import Index
from feeds.index.documents import Documents, order, ordered
from feeds.index.facets import Facet, FacetExtractor, topic_lineages
from feeds.index.hottest import Hottest
from feeds.index.listings import Listings
from feeds.index.patched import Patched
from feeds.index.postings import Names, Postings, posted
from feeds.index.search_cache import SearchCache
from feeds.index.timeline import Timeline
from feeds.index.tombstones import DeletedEntry, Tombstones
from feeds.store import Record, Search, Snapshot, Tombstone


def build(snapshot: Snapshot, now: float, search: Search | None = None, language: str = "") -> Index:
    """Make the Index of a complete *snapshot*, with the articles that are visible at *now*.

    *search* is the search function of the same store; without it, no article matches a phrase.
    *language* is the language of articles without one, by default the taxonomy's.
    """
    taxonomy = snapshot.taxonomy
    extractor = FacetExtractor(topic_lineages(taxonomy), language or taxonomy.language)
    to_come = _to_come(snapshot.records, now)
    shown = _shown(snapshot.records, now) if to_come else snapshot.records
    documents = ordered(shown)
    postings, names = posted(documents, extractor)
    tombstones = _followed(Tombstones(), snapshot, extractor)
    return Index(
        revision=snapshot.revision,
        taxonomy=taxonomy,
        default_language=language,
        documents=documents,
        by_facet=postings,
        timeline=Timeline(documents, postings),
        hottest_articles=Hottest(documents, postings),
        listings=_listings(documents, postings, names, taxonomy),
        extractor=extractor,
        tombstones=tombstones.settled(tombstones.by_id, documents.positions.__contains__),
        to_come=to_come,
        due=_due(to_come),
        recorded=_recorded(0, shown, snapshot.tombstones),
        retired=Patched(dict.fromkeys(snapshot.retired, True)),
        search=search,
    )


def apply(index: Index, changes: Snapshot, now: float) -> Index:
    """Make the successor of *index* after *changes*, with articles that are due at *now*."""
    if not changes.partial:
        return build(changes, now, index.search, index.default_language)
    draft = _Draft(index)
    touched = {record.id for record in changes.records} | set(changes.removed)
    for id_ in touched:
        draft.remove(id_)
    coming = [record for record in index.to_come if record.id not in touched]
    coming += changes.records
    shown = sorted(_shown(coming, now), key=order)
    # Records that keep their position come first, so that new records get positions between them.
    for record in sorted(shown, key=draft.moves):
        draft.add(record)
    documents, postings, names = draft.done()
    to_come = _to_come(coming, now)
    tombstones = _followed(index.tombstones, changes, index.extractor)
    touched.update(record.id for record in shown)
    return msgspec.structs.replace(
        index,
        revision=changes.revision,
        documents=documents,
        by_facet=postings,
        timeline=index.timeline.followed_by(documents, postings),
        hottest_articles=index.hottest_articles.followed_by(documents, postings),
        listings=_listings(documents, postings, names, index.taxonomy),
        tombstones=tombstones.settled(touched, documents.positions.__contains__),
        to_come=to_come,
        due=_due(to_come),
        recorded=_recorded(index.recorded, shown, changes.tombstones),
        retired=_retired(index.retired, changes),
        search_cache=SearchCache(),
    )


def release(index: Index, now: float) -> Index:
    """Make the successor of *index* with the articles that are due at *now*."""
    nothing = Snapshot(
        revision=index.revision, records=[], removed=[], tombstones=[],
        taxonomy=index.taxonomy, partial=True,
    )  # fmt: skip
    return apply(index, nothing, now)


def scheduled(index: Index) -> Index:
    """Make an Index of only the articles that *index* has to come."""
    records = [*index.to_come]
    coming = Snapshot(
        revision=index.revision, records=records, removed=[], tombstones=[],
        taxonomy=index.taxonomy, partial=False,
    )  # fmt: skip
    return build(coming, inf, index.search, index.default_language)


def searched_by(index: Index, search: Search | None) -> Index:
    """Return *index* with another *search*, for example that of the same store after reopening."""
    return msgspec.structs.replace(index, search=search, search_cache=SearchCache())


def _shown(records: Iterable[Record], now: float) -> list[Record]:
    return [record for record in records if record.published <= now]


def _to_come(records: Iterable[Record], now: float) -> tuple[Record, ...]:
    return tuple(record for record in records if record.published > now)


def _due(to_come: Iterable[Record]) -> int | None:
    return min((record.published for record in to_come), default=None)


def _recorded(former: int, shown: Sequence[Record], tombstones: Iterable[Tombstone]) -> int:
    """The last second at which a visible article was changed, rated or removed, at least *former*."""
    last = (max(map(attrgetter(field), shown), default=0) for field in ("changed", "rated"))
    return max(former, *last, max((each.at for each in tombstones), default=0))


def _retired(former: Patched[str, bool], changes: Snapshot) -> Patched[str, bool]:
    """The slugs of removed articles after *changes*."""
    slugs = former.copy()
    for slug in changes.retired:
        slugs[slug] = True
    for record in changes.records:
        slugs.pop(record.slug)
    return slugs


def _followed(former: Tombstones, snapshot: Snapshot, extractor: FacetExtractor) -> Tombstones:
    """*former* with the tombstones of *snapshot*, and only those that its store still has."""
    made = former.followed_by(
        [
            (
                None if each.facets is None else extractor.of_tombstone(each.facets),
                DeletedEntry(each.at, each.id, each.published),
            )
            for each in snapshot.tombstones
        ]
    )
    return made if snapshot.kept_tombstones is None else made.cut(snapshot.kept_tombstones)


def _listings(documents: Documents, postings: Postings, names: Names, taxonomy: Taxonomy) -> Listings:
    topics = {topic.slug: topic for topic in taxonomy.topics}
    organizations = {known.domain: known for known in taxonomy.organizations}
    return Listings(documents, postings, names, topics, organizations)


class _Draft:
    """The mutable parts of the next Index; a posting list is copied before its first change."""

    def __init__(self, origin: Index) -> None:
        former = origin.documents
        self._extractor = origin.extractor
        self._documents = Documents(
            former.records.copy(), former.positions.copy(), former.numbers[:],
            BitMap(former.unnumbered), BitMap(former.everything), former.slugs.copy(),
        )  # fmt: skip
        self._lists = {kind: dict(lists) for kind, lists in origin.by_facet.lists.items()}
        self._clusters = origin.by_facet.clusters.copy()
        self._names = dict(origin.listings.names)
        self._newest = BitMap(origin.by_facet.newest_of_clusters)
        self._former = origin.by_facet
        self._gathered: set[str] = set()  # clusters with other members than before
        self._copied: set[Facet] = set()
        self._removed: dict[tuple[int, str], int] = {}  # positions, by the ``order`` of former records
        self._late: list[Record] = []  # records without a free position

    def remove(self, id_: str) -> None:
        """Remove the article *id_* from all parts, if it is there."""
        documents = self._documents
        position = documents.positions.pop(id_)
        record = documents.records.pop(position) if position is not None else None
        if position is None or record is None:
            return
        self._removed[order(record)] = position
        documents.numbers[record.number] = 0
        documents.unnumbered.discard(position)
        documents.slugs.pop(record.slug)
        documents.everything.discard(position)
        if record.cluster:
            self._gather(record.cluster, self._clusters[record.cluster] - BitMap([position]))
        for facet, name in self._extractor.of(record):
            positions = self._own(facet)
            positions.discard(position)
            if name is not None:
                self._names[facet][name] -= 1
            if not positions:
                kind, value = facet
                del self._lists[kind][value], self._names[facet]
                self._copied.discard(facet)

    def moves(self, record: Record) -> bool:
        """Return whether *record* needs a new position: no removed record has its date and id."""
        return order(record) not in self._removed

    def add(self, record: Record) -> None:
        """Add *record* to all parts."""
        documents = self._documents
        position = self._removed.get(order(record)) or documents.position_for(record)
        if position is None:
            self._late.append(record)
            return
        documents.records[position] = record
        documents.positions[record.id] = position
        documents.slugs[record.slug] = record.id
        if record.number >= (known := len(documents.numbers)):
            documents.numbers.extend(array("I", bytes(4 * (record.number + 1 - known))))
        if record.number:
            documents.numbers[record.number] = position
        else:
            documents.unnumbered.add(position)
        documents.everything.add(position)
        if record.cluster:
            members = self._clusters.get(record.cluster, BitMap())
            self._gather(record.cluster, members | BitMap([position]))
        for facet, name in self._extractor.of(record):
            self._own(facet).add(position)
            if name is not None:
                self._names[facet][name] += 1

    def done(self) -> tuple[Documents, Postings, Names]:
        """Return the changed parts; the draft must not be used afterwards."""
        if self._late:
            documents = ordered([*self._documents.records.values(), *self._late])
            return documents, *posted(documents, self._extractor)
        postings = Postings(self._lists, self._clusters, self._newest, self._newest_of_members())
        return self._documents, postings, self._names

    def _gather(self, cluster: str, members: BitMap) -> None:
        """Let *members* be the positions of the articles in *cluster*."""
        if former := self._clusters.get(cluster):
            self._newest.discard(former.max())
        if members:
            self._clusters[cluster] = members
            self._newest.add(members.max())
        else:
            self._clusters.pop(cluster)
        self._gathered.add(cluster)

    def _newest_of_members(self) -> array[int]:
        """See Postings."""
        if not self._gathered:
            return self._former.newest_of_members
        before, after = self._former.get("has", "story"), self._lists["has"].get("story", BitMap())
        newest_of = self._former.newest_of_members[:]
        for position in reversed([*(before - after)]):
            del newest_of[before.rank(position)]
        for position in after - before:
            newest_of.insert(after.rank(position), 0)
        for members in filter(None, map(self._clusters.get, self._gathered)):
            newest = members.max()
            for member in members:
                newest_of[after.rank(member)] = newest
        return newest_of

    def _own(self, facet: Facet) -> BitMap:
        """The posting list of *facet*; it and the counter of its names are copied on first use."""
        kind, value = facet
        lists = self._lists[kind]
        if facet not in self._copied:
            self._copied.add(facet)
            lists[value] = BitMap(lists.get(value) or ())
            self._names[facet] = +self._names.get(facet, Counter())
        return lists[value]
