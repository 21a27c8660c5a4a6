"""Topics: the addresses of this server that can be subscribed to."""

from collections.abc import Mapping

from msgspec import Struct

from feeds.errors import QueryError
from feeds.formats import FORMATS
from feeds.pipeline import Pipeline
from feeds.query import Query
from feeds.query.address import feed_address, path_below
from feeds.query.grammar import read


class FeedTopic(Struct, frozen=True):
    """A feed in one format: any canonical query or digest, but no archive."""

    address: str
    query: Query
    extension: str


class ListTopic(Struct, frozen=True):
    """A list of feeds as OPML; *kind*, *queries* and *extension* are those of ``Pipeline.directory``."""

    address: str
    kind: str
    queries: tuple[Query, ...]
    extension: str


HUB_TOPIC = "hub.topic"
PushTopic = FeedTopic | ListTopic


def topic_of(address: str, pipeline: Pipeline, site_url: str, named: Mapping[str, Query]) -> PushTopic:
    """Return the topic at *address*, which must be the address that the feed gives as its own.

    Raises QueryError, UnknownFeed, GoneFeed and NotReady.
    """
    if path_below(address, site_url) is None:
        raise QueryError(
            HUB_TOPIC, "not an address of this server", "use one that begins with {url}/", url=site_url
        )
    feed, extension = feed_address(address, site_url, FORMATS)
    if not extension:
        raise QueryError(HUB_TOPIC, "not a feed", "use the address in the feed's link with rel=self")
    query = read(feed, named)
    if query.archive:
        raise QueryError(HUB_TOPIC, "an archive, which does not change", "use the address of its feed")
    prepared = pipeline.prepare(query, extension)
    canonical = prepared.feed.addresses[extension]
    if canonical != address:
        raise QueryError(HUB_TOPIC, "not the canonical address of its feed", "use {url}", url=canonical)
    return FeedTopic(address, prepared.selection.query, extension)
