"""A whole server in one process, with a clock under the test's control: Deployment and Replica."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from feeds.article import fingerprint
from feeds.cache.memory import MemoryCache
from feeds.corpus import Corpus
from feeds.feed import Site
from feeds.index.current import CurrentIndex
from feeds.ingest.refresher import Refresher
from feeds.pipeline import Pipeline
from feeds.settings import HttpSettings
from feeds.store.sqlite import SQLiteStore
from feeds.web import create_app
from tests.builders import write_article
from tests.entrypoints import client
from tests.formats.reading import READ, linked

SITE = Site("https://feeds.example", title="Example", authority="example.org")
START = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp())


def written(second: int) -> str:
    """The date of *second*, since 1970, in the form of article files."""
    return datetime.fromtimestamp(second, UTC).isoformat()


class Replica:
    """A process that serves the store at *path*."""

    def __init__(self, path: Path, clock: Callable[[], float], site: Site = SITE) -> None:
        self.store = SQLiteStore(path)
        self.current_index = CurrentIndex(lambda: self.store, clock)
        self.current_index.follow()
        self.pipeline = Pipeline(self.current_index, MemoryCache(1 << 24), site, 1 << 24)
        app = create_app(self.pipeline, site, HttpSettings(), path.parent / "assets", clock)
        self._client = client(app, self.current_index, clock)

    def get(self, path: str, method: str = "GET", **headers: str) -> TestResponse:
        """Send one request; underscores in header names stand for hyphens."""
        self.current_index.follow()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.open(path, method=method, headers=named)


class Deployment:
    """A corpus, its writer and the processes that serve it, with one clock, *now*.

    ``put``, ``remove`` and ``describe`` record their change immediately; ``write`` and ``erase`` do not.
    """

    def __init__(self, folder: Path, site: Site = SITE) -> None:
        self.now = float(START)
        self.site = site
        self.root = folder / "corpus"
        self._path = folder / "store.db"
        self._modified = count(START)
        (self.root / "_news").mkdir(parents=True)
        (self.root / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
        self._writer = SQLiteStore(self._path)
        assert self._writer.acquire_writer()
        self._corpus = Corpus(self.root, authority="example.org")
        edition = fingerprint([site])
        self._refresher = Refresher(self._corpus, self._writer, lambda: self.now, edition)
        self._replicas: list[Replica] = []

    def replica(self) -> Replica:
        """Start another process, which shares no memory with the others."""
        made = Replica(self._path, lambda: self.now, self.site)
        self._replicas.append(made)
        return made

    def close(self) -> None:
        for replica in self._replicas:
            replica.store.close()
        self._writer.close()

    def write(self, number: int, **fields: Any) -> str:
        """Write article *number* without recording it; return its path."""
        published = {"publishedDateTime": written(int(self.now)), "title": f"Title {number}"}
        file = write_article(self.root, name(number), **(published | fields))
        return self._touched(file)

    def _touched(self, file: Path) -> str:
        # Give each edit a modification time of its own, even within one tick of the file system's clock.
        os.utime(file, (next(self._modified),) * 2)
        return file.relative_to(self.root).as_posix()

    def erase(self, number: int) -> str:
        (self.root / name(number)).unlink()
        return name(number)

    def record(self, *paths: str) -> None:
        """Refresh *paths*, or all files if the changes there concern other files."""
        if not self._refresher.refresh_paths(set(paths)):
            self._refresher.refresh_all()

    def put(self, number: int, **fields: Any) -> None:
        self.record(self.write(number, **fields))

    def remove(self, number: int) -> None:
        self.record(self.erase(number))

    def describe(self, topic: str, **fields: Any) -> None:
        """Write the description of *topic* in the taxonomy, and record it."""
        file = self.root / "_data" / "topics" / f"{topic}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in fields.items()))
        self._touched(file)
        self.refresh_all()

    def refresh_all(self) -> None:
        self._refresher.refresh_all()


def name(number: int) -> str:
    return f"_news/{number:06}.md"


def id_of(number: int) -> str:
    return f"tag:example.org,2020:news/{number:06}"


def entries(body: bytes, extension: str) -> list[tuple[str, str]]:
    """The id and the title of each article in a feed, in order."""
    return [(item.id, item.title) for item in READ[extension](body).items]


def older(response: TestResponse, extension: str) -> str:
    """The path of the feed's next older archive, empty if the feed links to none."""
    return linked(response, extension, "prev-archive").removeprefix(SITE.url)
