"""One process of a server: its objects, and its follower, writer and metrics threads."""

import atexit
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import NamedTuple

import msgspec

from feeds.article import fingerprint
from feeds.bootstrap.clock import SaneClock
from feeds.bootstrap.deliverer_process import DelivererProcess
from feeds.bootstrap.files import FindFiles, asset_keeper_of, shared_files_of
from feeds.bootstrap.fleet import catch_up, member_of, request_from_leader
from feeds.bootstrap.hub import hub_of
from feeds.bootstrap.inherited import system_clock
from feeds.bootstrap.monitoring import monitor_of
from feeds.bootstrap.objects import corpus_of, current_index_of, delivers, metrics_of, site_of
from feeds.bootstrap.readership import LiveReaders
from feeds.bootstrap.stores import replica_of, state_of, store_of, subscriptions_of
from feeds.bootstrap.supervision import Backoff, Supervisor, Task
from feeds.cache.memory import MemoryCache
from feeds.corpus import Corpus
from feeds.errors import StoreError, StoreRefused
from feeds.feed.site import Site
from feeds.fleet.asset_keeper import AssetKeeper
from feeds.fleet.files import SharedFiles
from feeds.fleet.limits import FLEET_LIMITS, FleetLimits
from feeds.formats import RENDERING
from feeds.http.exchanges import ExchangeQueue
from feeds.ingest import Pause
from feeds.ingest.progress_log import ProgressLog
from feeds.ingest.refresher import Refresher
from feeds.ingest.removals import refuse_other_corpus
from feeds.ingest.watch import Watcher
from feeds.ingest.writer import Writer
from feeds.logs.events import EventLog
from feeds.monitoring.process_registry import ProcessPart
from feeds.pipeline import Pipeline
from feeds.push.hub import Hub
from feeds.settings import Settings
from feeds.store import Store, WriterRequest
from feeds.store.state import SharedState
from feeds.store.subscriptions import Subscriptions

log = EventLog(__name__)

FOLLOW_INTERVAL = 0.05  # seconds between two reads of the store
MAX_FOLLOW_INTERVAL = 5.0  # the same while it cannot be read
PASS_ON_INTERVAL = 0.1  # seconds between two looks at the queue of exchanges, while there are any
IDLE_INTERVAL = 1.0  # the same while there are none


class Refreshed(NamedTuple):
    """The number of *files* read; *held* is the reason why removals are held back, else empty."""

    files: int
    held: str


