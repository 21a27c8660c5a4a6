"""The pages of articles for search engines: those of articles that have no other address."""

from msgspec import Struct
from pyroaring import BitMap

from feeds.feed.site import Site, page_address
from feeds.index import Index

MAX_PAGES = 50_000  # in one file (sitemaps.org/protocol.html)
SITEMAP = "/sitemap.xml"


SitemapPart = BitMap  # the positions of articles in an index


class ListedPage(Struct, frozen=True):
    """The *address* of a page or of a part of the sitemap; *updated* is in seconds since 1970."""

    address: str
    updated: int


def sitemap_parts(index: Index, most: int = MAX_PAGES) -> list[SitemapPart]:
    """The positions of the articles that search engines may index, at most *most* in each part.

    The oldest are first, so that a new one changes only the last part.
    """
    positions = index.without_address
    return [positions[first : first + most] for first in range(0, len(positions), most)]


def listed_pages(site: Site, index: Index, part: SitemapPart) -> list[ListedPage]:
    """The pages of the articles in a *part* of the sitemap."""
    return [ListedPage(page_address(site, record), record.updated) for record in index.records(part)]


def last_change(index: Index, part: SitemapPart) -> int:
    """The last change of an article in a *part* of the sitemap, in seconds since 1970."""
    return max(record.updated for record in index.records(part))


def part_path(number: int) -> str:
    """The path of part *number* of a sitemap of several parts, counted from 1."""
    return f"/sitemap-{number}.xml"


def sitemap_paths(index: Index) -> list[str]:
    """The paths of the sitemap of *index*: none, one, or the list of its parts and these."""
    count = len(sitemap_parts(index))
    more = [part_path(number) for number in range(1, count + 1)] if count > 1 else []
    return [SITEMAP, *more] if count else []
