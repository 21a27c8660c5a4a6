"""The changes of a feed after a position."""

from functools import cached_property

from msgspec import Struct
from pyroaring import BitMap

from feeds.index import MAX_DELETED_ENTRIES, Index
from feeds.index.tombstones import DeletedEntry
from feeds.push.position import StreamPosition
from feeds.query import Query
from feeds.query.matching import matching, satisfying
from feeds.query.selection import MAX_CHANGED_ENTRIES, resolve, tombstone_clauses, wanted_facets
from feeds.store import Record


class FeedChanges(Struct, frozen=True):
    """The *records* of a feed that were added or changed, and the *deleted* entries, in any order.

    If *is_whole*, the changes are unknown or too many, and a client needs the whole feed.
    """

    records: tuple[Record, ...] = ()
    deleted: tuple[DeletedEntry, ...] = ()
    is_whole: bool = False

    def __bool__(self) -> bool:
        return self.is_whole or bool(self.records or self.deleted)


_NOTHING, _WHOLE = FeedChanges(), FeedChanges(is_whole=True)


class ChangesSince:
    """The changes of any number of feeds in *index* after the position *base*."""

    def __init__(self, index: Index, base: StreamPosition) -> None:
        self.index = index
        self._base = base

    def of(self, query: Query) -> FeedChanges:
        """The changes of the feed of *query*. Raises UnknownFeed, GoneFeed and StoreError.

        They are those that a client with an ETag of *base* gets for ``A-IM: feed``.
        """
        index = self.index
        query = resolve(index, query)
        if self.is_renewed:
            matching(index, query)  # the feed may have ended
            return _WHOLE
        if query.drifts:
            return _WHOLE if self._may_differ(query) else _NOTHING
        deleted = self._deleted(query)
        if len(deleted) == MAX_DELETED_ENTRIES:
            return _WHOLE  # there may be more
        found = self._around(query, self._changed)
        if found:
            found = found & matching(index, query)
        if len(found) > MAX_CHANGED_ENTRIES:
            return _WHOLE
        return FeedChanges(tuple(map(index.record, found)), deleted)

    @cached_property
    def _changed(self) -> BitMap:
        return _changed(self.index, self._base)

    @property
    def is_renewed(self) -> bool:
        """True if every feed counts as changed."""
        return self.index.renewed > self._base.recorded

    def is_new(self, record: Record) -> bool:
        """Return whether the article of *record* appeared on this server after *base*."""
        appeared = record.appeared
        was_scheduled = record.published == appeared != record.changed
        return appeared > (self._base.published if was_scheduled else self._base.recorded)

    def _deleted(self, query: Query) -> tuple[DeletedEntry, ...]:
        index, after = self.index, self._base.recorded
        if index.tombstones.latest <= after:
            return ()
        return tuple(each for each in index.deleted(wanted_facets(query)) if each.at > after)

    def _may_differ(self, query: Query) -> bool:
        """Return whether the feed of a *query* that drifts may have changed."""
        index, after = self.index, self._base.recorded
        positions = self._changed | index.rated_since(after) if query.ranked else self._changed
        if positions if query.relative else self._around(query, positions):
            return True
        is_recent = index.tombstones.latest > after
        return is_recent and index.last_removal(wanted_facets(query)) > after

    def _around(self, query: Query, positions: BitMap) -> BitMap:
        """The *positions* that may be in the feed of *query*; quicker than to match them."""
        for clause in tombstone_clauses(query):
            if not positions:
                break
            positions = positions & satisfying(self.index, clause, positions)
        return positions


def _changed(index: Index, base: StreamPosition) -> BitMap:
    """The positions of the articles that a client at *base* does not have as they are."""
    published = index.everything - index.between(None, base.published + 1)
    if index.recorded <= base.recorded:
        return published
    later = index.changed_since(index.everything, base.recorded)
    return published | BitMap(each for each in later if index.record(each).changed > base.recorded)
