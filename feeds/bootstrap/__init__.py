"""Settings -> live objects: the only module that knows every backend."""

import atexit
import gc
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from feeds.article import fingerprint
from feeds.bootstrap.clock import SaneClock
from feeds.bootstrap.supervision import Backoff, Supervisor, Task
from feeds.cache.memory import MemoryCache
from feeds.corpus import Corpus
from feeds.errors import NotReady, StoreError, StoreRefused
from feeds.feed import Named, Site
from feeds.formats import EDITION
from feeds.index import Index
from feeds.index.current import CurrentIndex
from feeds.ingest.refresher import Refresher, refuse_other_corpus
from feeds.ingest.watch import Watcher
from feeds.monitoring.metrics import Metrics
from feeds.monitoring.status import Monitor
from feeds.pipeline import Pipeline
from feeds.query.grammar import read
from feeds.settings import Settings, load
from feeds.store import Store
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.backup import refuse_target, verify
from feeds.store.sqlite.store_file import StoreFile

log = logging.getLogger(__name__)

FOLLOW = 0.05  # seconds between two reads of the store
LONGEST_FOLLOW = 5.0  # the same while it cannot be read
PUBLISH = 0.25  # seconds between two counts of answers


class Refreshed(NamedTuple):
    """The number of *files* read, and the reason for *held* removals, empty if there are none."""

    files: int
    held: str


