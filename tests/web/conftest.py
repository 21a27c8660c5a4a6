"""The whole server but for its sockets: a real store, an index, a pipeline and Flask's client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from feeds.article import Provider, Taxonomy, Topic
from feeds.cache.memory import MemoryCache
from feeds.catalog import Catalog
from feeds.feed import Named, Site
from feeds.metrics import Metrics
from feeds.pipeline import Pipeline
from feeds.query import Query, read
from feeds.render import FORMATS
from feeds.settings import HttpSettings
from feeds.status import Monitor
from feeds.store import Changes, Departure, Entry, Progress, Record
from feeds.store.sqlite import SQLiteStore
from feeds.web import create_app
from tests.conftest import LATER, article, record
from tests.faces import client

BEST = Named(
    Query(clauses=read("min_quality=0").clauses, limit=20, name="best"), "The Best", "What is good"
)
SITE = Site("https://feeds.example", most=300, title="Example", authority="example.org", named=(BEST,))
TAXONOMY = Taxonomy(
    topics=(Topic("oceans", "Oceans"), Topic("reefs", "Reefs", parent="oceans"), Topic("quiet", "Quiet")),
)
TIDAL = Provider("tidal.example", "Tidal Post", "https://tidal.example/")

# One address of every kind of feed, and the pages to go with them.
FEEDS = (
    "/feed", "/topics/oceans", "/providers/tidal.example", "/topics/oceans/providers/tidal.example",
    "/f/best", "/feed/daily", "/topics/oceans/daily",
)  # fmt: skip
PAGES = ("/", *FEEDS[1:])
ADDRESSES = tuple(f"{feed}.{extension}" for feed in FEEDS for extension in FORMATS)


class Served:
    """A server with a settable clock, and the means to change what it serves."""

    def __init__(self, folder: Path) -> None:
        self.store = SQLiteStore(folder / "store.db")
        assert self.store.lead()
        self.now = LATER
        self.cache = MemoryCache(1 << 22)
        self.catalog = Catalog(self.store, lambda: self.now)
        self.pipeline = Pipeline(self.catalog, self.cache, SITE, 1 << 20)
        self.assets = folder / "corpus" / "assets"
        self.assets.mkdir(parents=True)
        self.metrics = Metrics(folder / "processes", lambda: self.now)
        self.monitor = Monitor(
            self.metrics,
            self.catalog,
            lambda: SQLiteStore(folder / "store.db"),
            lambda: self.now,
            1 << 22,
        )
        self.use(HttpSettings())

    def use(self, http: HttpSettings) -> None:
        """From now on, let *http* be what is set."""
        self.app = create_app(
            self.pipeline, SITE, http, self.assets, lambda: self.now, monitor=self.monitor
        )
        self.client = client(self.app, self.catalog, lambda: self.now, self.metrics.kept)

    def get(
        self, path: str, method: str = "GET", peer: str = "127.0.0.1", **headers: str
    ) -> TestResponse:
        """One request of the client at *peer*; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        overrides = {"REMOTE_ADDR": peer}
        if path[:2] in ("", "//"):  # Werkzeug's client takes what follows for a host
            path, overrides["PATH_INFO"] = "/", path
        return self.client.open(
            path, method=method, headers=named, environ_overrides=overrides, buffered=True
        )

    def put(self, *articles: Any, at: int = 0) -> None:
        """Publish *articles*, which changed at *at* or when they are dated."""
        self._record([record(each, at or None) for each in articles], at)

    def remove(self, *articles: Any, at: int) -> None:
        """Take *articles* away."""
        records = [record(each) for each in articles]
        self._record(records, at, removed=at, departures=[Departure(at, None)])

    def _record(self, records: list[Record], at: int, removed: int = 0, **changes: Any) -> None:
        entries = [Entry(each, f"{each.id}.md", each.version, each.changed, removed) for each in records]
        progress = Progress(1, 1, ready=True)
        self.store.record(
            Changes(at=at, entries=entries, progress=progress, taxonomy=TAXONOMY, **changes)
        )
        self.catalog.follow()

    def loading(self, done: int, total: int) -> None:
        """Be in the middle of the first load."""
        self.store.record(Changes(progress=Progress(done, total)))
        self.catalog.follow()


@pytest.fixture
def empty(tmp_path: Path, face: str) -> Iterator[Served]:
    """A server that has not read its corpus yet."""
    served = Served(tmp_path)
    yield served
    served.metrics.end()
    served.store.close()


@pytest.fixture
def served(empty: Served) -> Served:
    """A server with an article in every kind of feed."""
    empty.put(
        article(1, topics=("Oceans",), provider=TIDAL, html="<p>größer</p>" * 50),
        article(2, topics=("Reefs",), provider=TIDAL),
        article(3, topics=("Oceans", "Cities")),
    )
    return empty
