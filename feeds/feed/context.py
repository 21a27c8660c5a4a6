"""The context of a feed: its summary, its history by month, and related feeds."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.feed.directory import FeedSummary, feed_summaries
from feeds.index import Index
from feeds.period import Period, period
from feeds.query import DIGESTS, Query
from feeds.query.clause import Clause
from feeds.query.matching import matching

MAX_NEIGHBOURS = 12  # related feeds of one kind


class Neighbour(Struct, frozen=True):
    """A related feed and its name; *articles* is how many articles it shares with the current feed."""

    name: str
    query: Query
    articles: int


class Month(Struct, frozen=True):
    """A month with articles, and its archive."""

    begin: datetime
    query: Query
    articles: int


class FeedContext(Struct, frozen=True):
    """The context of the feed *current*, the same for its archives and its digests.

    *seen* is its summary, *months* its history, the newest first. *above* are the feeds that contain it,
    *below* its child topics, *topics* and *providers* those of its articles, the most frequent first.
    """

    current: Query
    seen: FeedSummary
    months: tuple[Month, ...]
    above: tuple[Neighbour, ...] = ()
    below: tuple[Neighbour, ...] = ()
    topics: tuple[Neighbour, ...] = ()
    providers: tuple[Neighbour, ...] = ()
    digests: tuple[Query, ...] = ()


def feed_context(index: Index, current: Query, name: str) -> FeedContext:
    """Return the context of *current*, which has *name*. Raises UnknownFeed and GoneFeed."""
    positions = matching(index, current)
    digests = tuple(msgspec.structs.replace(current, digest=each) for each in DIGESTS)
    alone = FeedContext(
        current,
        feed_summaries(index, [(name, current, positions)])[0],
        tuple(_months(index, current, positions)),
        digests=digests if current.plain else (),
    )
    topic, provider = current.topic, current.provider
    if not current.plain or not current.place:
        return alone

    def beside(kind: str, queries: Iterable[Query]) -> tuple[Neighbour, ...]:
        slugs = ((getattr(each, kind), each) for each in queries)
        counted = ((_common(index, kind, slug, positions), slug, each) for slug, each in slugs)
        most = sorted((each for each in counted if each[0]), key=lambda each: (-each[0], each[1]))[
            :MAX_NEIGHBOURS
        ]
        return tuple(Neighbour(_name(index, kind, slug), each, count) for count, slug, each in most)

    parents = {each.slug: each.parent for each in index.taxonomy.topics if not each.gone}
    above = [Query(parents[topic], provider)] if parents.get(parents.get(topic, "")) is not None else []
    upwards = beside("topic", above)
    if topic and provider:
        upwards += beside("topic", [Query(topic)]) + beside("provider", [Query("", provider)])
    children = sorted(slug for slug, parent in parents.items() if parent and parent == topic)
    return msgspec.structs.replace(
        alone,
        above=upwards,
        below=beside("topic", (Query(slug, provider) for slug in children)),
        topics=() if topic else beside("topic", _narrowed(index, current, "topic")),
        providers=() if provider else beside("provider", _narrowed(index, current, "provider")),
    )


def _narrowed(index: Index, current: Query, key: str) -> Iterator[Query]:
    """Yield *current* narrowed to each known value of the parameter *key*."""
    for term in index.listings.known(key):
        yield Query.of([*current.place, Clause(key, False, (term,))])


def _common(index: Index, kind: str, slug: str, positions: BitMap) -> int:
    return positions.intersection_cardinality(index.postings(kind, slug) or BitMap())


def _name(index: Index, kind: str, slug: str) -> str:
    return index.listings.topic(slug).name if kind == "topic" else index.listings.provider(slug).name


def _months(index: Index, query: Query, positions: BitMap) -> Iterator[Month]:
    if not positions:
        return
    first, last = (
        datetime.fromtimestamp(index.record(s).published, UTC) for s in (positions[0], positions.max())
    )
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    months = [found for n in numbers if (found := period(f"{n // 12:04}-{n % 12 + 1:02}"))]
    marks = index.marks([each.begin for each in months] + [months[-1].end])
    counted = zip(months, pairwise(marks), strict=True)
    for month, (low, high) in reversed(list(counted)):
        if count := positions.range_cardinality(low, high):
            yield _month(query, month, count)


def _month(query: Query, month: Period, count: int) -> Month:
    return Month(datetime.fromtimestamp(month.begin, UTC), query.archive_of(month), count)
