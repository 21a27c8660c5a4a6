"""The feeds on offer: for OPML, the feed list and the home page."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from operator import attrgetter

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.article import Image
from feeds.errors import GoneFeed, UnknownFeed
from feeds.feed import Feed, head
from feeds.feed.site import Site
from feeds.feed.update_frequency import PublicationRate, publication_rate, weeks
from feeds.index import Index
from feeds.index.articles import headlines
from feeds.index.changed_facets import differing_facets
from feeds.index.facets import Facet
from feeds.index.listings import Listing, children_by_parent
from feeds.query import Query, feed_of
from feeds.query.matching import matching
from feeds.query.parameters import SEGMENTS
from feeds.query.parameters.facet import FacetParameter
from feeds.query.selection import Selection, resolve, select
from feeds.store import Record

FEED_KINDS = ("named", *SEGMENTS)
MAX_TOPIC_LEVELS = 6  # levels of topics; deeper topics are listed on the last one


class Offer(Struct, frozen=True):
    """A feed on offer: *feed* is without articles, *parent* the slug of the parent topic, or empty.

    *newest* is the date of its newest article, None if it has no article.
    """

    name: str
    query: Query
    parent: str
    feed: Feed
    articles: int
    newest: datetime | None


class Directory(Struct, frozen=True):
    """Feeds in listing order: everything, named feeds, topics, other kinds."""

    title: str
    page: str
    offers: tuple[Offer, ...]

    def by_parent(self) -> dict[str, list[Offer]]:
        """The child topics by parent slug; topics with a parent not on offer are under ``""``."""
        return children_by_parent(self._of_kind("topics"), _topic, attrgetter("parent"))

    def of_kinds(self) -> Iterator[tuple[str, list[Offer]]]:
        """Yield each other kind of feeds that has any: providers, and topics of one provider."""
        for kind in SEGMENTS:
            if kind != "topics" and (found := list(self._of_kind(kind))):
                yield kind, found

    def _of_kind(self, kind: str) -> Iterator[Offer]:
        key = SEGMENTS[kind].key
        offers = (each for each in self.offers if not self._is_other(each))
        return (each for each in offers if each.query.place[-1].key == key)

    def of_others(self) -> Iterator[Offer]:
        """The feed of everything, the named feeds and those of composed queries."""
        return filter(self._is_other, self.offers)

    @staticmethod
    def _is_other(offer: Offer) -> bool:
        return not offer.query.plain or not offer.query.place


class FeedSummary(Struct, frozen=True):
    """A feed at a glance: its number of *articles* and its *publication_rate*.

    *weeks* counts its articles in each of the last weeks of the corpus. *newest* is the date of the
    newest article, *headline* its title and *language* its language. *below* are the child topics.
    """

    name: str
    query: Query
    articles: int
    weeks: tuple[int, ...]
    publication_rate: PublicationRate
    newest: datetime | None
    headline: str = ""
    language: str = ""
    logo: Image | None = None
    about: str = ""
    below: tuple["FeedSummary", ...] = ()

    @property
    def lately(self) -> int:
        """The number of articles in all of its weeks."""
        return sum(self.weeks)

    def all_below(self) -> Iterator["FeedSummary"]:
        """Yield the topics below, on all levels."""
        for each in self.below:
            yield each
            yield from each.all_below()


class SummaryGroup(Struct, frozen=True):
    """The feeds of one *kind*. If *brief*, these are many small feeds, and only the largest are here."""

    kind: str
    feeds: tuple[FeedSummary, ...]
    brief: bool


class Overview(Struct, frozen=True):
    """The feeds on offer at a glance: named feeds, top-level *topics*, and *groups* of other kinds."""

    articles: int
    named: tuple[FeedSummary, ...]
    topics: tuple[FeedSummary, ...]
    groups: tuple[SummaryGroup, ...]

    def all_topics(self) -> Iterator[FeedSummary]:
        """Yield all topics, each before those below it."""
        for each in self.topics:
            yield each
            yield from each.all_below()


def overview(site: Site, index: Index) -> Overview:
    """Summarise the feeds on offer in *index*; faster than ``directory``, which has more about each."""
    named = [
        msgspec.structs.replace(each, query=resolve(index, each.query))
        for each in site.named
        if _possible(index, each.query)
    ]
    listed = [(parameter, each) for parameter in SEGMENTS.values() for each in parameter.listed(index)]
    seen = feed_summaries(
        index,
        [
            *((each.title, each.query, matching(index, each.query)) for each in named),
            *(
                (each.name, feed_of(parameter.key, each.slug), index.postings(parameter.key, each.slug))
                for parameter, each in listed
            ),
        ],
    )
    by_kind: defaultdict[str, list[FeedSummary]] = defaultdict(list)
    for (parameter, _), each in zip(listed, seen[len(named) :], strict=True):
        by_kind[parameter.segment].append(_with_logo(index, each))
    topics = by_kind.pop("topics", [])
    parents = {listing.slug: listing.parent for parameter, listing in listed if parameter.key == "topic"}
    return Overview(
        len(index),
        tuple(
            msgspec.structs.replace(each, about=name.description)
            for name, each in zip(named, seen, strict=False)
        ),
        _tree(children_by_parent(topics, _topic, lambda each: parents[_topic(each)])),
        tuple(
            SummaryGroup(kind, tuple(feeds), brief=bool(SEGMENTS[kind].max_listed))
            for kind, feeds in by_kind.items()
        ),
    )


def _topic(feed: Offer | FeedSummary) -> str:
    return feed.query.topic


def _with_logo(index: Index, feed: FeedSummary) -> FeedSummary:
    provider = feed.query.provider
    if not provider:
        return feed
    return msgspec.structs.replace(feed, logo=index.listings.provider(provider).logo)


def feed_summaries(index: Index, feeds: Sequence[tuple[str, Query, BitMap | None]]) -> list[FeedSummary]:
    """Summarise *feeds*, each given by its name, its query and the document positions of its articles.

    The headlines are read in one batch: each single read would wait for every other thread.
    """
    marks = index.marks(weeks(index.newest_at))
    newest = [index.record(positions.max()) for _, _, positions in feeds if positions]
    announced = iter(zip(newest, headlines(newest), strict=True))
    return [_summary(index, marks, feed, announced) for feed in feeds]


def _summary(
    index: Index,
    marks: Sequence[int],
    feed: tuple[str, Query, BitMap | None],
    announced: Iterator[tuple[Record, tuple[str, str]]],
) -> FeedSummary:
    name, query, positions = feed
    if not positions:
        return FeedSummary(name, query, 0, (0,) * (len(marks) - 1), PublicationRate(0, ""), None)
    counts = tuple(positions.range_cardinality(low, high) for low, high in pairwise(marks))
    record, (headline, language) = next(announced)
    return FeedSummary(
        name,
        query,
        len(positions),
        counts,
        publication_rate(counts, older=positions.min() < marks[0]),
        datetime.fromtimestamp(record.published, UTC),
        headline,
        language or index.language,
    )


def _tree(
    children: dict[str, list[FeedSummary]], parent: str = "", level: int = 1
) -> tuple[FeedSummary, ...]:
    """The child topics of *parent*, each with the topics below it."""
    if level == MAX_TOPIC_LEVELS:
        return tuple(_descendants(children, parent))
    return tuple(
        msgspec.structs.replace(each, below=_tree(children, each.query.topic, level + 1))
        for each in children.get(parent, ())
    )


def _descendants(children: dict[str, list[FeedSummary]], parent: str) -> Iterator[FeedSummary]:
    waiting = children.get(parent, [])[::-1]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += children.get(each.query.topic, [])[::-1]


def directory(
    site: Site, index: Index, queries: Iterable[Query], known: dict[Query, Offer] | None = None
) -> Directory:
    """Return the feeds of *queries*, each once. Raises UnknownFeed and GoneFeed.

    *known* has earlier offers of *index*, and receives those that ``still_offered`` can keep.
    """
    everything = head(site, index, select(index, Query()))
    known = {} if known is None else known
    found: dict[Query, Offer] = {}
    for query in queries:
        if not (offer := known.get(query)):
            offer = _offer(site, index, select(index, query))
            if _is_of_one_facet(query):
                known[query] = offer
        found[offer.query] = offer
    return Directory(everything.title, everything.page, tuple(found.values()))


def still_offered(known: dict[Query, Offer], former: Index, index: Index) -> dict[Query, Offer]:
    """Those of *known*, offers of *former*, that are certain to be the same in its successor *index*."""
    differing = differing_facets(former, index) if known else None
    if differing is None:
        return {}
    kept = known.copy()
    for kind, value in differing:
        kept.pop(feed_of(kind, str(value)), None)
    return kept


def _is_of_one_facet(query: Query) -> bool:
    """Return whether *query* selects all articles with one facet, such as a topic, and nothing else."""
    return any(query == feed_of(clause.key, clause.value) for clause in query.place)


def on_offer(site: Site, index: Index, kind: str = "") -> list[Query]:
    """Return all feeds of one *kind*, or the listed feeds of all kinds.

    A named feed with a topic that is unknown or has ended is not on offer. Raises UnknownFeed if the kind
    is unknown.
    """
    check_kind(kind)
    if kind in SEGMENTS:
        return [feed_of(SEGMENTS[kind].key, each.slug) for each in SEGMENTS[kind].offered(index)]
    if kind:
        return _named(site, index)
    return _of_all_kinds(site, index, lambda parameter: parameter.listed(index))


def on_offer_among(site: Site, index: Index, facets: Iterable[Facet]) -> list[Query]:
    """Return those listed feeds that articles with *facets* may be in, in the order of ``on_offer``.

    These are the feed of all articles, all named feeds, and the listed feeds of the values in *facets*.
    """
    terms: defaultdict[str, set[str]] = defaultdict(set)
    for kind, value in facets:
        terms[kind].add(str(value))
    return _of_all_kinds(
        site, index, lambda parameter: parameter.listed_among(index, terms[parameter.key])
    )


def _of_all_kinds(
    site: Site, index: Index, listed: Callable[[FacetParameter], Iterable[Listing]]
) -> list[Query]:
    """The feed of all articles, the named feeds, and the feeds that *listed* returns for each facet."""
    feeds = (feed_of(each.key, listing.slug) for each in SEGMENTS.values() for listing in listed(each))
    return [Query(), *_named(site, index), *feeds]


def _named(site: Site, index: Index) -> list[Query]:
    """The named feeds on offer."""
    return [each.query for each in site.named if _possible(index, each.query)]


def check_kind(kind: str) -> None:
    """Raise UnknownFeed if there is no such *kind* of feeds."""
    if kind not in ("", *FEED_KINDS):
        raise UnknownFeed("kind of feeds", kind, FEED_KINDS)


def _possible(index: Index, query: Query) -> bool:
    try:
        select(index, query)
    except (UnknownFeed, GoneFeed):
        return False
    return True


def _offer(site: Site, index: Index, selection: Selection) -> Offer:
    query = selection.query
    feed = head(site, index, selection)
    topic = index.listings.topic(query.topic) if query.topic else None
    newest = selection.records[0].published if selection.records else None
    return Offer(
        feed.name or feed.title,
        query,
        topic.parent if topic and not index.gone("topic", topic.parent) else "",
        feed,
        selection.total,
        None if newest is None else datetime.fromtimestamp(newest, UTC),
    )
