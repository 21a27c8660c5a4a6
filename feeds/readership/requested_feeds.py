"""The feed that a requested address is of: the same for all formats, limits and contents of a feed."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from feeds.article.expressions import expression
from feeds.errors import FeedsError
from feeds.formats import FORMATS
from feeds.query import Query
from feeds.query.address import feed_address
from feeds.query.grammar import read
from feeds.readership.check.names import is_of_check

MAX_TARGET_LENGTH = 1000  # characters; a longer address is of no feed
MAX_TARGETS_KEPT = 8192

# Feeds of other sites: /blog/feed/, /feed/atom/, /index.xml, /feeds/all.atom.xml, /rss.php, /news.rss
_ENDING = expression(r"(?:\.(rss|atom|rdf|xml|json|php)|(?<=/feed)/(rss2?|atom|rdf))$", re.IGNORECASE)
_FEED = expression(
    r"/(?:[^/]*\.(?:rss|atom|rdf)(?:\.xml)?|(?:feeds?|rss2?|atom|rdf)(?:[._-][^/]*)?|(?:index|podcasts?)\.xml"
    r"|[^/]*[._-](?:feed|rss2?|atom)(?:\.(?:xml|json|php))?)$|/(?:feeds?|rss|atom)/",
    re.IGNORECASE,
)
_PICTURE = expression(r"\.(?:png|jpe?g|gif|svg|webp|ico|css|js|html?|mp3|m4a|woff2?)$", re.IGNORECASE)
_QUERY_FEED = expression(r"(?:^|&)feed=(rss2?|atom|rdf)(?:&|$)", re.IGNORECASE)
_ORIGIN = expression(r"https?://[^/?#]*", re.IGNORECASE)


class RequestedFeed(NamedTuple):
    """A feed by the path and the query that are the same in all formats, and the *format*, if known."""

    feed: str
    format: str


class RequestedFeeds:
    """Finds the feed of an address: by the grammar of this server, or else as other sites write them.

    *named* are the queries in the settings by name. *chosen* are paths that are feeds, although they do
    not look like one.
    """

    def __init__(
        self, site_url: str = "", named: Mapping[str, Query] = {}, chosen: Iterable[str] = ()
    ) -> None:
        self._site_url = site_url
        self._named = named
        self._chosen = frozenset(_path(each) for each in chosen)
        self._kept = lru_cache(MAX_TARGETS_KEPT)(self._found)

    def find(self, target: str) -> RequestedFeed | None:
        """Return the feed at *target*, a path with its query, or None if it is none."""
        return self._kept(target) if len(target) <= MAX_TARGET_LENGTH else None

    def _found(self, target: str) -> RequestedFeed | None:
        if is_of_check(target):
            return None
        if own := self._own(target):
            query, extension = own
            return None if query.archive else RequestedFeed(query.feed_stem, extension)
        return self._other(target)

    def _own(self, target: str) -> tuple[Query, str] | None:
        path = target.partition("?")[0]
        if path.rpartition(".")[2] not in FORMATS:
            return None
        try:
            feed, extension = feed_address(target, self._site_url, FORMATS)
            return (read(feed, self._named), extension) if extension else None
        except (FeedsError, ValueError):
            return None

    def _other(self, target: str) -> RequestedFeed | None:
        path = _path(target)
        if path in self._chosen:
            return RequestedFeed(path, "")
        if found := _QUERY_FEED.search(target.partition("?")[2]):
            return RequestedFeed(f"{path}?feed", _format(found[1]))
        if not _FEED.search(path) or _PICTURE.search(path):
            return None
        stem, extension = path, ""
        while ending := _ENDING.search(stem):
            extension = extension or _format(ending[1] or ending[2])
            stem = stem[: ending.start()]
        return RequestedFeed(stem, extension)


def _path(target: str) -> str:
    """The path of *target* without the slash at its end."""
    path = unquote(_ORIGIN.sub("", target, 1).partition("?")[0])
    return path.rstrip("/") or "/"


def _format(written: str) -> str:
    """The format that a part of an address names, empty if it may be any."""
    return {"rss2": "rss", "xml": "", "php": ""}.get(written.lower(), written.lower())
