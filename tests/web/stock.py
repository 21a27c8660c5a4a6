"""The whole server without a socket: a real store, an application, and a clock to be set."""

from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from feeds.article import Article, Taxonomy
from feeds.cache.memory import MemoryCache
from feeds.catalog import Catalog
from feeds.feed import Site
from feeds.pipeline import Pipeline
from feeds.settings import HttpSettings
from feeds.store import Changes, Departure, Entry, Progress
from feeds.store.sqlite import SQLiteStore
from feeds.web import create_app
from tests.conftest import LATER, record
from tests.faces import client

SITE = Site("https://feeds.example", title="Example", authority="example.org")


class Served:
    """An application over a store in *folder*, and the means to change what is in it."""

    def __init__(self, folder: Path, site: Site = SITE) -> None:
        self.folder = folder
        self.store = SQLiteStore(folder / "store.db")
        self.now = LATER
        self.cache = MemoryCache(1 << 22)
        self.catalog = Catalog(self.store, lambda: self.now)
        self.pipeline = Pipeline(self.catalog, self.cache, site, 1 << 20)
        app = create_app(self.pipeline, site, HttpSettings(), folder / "assets", lambda: self.now)
        self.client = client(app, self.catalog, lambda: self.now)

    def put(self, *articles: Article, taxonomy: Taxonomy | None = None) -> None:
        """The first load: every date comes from the articles."""
        self._record(articles, 0, taxonomy=taxonomy)

    def edit(self, *articles: Article, departures: tuple[Departure, ...] = ()) -> int:
        """Articles added or changed now, a second later than anything before; that second."""
        self.now = at = max(int(self.now), self.store.latest(self.now)) + 1
        self._record(articles, at, departures=list(departures))
        return int(at)

    def remove(self, article: Article, departure: Departure) -> None:
        """*article* leaves now."""
        held = record(article)
        entry = Entry(held, f"{article.id}.md", held.version, held.changed, removed=departure.at)
        self._lead().record(Changes(at=departure.at, entries=[entry], departures=[departure]))
        self.catalog.follow()

    def _record(self, articles: tuple[Article, ...], at: int, **fields: Any) -> None:
        records = [record(each, at or None) for each in articles]
        entries = [Entry(each, f"{each.id}.md", each.version, each.changed) for each in records]
        ready = Progress(1, 1, ready=True)
        self._lead().record(Changes(at=at, entries=entries, progress=ready, **fields))
        self.catalog.follow()

    def _lead(self) -> SQLiteStore:
        assert self.store.lead()
        return self.store

    def get(self, path: str, method: str = "GET", **headers: str) -> TestResponse:
        """One request; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(path, method=method, headers=named)
