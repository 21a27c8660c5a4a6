"""What an Index answers to a Query: the entries of a feed, its archives, and what changed in it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, islice

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

WIDEST = 1000  # articles anybody who has been away is sent at once
AWAY = 48 * 3600  # seconds a reader who merges nothing may be away and miss nothing
DIGESTED = 10  # articles in one entry of a digest
MAX_DATES = 200  # newest entries whose dates tell how often the feed is updated


class Item(Struct, frozen=True, gc=False):
    """One entry of a feed: an article, or several, the best first, where it is a *story* or a digest.

    *story* is the id of the one that appeared first, so that a story which grows keeps its id; *period*
    is that of which they are the digest.
    """

    records: tuple[Record, ...]
    story: str = ""
    period: Period | None = None


class Selection(Struct, frozen=True):
    """The answer to a Query: *items* in its order, out of *total*.

    *modified* is when it last became what it is, or may have, in seconds since 1970, 0 if it always was;
    *moment* is when it surely did, for those who ask what is new since.
    *dates* are those of its newest entries, in seconds since 1970, the newest first.
    *older* is the newest archive with what is not here; *deleted* left for good, the last first.
    *since*, where set, is the moment after which all of this changed: the rest is left out.
    """

    query: Query
    items: tuple[Item, ...]
    total: int
    modified: int
    moment: int
    dates: tuple[int, ...] = ()
    older: Period | None = None
    deleted: tuple[DeletedEntry, ...] = ()
    since: int | None = None

    @property
    def records(self) -> tuple[Record, ...]:
        """The best article of each item."""
        return tuple(item.records[0] for item in self.items)

    @property
    def complete(self) -> bool:
        """Whether this is all there is, or ever was."""
        return len(self.items) == self.total and self.since is None and not self.query.archive


def select(index: Index, query: Query) -> Selection:
    """What *query* asks for, or all of its archive.

    Raises UnknownFeed where there can be nothing, GoneFeed where there will be nothing any more.
    """
    query = resolve(index, query)
    matched = matching(index, query)
    if query.digest:
        return _digests(index, query, matched)
    positions = index.one_per_cluster(matched) if query.collapse else matched
    if query.archive:
        return _archived(index, query, positions, matched)
    window = first(index, query, positions)
    items = _items(index, query, window, matched)
    beyond = index.newest(positions - BitMap(window), 1)
    modified, moment = _moments(index, query, items)
    return Selection(
        query,
        items,
        len(positions),
        modified,
        moment,
        tuple(record.published for record in index.newest(positions, MAX_DATES)),
        archive_around(index, positions, beyond[0].published) if beyond else None,
        index.deleted(_wanted(query)),
    )


def resolve(index: Index, query: Query) -> Query:
    """*query* with the present names of all terms that were renamed."""
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
    return msgspec.structs.replace(Query.of(clauses, query.window), **kept)


def first(index: Index, query: Query, positions: BitMap) -> list[int]:
    """Those of *positions* that are in the feed, in its order."""
    parts = [positions] if query.sort == SORTS[0] else index.ranked(positions, query.sort)
    found: list[int] = []
    taken: Counter[str] = Counter()
    full = BitMap()  # what is of providers that have all they may
    for part in parts:
        if len(found) == query.limit:
            break
        if not query.per_provider:
            found += index.top(part, query.limit - len(found))
            continue
        left = part - full
        while left and len(found) < query.limit:
            position = left.max()
            left.discard(position)
            found.append(position)
            provider = provider_of(index.record(position))
            taken[provider] += 1
            if provider and taken[provider] == query.per_provider:
                theirs = index.postings("provider", provider) or BitMap()
                full |= theirs
                left -= theirs
    return found


def _items(index: Index, query: Query, positions: Iterable[int], matched: BitMap) -> tuple[Item, ...]:
    """What is at *positions*, each with those of its story that are among the *matched*."""
    if not query.collapse:
        return tuple(Item((index.record(position),)) for position in positions)
    return tuple(_story(index, index.record(position), matched) for position in positions)


def _story(index: Index, record: Record, matched: BitMap) -> Item:
    told = index.in_cluster(record.cluster) & matched
    if len(told) < 2:
        return Item((record,))
    records = index.newest(told, len(told))
    appeared = min(records, key=lambda each: (each.appeared, each.published, each.id))
    return Item(tuple(sorted(records, key=_best)), appeared.id)


def _best(record: Record) -> tuple[int, int, str]:
    return -record.quality, record.published, record.id


def _moments(
    index: Index, query: Query, items: Iterable[Item], within: Period | None = None
) -> tuple[int, int]:
    """When what *query* selects last became what it is, or may have, and when it surely did."""
    firm = _firm(query)
    changed = [record.moment for item in items for record in item.records]
    moment = max([*changed, index.renewed])
    departed = index.departed(_wanted(query), within)
    if not query.drifts and firm == query.all_clauses:
        return (max(moment, departed),) * 2
    # Of what leaves such a feed, the store keeps no record: any change of what may be in it counts.
    around = index.everything
    if not query.relative:
        for clause in firm:
            around = around & satisfying(index, clause, around)
        if within:
            around = around & index.between(within.begin, within.end)
    rated = index.rated(around) if query.ranked else 0
    return max(moment, departed, index.latest(around), rated), moment


def _firm(query: Query) -> list[Clause]:
    """The clauses for which the store records when an article stops satisfying them."""
    return [
        clause
        for clause in query.all_clauses
        if PARAMETERS[clause.key].leaves_tombstones and not clause.excluded
    ]


def _wanted(query: Query) -> FacetConjunction:
    """The facets of an article that left, if it may have been in *query*'s feed."""
    return [frozenset((clause.key, term) for term in clause.terms) for clause in _firm(query)]


