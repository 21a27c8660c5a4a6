"""The addresses of the feeds that changes touch: those on offer, and those subscribed to."""

from collections.abc import Iterable

from feeds.errors import GoneFeed, UnknownFeed
from feeds.feed.directory import on_offer, on_offer_among
from feeds.feed.site import Site
from feeds.formats import FOR_READERS
from feeds.index import Index
from feeds.index.changed_facets import ChangedFacets
from feeds.push.evaluation import is_touched
from feeds.push.topics import FeedTopic, PushTopic
from feeds.query import Query


def touched_addresses(
    index: Index, changes: ChangedFacets, site: Site, subscribed: Iterable[PushTopic]
) -> list[str]:
    """Return the addresses of the feeds that the *changes* of *index* may have changed.

    Each feed on offer has one in each format for readers. *subscribed* are the topics with subscribers.
    """
    if not changes.any:
        return []
    every = changes.everything
    queries = on_offer(site, index) if every else on_offer_among(site, index, changes.facets)
    offered = (topic for query in queries for topic in _in_formats(query, site.url))
    feeds = (*offered, *(each for each in subscribed if isinstance(each, FeedTopic)))
    unique = {each.address: each for each in feeds}
    return [address for address, topic in unique.items() if _is_touched(index, topic, changes)]


def _in_formats(query: Query, site_url: str) -> Iterable[FeedTopic]:
    for each in FOR_READERS:
        yield FeedTopic(site_url + query.address(each.extension), query, each.extension)


def _is_touched(index: Index, topic: FeedTopic, changes: ChangedFacets) -> bool:
    try:
        return is_touched(index, topic, changes)
    except (UnknownFeed, GoneFeed):
        return False
