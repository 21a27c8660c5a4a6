"""The whole server without a socket: a real store, an application, and a clock under control."""

from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from feeds.article import Article, Taxonomy
from feeds.cache.memory import MemoryCache
from feeds.feed import Site
from feeds.index.current import CurrentIndex
from feeds.pipeline import Pipeline
from feeds.settings import HttpSettings
from feeds.store import Changes, Progress, StoredEntry, Tombstone
from feeds.store.sqlite import SQLiteStore
from feeds.web import create_app
from tests.builders import LATER, record
from tests.entrypoints import client

SITE = Site("https://feeds.example", title="Example", authority="example.org")


class Served:
    """An application over a store in *folder*, with methods that change its articles."""

    now: float = LATER
    taxonomy: Taxonomy | None = None

    def __init__(self, folder: Path, site: Site = SITE) -> None:
        self.folder, self.site = folder, site
        self.assets = folder / "assets"
        self.assets.mkdir(parents=True, exist_ok=True)
        self.store = SQLiteStore(folder / "store.db")
        self.cache = MemoryCache(1 << 22)
        self.current_index = CurrentIndex(lambda: self.store, lambda: self.now)
        self.pipeline = Pipeline(self.current_index, self.cache, site, 1 << 20)
        self.use(HttpSettings())

    def use(self, http: HttpSettings) -> None:
        """Use the settings *http* from now on."""
        self.app = create_app(self.pipeline, self.site, http, self.assets, lambda: self.now)
        self.client = client(self.app, self.current_index, lambda: self.now)

    def fail_with(self, error: Exception) -> None:
        """Make /build raise *error*. Its route stays: applications share their URL map."""

        def fail() -> None:
            raise error

        self.app.view_functions["/build"] = fail

    def put(self, *articles: Article, at: int = 0, taxonomy: Taxonomy | None = None) -> None:
        """Record *articles* as changed at *at*, or at their own dates, as in a first load."""
        self._record(articles, at, taxonomy=taxonomy or self.taxonomy)

    def edit(self, *articles: Article, tombstones: tuple[Tombstone, ...] = ()) -> int:
        """Record *articles* as changed a second after the last change; return that second."""
        self.now = at = max(int(self.now), self.store.latest(self.now)) + 1
        self._record(articles, at, tombstones=list(tombstones))
        return int(at)

    def remove(self, *articles: Article, departure: Tombstone) -> None:
        """Record *articles* as removed, with one *departure*."""
        self._record(articles, departure.at, removed=departure.at, tombstones=[departure])

    def _record(self, articles: tuple[Article, ...], at: int, *, removed: int = 0, **fields: Any) -> None:
        records = [record(each, at or None) for each in articles]
        entries = [
            StoredEntry(each, f"{each.id}.md", each.version, each.changed, removed) for each in records
        ]
        ready = Progress(1, 1, ready=True)
        self._lead().record(Changes(at=at, entries=entries, progress=ready, **fields))
        self.current_index.follow()

    def _lead(self) -> SQLiteStore:
        assert self.store.acquire_writer()
        return self.store

    def get(self, path: str, method: str = "GET", **headers: str) -> TestResponse:
        """Send a request; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(path, method=method, headers=named)
