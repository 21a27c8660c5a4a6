"""The whole server except for its sockets, with monitoring and a larger site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from feeds.article import Provider, Taxonomy, Topic
from feeds.feed import NamedQuery, Site
from feeds.formats import FORMATS
from feeds.monitoring.metrics import Metrics
from feeds.monitoring.monitor import Monitor
from feeds.query import Query
from feeds.query.grammar import read
from feeds.settings import HttpSettings
from feeds.store import Changes, Progress
from feeds.store.sqlite import SQLiteStore
from feeds.web import create_app
from tests.builders import article
from tests.entrypoints import client
from tests.web import app_harness

BEST = NamedQuery(
    Query(clauses=read("min_quality=0").clauses, limit=20, name="best"), "The Best", "What is good"
)
SITE = Site("https://feeds.example", most=300, title="Example", authority="example.org", named=(BEST,))
TAXONOMY = Taxonomy(
    topics=(Topic("oceans", "Oceans"), Topic("reefs", "Reefs", parent="oceans"), Topic("quiet", "Quiet")),
)
TIDAL = Provider("tidal.example", "Tidal Post", "https://tidal.example/")

# One address of every kind of feed, and the addresses of their pages.
FEEDS = (
    "/feed", "/topics/oceans", "/providers/tidal.example", "/topics/oceans/providers/tidal.example",
    "/authors/zoe", "/f/best", "/feed/daily", "/topics/oceans/daily",
)  # fmt: skip
PAGES = ("/", *FEEDS[1:])
ADDRESSES = tuple(f"{feed}.{extension}" for feed in FEEDS for extension in FORMATS)


class Served(app_harness.Served):
    """A server of a larger site, with metrics."""

    taxonomy = TAXONOMY

    def __init__(self, folder: Path) -> None:
        self.metrics = Metrics(folder / "processes", lambda: self.now)
        super().__init__(folder / "corpus", SITE)

    def use(self, http: HttpSettings) -> None:
        """Use the settings *http* from now on."""
        path, clock = self.store.path, lambda: self.now
        self.monitor = Monitor(
            self.metrics, self.current_index, lambda: SQLiteStore(path), clock, 1 << 22
        )
        self.app = create_app(self.pipeline, SITE, http, self.assets, clock, monitor=self.monitor)
        self.client = client(self.app, self.current_index, clock, self.metrics.count_cached)

    def get(
        self, path: str, method: str = "GET", peer: str = "127.0.0.1", **headers: str
    ) -> TestResponse:
        """Send a request from the client at *peer*; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        overrides = {"REMOTE_ADDR": peer}
        if path[:2] in ("", "//"):  # Werkzeug's client would read a host from it
            path, overrides["PATH_INFO"] = "/", path
        return self.client.open(
            path, method=method, headers=named, environ_overrides=overrides, buffered=True
        )

    def loading(self, done: int, total: int) -> None:
        """Record an unfinished first load."""
        self._lead().record(Changes(progress=Progress(done, total)))
        self.current_index.follow()


@pytest.fixture
def empty(tmp_path: Path, entrypoint: str) -> Iterator[Served]:
    """A server before the first load of its corpus."""
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
        article(3, topics=("Oceans", "Cities"), authors=("Zoe",)),
    )
    return empty
