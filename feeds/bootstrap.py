"""Settings -> live objects: the only module that knows every backend."""

import atexit
import gc
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from feeds.article import fingerprint
from feeds.cache.memory import MemoryCache
from feeds.catalog import Catalog
from feeds.corpus import Corpus
from feeds.errors import NotReady
from feeds.feed import Named, Site
from feeds.index import Index
from feeds.metrics import Metrics
from feeds.pipeline import Pipeline
from feeds.query import read
from feeds.refresh import Refresher
from feeds.render import EDITION
from feeds.settings import Settings, load
from feeds.status import Monitor
from feeds.store import Store
from feeds.store.sqlite import SQLiteStore
from feeds.watch import Watcher

log = logging.getLogger(__name__)

FOLLOW = 0.05  # seconds between two looks at the store


class Refreshed(NamedTuple):
    """How many *files* were read, and why removals were *held* back, empty where none were."""

    files: int
    held: str


class Server:
    """One process's live objects. ``start`` makes it follow the store, and write if none else does."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.store = store_of(settings)
        self.corpus = corpus_of(settings, self.store)
        self.site = site_of(settings, self.corpus)
        self.catalog = catalog_of(settings, self.store, clock)
        cache = MemoryCache(settings.cache.max_bytes)
        self.pipeline = Pipeline(self.catalog, cache, self.site, settings.cache.entries)
        self.metrics = metrics_of(settings, self.catalog, cache, clock)
        self.monitor = Monitor(
            self.metrics, self.catalog, lambda: store_of(settings), clock, settings.cache.max_bytes
        )
        self._stop = Event()
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Follow the store from now on, and watch the corpus if nobody else does."""
        if not self.catalog.follow():
            self.catalog.report()
        self.metrics.begin()
        atexit.register(self.metrics.end)
        for work in (self._follow, self._write):
            thread = Thread(target=work, name=f"feeds-{work.__name__.strip('_')}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End what ``start`` began, and let another process write."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)
        if self._threads:
            atexit.unregister(self.metrics.end)
            self.metrics.end()
        self.store.close()

    def refresh(
        self,
        progress: Callable[[int, int], object],
        *,
        accept_removals: bool = False,
        adopt: bool = False,
    ) -> Refreshed | None:
        """Bring the store up to date now, as Refresher.scan does; None where another process writes."""
        writer = store_of(self.settings)
        try:
            if not writer.lead():
                return None
            refresher = self._refresher(writer, progress, pause=self._stop.wait)
            refresher.begin()
            files = refresher.scan(accept_removals=accept_removals, adopt=adopt)
        finally:
            writer.close()
        return Refreshed(files, refresher.held)

    def _follow(self) -> None:
        while not self._stop.wait(FOLLOW):
            self.catalog.follow()
            self.metrics.publish()

    def _write(self) -> None:
        settings = self.settings.watch
        writer = store_of(self.settings)
        try:
            watcher = Watcher(self.corpus.root, mode=settings.mode, interval=settings.interval)
            self._refresher(writer).run(watcher, self._stop)
        finally:
            writer.close()

    def _refresher(
        self,
        store: Store,
        progress: Callable[[int, int], object] = lambda _done, _total: None,
        pause: Callable[[float], bool] | None = None,
    ) -> Refresher:
        return Refresher(
            self.corpus,
            store,
            self.clock,
            fingerprint(msgspec.structs.replace(self.site, named=(), authority="")),
            progress,
            version=fingerprint(EDITION),
            report=self.metrics.refreshed,
            pause=pause,
        )


def corpus_of(settings: Settings, store: Store | None = None) -> Corpus:
    """The corpus, with the last good versions that *store* has. Raises CorpusError where there is none."""
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
    """Raises StoreError where it can neither be opened nor made."""
    return SQLiteStore(settings.store_path)


def metrics_of(
    settings: Settings, catalog: Catalog, cache: MemoryCache, clock: Callable[[], float]
) -> Metrics:
    """The counts of this process, beside the store of all of them."""
    metrics = Metrics(Path(f"{settings.store_path}.processes"), clock)
    metrics.gauges |= {
        "revision": lambda: catalog.revision,
        "documents": lambda: cache.size,
        "documents_hits": lambda: cache.hits,
        "documents_made": lambda: cache.made,
    }
    return metrics


def catalog_of(settings: Settings, store: Store, clock: Callable[[], float]) -> Catalog:
    """A catalog of *store*, with what ``preload`` left where that is of the same."""
    language = settings.site.language
    return Catalog(store, clock, language, _loaded.get((store.identity, language)))


_loaded: dict[tuple[str, str], Index] = {}  # of one store at most


def preload(environment: Mapping[str, str]) -> None:
    """Load the index now, or what changed since it was: the processes forked from this one share it.

    Nothing stays open, and no thread is begun. Before the first load is done there is nothing.
    """
    settings = load(environment)
    store = store_of(settings)
    try:
        catalog = catalog_of(settings, store, time.time)
        catalog.follow()
        index = catalog.index()
        _loaded.clear()
        _loaded[store.identity, settings.site.language] = index.searched_by(None)
    except NotReady:
        forget()
    finally:
        store.close()
    # Whoever collects garbage writes into everything he looks at, and shares it no longer.
    gc.collect()
    gc.freeze()


def forget() -> None:
    """Let go of what ``preload`` left."""
    _loaded.clear()
    gc.unfreeze()


def site_of(settings: Settings, corpus: Corpus) -> Site:
    """Who publishes, ids included."""
    site = settings.site
    return Site(
        url=site.url,
        title=site.title,
        description=site.description,
        language=site.language,
        authority=corpus.authority,
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
