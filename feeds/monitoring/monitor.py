"""The status of a server, collected from its metrics, its store and its current index."""

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime

from feeds import __version__
from feeds.corpus.problems import SCHEDULED
from feeds.corpus.stored_problem import StoredProblem
from feeds.errors import FeedsError, NotReady
from feeds.feed.silence import FeedKind, SilentFeeds
from feeds.index.current import CurrentIndex
from feeds.monitoring.counts import Counts
from feeds.monitoring.measurements import Measurements
from feeds.monitoring.metrics import Metrics, ServerMetrics
from feeds.monitoring.process_registry import Process, ProcessPart, Refresh
from feeds.monitoring.reader_status import ReadersStatus
from feeds.monitoring.refusals import refusals
from feeds.monitoring.status import (
    Caches,
    CacheStatus,
    CorpusStatus,
    FeedRequests,
    FeedStatus,
    HeldBack,
    HeldBackStatus,
    LoadingStatus,
    PushStatus,
    RefreshStatus,
    RequestStatus,
    Status,
    StoreStatus,
    StreamStatus,
    WorkerStatus,
)
from feeds.query.parameters.dates import clock
from feeds.store import File, Store, StoreStats

MAX_FILES_LISTED = 100  # of those held back, and of those scheduled
MAX_FEEDS_LISTED = 20


class Monitor:
    """The source of the server's status. Thread-safe; it closes the store that *open_store* returns.

    *push_status* returns that of push, given the start of the server; it may raise FeedsError.
    """

    def __init__(
        self,
        metrics: Metrics,
        current_index: CurrentIndex,
        open_store: Callable[[], Store],
        clock: Callable[[], float],
        cache_bytes: int,
        *,
        max_lag: float,
        is_stopping: Callable[[], bool],
        push_status: Callable[[float], PushStatus | None],
        readers_status: Callable[[], ReadersStatus | None],
        readers_of: Callable[[str], int] | None = None,
    ) -> None:
        self.metrics = metrics
        self._current_index = current_index
        self._open_store = open_store
        self._clock = clock
        self._cache_bytes = cache_bytes
        self._max_lag = max_lag
        self._is_stopping = is_stopping
        self._push_status = push_status
        self._readers_status = readers_status
        self._readers_of = readers_of
        self._silent_feeds = SilentFeeds()

    def troubles(self) -> dict[ProcessPart, str]:
        """The failures of parts of this process, and of the writer in any process, by part.

        They are read from memory, as the disk may have failed.
        """
        troubles = self.metrics.troubles()
        if trouble := self.metrics.writer_trouble:
            troubles.setdefault("writer", trouble)
        return troubles

    def time(self) -> float:
        """Seconds since 1970, by the clock of the journal in a fleet, as far as it is known."""
        fleet = self.metrics.fleet
        return self._clock() - (fleet.offset if fleet else 0)

    def unready(self) -> str:
        """The reason not to send requests to this host although it has an index, else empty."""
        if self._is_stopping():
            return "stopping"
        fleet = self.metrics.fleet
        return fleet.unready(self._clock(), self._max_lag) if fleet else ""

    def unwritten(self) -> str:
        """The reason not to send this host requests that only the writer can fulfil, else empty."""
        if fleet := self.metrics.fleet:
            return "" if fleet.role == "leader" else f"leader is {fleet.leader or 'unknown'}"
        return "" if self.metrics.collect().writes else "no process writes the store"

    @property
    def publishes_readers(self) -> bool:
        """True if everybody may see the number of readers of a feed."""
        return self._readers_of is not None

    def readers_of(self, feed: str) -> int:
        """The readers of *feed*, a path, in the last seven days. Raises StoreError."""
        return self._readers_of(feed) if self._readers_of else 0

    def status(self) -> Status:
        """Collect the status of all processes of this server; it is the same in each of them."""
        return self._status_at(self._clock(), self.metrics.collect())

    def measurements(self) -> Measurements:
        """Collect the status of all processes of this server, and the numbers behind it."""
        now = self._clock()
        server = self.metrics.collect()
        status, newest, silent = self._status_at(now, server), 0, dict[FeedKind, int]()
        with suppress(NotReady):
            index = self._current_index.index()
            newest, silent = index.newest_at, self._silent_feeds.count(index, now)
        return Measurements(status, server, now, newest, silent)

    def _status_at(self, now: float, server: ServerMetrics) -> Status:
        stats, unreadable = self._store_stats(now)
        push, unknown = self._push(server)
        readers, uncounted = self._readers(server)
        return Status(
            version=__version__,
            now=_date(now),
            started=_date(server.since),
            uptime_seconds=max(0, int(now - server.since)),
            trouble=_trouble([unreadable, unknown, uncounted], server),
            loading=_loading(stats) if stats and not stats.progress.ready else None,
            corpus=self._corpus(stats),
            held_back=_held_back(stats, server.refresh),
            store=_store(stats) if stats else None,
            refresh=_refresh(server.refresh) if server.refresh else None,
            requests=_requests(server.counts),
            feeds=_feeds(server.counts),
            caches=self._caches(server),
            workers=[_worker(each) for each in server.processes],
            streams=_streams(server),
            fleet=server.fleet.status(now) if server.fleet else None,
            push=push,
            readers=readers,
        )

    def _store_stats(self, now: float) -> tuple[StoreStats | None, str]:
        try:
            with closing(self._open_store()) as store:
                return store.stats(now, MAX_FILES_LISTED), ""
        except FeedsError as error:  # report the rest of the status
            return None, str(error)

    def _push(self, server: ServerMetrics) -> tuple[PushStatus | None, str]:
        if server.fleet and not server.fleet.reachable:
            return None, ""  # the database of the journal has the subscriptions too
        try:
            return self._push_status(server.since), ""
        except FeedsError as error:  # report the rest of the status
            return None, str(error)

    def _readers(self, server: ServerMetrics) -> tuple[ReadersStatus | None, str]:
        if server.fleet and not server.fleet.reachable:
            return None, ""
        try:
            return self._readers_status(), ""
        except FeedsError as error:  # report the rest of the status
            return None, str(error)

    def _corpus(self, stats: StoreStats | None) -> CorpusStatus:
        changed = _date(stats.modified) if stats and stats.modified else None
        try:
            index = self._current_index.index()
        except NotReady:
            return CorpusStatus(changed=changed)
        return CorpusStatus(
            articles=len(index),
            topics=len(index.listings.known("topic")),
            providers=index.listings.count_with_articles("provider"),
            scheduled=stats.scheduled if stats else 0,
            next_scheduled=_date(index.due) if index.due is not None else None,
            changed=changed,
        )

    def _caches(self, server: ServerMetrics) -> Caches:
        max_bytes, totals = self._cache_bytes * len(server.processes), server.counts.totals
        return Caches(
            documents=CacheStatus(
                bytes=server.sum_of("documents"),
                max_bytes=max_bytes,
                hits=totals.get("documents_hits", 0),
                made=totals.get("documents_made", 0),
            ),
            answers=CacheStatus(bytes=server.sum_of("answers"), max_bytes=max_bytes),
        )


