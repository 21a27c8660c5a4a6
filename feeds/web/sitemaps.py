"""The files for search engines: robots.txt and sitemaps."""

from flask import Response
from werkzeug.exceptions import NotFound

from feeds.errors import NotReady
from feeds.feed.sitemap import (
    MAX_PAGES,
    SITEMAP,
    ListedPage,
    SitemapPart,
    last_change,
    listed_pages,
    part_path,
    sitemap_parts,
)
from feeds.formats import sitemap
from feeds.index import Index
from feeds.web.responses import Context

_ALLOWED = b"User-agent: *\nAllow: /\n"


class Sitemaps:
    """The views of files for search engines."""

    most = MAX_PAGES  # in one sitemap

    def __init__(self, context: Context) -> None:
        self._context = context

    def robots(self) -> Response:
        """Respond with a robots.txt that allows everything; feeds have an X-Robots-Tag."""
        try:
            body = self._context.pipeline.page("robots", self._robots)
        except NotReady:
            body = _ALLOWED
        return self._context.whole(body, "text/plain; charset=utf-8", self._due)

    def sitemap(self) -> Response:
        """Respond with all pages that search engines may index, or with the parts that list them."""
        return self._sent(self._context.pipeline.page("sitemap", self._whole))

    def part(self, number: str) -> Response:
        """Respond with one part of the sitemap."""
        index = self._context.pipeline.current_index.index()
        parts = sitemap_parts(index, self.most)
        if number not in map(str, range(1, len(parts) + 1)):
            raise NotFound
        return self._sent(self._rendered(index, parts[int(number) - 1]))

    def _robots(self, index: Index) -> bytes:
        place = f"\nSitemap: {self._context.site.url}{SITEMAP}\n" if index.without_address else ""
        return _ALLOWED + place.encode()

    def _whole(self, index: Index) -> bytes:
        """The sitemap, or the index of its parts; empty without a page."""
        parts = sitemap_parts(index, self.most)
        if len(parts) < 2:
            return self._rendered(index, parts[0]) if parts else b""
        base = self._context.site.url
        return sitemap.render_index(
            ListedPage(base + part_path(number), last_change(index, part))
            for number, part in enumerate(parts, 1)
        )

    def _rendered(self, index: Index, part: SitemapPart) -> bytes:
        return sitemap.render(listed_pages(self._context.site, index, part))

    @property
    def _due(self) -> int | None:
        try:
            return self._context.pipeline.current_index.index().due
        except NotReady:
            return None

    def _sent(self, body: bytes) -> Response:
        """Respond with *body*. Raises NotFound if it is empty."""
        if not body:
            raise NotFound
        return self._context.whole(body, sitemap.MEDIA_TYPE, self._due)
