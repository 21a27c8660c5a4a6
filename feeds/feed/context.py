"""The context of a feed: its summary, its history by month, and related feeds."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import NamedTuple

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.feed.directory import FeedSummary, feed_summaries
from feeds.index import Index
from feeds.period import Period, period
from feeds.query import DIGESTS, Query
from feeds.query.clause import Clause
from feeds.query.matching import matching
from feeds.query.parameters.facet import FacetParameter
from feeds.query.parameters.provider import PROVIDER
from feeds.query.parameters.topic import TOPIC

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
    and *below* its child topics. *topics* and *providers* are the feeds of its articles' topics and
    providers, the most frequent first.
    """

    current: Query
    seen: FeedSummary
    months: tuple[Month, ...]
    above: tuple[Neighbour, ...] = ()
    below: tuple[Neighbour, ...] = ()
    topics: tuple[Neighbour, ...] = ()
    providers: tuple[Neighbour, ...] = ()
    digests: tuple[Query, ...] = ()


class Neighbours(NamedTuple):
    """The feeds related to a feed, see ``FeedContext``."""

    above: tuple[Neighbour, ...] = ()
    below: tuple[Neighbour, ...] = ()
    topics: tuple[Neighbour, ...] = ()
    providers: tuple[Neighbour, ...] = ()


def feed_context(index: Index, current: Query, name: str) -> FeedContext:
    """Return the context of *current*, which has *name*. Raises UnknownFeed and GoneFeed."""
    positions = matching(index, current)
    digests = tuple(msgspec.structs.replace(current, digest=each) for each in DIGESTS)
    return FeedContext(
        current,
        feed_summaries(index, [(name, current, positions)])[0],
        tuple(_months(index, current, positions)),
        *_neighbours(index, current, positions),
        digests=digests if current.plain else (),
    )


def topics_by_provider(index: Index, queries: Iterable[Query], least: int) -> list[Query]:
    """The linked feeds of a topic by one provider with *least* articles or more.

    The pages of *queries* link to them, or the pages of other such feeds.
    """
    pages = list(queries)
    found: dict[Query, bool] = {}
    for query in pages:  # grows
        for each in chain(*_neighbours(index, query, matching(index, query))):
            pair = each.query
            if pair in found or not (pair.topic and pair.provider and pair.plain):
                continue
            found[pair] = len(matching(index, pair)) >= least
            if found[pair]:
                pages.append(pair)
    return [pair for pair, exists in found.items() if exists]


def _neighbours(index: Index, current: Query, positions: BitMap) -> Neighbours:
    if not current.plain or not current.place:
        return Neighbours()

    def beside(
        parameter: FacetParameter, terms: Iterable[str], place: Sequence[Clause] = ()
    ) -> tuple[Neighbour, ...]:
        """The feeds at *place* with one of *terms* each, those with the most common articles first."""
        key = parameter.key
        counted = ((_common(index, key, term, positions), term) for term in terms)
        most = sorted((each for each in counted if each[0]), key=lambda each: (-each[0], each[1]))
        return tuple(
            Neighbour(
                parameter.display_name(index, term),
                Query.of([*place, Clause(key, False, (term,))]),
                count,
            )
            for count, term in most[:MAX_NEIGHBOURS]
        )

    topic, provider = current.topic, current.provider
    without_topic = [clause for clause in current.place if clause.key != "topic"]
    parents = {each.slug: each.parent for each in index.taxonomy.topics if not each.gone}
    above = [parents[topic]] if parents.get(parents.get(topic, "")) is not None else []
    upwards = beside(TOPIC, above, without_topic)
    if topic and provider:
        upwards += beside(TOPIC, [topic]) + beside(PROVIDER, [provider])
    children = sorted(slug for slug, parent in parents.items() if parent and parent == topic)
    return Neighbours(
        above=upwards,
        below=beside(TOPIC, children, without_topic),
        topics=() if topic else beside(TOPIC, index.listings.known("topic"), current.place),
        providers=() if provider else beside(PROVIDER, index.listings.known("provider"), current.place),
    )


def _common(index: Index, key: str, term: str, positions: BitMap) -> int:
    return positions.intersection_cardinality(index.postings(key, term) or BitMap())


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
