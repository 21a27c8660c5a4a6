"""The files for search engines: robots.txt and sitemaps."""

from flask import Response
from werkzeug.exceptions import NotFound

from feeds.errors import NotReady
from feeds.feed.sitemap import (
    MAX_PAGES,
    SITEMAP,
    ListedPage,
    listed_pages,
    part_path,
    parts_of,
)
from feeds.formats import sitemap
from feeds.web.responses import Context


class Sitemaps:
    """The views of files for search engines."""

    most = MAX_PAGES  # in one sitemap

    def __init__(self, context: Context) -> None:
        self._context = context

    def robots(self) -> Response:
        """Respond with a robots.txt that allows everything; feeds have an X-Robots-Tag."""
        try:
            is_listed = bool(self._pages())
        except NotReady:
            is_listed = False
        place = f"\nSitemap: {self._context.site.url}{SITEMAP}\n" if is_listed else ""
        body = f"User-agent: *\nAllow: /\n{place}".encode()
        return self._context.whole(body, "text/plain; charset=utf-8", self._due)

    def sitemap(self) -> Response:
        """Respond with all pages that search engines may index, or with the parts that list them."""
        parts = parts_of(self._pages(), self.most)
        if not parts:
            raise NotFound
        if len(parts) == 1:
            return self._sent(sitemap.render(parts[0]))
        base = self._context.site.url
        listed = (
            ListedPage(base + part_path(number), max(page.updated for page in part))
            for number, part in enumerate(parts, 1)
        )
        return self._sent(sitemap.render_index(listed))

    def part(self, number: str) -> Response:
        """Respond with one part of the sitemap."""
        parts = parts_of(self._pages(), self.most)
        if number not in map(str, range(1, len(parts) + 1)):
            raise NotFound
        return self._sent(sitemap.render(parts[int(number) - 1]))

    def _pages(self) -> list[ListedPage]:
        return listed_pages(self._context.site, self._context.pipeline.current_index.index())

    @property
    def _due(self) -> int | None:
        try:
            return self._context.pipeline.current_index.index().due
        except NotReady:
            return None

    def _sent(self, body: bytes) -> Response:
        return self._context.whole(body, sitemap.MEDIA_TYPE, self._due)
