"""Which feeds are on offer: for OPML, the feed list and the home page."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.article import Image
from feeds.errors import GoneFeed, UnknownFeed
from feeds.feed import Feed, Site, head
from feeds.feed.update_frequency import PublicationRate, publication_rate, weeks
from feeds.index import Index, headlines
from feeds.query import Query
from feeds.query.matching import matching
from feeds.query.selection import Selection, select
from feeds.store import Record

KINDS = ("named", "topics", "providers")
DEPTH = 6  # levels of topics that are told apart; what is deeper stands on the last


class Offer(Struct, frozen=True):
    """A feed as it is offered: *feed* is its head alone, *parent* the slug of the topic it is part of.

    *newest* is the date of its newest article, None where it has none.
    """

    name: str
    query: Query
    parent: str
    feed: Feed
    articles: int
    newest: datetime | None


class Directory(Struct, frozen=True):
    """Feeds in the order in which they are listed: everything, named ones, topics, providers."""

    title: str
    page: str
    offers: tuple[Offer, ...]

    def by_parent(self) -> dict[str, list[Offer]]:
        """The topics right below each; those whose parent is not offered are below none, called ""."""
        topics = [each for each in self.offers if each.query.topic and not self._is_other(each)]
        topics = [each for each in topics if not each.query.provider]
        offered = {offer.query.topic for offer in topics}
        below: dict[str, list[Offer]] = {}
        for offer in topics:
            below.setdefault(offer.parent if offer.parent in offered else "", []).append(offer)
        return below

    def of_topics(self, parent: str = "") -> Iterator[Offer]:
        """The topics right below *parent*."""
        return iter(self.by_parent().get(parent, ()))

    def of_providers(self) -> Iterator[Offer]:
        """The providers, and topics of one provider."""
        return (each for each in self.offers if each.query.provider and not self._is_other(each))

    def of_others(self) -> Iterator[Offer]:
        """Everything, the named feeds and those composed by who asks."""
        return filter(self._is_other, self.offers)

    @staticmethod
    def _is_other(offer: Offer) -> bool:
        return not offer.query.plain or not (offer.query.topic or offer.query.provider)


class FeedSummary(Struct, frozen=True):
    """A feed at a glance: how many *articles* it holds and how often they come.

    *weeks* is how many came in each of the last weeks of the corpus, *headline* the title of the
    *newest*, from which *language* is; *below* are the topics that are part of it.
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
        """How many articles came in all of its weeks."""
        return sum(self.weeks)

    def all_below(self) -> Iterator["FeedSummary"]:
        """The topics below, on whatever level."""
        for each in self.below:
            yield each
            yield from each.all_below()


class Overview(Struct, frozen=True):
    """Every feed on offer at a glance, by name: those of *topics* that are below none."""

    articles: int
    named: tuple[FeedSummary, ...]
    topics: tuple[FeedSummary, ...]
    providers: tuple[FeedSummary, ...]

    def all_topics(self) -> Iterator[FeedSummary]:
        """The topics, each before those below it."""
        for each in self.topics:
            yield each
            yield from each.all_below()


def overview(site: Site, index: Index) -> Overview:
    """What *index* has on offer, quicker than all that a ``directory`` knows of it."""
    topics, providers = index.topics(), index.providers()
    named = [each for each in site.named if _possible(index, each.query)]
    seen = feed_summaries(
        index,
        [
            *((each.title, each.query, matching(index, each.query)) for each in named),
            *((each.name, Query(each.slug), index.postings("topic", each.slug)) for each in topics),
            *(
                (each.name, Query("", each.slug), index.postings("provider", each.slug))
                for each in providers
            ),
        ],
    )
    offered = {topic.slug for topic in topics}
    children: defaultdict[str, list[FeedSummary]] = defaultdict(list)
    for topic, each in zip(topics, seen[len(named) :], strict=False):
        children[topic.parent if topic.parent in offered else ""].append(each)
    return Overview(
        len(index),
        tuple(
            msgspec.structs.replace(each, about=name.description)
            for name, each in zip(named, seen, strict=False)
        ),
        _tree(children),
        tuple(
            msgspec.structs.replace(each, logo=index.provider(each.query.provider).logo)
            for each in seen[len(named) + len(topics) :]
        ),
    )


def feed_summaries(index: Index, feeds: Sequence[tuple[str, Query, BitMap | None]]) -> list[FeedSummary]:
    """Each of *feeds*, given by what it is called, what it asks for and the slots of what is in it.

    Their headlines are read together: alone, each would wait for every other thread.
    """
    marks = index.marks(weeks(index.newest_at))
    newest = [index.record(positions.max()) for _, _, positions in feeds if positions]
    told = iter(zip(newest, headlines(newest), strict=True))
    return [_glance(index, marks, feed, told) for feed in feeds]


def _glance(
    index: Index,
    marks: Sequence[int],
    feed: tuple[str, Query, BitMap | None],
    told: Iterator[tuple[Record, tuple[str, str]]],
) -> FeedSummary:
    name, query, positions = feed
    if not positions:
        return FeedSummary(name, query, 0, (0,) * (len(marks) - 1), PublicationRate(0, ""), None)
    counts = tuple(positions.range_cardinality(low, high) for low, high in pairwise(marks))
    record, (headline, language) = next(told)
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
    """The topics right below *parent*, with those below them."""
    if level == DEPTH:
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
    site: Site, index: Index, extensions: tuple[str, ...], queries: Iterable[Query]
) -> Directory:
    """The feeds that *queries* ask for. Raises UnknownFeed and GoneFeed."""
    everything = head(site, index, select(index, Query()), extensions)
    selections = (select(index, query) for query in queries)
    unique = {selection.query: selection for selection in selections}
    offers = (_offer(site, index, selection, extensions) for selection in unique.values())
    return Directory(everything.title, everything.page, tuple(offers))


def on_offer(site: Site, index: Index, kind: str = "") -> list[Query]:
    """All feeds of one *kind*, or of every one. Raises UnknownFeed where there is no such kind.

    A named feed that asks for a topic which is no more is not on offer.
    """
    if kind not in ("", *KINDS):
        raise UnknownFeed("kind of feeds", kind, KINDS)
    topics = [Query(topic.slug) for topic in index.topics()]
    providers = [Query("", provider.slug) for provider in index.providers()]
    named = [each.query for each in site.named if _possible(index, each.query)]
    of_kind = dict(zip(KINDS, (named, topics, providers), strict=True))
    return of_kind.get(kind, [Query(), *named, *topics, *providers])


def _possible(index: Index, query: Query) -> bool:
    try:
        select(index, query)
    except (UnknownFeed, GoneFeed):
        return False
    return True


def _offer(site: Site, index: Index, selection: Selection, extensions: tuple[str, ...]) -> Offer:
    query = selection.query
    feed = head(site, index, selection, extensions)
    topic = index.topic(query.topic) if query.topic else None
    newest = selection.records[0].published if selection.records else None
    return Offer(
        feed.name or feed.title,
        query,
        topic.parent if topic and not index.gone("topic", topic.parent) else "",
        feed,
        selection.total,
        None if newest is None else datetime.fromtimestamp(newest, UTC),
    )
