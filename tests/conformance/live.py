"""The harness of the promises: files are written by name, and responses can be spoilt."""

from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from feeds.feed import Feed, compose
from feeds.pipeline import PreparedFeed
from feeds.query import Query
from feeds.query.selection import Selection, select
from feeds.settings.sections import SiteSettings
from tests.harness import SITE, Harness


class Live(Harness):
    """A server: ``write`` files, ``refresh`` to publish the changes, and ``get`` responses.

    *spoilt* has headers that replace those of every response, to simulate a defect.
    """

    def __init__(self, folder: Path, entrypoint: str, **site: Any) -> None:
        super().__init__(folder, entrypoint, site=SiteSettings(url=SITE.url, **site))
        self.spoilt: dict[str, str | None] = {}

    def write(self, number: int | str, body: str = "", **fields: Any) -> str:
        return super().write(number, body, **{"publishedDateTime": "2026-06-01T00:00:00Z"} | fields)

    def refresh(self, after: float = 60) -> None:
        """Refresh all files, *after* seconds later."""
        self.now += after
        self.refresh_all()

    def get(self, path: str, method: str = "GET", **headers: str) -> TestResponse:
        """Send a request; header names are written with underscores."""
        answer = super().get(path.removeprefix(SITE.url), method, **headers)
        for name, value in self.spoilt.items():
            answer.headers.pop(name, None)
            if value is not None:
                answer.headers[name] = value
        return answer

    def select(self, query: Query) -> Selection:
        return select(self.main.index(), query)

    def compose(self, selection: Selection) -> Feed:
        return compose(self.server.site, self.main.index(), selection)

    def prepare(self, query: Query, extension: str) -> PreparedFeed:
        self.main.follow()
        return self.server.pipeline.prepare(query, extension)


def modified(response: TestResponse) -> float:
    """A response's Last-Modified, in seconds since 1970."""
    return parsedate_to_datetime(response.headers["Last-Modified"]).timestamp()
