"""Topics: the addresses of this server that can be subscribed to."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, unquote

import msgspec
from msgspec import Struct

from feeds.errors import QueryError
from feeds.feed.directory import check_kind
from feeds.formats import DEFAULT, FOR_READERS, FORMATS
from feeds.pipeline import Pipeline
from feeds.query import Query
from feeds.query.address import feed_address, path_below
from feeds.query.grammar import as_typed, parse_list, read


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


class SiteTopic(Struct, frozen=True):
    """All feeds of this server at once, a topic of targets of the operator alone."""

    address: str


HUB_TOPIC = "hub.topic"
LIST_PATH = "/opml"
PushTopic = FeedTopic | ListTopic | SiteTopic


def site_topic(site_url: str) -> SiteTopic:
    """Return the topic of all feeds."""
    return SiteTopic(f"{site_url}/")


def caches_topic(site_url: str) -> SiteTopic:
    """Return the topic of all feeds, for the caches in front of this server, which come first."""
    return SiteTopic(f"{site_url}/#caches")


def topic_of(
    address: str, pipeline: Pipeline, site_url: str, named: Mapping[str, Query]
) -> FeedTopic | ListTopic:
    """Return the topic at *address*, which must be the address that the feed gives as its own.

    Raises QueryError, UnknownFeed, GoneFeed and NotReady.
    """
    topic = _topic(address, pipeline, site_url, named)
    if topic.address != address:
        problem = "not the canonical address of its feed"
        raise QueryError(HUB_TOPIC, problem, "use {url}", url=topic.address)
    return topic


def subscribed_topic(
    address: str, pipeline: Pipeline, site_url: str, named: Mapping[str, Query]
) -> PushTopic:
    """Return the topic that somebody is subscribed to at *address*, even if its feed was renamed.

    Its subscribers know it by *address*. Raises QueryError, UnknownFeed, GoneFeed and NotReady.
    """
    for known in (site_topic(site_url), caches_topic(site_url)):
        if known.address == address:
            return known
    topic = _topic(address, pipeline, site_url, named)
    return msgspec.structs.replace(topic, address=address)


def _topic(
    address: str, pipeline: Pipeline, site_url: str, named: Mapping[str, Query]
) -> FeedTopic | ListTopic:
    """The topic at *address*, with the address that it gives as its own."""
    below = path_below(address, site_url)
    if below is None:
        remedy = "use one that begins with {url}/"
        raise QueryError(HUB_TOPIC, "not an address of this server", remedy, url=site_url)
    path, _, arguments = below.partition("?")
    if path == LIST_PATH or path.startswith(f"{LIST_PATH}/"):
        given = parse_qsl(as_typed(arguments), keep_blank_values=True)
        kind = unquote(path.removeprefix(LIST_PATH).removeprefix("/"))
        return list_topic(kind, given, pipeline, site_url, named)
    return _feed_topic(address, pipeline, site_url, named)


def list_topic(
    kind: str,
    arguments: Iterable[tuple[str, str]],
    pipeline: Pipeline,
    site_url: str,
    named: Mapping[str, Query],
) -> ListTopic:
    """Return the list of the feeds of one *kind*, or of those that *arguments* request, as a topic.

    An argument requests the feed of each topic and provider, or ``feed=`` a single one, and ``format=``
    the format of all. Raises QueryError, UnknownFeed, GoneFeed and NotReady.
    """
    arguments = [*arguments]
    extension = next((value for key, value in arguments if key == "format"), DEFAULT.extension)
    offered = [each.extension for each in FOR_READERS]
    if extension not in offered:
        names, name = ", ".join(offered), f"format={offered[0]}"
        raise QueryError("format", "not one of {names}", "use {name}", extension, names=names, name=name)
    check_kind(kind)
    queries = tuple(parse_list(arguments, named))
    if queries:
        # As the list has them: each feed once, by its present name.
        queries = tuple(each.query for each in pipeline.directory(kind, queries).offers)
    return ListTopic(_list_address(site_url, kind, queries, extension), kind, queries, extension)


def _list_address(site_url: str, kind: str, queries: Iterable[Query], extension: str) -> str:
    """The address of a list, in which a *kind* does not matter if there are *queries*."""
    arguments = [f"feed={quote(_written(each), safe='/,')}" for each in queries]
    path = LIST_PATH if arguments or not kind else f"{LIST_PATH}/{kind}"
    if extension != DEFAULT.extension:
        arguments.append(f"format={extension}")
    return f"{site_url}{path}?{'&'.join(arguments)}".removesuffix("?")


def _written(query: Query) -> str:
    """*query* as ``feeds.query.grammar.read`` takes it, with its limit."""
    return f"{query.feed_path.removeprefix('/')}{query.arguments}"


def _feed_topic(address: str, pipeline: Pipeline, site_url: str, named: Mapping[str, Query]) -> FeedTopic:
    """The feed at *address*, with the address that it gives as its own."""
    feed, extension = feed_address(address, site_url, FORMATS)
    if not extension:
        raise QueryError(HUB_TOPIC, "not a feed", "use the address in the feed's link with rel=self")
    query = read(feed, named)
    if query.archive:
        raise QueryError(HUB_TOPIC, "an archive, which does not change", "use the address of its feed")
    prepared = pipeline.prepare(query, extension)
    return FeedTopic(prepared.feed.addresses[extension], prepared.selection.query, extension)
