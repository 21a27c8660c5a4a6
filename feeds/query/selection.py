"""The result of a Query on an Index: the entries of a feed, its archives, and its changes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import NamedTuple

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.errors import UnknownFeed
from feeds.index import Index
from feeds.index.facets import provider_of
from feeds.index.tombstones import DeletedEntry, FacetConjunction
from feeds.period import Period, day_of, period, periods_around, week_of
from feeds.query import Query
from feeds.query.clause import Clause
from feeds.query.matching import matching, satisfying
from feeds.query.parameters import PARAMETERS
from feeds.query.parameters.window import MAX_ENTRIES_PER_FEED, SORTS
from feeds.store import Record

MAX_CHANGED_ENTRIES = 1000  # articles in one response to a client that has an older version of the feed
MAX_ABSENCE = 48 * 3600  # seconds of changes that a widened feed repeats, for readers that were offline
MAX_DIGEST_ARTICLES = 10  # articles in one entry of a digest
MAX_DATES = 200  # newest entries that determine the update frequency


class Item(Struct, frozen=True, gc=False):
    """One entry of a feed: an article, or the articles of a *story* or a digest, the best first.

    *story* is the id of the story's article that appeared first, so that it stays the same when the
    story grows. *period* is the period of a digest.
    """

    records: tuple[Record, ...]
    story: str = ""
    period: Period | None = None

    @property
    def updated(self) -> int:
        """The second of the last visible change; changes of heat or quality do not count."""
        latest = max([record.updated for record in self.records])
        return max(latest, self.period.end) if self.period else latest


class Selection(Struct, frozen=True):
    """The result of a Query: *items* in the query's order, out of *total*. Times are seconds since 1970.

    - *modified*: the time at which the result last changed or may have changed, 0 if it never did
    - *moment*: the time of the last certain change, the base of partial responses
    - *latest*: the time of the last change of any article that may have been in the feed: it never
      decreases, even if the article that changed last leaves the feed
    - *dates*: the dates of the newest entries, the newest first
    - *older*: the newest archive with entries that are not in *items*
    - *deleted*: the removed entries, the last first
    - *since*: if set, *items* and *deleted* contain only changes after that time
    """

    query: Query
    items: tuple[Item, ...]
    total: int
    modified: int
    moment: int
    latest: int
    dates: tuple[int, ...] = ()
    older: Period | None = None
    deleted: tuple[DeletedEntry, ...] = ()
    since: int | None = None

    @property
    def records(self) -> tuple[Record, ...]:
        """The first article of each item, which is the best one."""
        return tuple(item.records[0] for item in self.items)

    @property
    def complete(self) -> bool:
        """True if *items* are all entries of the feed, so that it has no archives."""
        return len(self.items) == self.total and self.since is None and not self.query.archive


def select(index: Index, query: Query) -> Selection:
    """Select the entries of *query*, or of the whole archive that it names.

    Raises UnknownFeed if there is no such feed or archive, and GoneFeed if the feed was ended for good.
    """
    query = resolve(index, query)
    matched = matching(index, query)
    if query.digest:
        return _digests(index, query, matched)
    positions = index.one_per_cluster(matched) if query.collapse else matched
    if query.archive:
        return _archived(index, query, positions, matched)
    window = _first(index, query, positions)
    items = _items(index, query, window, matched)
    beyond = index.newest(positions - BitMap(window), 1)
    return Selection(
        query,
        items,
        len(positions),
        *_moments(index, query, items),
        tuple(record.published for record in index.newest(positions, MAX_DATES)),
        archive_around(index, positions, beyond[0].published) if beyond else None,
        index.deleted(wanted_facets(query)),
    )


def resolve(index: Index, query: Query) -> Query:
    """*query* with the current names of renamed terms."""
    clauses = [
        Clause.of(
            clause.key,
            (PARAMETERS[clause.key].resolved(index, term) for term in clause.terms),
            excluded=clause.excluded,
        )
        for clause in query.all_clauses
    ]
    if clauses == query.all_clauses:
        return query
    kept = {field: getattr(query, field) for field in ("archive", "digest", "name")}
    return Query.of(clauses, **query.window, **kept)


def wanted_facets(query: Query) -> FacetConjunction:
    """The facets that an article must have, or must have had, to be in *query*'s feed.

    Other conditions, such as words, are not among them. *query* has the current names of its terms.
    """
    return [frozenset((clause.key, term) for term in clause.terms) for clause in tombstone_clauses(query)]


def _first(index: Index, query: Query, positions: BitMap) -> list[int]:
    """The *positions* that are in the feed, in its order."""
    parts = [positions] if query.sort == SORTS[0] else index.ranked(positions, query.sort)
    if query.per_provider:
        return list(islice(_spread(index, parts, query.per_provider), query.limit))
    found: list[int] = []
    for part in parts:
        if len(found) == query.limit:
            break
        found += index.top(part, query.limit - len(found))
    return found


def _spread(index: Index, parts: Iterable[BitMap], most: int) -> Iterator[int]:
    """Yield the positions in *parts*, newest first in each part, at most *most* of each provider."""
    taken: Counter[str] = Counter()
    full = BitMap()  # the articles of providers that have reached *most*
    for part in parts:
        left = part - full
        while left:
            position = left.max()
            left.discard(position)
            yield position
            provider = provider_of(index.record(position))
            taken[provider] += 1
            if provider and taken[provider] == most:
                of_provider = index.postings("provider", provider) or BitMap()
                full |= of_provider
                left -= of_provider


def _items(index: Index, query: Query, positions: Iterable[int], matched: BitMap) -> tuple[Item, ...]:
    """The items for *positions*; a collapsed story contains only *matched* articles."""
    if not query.collapse:
        return tuple(Item((index.record(position),)) for position in positions)
    return tuple(_story(index, index.record(position), matched) for position in positions)


def _story(index: Index, record: Record, matched: BitMap) -> Item:
    positions = index.in_cluster(record.cluster) & matched
    if len(positions) < 2:
        return Item((record,))
    records = index.newest(positions, len(positions))
    appeared = min(records, key=lambda each: (each.appeared, each.published, each.id))
    return Item(tuple(sorted(records, key=_best)), appeared.id)


def _best(record: Record) -> tuple[int, int, str]:
    return -record.quality, record.published, record.id


class _Moments(NamedTuple):
    """Times of the Selection of a query."""

    modified: int
    moment: int
    latest: int


def _moments(index: Index, query: Query, items: Iterable[Item], within: Period | None = None) -> _Moments:
    recorded = tombstone_clauses(query)
    changed = [record.moment for item in items for record in item.records]
    moment = max([*changed, index.renewed])
    removed = index.last_removal(wanted_facets(query), within)
    around = index.everything
    if not query.relative:
        for clause in recorded:
            around = around & satisfying(index, clause, around)
        if within:
            around = around & index.between(within.begin, within.end)
    rated = index.rated(around) if query.ranked else 0
    latest = max(moment, removed, index.latest(around), rated)
    if not query.drifts and recorded == query.all_clauses:
        return _Moments(max(moment, removed), max(moment, removed), latest)
    # The store does not record the articles that leave such a feed, so any change of an article that may
    # be in it counts.
    return _Moments(latest, moment, latest)


def tombstone_clauses(query: Query) -> list[Clause]:
    """The clauses for which the store records when an article stops satisfying them."""
    return [
        clause
        for clause in query.all_clauses
        if PARAMETERS[clause.key].leaves_tombstones and not clause.excluded
    ]


def _archived(index: Index, query: Query, positions: BitMap, matched: BitMap) -> Selection:
    archive = period(query.archive)
    within = positions & index.between(archive.begin, archive.end) if archive else BitMap()
    deleted = index.deleted(wanted_facets(query), archive)
    if not archive or not (within or deleted):
        raise UnknownFeed("archive", query.archive)
    whole = index.top(within, len(within))
    if len(whole) > MAX_ENTRIES_PER_FEED:
        archive = archive_around(index, positions, index.record(whole[0]).published)
        if archive.name != query.archive:
            return _archived(index, query.archive_of(archive), positions, matched)
    items = _items(index, query, whole, matched)
    before = index.newest(positions & index.between(None, archive.begin), 1)
    return Selection(
        query,
        items,
        len(whole),
        *_moments(index, query, items, archive),
        older=archive_around(index, positions, before[0].published) if before else None,
        deleted=deleted,
    )


def archive_around(index: Index, positions: BitMap, second: int) -> Period:
    """The archive that contains the articles at *positions* that were published at *second*.

    It is the largest period around *second* with at most MAX_ENTRIES_PER_FEED of *positions*, else the
    smallest. Articles outside of it do not affect its bounds, so that the archives of a feed never shift.
    """
    around = periods_around(second)
    for each in around[:-1]:
        if len(positions & index.between(each.begin, each.end)) <= MAX_ENTRIES_PER_FEED:
            return each
    return around[-1]


def _digests(index: Index, query: Query, matched: BitMap) -> Selection:
    """One entry for each closed period with articles, the newest first.

    A period is closed when an article of a later period appears. The clock does not close it, so that
    the same articles always make the same feed.
    """
    closed = _period(query, index.appeared_at).begin
    found = list(islice(_before(index, matched, closed, query), query.limit + 1))
    items = tuple(found[: query.limit])
    ends = tuple(item.period.end for item in items if item.period)
    return Selection(query, items, len(found), *_moments(index, query, items), ends)


def _before(index: Index, matched: BitMap, end: int, query: Query) -> Iterator[Item]:
    for current, _ in groupby(_period(query, day) for day in index.days(matched, end)):
        if positions := index.appeared(matched, current):
            best = index.hottest(query.digest, current, positions, MAX_DIGEST_ARTICLES)
            yield Item(best, period=current)


def _period(query: Query, second: int) -> Period:
    return week_of(second) if query.digest == "weekly" else day_of(second)


def changes(index: Index, selection: Selection, since: int) -> Selection | None:
    """The entries of *selection*'s feed that were added, changed or removed after the second *since*.

    None if they are unknown, do not fit in one response, or do not exist, and if all feeds changed, for
    example by a topic's new parent, which is not in articles.
    """
    if selection.query.drifts or index.renewed > since:
        return None
    positions = index.changed_since(matching(index, selection.query), since)
    if len(positions) > MAX_CHANGED_ENTRIES:
        return None
    if selection.moment <= since and not positions:
        return None  # only the rendering changed, as after an update of this program
    items = _items(index, selection.query, index.top(positions, MAX_CHANGED_ENTRIES), positions)
    deleted = tuple(each for each in selection.deleted if each.at > since)
    return msgspec.structs.replace(selection, items=items, older=None, deleted=deleted, since=since)


def widen(index: Index, selection: Selection, since: int) -> Selection:
    """*selection* with all entries that changed after *since*, at most MAX_ABSENCE before its *moment*.

    The selection of a query that drifts is returned unchanged: it is the same for all clients.
    """
    if selection.query.drifts:
        return selection
    since = max(since, selection.moment - MAX_ABSENCE)
    every = matching(index, selection.query)
    positions = index.changed_since(every, since)
    positions |= BitMap(index.position(record) for record in selection.records)
    if len(positions) == len(selection.items):
        return selection
    positions = positions[max(0, len(positions) - MAX_CHANGED_ENTRIES) :]
    # A reader that follows the archives until it finds a known entry must not stop at the added ones.
    rest = index.newest(every - positions, 1)
    older = archive_around(index, every, rest[0].published) if rest else None
    items = _items(index, selection.query, index.top(positions, MAX_CHANGED_ENTRIES), positions)
    return msgspec.structs.replace(selection, items=items, older=older)