class ServerProcess:
    """All objects of one process. ``start`` follows the store, and writes it if no other process does.

    The process can start while the corpus or the store is missing: each is opened at its first use, and
    again after a failure. Tests replace parts: *clock* returns seconds since 1970, *open_store* opens the
    store, *cache* keeps the documents, *find_files* makes ``shared_files``, and *limits* are those of a
    fleet.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] | None = None,
        open_store: Callable[[Settings], Store] = store_of,
        cache: MemoryCache | None = None,
        *,
        find_files: FindFiles = shared_files_of,
        limits: FleetLimits = FLEET_LIMITS,
    ) -> None:
        self.settings = settings
        self.site = site_of(settings)
        self.clock = clock or SaneClock(newest=lambda: self.current_index.latest, former=system_clock)
        self._open_store = open_store
        self._find_files = find_files
        self._limits = limits
        self._store: Store | None = None
        self._corpus: Corpus | None = None
        self.current_index = current_index_of(settings, lambda: self.store, self.clock)
        self.cache = MemoryCache(settings.cache.max_bytes) if cache is None else cache
        self.pipeline = Pipeline(self.current_index, self.cache, self.site, settings.cache.entries)
        self.refreshed: Refreshed | None = None  # by ``refresh``
        self._started = False
        self._stop = Event()
        self._supervisor = Supervisor(self._stop)
        self._leads = Event()  # while this process writes the store, or leads the fleet
        self._deliverer = DelivererProcess(settings, self._leads)
        self.exchanges = ExchangeQueue()
        self.metrics = metrics_of(settings, self.current_index, self.cache, self.clock, self.exchanges)
        self.metrics.troubles = self.troubles
        self.monitor = monitor_of(settings, self.metrics, self.current_index, open_store, self.clock)
        counts = settings.readership.count
        self.readers = LiveReaders(settings, self.clock, self.exchanges, self._leads) if counts else None

    @property
    def store(self) -> Store:
        """The store for reading, by one thread at a time. Raises StoreError if it cannot be opened."""
        if self._store is None:
            self._store = self._open_store(self.settings)
        return self._store

    @property
    def corpus(self) -> Corpus:
        """The corpus. Raises CorpusError if there is no corpus."""
        if self._corpus is None:
            self._corpus = corpus_of(self.settings, self.store)
        return self._corpus

    @cached_property
    def _state(self) -> SharedState:
        """The state that is not articles, for the thread that refreshes."""
        return state_of(self.settings)

    @cached_property
    def hub(self) -> Hub | None:
        """The hub of this server, None if it is off."""
        return hub_of(self.settings, self.pipeline, self.site, self.clock)

    @cached_property
    def _subscriptions(self) -> Subscriptions:
        """The subscriptions, for the thread that refreshes."""
        return subscriptions_of(self.settings)

    @property
    def assets(self) -> Path:
        """The folder of pictures."""
        return Path(self.settings.corpus.path) / "assets"

    @cached_property
    def shared_files(self) -> SharedFiles | None:
        """The files of the corpus in a fleet, None outside of one."""
        return self._find_files(self.settings, self.current_index, self.clock)

    @cached_property
    def asset_keeper(self) -> AssetKeeper | None:
        """The background work on these files, which begins once ``changed`` was called."""
        return asset_keeper_of(self.settings, self.current_index, self.clock)

    def troubles(self) -> dict[ProcessPart, str]:
        """The current failure of each part of this process that does not work, by name."""
        found = self._supervisor.troubles
        if trouble := self.current_index.trouble:
            found.setdefault("follower", trouble)
        if isinstance(self.clock, SaneClock) and (trouble := self.clock.trouble):
            found["clock"] = trouble
        if self.asset_keeper and (trouble := self.asset_keeper.trouble):
            found["files"] = trouble
        return found

    def start(self) -> None:
        """Follow the store, and watch the corpus if no other process does.

        Raises StoreRefused. After any other error, the follower tries again.
        """
        self._open()
        self.metrics.begin()
        atexit.register(self.metrics.end)
        if self.settings.fleet.dsn:
            atexit.register(self._leave_fleet)
        self._started = True
        self._supervisor.start("follower", self._follow)
        self._supervisor.start("metrics", self._publish)
        self._supervisor.start("writer", self._write)
        if delivers(self.settings):
            atexit.register(self._deliverer.end)
            self._supervisor.start("push", lambda task: self._deliverer.run(task, self._stop))
        if self.readers:
            self.readers.start(self._supervisor, self._stop)
        if keeper := self.asset_keeper:
            self._supervisor.start("files", lambda _task: keeper.run(self._stop))

    def stop(self) -> None:
        """Stop all threads, and release the store, so that another process can become the writer."""
        self._stop.set()
        self._supervisor.join(timeout=5)
        if self._started:
            atexit.unregister(self.metrics.end)
            atexit.unregister(self._leave_fleet)
            atexit.unregister(self._deliverer.end)
            self.metrics.end()
        if self.readers:
            self.readers.stop()
        if self.hub:
            self.hub.close()
        if "_subscriptions" in vars(self):
            self._subscriptions.close()
        if self._store:
            self._store.close()
        self._state.close()

    def refresh(
        self,
        progress: Callable[[int, int], object],
        *,
        accept_removals: bool = False,
        adopt: bool = False,
    ) -> Refreshed | None:
        """Refresh all articles now; see Refresher. Return None if another process is the writer.

        In a fleet, get what the journal has, and return None: the host that leads reads the corpus.
        """
        if self.settings.fleet.dsn:
            catch_up(self.settings)
            return None
        writer = self._open_store(self.settings)
        try:
            corpus = corpus_of(self.settings, writer, repairs=True)
            if not writer.acquire_writer():
                if not adopt:
                    refuse_other_corpus(writer, corpus.root)
                return None
            refresher = self.refresher(writer, corpus, progress, pause=self._stop.wait, quiet=True)
            refresher.begin()
            files = refresher.refresh_all(accept_removals=accept_removals, adopt=adopt)
        finally:
            writer.close()
        self.refreshed = Refreshed(files, refresher.held)
        return self.refreshed

    def request(self, *requests: WriterRequest) -> str:
        """Send *requests* and a request for a scan to the writer; return the name of its host in a fleet.

        The name is empty if no host leads now. Raises StoreError.
        """
        if self.settings.fleet.dsn:
            return request_from_leader(self.settings, *requests)
        self.store.request("scan", *requests)
        return ""

    def refresher(
        self,
        store: Store,
        corpus: Corpus,
        progress: Callable[[int, int], object] = lambda _done, _total: None,
        *,
        pause: Pause | None = None,
        quiet: bool = False,
        clock: Callable[[], float] | None = None,
    ) -> Refresher:
        """Return a Refresher of *store*; this process must be the writer. *clock* replaces its own."""
        return Refresher(
            corpus,
            store,
            clock or self.clock,
            _edition(self.site),
            progress,
            version=fingerprint(RENDERING),
            report=self.metrics.set_refresh,
            pause=pause,
            quiet=quiet,
            state=self._state,
            withdrawn=self._subscriptions.withdrawn if self.hub else None,
        )

    def _open(self) -> None:
        """Load the index from the store, if it can be opened. Raises StoreRefused for another corpus."""
        try:
            self.current_index.open()
            refuse_other_corpus(self.store, Path(self.settings.corpus.path))
        except StoreRefused:
            raise
        except StoreError as error:
            log.debug("%s", error)  # the current index logs it
        try:
            if not self.current_index.follow():
                self.current_index.report()
        except Exception as error:  # any error: the process can serve without the store
            log.debug("%s", error)  # the follower logs it

    def _follow(self, task: Task) -> None:
        backoff = Backoff(FOLLOW_INTERVAL, MAX_FOLLOW_INTERVAL)
        while not self._stop.wait(backoff.delay()):
            self.current_index.follow()
            self.metrics.publish_new("served")
            task.recovered()
            if not self.current_index.trouble:
                backoff.reset()

    def _publish(self, task: Task) -> None:
        interval = PASS_ON_INTERVAL
        while not self._stop.wait(interval):
            self.clock()  # regularly: many small steps between two calls would look like a jump
            interval = PASS_ON_INTERVAL if self.metrics.publish() else IDLE_INTERVAL
            self.metrics.read_others()
            task.recovered()

    def _write(self, task: Task) -> None:
        if self.settings.fleet.dsn:
            self._take_part(task)
            return
        settings, writer = self.settings.watch, self._open_store(self.settings)
        try:
            corpus = corpus_of(self.settings, writer, repairs=True)
            watcher = Watcher(corpus.root, corpus.watches, mode=settings.mode, interval=settings.interval)
            task.recovered()
            Writer(self.refresher(writer, corpus, ProgressLog()), writer, leads=self._leads).run(
                watcher, self._stop
            )
        finally:
            self.metrics.ended_writing()
            writer.close()

    def _take_part(self, task: Task) -> None:
        """Follow the journal of the fleet, and lead if this host may, unless another process does."""
        replica = replica_of(self.settings)
        try:
            task.recovered()
            member_of(
                self.settings,
                replica,
                lambda store, corpus, clock: self.refresher(store, corpus, ProgressLog(), clock=clock),
                publish=self.metrics.set_fleet,
                clock=self.clock,
                ended=self._ended_leading,
                leads=self._leads,
                files_changed=self.asset_keeper.changed if self.asset_keeper else None,
                limits=self._limits,
            ).run(self._stop)
        finally:
            self.metrics.set_fleet(None)
            replica.close()

    def _ended_leading(self) -> None:
        """Note the end of a leadership, after which a connection to the database would only break."""
        self.metrics.ended_writing()
        self._state.close()

    def _leave_fleet(self) -> None:
        """Give the lease back at the end of the process, so that another host leads at once."""
        self._stop.set()
        self._supervisor.join(timeout=5)


def _edition(site: Site) -> bytes:
    """A digest of the settings that feeds show; a hub that comes or goes is no change for readers."""
    return fingerprint(msgspec.structs.replace(site, named=(), authority="", hubs=site.other_hubs))