def _trouble(unreadable: list[str], server: ServerMetrics) -> str:
    """All failures, each once, with the process in which it occurred."""
    found = [*unreadable, server.trouble, server.fleet.trouble if server.fleet else ""]
    known = {*found}
    for process in server.processes:
        for part, trouble in process.troubles.items():
            if trouble not in known:
                found.append(f"worker {process.pid}: {part}: {trouble}")
    return "; ".join(dict.fromkeys(filter(None, found)))


def _held_back(stats: StoreStats | None, refresh: Refresh | None) -> HeldBackStatus:
    """Problems of the corpus as a whole, then files that are held back, then scheduled articles."""
    problems = refresh.problems if refresh else []
    found = [HeldBack(each.path, each.line, "bad", each.reason, each.help) for each in problems]
    if stats:
        found += map(_recorded, stats.held)
        found += [_scheduled(path, at) for path, at in stats.due]
    return HeldBackStatus(
        bad=(stats.bad if stats else 0) + (refresh.bad if refresh else 0),
        withheld=stats.withheld if stats else 0,
        scheduled=stats.scheduled if stats else 0,
        files=found,
    )


def _recorded(file: File) -> HeldBack:
    problem = StoredProblem.decoded(file.problem)
    kind = "withheld" if file.withheld else "bad"
    return HeldBack(file.path, file.line, kind, problem.text, problem.remedy)


def _scheduled(path: str, at: int) -> HeldBack:
    return HeldBack(path, 0, "scheduled", SCHEDULED.text.format(when=clock(at)), SCHEDULED.remedy)


def _loading(stats: StoreStats) -> LoadingStatus:
    return LoadingStatus(files_read=stats.progress.done, files=stats.progress.total)


def _requests(counts: Counts) -> RequestStatus:
    by_status = {f"{digit}xx": 0 for digit in range(2, 6)}
    for status, times in counts.statuses.items():
        by_status[f"{status // 100}xx"] = by_status.get(f"{status // 100}xx", 0) + times
    return RequestStatus(total=counts.total, by_status=by_status)


def _feeds(counts: Counts) -> FeedStatus:
    return FeedStatus(
        requests=counts.feeds,
        kept=counts.kept,
        kept_ratio=_ratio(counts.kept, counts.feeds),
        not_modified=counts.unchanged,
        not_modified_ratio=_ratio(counts.unchanged, counts.feeds),
        top=[FeedRequests(*each) for each in counts.top(MAX_FEEDS_LISTED)],
        refused=refusals(counts.totals, dry_run=False),
        would_refuse=refusals(counts.totals, dry_run=True),
    )


def _store(stats: StoreStats) -> StoreStatus:
    return StoreStatus(
        revision=stats.revision,
        changed=_date(stats.changed) if stats.changed else None,
        bytes=stats.bytes,
        schema=stats.schema,
    )


def _refresh(refresh: Refresh) -> RefreshStatus:
    return RefreshStatus(
        finished=_date(refresh.finished),
        seconds=round(refresh.seconds, 3),
        files=refresh.files,
        recorded=_date(refresh.recorded) if refresh.recorded else None,
    )


def _streams(server: ServerMetrics) -> StreamStatus:
    return StreamStatus(open=server.sum_of("streams"), limit=server.sum_of("max_streams"))


def _worker(process: Process) -> WorkerStatus:
    return WorkerStatus(
        pid=process.pid,
        started=_date(process.begun),
        writes=process.writes,
        revision=process.gauges.get("revision", 0),
        requests=process.counts.total,
        memory_bytes=process.memory,
        own_bytes=process.own,
        streams=process.gauges.get("streams", 0),
        troubles=process.troubles,
    )


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _date(second: float) -> datetime:
    return datetime.fromtimestamp(int(second), UTC)
