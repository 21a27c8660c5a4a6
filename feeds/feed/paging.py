"""The entries of a feed on several pages for people: a limited number on each, and none twice."""

from collections.abc import Sequence
from urllib.parse import urlencode

from msgspec import Struct

from feeds.errors import UnknownFeed
from feeds.index import Index
from feeds.period import Period, period
from feeds.query import Query
from feeds.query.matching import matching
from feeds.query.parameters.window import SORTS
from feeds.query.selection import Item, Selection, archive_around
from feeds.store import Record

MAX_ON_PAGE = 50  # entries of an archive
FROM = "from"  # the argument of a page that continues another, the slug of the last article there


class EntriesPage(Struct, frozen=True):
    """The *items* on one page; *newer* and *older* are the paths of the pages beside it, or empty."""

    items: tuple[Item, ...]
    newer: str = ""
    older: str = ""


def entries_page(
    index: Index, selection: Selection, current: Selection, last: str = "", most: int | None = MAX_ON_PAGE
) -> EntriesPage:
    """The page of the entries of *selection* that continues after the article with the slug *last*.

    The page of the *current* feed has all of its entries, and its archives continue it: *most* entries on
    each page, or whole archives if that is None. Raises UnknownFeed if no article has the slug.
    """
    query, items = selection.query, selection.items
    if not query.archive:
        continues = most and query.sort == SORTS[0]
        return EntriesPage(items, older=_older(selection, _last(items) if continues else None))
    newer, older = _newer(index, query, current.older), _older(selection)
    if not most:
        return EntriesPage(items, newer, older)
    start = _following(index, items, last)
    end = start + most
    if start:
        newer = _path(query, _last(items[: max(0, start - most)]))
    if end < len(items):
        older = _path(query, _last(items[:end]))
    return EntriesPage(items[start:end], newer, older)


def _newer(index: Index, archived: Query, newest: Period | None) -> str:
    """The path of the next newer archive, or of the current feed after its *newest* archive."""
    current, archive = archived.current, period(archived.archive)
    positions = matching(index, current)
    later = positions - index.between(None, archive.end) if archive else None
    if later and newest:
        newer = archive_around(index, positions, index.record(later[0]).published)
        if newer.begin <= newest.begin:
            return _path(archived.archive_of(newer))
    return current.page


def _following(index: Index, items: Sequence[Item], last: str) -> int:
    """The number of *items* up to the article with the slug *last*, in the order of an archive."""
    if not last:
        return 0
    record = index.at_slug(last)
    if record is None:
        raise UnknownFeed("article", last)
    return sum(_place(item.records[0]) >= _place(record) for item in items)


def _place(record: Record) -> tuple[int, str]:
    return record.published, record.id


def _last(items: Sequence[Item]) -> Record | None:
    return items[-1].records[0] if items else None


def _older(selection: Selection, follows: Record | None = None) -> str:
    """The path of the archive that continues *selection*, after *follows* if that is in it too."""
    archive = selection.older
    if not archive:
        return ""
    is_within = follows and archive.begin <= follows.published < archive.end
    return _path(selection.query.archive_of(archive), follows if is_within else None)


def _path(query: Query, follows: Record | None = None) -> str:
    path = query.feed_path + query.arguments
    if not follows:
        return path
    return f"{path}{'&' if query.arguments else '?'}{urlencode({FROM: follows.slug})}"
