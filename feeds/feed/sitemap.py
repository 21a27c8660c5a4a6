"""The pages of articles for search engines: those of articles that have no other address."""

from collections.abc import Sequence

from msgspec import Struct

from feeds.feed.site import Site, page_address
from feeds.index import Index
from feeds.store.records import address

MAX_PAGES = 50_000  # in one file (sitemaps.org/protocol.html)
SITEMAP = "/sitemap.xml"

_NO_ADDRESS = address("")


class ListedPage(Struct, frozen=True):
    """The *address* of a page or of a part of the sitemap; *updated* is in seconds since 1970."""

    address: str
    updated: int


def listed_pages(site: Site, index: Index) -> list[ListedPage]:
    """The pages that search engines may index, the oldest first, so that new ones change few parts."""
    records = (index.record(position) for position in index.everything)
    return [
        ListedPage(page_address(site, record), record.updated)
        for record in records
        if record.address == _NO_ADDRESS
    ]


def parts_of(pages: Sequence[ListedPage], most: int = MAX_PAGES) -> list[Sequence[ListedPage]]:
    """*pages* in parts of at most *most*."""
    return [pages[first : first + most] for first in range(0, len(pages), most)]


def part_path(number: int) -> str:
    """The path of part *number* of a sitemap of several parts, counted from 1."""
    return f"/sitemap-{number}.xml"


def sitemap_paths(count: int, most: int = MAX_PAGES) -> list[str]:
    """The paths of the sitemap of *count* pages: none, one, or the index and its parts."""
    parts = -(-count // most)
    more = [part_path(number) for number in range(1, parts + 1)] if parts > 1 else []
    return [SITEMAP, *more] if count else []
