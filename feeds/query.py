"""What is asked for, in one canonical form."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from urllib.parse import quote

from msgspec import Struct

from feeds.article import Facets, slugify
from feeds.errors import QueryError, UnknownFeed
from feeds.index import Index
from feeds.store import Record

LIMIT = 50
MOST = 200


class Query(Struct, frozen=True):
    """The newest *limit* articles of a topic, a provider, both, or (where neither is set) all."""

    topic: str = ""
    provider: str = ""
    limit: int = LIMIT

    @property
    def path(self) -> str:
        """Where its page is: ``/``, ``/topics/ai``, ``/topics/ai/providers/example.org``."""
        topic = f"/topics/{quote(self.topic)}" if self.topic else ""
        provider = f"/providers/{quote(self.provider)}" if self.provider else ""
        return topic + provider or "/"

    @property
    def arguments(self) -> str:
        """What follows the path in its address: the empty string, or ``?limit=10``."""
        return f"?limit={self.limit}" if self.limit != LIMIT else ""

    def address(self, extension: str) -> str:
        """Where its feed is in one format: ``/feed.rss``, ``/topics/ai.rss?limit=10``."""
        return f"{'/feed' if self.path == '/' else self.path}.{extension}{self.arguments}"


class Selection(Struct, frozen=True):
    """The answer to a Query: *records* newest first, out of *total*.

    *modified* is when it last became what it is, in seconds since 1970, 0 if it always was.
    """

    query: Query
    records: tuple[Record, ...]
    total: int
    modified: int


def parse(topic: str, provider: str, arguments: Mapping[str, str]) -> Query:
    """The query for a topic and a provider as written in an address, both of which may be empty.

    Arguments that mean nothing are ignored. Raises QueryError where one that does is malformed, and
    UnknownFeed where no topic can be called so.
    """
    written = arguments.get("limit", str(LIMIT))
    limit = int(written) if re.fullmatch("[0-9]{1,9}", written) else 0
    if not 1 <= limit <= MOST:
        raise QueryError("limit", written, f"a whole number from 1 to {MOST}")
    slug = slugify(topic)
    if topic and not slug:
        raise UnknownFeed("topic", topic)
    return Query(slug, provider.lower(), limit)


def select(index: Index, query: Query) -> Selection:
    """The newest articles matching *query*. Raises UnknownFeed where none ever can."""
    query = Query(index.canonical("topic", query.topic), query.provider, query.limit)
    slots = index.everything
    for kind, slug in (("topic", query.topic), ("provider", query.provider)):
        if slug:
            members = index.members(kind, slug)
            if members is None:
                raise UnknownFeed(kind, slug, _nearest(slug, index.known(kind)))
            slots = slots & members
    records = index.newest(slots, query.limit)
    wanted = Facets((query.topic,) if query.topic else (), query.provider)
    changed = max((max(record.changed, record.published) for record in records), default=0)
    return Selection(query, records, len(slots), max(changed, index.departed(wanted)))


def _nearest(slug: str, known: set[str]) -> tuple[str, ...]:
    ordered = sorted(known)
    close = get_close_matches(slug, ordered, n=3, cutoff=0.5)
    within = [name for name in ordered if slug in name or name in slug]
    return tuple(dict.fromkeys([*close, *within]))[:3]
