"""A server over a folder of articles and a real store, without a network, with a clock under control."""

from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from feeds.bootstrap import ServerProcess
from feeds.feed import Feed, compose
from feeds.pipeline import PreparedFeed
from feeds.query import Query
from feeds.query.selection import Selection, select
from feeds.settings import CorpusSettings, Settings, SiteSettings, StoreSettings
from feeds.web import create_app
from tests.builders import LATER, write_article
from tests.entrypoints import client


class Live:
    """A server: ``write`` files, ``publish`` the changes, and ``get`` responses. *now* is its clock.

    *spoilt* has headers that replace those of every response, to simulate a defect.
    """

    def __init__(self, corpus: Path, store: Path, **site: Any) -> None:
        self.root = corpus
        self.now = LATER
        self.spoilt: dict[str, str | None] = {}
        settings = Settings(
            site=SiteSettings(**{"url": "https://feeds.example"} | site),
            corpus=CorpusSettings(path=str(corpus)),
            store=StoreSettings(path=str(store)),
        )
        self.server = ServerProcess(settings, lambda: self.now)
        app = create_app(
            self.server.pipeline, self.server.site, settings.http, corpus / "assets", lambda: self.now
        )
        self.client = client(app, self.server.current_index, lambda: self.now)

    def write(self, name: str, body: str = "", **fields: Any) -> Path:
        fields = {"publishedDateTime": "2026-06-01T00:00:00Z"} | fields
        return write_article(self.root, f"_news/{name}.md", body, **fields)

    def publish(self, after: float = 60) -> None:
        """Refresh all files, *after* seconds later."""
        self.now += after
        assert self.server.refresh(lambda done, total: None) is not None
        self.server.current_index.follow()

    def get(self, path: str, method: str = "GET", **headers: str) -> TestResponse:
        """Send a request; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path = path.removeprefix("https://feeds.example")
        answer = self.client.open(path, method=method, headers=named)
        for name, value in self.spoilt.items():
            answer.headers.pop(name, None)
            if value is not None:
                answer.headers[name] = value
        return answer

    def select(self, query: Query) -> Selection:
        return select(self.server.current_index.index(), query)

    def compose(self, selection: Selection) -> Feed:
        return compose(self.server.site, self.server.current_index.index(), selection)

    def prepare(self, query: Query, extension: str) -> PreparedFeed:
        return self.server.pipeline.prepare(query, extension)


def modified(response: TestResponse) -> float:
    """A response's Last-Modified, in seconds since 1970."""
    return parsedate_to_datetime(response.headers["Last-Modified"]).timestamp()
