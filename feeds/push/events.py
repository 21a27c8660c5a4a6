"""Server-sent events (html.spec.whatwg.org, 9.2) for the changes of feeds after a position."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from feeds.article import fingerprint
from feeds.formats import FORMATS
from feeds.index import Index
from feeds.pipeline import Pipeline
from feeds.push.changes import ChangesSince, FeedChanges
from feeds.push.position import StreamPosition
from feeds.query import Query
from feeds.query.selection import Item, select

EventName = Literal["added", "changed", "removed", "reset"]

_ITEMS = FORMATS["ndjson"].extension  # the format with an item of a JSON Feed on each line
_WHOLE = FORMATS["json"].extension


class StreamedFeed(Struct, frozen=True):
    """A feed of a stream. Its events have its *name*, unless that is empty."""

    query: Query
    name: str = ""


class Event(NamedTuple):
    """An event about an article or a feed that changed at the second *moment*; *data* is JSON."""

    moment: int
    name: EventName
    data: bytes


class StreamEvents(NamedTuple):
    """The *events* of the feeds of a stream, the oldest change first, and the *contents* of some.

    The contents are digests by query, of those whose changes cannot be known from an index alone.
    """

    events: list[Event]
    contents: dict[Query, bytes]


def evaluate(
    pipeline: Pipeline,
    since: ChangesSince,
    feeds: Iterable[StreamedFeed],
    former: Mapping[Query, bytes] = {},
) -> StreamEvents:
    """Return the events of *feeds*; *former* are the contents of feeds at the position of *since*.

    ``reset`` comes first: the changes of its feed are unknown, and its client needs the whole feed.
    Raises UnknownFeed, GoneFeed and StoreError.
    """
    found: list[Event] = []
    contents: dict[Query, bytes] = {}
    for feed in feeds:
        changes, query = since.of(feed.query), feed.query
        if query.drifts:
            known = former.get(query)
            contents[query] = content = (
                _content(pipeline, since.index, query) if changes or not known else known
            )
            if content == known and not since.is_renewed:
                continue
        if changes:
            found += _events(pipeline, since, feed, changes)
    found.sort(key=lambda event: event.moment)
    return StreamEvents(found, contents)


def _content(pipeline: Pipeline, index: Index, query: Query) -> bytes:
    """A digest of the entries of a feed as readers see them, which no rendering affects."""
    prepared = pipeline.prepare(query, _ITEMS)
    selection = prepared.selection if prepared.index is index else select(index, query)
    return fingerprint(
        [
            (
                item.story,
                item.period and item.period.name,
                [(each.id, each.moment) for each in item.records],
            )
            for item in selection.items
        ]
    )


def written(several: Sequence[Event], base: StreamPosition, target: StreamPosition) -> bytes:
    """Write *several* events, after which a client at *base* is at *target*.

    The last one has the id of *target*. Before it, the last event of each second has the id of the
    position at that second: a client that receives no later event continues from there.
    """
    return b"".join(
        b"%sevent: %s\ndata: %s\n\n" % (_id(position), event.name.encode(), event.data)
        for event, position in _placed(several, base, target)
    )


def _placed(
    several: Sequence[Event], base: StreamPosition, target: StreamPosition
) -> Iterator[tuple[Event, StreamPosition | None]]:
    """Yield each event with the position of a client after it, None if that is not a new one."""
    for event, following in pairwise([*several, None]):
        assert event
        if following is None:
            yield event, target
        else:
            reached = _between(base, target, event.moment)
            yield event, reached if event.moment < following.moment and reached != base else None


def _between(base: StreamPosition, target: StreamPosition, moment: int) -> StreamPosition:
    """The position of a client at *base* that has all changes until *moment* on the way to *target*."""
    recorded, published = min(moment, target.recorded), min(moment, target.published)
    return StreamPosition(max(base.recorded, recorded), max(base.published, published))


def _id(position: StreamPosition | None) -> bytes:
    return b"id: %s\n" % str(position).encode() if position else b""


def _events(
    pipeline: Pipeline, since: ChangesSince, feed: StreamedFeed, changes: FeedChanges
) -> Iterator[Event]:
    prepared = pipeline.prepare(feed.query, _ITEMS)
    if changes.is_whole:
        yield Event(0, "reset", _data({"url": prepared.feed.addresses[_WHOLE]}, feed))
    items = [Item((record,)) for record in changes.records]
    for record, line in zip(changes.records, pipeline.entries(prepared, items), strict=True):
        name: EventName = "added" if since.is_new(record) else "changed"
        yield Event(record.moment, name, _named(line.removesuffix(b"\n"), feed))
    for each in changes.deleted:
        left = {"id": each.id, "date_deleted": datetime.fromtimestamp(each.at, UTC)}
        yield Event(each.at, "removed", _data(left, feed))


def _data(members: dict[str, Any], feed: StreamedFeed) -> bytes:
    return _named(msgspec.json.encode(members), feed)


def _named(item: bytes, feed: StreamedFeed) -> bytes:
    """Return *item*, an object in JSON, with the name of *feed* as its last member."""
    if not feed.name:
        return item
    return item.removesuffix(b"}") + b',"_feed":' + msgspec.json.encode(feed.name) + b"}"
