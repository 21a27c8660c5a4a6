"""Settings -> the collection of requests in every process, and the count of readers in one of them."""

import atexit
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Event, Lock

from feeds.bootstrap.objects import site_of
from feeds.bootstrap.push_readers import PushReaders
from feeds.bootstrap.stores import readership_of
from feeds.bootstrap.supervision import Supervisor, Task
from feeds.errors import StoreError
from feeds.http.client_address import client_addresses
from feeds.http.exchanges import ExchangeQueue
from feeds.logs.events import EventLog
from feeds.monitoring.reader_status import ReadersStatus
from feeds.readership.agents import Classifier
from feeds.readership.batches import encoded, week_of
from feeds.readership.collector import RequestCollector
from feeds.readership.crawlers import crawlers
from feeds.readership.known_readers import known_readers
from feeds.readership.live_report import LiveReport, decoded_report
from feeds.readership.log_line import Hash
from feeds.readership.reader_count import ReaderCount
from feeds.readership.reader_days import ALL_FORMATS
from feeds.readership.request import SECONDS_PER_DAY, client_hash
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.readership.status import readers_status
from feeds.settings import Settings
from feeds.store.readership import CounterReplaced, ReadershipState

log = EventLog(__name__)

COLLECT_INTERVAL = 1.0  # seconds between two batches
READERS_INTERVAL = 5.0  # seconds between two looks for batches
READERS_RECORD_INTERVAL = 60.0  # seconds between two records of what was counted
MAX_SPOOLED = 1_000_000  # bytes of batches that cannot be written; the oldest go first
MAX_LIVE_HASHES = 8192  # clients with each key, in each process
_SENDER_BYTES = 16


class Spool:
    """Batches of this process that are not written yet, at most MAX_SPOOLED bytes of them."""

    def __init__(self, max_bytes: int = MAX_SPOOLED) -> None:
        self._sender = secrets.token_bytes(_SENDER_BYTES)
        self._max_bytes = max_bytes
        self._batches: deque[tuple[int, bytes]] = deque()
        self._size = 0
        self._number = 0
        self._dropped = 0

    def dropped(self) -> int:
        """Return the number of batches that were dropped since the last call."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def add(self, content: bytes) -> None:
        """Add a batch, and drop the oldest ones if there are too many."""
        self._number += 1
        self._batches.append((self._number, content))
        self._size += len(content)
        while self._size > self._max_bytes and len(self._batches) > 1:
            self._size -= len(self._batches.popleft()[1])
            self._dropped += 1

    def write(self, state: ReadershipState, now: float) -> None:
        """Write all batches. Raises StoreError, and keeps them then."""
        if self._batches:
            state.put(self._sender, self._batches, now)
            self._batches.clear()
            self._size = 0


class RequestRecorder:
    """Collects the requests of this process, and writes them beside the store each second.

    Nothing is opened before the first of *exchanges*.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float], exchanges: ExchangeQueue) -> None:
        self._settings = settings
        self._clock = clock
        self._collector = RequestCollector(
            requested_feeds_of(settings), client_addresses(settings.http.trusted_proxies), known_readers
        )
        self._state = readership_of(settings)
        self._spool = Spool()
        self._lock = Lock()  # the thread of ``run`` may not have ended when the process ends
        self._week = -1
        self._hashes: tuple[Hash, Hash] | None = None
        self._exchanges = exchanges
        exchanges.observers.append(self._collector.add)

    def run(self, task: Task, stop: Event) -> None:
        """Write a batch each second until *stop* is set."""
        while not stop.wait(COLLECT_INTERVAL):
            try:
                self.step()
                task.recovered()
            except StoreError as error:
                task.fails(error)

    def step(self) -> None:
        """Write the requests since the last call. Raises StoreError, and keeps them then."""
        self._exchanges.pass_on()
        with self._lock:
            now = self._clock()
            if not self._collector.is_idle:
                self._collect(week_of(now))
            self._spool.write(self._state, now)

    def end(self) -> None:
        """Write the last requests, if that is possible."""
        try:
            self.step()
        except StoreError as error:
            sentence = f"readers: requests of the last seconds are not counted: {error}"
            log.warning("readers.lost", sentence, reason=str(error))
        with self._lock:
            self._state.close()

    def _collect(self, week: int) -> None:
        if self._hashes is None or week != self._week:
            elder, younger = self._state.week_keys(week)
            self._week = week
            self._hashes = client_hash(elder, MAX_LIVE_HASHES), client_hash(younger, MAX_LIVE_HASHES)
        batch = self._collector.take(week, *self._hashes)
        if batch:
            batch.lost = self._spool.dropped()
            self._spool.add(encoded(batch))