class Server:
    """One process's live objects. ``start`` follows the store, and writes it if no other process does.

    A Server can be made and started without the corpus and the store: each is opened at its first use,
    and tried again until that succeeds.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] | None = None) -> None:
        self.settings = settings
        self.site = site_of(settings)
        self.clock = clock or SaneClock(newest=lambda: self.current_index.latest, former=system_clock)
        self._store: Store | None = None
        self._corpus: Corpus | None = None
        self.current_index = current_index_of(settings, lambda: self.store, self.clock)
        cache = MemoryCache(settings.cache.max_bytes)
        self.pipeline = Pipeline(self.current_index, cache, self.site, settings.cache.entries)
        self.refreshed: Refreshed | None = None  # by ``refresh``
        self._started = False
        self._stop = Event()
        self._supervisor = Supervisor(self._stop)
        self.metrics = metrics_of(settings, self.current_index, cache, self.clock)
        self.metrics.troubles = self.troubles
        self.monitor = Monitor(
            self.metrics,
            self.current_index,
            lambda: store_of(settings),
            self.clock,
            settings.cache.max_bytes,
        )

    @property
    def store(self) -> Store:
        """The store for reading, by one thread at a time. Raises StoreError if it cannot be opened."""
        if self._store is None:
            self._store = store_of(self.settings)
        return self._store

    @property
    def corpus(self) -> Corpus:
        """The corpus. Raises CorpusError if there is none."""
        if self._corpus is None:
            self._corpus = corpus_of(self.settings, self.store)
        return self._corpus

    @property
    def assets(self) -> Path:
        """The folder of pictures."""
        return Path(self.settings.corpus.path) / "assets"

    def troubles(self) -> dict[str, str]:
        """The present failure of each part of this process that does not work, by name."""
        found = self._supervisor.troubles
        if trouble := self.current_index.trouble:
            found.setdefault("follower", trouble)
        if isinstance(self.clock, SaneClock) and (trouble := self.clock.trouble):
            found["clock"] = trouble
        return found

    def start(self) -> None:
        """Follow the store, and watch the corpus if no other process does.

        Raises StoreRefused. The follower handles any other error, and tries again.
        """
        try:
            self.current_index.open()
            refuse_other_corpus(self.store, Path(self.settings.corpus.path))
        except StoreRefused:
            raise
        except StoreError as error:
            log.debug("%s", error)  # the catalog logs it
        try:
            if not self.current_index.follow():
                self.current_index.report()
        except Exception as error:  # any error: the process can serve without the store
            log.debug("%s", error)  # the follower logs it
        self.metrics.begin()
        atexit.register(self.metrics.end)
        self._started = True
        self._supervisor.start("follower", self._follow)
        self._supervisor.start("metrics", self._publish)
        self._supervisor.start("writer", self._write)

    def stop(self) -> None:
        """Stop all threads, and let another process write."""
        self._stop.set()
        self._supervisor.join(timeout=5)
        if self._started:
            atexit.unregister(self.metrics.end)
            self.metrics.end()
        if self._store:
            self._store.close()

    def refresh(
        self,
        progress: Callable[[int, int], object],
        *,
        accept_removals: bool = False,
        adopt: bool = False,
    ) -> Refreshed | None:
        """Scan the corpus now, as Refresher.scan does; return None if another process is the writer."""
        writer = store_of(self.settings)
        try:
            corpus = corpus_of(self.settings, writer)
            if not writer.acquire_writer():
                if not adopt:
                    refuse_other_corpus(writer, corpus.root)
                return None
            refresher = self._refresher(corpus, writer, progress, self._stop.wait, quiet=True)
            refresher.begin()
            files = refresher.refresh_all(accept_removals=accept_removals, adopt=adopt)
        finally:
            writer.close()
        self.refreshed = Refreshed(files, refresher.held)
        return self.refreshed

    def _follow(self, task: Task) -> None:
        backoff = Backoff(FOLLOW, LONGEST_FOLLOW)
        while not self._stop.wait(backoff.delay()):
            self.current_index.follow()
            task.recovered()
            if not self.current_index.trouble:
                backoff.reset()

    def _publish(self, task: Task) -> None:
        while not self._stop.wait(PUBLISH):
            self.clock()  # frequent calls tell small steps from jumps
            self.metrics.publish()
            self.metrics.refresh_writer_trouble()
            task.recovered()

    def _write(self, task: Task) -> None:
        settings, writer = self.settings.watch, store_of(self.settings)
        try:
            corpus = corpus_of(self.settings, writer)
            watcher = Watcher(corpus.root, mode=settings.mode, interval=settings.interval)
            task.recovered()
            self._refresher(corpus, writer).run(watcher, self._stop)
        finally:
            self.metrics.ended_writing()
            writer.close()

    def _refresher(
        self,
        corpus: Corpus,
        store: Store,
        progress: Callable[[int, int], object] = lambda _done, _total: None,
        pause: Callable[[float], bool] | None = None,
        *,
        quiet: bool = False,
    ) -> Refresher:
        return Refresher(
            corpus,
            store,
            self.clock,
            fingerprint(msgspec.structs.replace(self.site, named=(), authority="")),
            progress,
            version=fingerprint(EDITION),
            report=self.metrics.set_refresh,
            pause=pause,
            quiet=quiet,
        )


system_clock = SaneClock()
"""The clock of this process. A forked process takes over its last comparison."""


def corpus_of(settings: Settings, store: Store | None = None) -> Corpus:
    """The corpus, with the last good versions that *store* has. Raises CorpusError if there is none."""
    return Corpus(
        Path(settings.corpus.path),
        articles=settings.corpus.articles,
        url=settings.corpus.url,
        fallback_url=settings.site.url,
        authority=settings.site.authority,
        fixed=store.authority() if store else "",
        kept=store.descriptions() if store else None,
        since=settings.site.since,
        zone=ZoneInfo(settings.corpus.timezone),
        max_bytes=settings.corpus.max_bytes,
    )


def store_of(settings: Settings) -> Store:
    """Open or create the store. Raises StoreError.

    If settings were accepted, the folder of the store existed: a missing folder is not made again, as
    publication would begin anew in it.
    """
    if _accepted and _accepted.store:
        _require_folder(settings)
    return SQLiteStore(settings.store_path)


def _require_folder(settings: Settings) -> None:
    path = settings.store_path
    if not path.parent.is_dir():
        raise StoreError(path, f"cannot be opened: no such folder: {path.parent}")


def existing_store(settings: Settings) -> Store | None:
    """The store, None if there is none yet. Raises StoreError if it cannot be opened."""
    return store_of(settings) if settings.store_path.exists() else None


def check_store(settings: Settings) -> Iterator[str]:
    """Yield each damage in the store, which is not changed. Raises StoreError if there is none."""
    return verify(_existing(settings))


def back_up_store(settings: Settings, target: Path) -> None:
    """Write a verified copy of the store to *target*; servers may use the store meanwhile."""
    refuse_target(target)
    with closing(SQLiteStore(_existing(settings))) as store:
        store.back_up(target)


def restore_store(settings: Settings, backup: Path) -> None:
    """Replace the store by a copy of *backup*; the former file is kept beside it."""
    StoreFile(settings.store_path).restore(backup)


def _existing(settings: Settings) -> Path:
    if not settings.store_path.exists():
        raise StoreError(settings.store_path, "no store yet; feeds refresh makes one")
    return settings.store_path


def metrics_of(
    settings: Settings, current_index: CurrentIndex, cache: MemoryCache, clock: Callable[[], float]
) -> Metrics:
    """The counts of this process, beside the store of all of them."""
    metrics = Metrics(Path(f"{settings.store_path}.processes"), clock)
    metrics.gauges |= {
        "revision": lambda: current_index.revision,
        "documents": lambda: cache.size,
        "documents_hits": lambda: cache.hits,
        "documents_made": lambda: cache.made,
    }
    return metrics


def current_index_of(
    settings: Settings, open_store: Callable[[], Store], clock: Callable[[], float]
) -> CurrentIndex:
    """A catalog of the store that *open_store* opens, with the index that ``preload`` made of it."""
    path, language = settings.store_path.absolute(), settings.site.language
    if _preloaded and (_preloaded.path, _preloaded.language) == (path, language):
        return CurrentIndex(open_store, clock, language, _preloaded.index, _preloaded.identity)
    return CurrentIndex(open_store, clock, language)


class Preloaded(Struct, frozen=True):
    """An index without a search, and the store from which it was loaded."""

    path: Path
    language: str
    identity: str
    index: Index


class Accepted(Struct, frozen=True):
    """Settings in force; *store* means that the store could be opened with them."""

    settings: Settings
    store: bool


_preloaded: Preloaded | None = None
_accepted: Accepted | None = None


def accept(
    environment: Mapping[str, str], former: Settings | None = None, *, check_store: bool = True
) -> None:
    """Load the settings, and put them in force for every process forked from this one.

    Raises SettingsError, CorpusError or StoreError if a server could not start with them; the former
    settings stay in force then. *former* are the settings of a running server. *check_store* opens the
    store, which creates its files.
    """
    global _accepted  # noqa: PLW0603
    settings = load(environment)
    corpus = corpus_of(settings)
    if check_store:
        if former and former.store_path == settings.store_path:
            _require_folder(settings)
        with closing(store_of(settings)) as store:
            refuse_other_corpus(store, corpus.root)
    _accepted = Accepted(settings, check_store)


def settings_in_force(environment: Mapping[str, str]) -> Settings:
    """The accepted settings, else those of *environment*. Raises SettingsError."""
    return _accepted.settings if _accepted else load(environment)


def preload(environment: Mapping[str, str]) -> None:
    """Load the index, or update it, for the processes forked from this one to share.

    No file stays open, and no thread starts. There is no index before the first load is done. Raises
    StoreError if the store cannot be opened; the former index stays then.
    """
    global _preloaded  # noqa: PLW0603
    settings = settings_in_force(environment)
    store = store_of(settings)
    try:
        current_index = current_index_of(settings, lambda: store, system_clock)
        current_index.follow()
        index = current_index.index().searched_by(None)
        path, language = settings.store_path.absolute(), settings.site.language
        _preloaded = Preloaded(path, language, current_index.identity, index)
    except NotReady:
        forget()
    finally:
        store.close()
    # Whoever collects garbage writes into everything he looks at, and shares it no longer.
    gc.collect()
    gc.freeze()


def forget() -> None:
    """Let go of what ``preload`` left."""
    global _preloaded  # noqa: PLW0603
    _preloaded = None
    gc.unfreeze()


def site_of(settings: Settings, corpus: Corpus | None = None) -> Site:
    """Who publishes. Without *corpus*, an authority that is not set is left to the index."""
    site = settings.site
    return Site(
        url=site.url,
        title=site.title,
        description=site.description,
        language=site.language,
        authority=corpus.authority if corpus else site.authority,
        since=site.since,
        icon=site.icon,
        content=site.content,
        hubs=site.hubs,
        least=settings.http.max_age,
        most=settings.http.most_age,
        deletions=settings.http.deletions,
        named=tuple(
            Named(msgspec.structs.replace(read(feed.query), name=name), feed.title, feed.description)
            for name, feed in site.feeds.items()
        ),
    )
