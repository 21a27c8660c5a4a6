"""A whole server in one process, without sockets, with a clock that is set by hand: Harness.

harness = Harness(tmp_path)
harness.put(article(1), article(2))
assert harness.get("/feed.rss").status_code == 200
"""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlencode

import msgspec
from werkzeug.test import TestResponse

from feeds.article import Article, Taxonomy
from feeds.bootstrap import ServerProcess, corpus_of, store_of
from feeds.index import Index
from feeds.ingest.refresher import Refresher
from feeds.settings import Settings
from feeds.settings.sections import CacheSettings, CorpusSettings, SiteSettings, StoreSettings
from feeds.store import Changes, Progress, Record, Store, StoredEntry, Tombstone
from feeds.wsgi import applications
from tests.builders import LATER, record, write_article
from tests.entrypoints import FLASK, clients
from tests.formats.reading import READ, linked

SITE = SiteSettings(url="https://feeds.example", title="Example", authority="example.org")
DEFAULTS = {"site": SITE, "cache": CacheSettings(max_bytes=1 << 22, entries=1 << 20)}
START = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp())


class Process:
    """A process that serves a store as in production, but without threads and sockets.

    It follows the store before each request. *entrypoint* is one of tests.entrypoints, *parts* replace
    parts of the ServerProcess.
    """

    def __init__(
        self, settings: Settings, clock: Callable[[], float], entrypoint: str = FLASK, **parts: Any
    ) -> None:
        self.server = ServerProcess(settings, clock, **parts)
        made = applications(self.server)
        self.app: Any = made.flask
        self.response_cache = made.app
        self._runner = asyncio.Runner()
        self._clients = clients(made, self._runner)
        self.client = self._clients[entrypoint]
        self._following = Lock()  # one thread at a time may follow

    def get(
        self,
        path: str,
        method: str = "GET",
        peer: str = "127.0.0.1",
        entrypoint: str = "",
        body: bytes = b"",
        **headers: str,
    ) -> TestResponse:
        """Send a request from the client at *peer*; header names are written with underscores.

        *entrypoint* replaces that of the process for this request.
        """
        self.follow()
        client = self._clients[entrypoint] if entrypoint else self.client
        environ = {"REMOTE_ADDR": peer}
        if path[:2] in ("", "//"):  # Werkzeug's client would read a host from it
            path, environ["PATH_INFO"] = "/", path
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(
            path, method=method, headers=named, data=body, environ_overrides=environ, buffered=True
        )

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> TestResponse:
        """Send *form*; see ``get``."""
        kind = {"Content_Type": "application/x-www-form-urlencoded"}
        return self.get(path, "POST", body=urlencode(form).encode(), **kind | headers)

    def follow(self) -> None:
        with self._following:
            self.server.current_index.follow()

    def index(self) -> Index:
        """The index of the present content of the store."""
        self.follow()
        return self.server.current_index.index()

    def fail_with(self, error: Exception) -> None:
        """Make /build raise *error*. Its route stays: applications share their URL map."""

        def fail() -> None:
            raise error

        self.app.view_functions["/build"] = fail

    def close(self) -> None:
        self._runner.close()
        self.server.metrics.end()
        self.server.stop()


def serving(store: Path, clock: Callable[[], float], **sections: Any) -> Process:
    """A process that serves an existing *store*."""
    return Process(_settings(store.parent / "corpus", store, **sections), clock)


def _settings(corpus: Path, store: Path, **sections: Any) -> Settings:
    return Settings(
        corpus=CorpusSettings(path=str(corpus)),
        store=StoreSettings(path=str(store)),
        **DEFAULTS | sections,
    )