class ReaderCounter:
    """Counts readers in one process of this server, in a fleet in the process that leads it.

    It looks for batches each *interval* seconds, and records the result each *record_interval* seconds.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float],
        leads: Event,
        interval: float = READERS_INTERVAL,
        record_interval: float = READERS_RECORD_INTERVAL,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._leads = leads
        self._interval = interval
        self._record_interval = record_interval
        self.is_counting = False

    def run(self, task: Task, stop: Event) -> None:
        """Count whenever this process may, until *stop* is set. Raises StoreError."""
        with closing(readership_of(self._settings)) as state:
            while not stop.wait(self._interval):
                if self._may_count(state) and (state.pending(0, 1) or state.report()):
                    state.take_over()
                    count = reader_count_of(self._settings, state, self._clock())
                    self.is_counting = True
                    with suppress(CounterReplaced):
                        self._count(count, state, task, stop)
                    self.is_counting = False
                task.recovered()

    def _count(self, count: ReaderCount, state: ReadershipState, task: Task, stop: Event) -> None:
        """Count until this process is no longer the counter."""
        recorded = time.monotonic()
        while self._may_count(state):
            while count.count(self._clock()) and not stop.is_set():
                pass
            is_due = time.monotonic() - recorded >= self._record_interval or stop.is_set()
            if is_due and count.has_counted:
                count.record(self._clock())
                recorded = time.monotonic()
            task.recovered()
            if stop.is_set():
                return
            stop.wait(self._interval)

    def _may_count(self, state: ReadershipState) -> bool:
        return self._leads.is_set() if self._settings.fleet.dsn else state.acquire_counter()


class LiveReaders:
    """The collection of requests and the count of readers in one process."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float],
        exchanges: ExchangeQueue,
        leads: Event,
    ) -> None:
        self.recorder = RequestRecorder(settings, clock, exchanges)
        self.counter = ReaderCounter(settings, clock, leads)

    def start(self, supervisor: Supervisor, stop: Event) -> None:
        """Collect and count in threads until *stop* is set, or this process ends."""
        atexit.register(self.recorder.end)
        supervisor.start("readers", lambda task: self.recorder.run(task, stop))
        supervisor.start("counter", lambda task: self.counter.run(task, stop))

    def stop(self) -> None:
        """Write the last requests, after the threads have ended."""
        atexit.unregister(self.recorder.end)
        self.recorder.end()


def requested_feeds_of(settings: Settings) -> RequestedFeeds:
    """The finder of the feeds of this server."""
    site = site_of(settings)
    return RequestedFeeds(site.url, {each.query.name: each.query for each in site.named})


def live_report_of(settings: Settings) -> LiveReport | None:
    """The last report of the process that counts, None if there is none. Raises StoreError."""
    if not settings.readership.count:
        return None
    with closing(readership_of(settings)) as state:
        return decoded_report(state.report())


def readers_status_of(settings: Settings) -> ReadersStatus | None:
    """The last report in the status, None if there is none. Raises StoreError."""
    report = live_report_of(settings)
    return readers_status(report) if report else None


def readers_of(settings: Settings, clock: Callable[[], float], feed: str) -> int:
    """The readers of *feed* in its last row, of today or yesterday. Raises StoreError."""
    today = int(clock() // SECONDS_PER_DAY)
    with closing(readership_of(settings)) as state:
        rows = [each for each in state.days(today - 1, today, feed) if each.format == ALL_FORMATS]
    return rows[-1].readers if rows else 0


def reader_count_of(settings: Settings, state: ReadershipState, now: float) -> ReaderCount:
    """The count of readers in *state*. Raises StoreError."""
    names = requested_feeds_of(settings)
    return ReaderCount(
        state,
        names,
        Classifier(known_readers(), crawlers()),
        now,
        keep=settings.readership.keep,
        push=PushReaders(settings, names),
    )
