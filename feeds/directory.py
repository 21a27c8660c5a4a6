"""Which feeds are on offer: for OPML and the catalogue."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from msgspec import Struct

from feeds.errors import GoneFeed, UnknownFeed
from feeds.feed import Feed, Site, head
from feeds.index import Index
from feeds.query import Query
from feeds.selection import Selection, select

KINDS = ("named", "topics", "providers")


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

    def of_topics(self, parent: str = "") -> Iterator[Offer]:
        """The topics right below *parent*; those whose parent is not offered are below none."""
        topics = [each for each in self.offers if each.query.topic and not self._is_other(each)]
        topics = [each for each in topics if not each.query.provider]
        offered = {offer.query.topic for offer in topics}
        for offer in topics:
            above = offer.parent if offer.parent in offered else ""
            if above == parent:
                yield offer

    def of_providers(self) -> Iterator[Offer]:
        """The providers, and topics of one provider."""
        return (each for each in self.offers if each.query.provider and not self._is_other(each))

    def of_others(self) -> Iterator[Offer]:
        """Everything, the named feeds and those composed by who asks."""
        return filter(self._is_other, self.offers)

    @staticmethod
    def _is_other(offer: Offer) -> bool:
        return not offer.query.plain or not (offer.query.topic or offer.query.provider)


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
