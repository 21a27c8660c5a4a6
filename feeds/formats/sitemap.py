"""Sitemaps (sitemaps.org/protocol.html): the addresses of pages for search engines."""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from feeds.feed.sitemap import ListedPage

MEDIA_TYPE = "application/xml; charset=utf-8"

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def render(pages: Iterable[ListedPage]) -> bytes:
    """Return the sitemap of *pages* in UTF-8."""
    return _document("urlset", "url", pages)


def render_index(parts: Iterable[ListedPage]) -> bytes:
    """Return the index of the sitemaps *parts* in UTF-8."""
    return _document("sitemapindex", "sitemap", parts)


def _document(root: str, name: str, listed: Iterable[ListedPage]) -> bytes:
    lines = (
        f"<{name}><loc>{escape(each.address)}</loc><lastmod>{_date(each.updated)}</lastmod></{name}>\n"
        for each in listed
    )
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">\n'
    return f"{head}{''.join(lines)}</{root}>\n".encode()


def _date(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
