"""What is asked for, in one canonical form."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.article import CONTENTS, Facets, slugify
from feeds.errors import GoneFeed, QueryError, UnknownFeed
from feeds.index import Deletion, Index
from feeds.period import Period, period, periods_around
from feeds.rhythm import SAMPLE, Rhythm, rhythm
from feeds.store import Record

LIMIT = 50
MOST = 200  # articles a feed may be asked for, and an archive document holds before it is split
WIDEST = 1000  # articles anybody who has been away is sent at once
AWAY = 48 * 3600  # seconds a reader who merges nothing may be away and miss nothing


class Query(Struct, frozen=True):
    """The newest *limit* articles of a topic, a provider, both, or (where neither is set) all.

    *content* is how much of each: ``full``, ``summary``, ``title``, or as its provider has it.
    *archive* names the period of which all articles are asked for, whatever *limit* says.
    """

    topic: str = ""
    provider: str = ""
    limit: int = LIMIT
    content: str = ""
    archive: str = ""

    @property
    def path(self) -> str:
        """Where its page is: ``/``, ``/topics/ai``, ``/topics/ai/providers/example.org``."""
        topic = f"/topics/{quote(self.topic)}" if self.topic else ""
        provider = f"/providers/{quote(self.provider)}" if self.provider else ""
        return topic + provider or "/"

    @property
    def arguments(self) -> str:
        """What follows the path in its address: the empty string, or such as ``?limit=10``."""
        given = {"limit": self.limit, "content": self.content}
        written = urlencode({k: v for k, v in given.items() if v and (k, v) != ("limit", LIMIT)})
        return f"?{written}" if written else ""

    def address(self, extension: str) -> str:
        """Where its feed is in one format: ``/feed.rss``, ``/topics/ai/2021-12.rss?content=full``."""
        path = "/feed" if self.path == "/" else self.path
        return f"{path}{'/' if self.archive else ''}{self.archive}.{extension}{self.arguments}"

    def of(self, period: Period) -> "Query":
        """The archive of *period* of what this asks for."""
        return msgspec.structs.replace(self, archive=period.name, limit=LIMIT)

    @property
    def current(self) -> "Query":
        """The feed of which this is an archive."""
        return msgspec.structs.replace(self, archive="")


class Selection(Struct, frozen=True):
    """The answer to a Query: *records* newest first, out of *total*.

    *modified* is when it last became what it is, in seconds since 1970, 0 if it always was.
    *older* is the newest archive with what is not here; *deleted* left for good, the last first.
    *since*, where set, is the moment after which all of this changed: the rest is left out.
    """

    query: Query
    records: tuple[Record, ...]
    total: int
    modified: int
    rhythm: Rhythm = Rhythm()
    older: Period | None = None
    deleted: tuple[Deletion, ...] = ()
    since: int | None = None

    @property
    def complete(self) -> bool:
        """Whether this is all there is, or ever was."""
        return len(self.records) == self.total and self.since is None and not self.query.archive


def parse(topic: str, provider: str, arguments: Mapping[str, str], archive: str = "") -> Query:
    """The query for a topic and a provider as written in an address, both of which may be empty.

    Arguments that mean nothing are ignored. Raises QueryError where one that does is malformed, and
    UnknownFeed where no topic can be called so, or no period *archive*.
    """
    written = arguments.get("limit", str(LIMIT))
    limit = int(written) if re.fullmatch("[0-9]{1,9}", written) else 0
    if not 1 <= limit <= MOST:
        raise QueryError("limit", written, f"a whole number from 1 to {MOST}")
    content = arguments.get("content", "")
    if content not in ("", *CONTENTS):
        raise QueryError("content", content, f"one of {', '.join(CONTENTS)}")
    slug = slugify(topic)
    if topic and not slug:
        raise UnknownFeed("topic", topic)
    if archive and not period(archive):
        raise UnknownFeed("archive", archive)
    return Query(slug, provider.lower(), LIMIT if archive else limit, content, archive)


def select(index: Index, query: Query) -> Selection:
    """The newest articles matching *query*, or all of its archive.

    Raises UnknownFeed where there can be none, GoneFeed where there will be none any more.
    """
    query = msgspec.structs.replace(query, topic=index.canonical("topic", query.topic))
    slots = _slots(index, query)
    wanted = _wanted(query)
    if query.archive:
        return _archived(index, query, slots, wanted)
    records = index.newest(slots, query.limit)
    changed = max((record.moment for record in records), default=0)
    beyond = index.newest(slots, query.limit + 1)[query.limit :]
    return Selection(
        query,
        records,
        len(slots),
        max(changed, index.departed(wanted)),
        rhythm([record.published for record in index.newest(slots, SAMPLE)]),
        archive_around(index, slots, beyond[0].published) if beyond else None,
        index.deleted(wanted),
    )


def _slots(index: Index, query: Query) -> BitMap:
    slots = index.everything
    for kind, slug in (("topic", query.topic), ("provider", query.provider)):
        if slug:
            if index.gone(kind, slug):
                raise GoneFeed(kind, slug)
            members = index.members(kind, slug)
            if members is None:
                raise UnknownFeed(kind, slug, _nearest(slug, index.known(kind)))
            slots = slots & members
    return slots


def _wanted(query: Query) -> Facets:
    return Facets((query.topic,) if query.topic else (), query.provider)


def _archived(index: Index, query: Query, slots: BitMap, wanted: Facets) -> Selection:
    asked = period(query.archive)
    within = slots & index.between(asked.begin, asked.end) if asked else BitMap()
    deleted = index.deleted(wanted, asked)
    if not asked or not (within or deleted):
        raise UnknownFeed("archive", query.archive)
    whole = index.newest(within, len(within))
    if len(whole) > MOST:
        asked = archive_around(index, slots, whole[0].published)
        if asked.name != query.archive:
            return _archived(index, query.of(asked), slots, wanted)
    before = index.newest(slots & index.between(None, asked.begin), 1)
    return Selection(
        query,
        whole,
        len(whole),
        max([*(record.moment for record in whole), index.departed(wanted, asked)]),
        older=archive_around(index, slots, before[0].published) if before else None,
        deleted=deleted,
    )


def archive_around(index: Index, slots: BitMap, second: int) -> Period:
    """The archive in which those of *slots* are that were published around *second*.

    The largest period with no more than MOST of them: it depends on nothing outside of itself, so
    that the archives of a feed never shift.
    """
    around = periods_around(second)
    for each in around[:-1]:
        if len(slots & index.between(each.begin, each.end)) <= MOST:
            return each
    return around[-1]


def changes(index: Index, selection: Selection, since: int) -> Selection | None:
    """What was added to *selection*'s feed, changed or removed after the moment *since*.

    None where that is more than anybody is sent at once, or where the whole feed changed, such as
    with a topic's parent, which no article tells of.
    """
    slots = index.changed_since(_slots(index, selection.query), since)
    if len(slots) > WIDEST or index.renewed > since:
        return None
    deleted = tuple(each for each in selection.deleted if each.at > since)
    return msgspec.structs.replace(
        selection, records=index.newest(slots, WIDEST), older=None, deleted=deleted, since=since
    )


def widen(index: Index, selection: Selection, since: int) -> Selection:
    """*selection* with what else came after the moment *since*, at most two days before its end."""
    since = max(since, selection.modified - AWAY)
    every = _slots(index, selection.query)
    slots = index.changed_since(every, since)
    slots |= BitMap(index.slot(record) for record in selection.records)
    if len(slots) == len(selection.records):
        return selection
    slots = slots[max(0, len(slots) - WIDEST) :]
    # One who follows the archives until all is known must not stop at what is here already.
    rest = index.newest(every - slots, 1)
    older = archive_around(index, every, rest[0].published) if rest else None
    return msgspec.structs.replace(selection, records=index.newest(slots, WIDEST), older=older)


def _nearest(slug: str, known: set[str]) -> tuple[str, ...]:
    ordered = sorted(known)
    close = get_close_matches(slug, ordered, n=3, cutoff=0.5)
    within = [name for name in ordered if slug in name or name in slug]
    return tuple(dict.fromkeys([*close, *within]))[:3]
