"""The write side alone, with replaceable parts: IngestHarness."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import msgspec

from feeds.article import Article, TombstoneFacets
from feeds.corpus import Corpus, Source, Stamp
from feeds.errors import ArticleError
from feeds.ingest import Limits
from feeds.ingest.refresher import Refresher
from feeds.ingest.watch import Watcher
from feeds.ingest.writer import Writer
from feeds.monitoring.process_registry import Refresh
from feeds.store import Record, Snapshot, Tombstone
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.state import SQLiteState
from tests.builders import write_article
from tests.harness import WriteSide

NOW = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
ONE, TWO, THREE = (f"_news/2026-01-02-{name}.md" for name in ("one", "two", "three"))
LIMITS = Limits(settle=0.05)  # files are written at once, so that a short wait is enough
DEFAULT_FACETS = TombstoneFacets(("tests",), "example.org")
DEFAULT_DATE = 1_767_323_045  # the default date of an article


RefreshFiles = Callable[..., None]
"""Records the changes at some paths, as the fixture ``refresh``."""


def post(title: str, text: str = "Text") -> str:
    """The file of an article of a site generator."""
    return f"---\ntitle: {title}\ndate: 2026-01-02\n---\n{text}\n"


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


class CountingCorpus(Corpus):
    """A Corpus that notes the paths of all files it reads, and counts the *listings* of all files."""

    def __init__(self, root: Path, **settings: object) -> None:
        super().__init__(root, **settings)  # type: ignore[arg-type]
        self.reads: list[str] = []
        self.listings = 0

    def files(self) -> Iterator[tuple[str, Stamp] | ArticleError]:
        self.listings += 1
        return super().files()

    def read_source(self, path: str) -> Source | None:
        self.reads.append(path)
        return super().read_source(path)


class IngestHarness(WriteSide):
    """A WriteSide with a corpus that counts its reads; every refresh is a minute after the last one.

    *settings* are arguments of the corpus.
    """

    def __init__(self, root: Path, store: Path, now: float = NOW, **settings: object) -> None:
        super().__init__(root, store, now)
        self.corpus = CountingCorpus(root, **settings)
        self.state = SQLiteState(Path(f"{store}.state"))
        self._limits = LIMITS
        self.use_refresher()

    def use_corpus(self, **settings: object) -> None:
        """Replace the corpus by one at the same root with other *settings*, and the refresher."""
        self.corpus = CountingCorpus(self.root, **settings)
        self.use_refresher()

    def use_refresher(self, edition: bytes = b"", **options: Any) -> None:
        """Replace the refresher by one with other *options*."""
        self.reports: list[Refresh] = []
        self.refresher = Refresher(
            self.corpus,
            self.store,
            lambda: self.now,
            edition,
            report=self.reports.append,
            limits=self._limits,
            **{"state": self.state} | options,
        )

    def limit(self, **limits: Any) -> None:
        """Replace the refresher by one with other limits."""
        self._limits = msgspec.structs.replace(LIMITS, **limits)
        self.use_refresher()

    def restart(self) -> None:
        """Replace the store, the corpus and the refresher, as another process would."""
        self.close()
        self.use_corpus()

    def write(self, name: str = ONE, body: str = "", **fields: object) -> Path:
        """Write an article file at the path *name* with the present modification time; return it."""
        return write_article(self.root, name, body, **fields)

    def refresh_all(self) -> int:
        self.now += 60
        return self.refresher.refresh_all()

    def refresh_paths(self, *paths: str) -> bool:
        self.now += 60
        return self.refresher.refresh_paths(set(paths))

    def records(self) -> dict[str, Record]:
        return {each.id: each for each in self.store.load().records}

    def articles(self) -> dict[str, Article]:
        """The live articles by title."""
        found = [msgspec.msgpack.decode(each.content, type=Article) for each in self.records().values()]
        return {each.title: each for each in found}

    def article(self) -> Article:
        [found] = self.articles().values()
        return found

    def record(self) -> Record:
        [found] = self.records().values()
        return found

    def tombstones(self) -> list[Tombstone]:
        return self.store.load().tombstones


class RunningWriter:
    """A Writer that runs in a thread within the ``with`` block."""

    def __init__(self, ingest: IngestHarness, **watching: object) -> None:
        self.stop = Event()
        self.watcher = Watcher(ingest.root, **watching)  # type: ignore[arg-type]
        self.thread = Thread(
            target=Writer(ingest.refresher, ingest.store).run, args=(self.watcher, self.stop)
        )

    def __enter__(self) -> "RunningWriter":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def titles(path: Path) -> set[str]:
    store = SQLiteStore(path)
    found = {msgspec.msgpack.decode(each.content)["title"] for each in store.load().records}
    store.close()
    return found


def mixed(root: Path) -> None:
    """Write articles of every kind: scheduled, withheld, bad, duplicate and edited ones."""
    for number in range(25):
        write_article(root, f"_news/{number % 3}/2026-01-02-{number}.md", "Body", heat=number)
    write_article(root, "_news/2027-01-01-scheduled.md", publishedDateTime="2027-01-01T00:00:00Z")
    write_article(root, "_news/hidden.md", published=False)
    write_article(root, "_news/bad.md", title=None)
    write_article(root, "_news/0/2026-01-02-first.md", id="shared", title="First")
    write_article(root, "_news/z.md", id="shared", title="Last", publishedDateTime="2025-01-01T00:00:00Z")
    write_article(root, "_news/edited.md", modifiedDateTime="2026-03-03T00:00:00Z")


def comparable(snapshot: Snapshot) -> object:
    """The content of *snapshot* without the numbers, which depend on the order of recording."""
    records = [msgspec.structs.replace(each, number=0) for each in snapshot.records]
    return sorted(records, key=lambda each: each.id), snapshot.taxonomy, snapshot.tombstones