def _archived(index: Index, query: Query, positions: BitMap, matched: BitMap) -> Selection:
    asked = period(query.archive)
    within = positions & index.between(asked.begin, asked.end) if asked else BitMap()
    deleted = index.deleted(_wanted(query), asked)
    if not asked or not (within or deleted):
        raise UnknownFeed("archive", query.archive)
    whole = index.top(within, len(within))
    if len(whole) > MAX_ENTRIES_PER_FEED:
        asked = archive_around(index, positions, index.record(whole[0]).published)
        if asked.name != query.archive:
            return _archived(index, query.archive_of(asked), positions, matched)
    items = _items(index, query, whole, matched)
    before = index.newest(positions & index.between(None, asked.begin), 1)
    modified, moment = _moments(index, query, items, asked)
    return Selection(
        query,
        items,
        len(whole),
        modified,
        moment,
        older=archive_around(index, positions, before[0].published) if before else None,
        deleted=deleted,
    )


def archive_around(index: Index, positions: BitMap, second: int) -> Period:
    """The archive in which those of *positions* are that were published around *second*.

    The largest period with no more than MAX_ENTRIES_PER_FEED of them: it depends on nothing outside
    of itself, so that the archives of a feed never shift.
    """
    around = periods_around(second)
    for each in around[:-1]:
        if len(positions & index.between(each.begin, each.end)) <= MAX_ENTRIES_PER_FEED:
            return each
    return around[-1]


def _digests(index: Index, query: Query, matched: BitMap) -> Selection:
    """An entry for each closed period with articles, the newest first.

    A period is closed when something of a later one appears: not by the clock, for the same articles
    are the same feed at any time.
    """
    closed = _period(query, index.appeared_at).begin
    found = list(islice(_before(index, matched, closed, query), query.limit + 1))
    items = tuple(found[: query.limit])
    modified, moment = _moments(index, query, items)
    ends = tuple(item.period.end for item in items if item.period)
    return Selection(query, items, len(found), modified, moment, ends)


def _before(index: Index, matched: BitMap, end: int, query: Query) -> Iterator[Item]:
    days = index.appeared(matched, end)
    for current, some in groupby(days, lambda day: _period(query, day[0])):
        positions = BitMap.union(*(positions for _, positions in some))
        yield Item(_hottest(index, query, positions), period=current)


def _hottest(index: Index, query: Query, positions: BitMap) -> tuple[Record, ...]:
    records = index.newest(positions, len(positions))
    heats = [_heat(record, query.digest) for record in records]
    # Most are out of the question, and a week of all articles has many.
    least = sorted(heats)[-DIGESTED:][0]
    some = [record for record, heat in zip(records, heats, strict=True) if heat >= least]
    some.sort(key=lambda record: (-_heat(record, query.digest), -record.published, record.id))
    return tuple(some[:DIGESTED])


def _heat(record: Record, digest: str) -> int:
    return record.daily if digest == "daily" else record.weekly


def _period(query: Query, second: int) -> Period:
    return week_of(second) if query.digest == "weekly" else day_of(second)


def changes(index: Index, selection: Selection, since: int) -> Selection | None:
    """What was added to *selection*'s feed, changed or removed after the moment *since*.

    None if that is unknown, more than fits in one answer, or nothing, and if the whole feed changed, as
    with a topic's parent, which is in no article.
    """
    if selection.query.drifts or index.renewed > since:
        return None
    positions = index.changed_since(matching(index, selection.query), since)
    if len(positions) > WIDEST:
        return None
    items = _items(index, selection.query, index.top(positions, WIDEST), positions)
    deleted = tuple(each for each in selection.deleted if each.at > since)
    if selection.moment <= since and not positions and not deleted:
        return None  # only the rendering changed, as when another version reads the same files
    return msgspec.structs.replace(selection, items=items, older=None, deleted=deleted, since=since)


def widen(index: Index, selection: Selection, since: int) -> Selection:
    """*selection* with what else came after the moment *since*, at most two days before its end.

    A feed in which things move while nobody touches them is the same for everybody.
    """
    if selection.query.drifts:
        return selection
    since = max(since, selection.moment - AWAY)
    every = matching(index, selection.query)
    positions = index.changed_since(every, since)
    positions |= BitMap(index.position(record) for record in selection.records)
    if len(positions) == len(selection.items):
        return selection
    positions = positions[max(0, len(positions) - WIDEST) :]
    # One who follows the archives until all is known must not stop at what is here already.
    rest = index.newest(every - positions, 1)
    older = archive_around(index, every, rest[0].published) if rest else None
    items = _items(index, selection.query, index.top(positions, WIDEST), positions)
    return msgspec.structs.replace(selection, items=items, older=older)