class WriteSide:
    """The corpus at *root*, its writer and the *store* of the writer, with one clock, *now*.

    ``write``, ``erase`` and ``describe`` change files, which ``record`` and ``refresh_all`` read and
    record; ``publish`` writes and records. *sections* are sections of the settings.
    """

    def __init__(self, root: Path, store: Path, now: float = LATER, **sections: Any) -> None:
        self.root = root
        self.now = float(now)
        self.settings = _settings(root, store, **sections)
        self._modified = count(START)
        self._writer: Store | None = None
        if not root.exists():
            (root / "_news").mkdir(parents=True)
            (root / "assets").mkdir()
            (root / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")

    def close(self) -> None:
        if self._writer:
            self._writer.close()
            self._writer = None

    @cached_property
    def server(self) -> ServerProcess:
        """The objects of a process that is not started."""
        return ServerProcess(self.settings, lambda: self.now)

    @property
    def store(self) -> Store:
        """The store for writing."""
        if self._writer is None:
            self._writer = store_of(self.settings)
            assert self._writer.acquire_writer()
        return self._writer

    @cached_property
    def refresher(self) -> Refresher:
        """The refresher of the corpus, which records in ``store``."""
        made = self.server.refresher(self.store, corpus_of(self.settings, self.store))
        made.begin()
        return made

    def write(self, number: int | str, body: str = "", **fields: Any) -> str:
        """Write the file of article *number*, or with that name; return its path."""
        defaults = {"publishedDateTime": written(int(self.now)), "title": f"Title {number}"}
        return self._touched(write_article(self.root, name(number), body, **(defaults | fields)))

    def erase(self, number: int | str) -> str:
        """Delete the file of article *number*; return its path."""
        (self.root / name(number)).unlink()
        return name(number)

    def describe(self, topic: str, **fields: Any) -> None:
        """Write the description of *topic* in the taxonomy, and record it."""
        file = self.root / "_data" / "topics" / f"{topic}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in fields.items()))
        self._touched(file)
        self.refresh_all()

    def _touched(self, file: Path) -> str:
        # Give each edit a modification time of its own, even within one tick of the file system's clock.
        os.utime(file, (next(self._modified),) * 2)
        return file.relative_to(self.root).as_posix()

    def record(self, *paths: str) -> None:
        """Refresh *paths*, or all files if the changes there concern other files."""
        if not self.refresher.refresh_paths(set(paths)):
            self.refresher.refresh_all()

    def refresh_all(self) -> None:
        self.refresher.refresh_all()

    def publish(self, number: int | str, body: str = "", **fields: Any) -> None:
        """Write the file of article *number*, and record it."""
        self.record(self.write(number, body, **fields))

    def withdraw(self, number: int | str) -> None:
        """Delete the file of article *number*, and record that."""
        self.record(self.erase(number))


class Harness(WriteSide):
    """The write side in *folder* and the processes that serve its store, with one clock, *now*.

    ``put``, ``edit`` and ``retire`` record articles without files. ``get`` sends a request to the main
    process; ``process`` starts further ones. *parts* replace parts of every ServerProcess.
    """

    def __init__(
        self,
        folder: Path,
        entrypoint: str = FLASK,
        *,
        now: float = LATER,
        taxonomy: Taxonomy | None = None,
        parts: dict[str, Any] | None = None,
        **sections: Any,
    ) -> None:
        super().__init__(folder / "corpus", folder / "store.db", now, **sections)
        self.folder = folder
        self.assets = self.root / "assets"
        self._taxonomy = taxonomy
        self._entrypoint = entrypoint
        self._parts = parts or {}
        self._processes: list[Process] = []
        self.main = self.process()

    # Processes

    def process(self, entrypoint: str = "", **parts: Any) -> Process:
        """Start another process, which shares no memory with the others."""
        parts = self._parts | parts
        made = Process(self.settings, lambda: self.now, entrypoint or self._entrypoint, **parts)
        self._processes.append(made)
        return made

    def stop(self, process: Process) -> None:
        """End *process*."""
        self._processes.remove(process)
        process.close()

    def restart(self, **sections: Any) -> None:
        """Replace the main process by one with other *sections* of the settings."""
        self.settings = msgspec.structs.replace(self.settings, **sections)
        self.stop(self.main)
        self.main = self.process()

    @property
    def server(self) -> ServerProcess:  # type: ignore[override]
        """The objects of the main process."""
        return self.main.server

    def get(self, path: str, method: str = "GET", **headers: str) -> TestResponse:
        """Send a request to the main process; see Process.get."""
        return self.main.get(path, method, **headers)

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> TestResponse:
        """Send *form* to the main process; see Process.get."""
        return self.main.post(path, form, **headers)

    def close(self) -> None:
        for process in self._processes:
            process.close()
        super().close()

    # Articles without files

    def put(self, *articles: Article, at: int = 0, taxonomy: Taxonomy | None = None) -> None:
        """Record *articles* as changed at *at*, or at their own dates, as in a first load."""
        self.put_records(
            *(record(each, at or None) for each in articles), at=at, taxonomy=taxonomy or self._taxonomy
        )

    def edit(self, *articles: Article, tombstones: tuple[Tombstone, ...] = ()) -> int:
        """Record *articles* as changed a second after the last change; return that second."""
        self.now = at = max(int(self.now), self.store.latest(self.now)) + 1
        records = (record(each, at) for each in articles)
        self.put_records(*records, at=at, tombstones=list(tombstones))
        return at

    def retire(self, *articles: Article, tombstone: Tombstone) -> None:
        """Record *articles* as removed, with one *tombstone*."""
        at = tombstone.at
        records = (record(each, at) for each in articles)
        self.put_records(*records, at=at, removed=at, tombstones=[tombstone])

    def put_records(self, *records: Record, removed: int = 0, **changes: Any) -> None:
        entries = [
            StoredEntry(each, f"{each.id}.md", each.version, each.changed, removed) for each in records
        ]
        self.change(entries=entries, progress=Progress(1, 1, ready=True), **changes)

    def loading(self, done: int, total: int) -> None:
        """Record an unfinished first load."""
        self.change(progress=Progress(done, total))

    def change(self, **changes: Any) -> None:
        """Record *changes*, the fields of Changes; every process follows at once."""
        self.store.record(Changes(**changes))
        for process in self._processes:
            process.follow()


def written(second: int) -> str:
    """The date of *second*, since 1970, in the form of article files."""
    return datetime.fromtimestamp(second, UTC).isoformat()


def name(number: int | str) -> str:
    """The path of article *number*."""
    return f"_news/{number:06}.md" if isinstance(number, int) else f"_news/{number}.md"


def id_of(number: int) -> str:
    return f"tag:example.org,2020:news/{number:06}"


def entries(body: bytes, extension: str) -> list[tuple[str, str]]:
    """The id and the title of each article in a feed, in order."""
    return [(item.id, item.title) for item in READ[extension](body).items]


def older(response: TestResponse, extension: str) -> str:
    """The path of the feed's next older archive, empty if the feed links to none."""
    return linked(response, extension, "prev-archive").removeprefix(SITE.url)
