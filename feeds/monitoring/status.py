"""How the server is: what it holds, what is held back and why, and what it does."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from msgspec import Struct

from feeds import __version__
from feeds.corpus.problems import SCHEDULED, StoredProblem
from feeds.errors import FeedsError, NotReady
from feeds.index.current import CurrentIndex
from feeds.monitoring.metrics import Metrics, ServerMetrics
from feeds.monitoring.process_registry import Process, Refresh
from feeds.query.parameters.dates import clock
from feeds.store import File, Store, StoreStats

MAX_FILES_LISTED = 100  # files that say they are held back, or are bad, are named; and as many to come
MAX_FEEDS_LISTED = 20


class LoadingStatus(Struct, frozen=True, kw_only=True):
    """How many files the first load has read, and of how many, 0 while nobody knows."""

    files_read: int
    files: int


class CorpusStatus(Struct, frozen=True, kw_only=True):
    """What may be seen, and how many articles are *scheduled*, the next of which appears then."""

    articles: int = 0
    topics: int = 0
    providers: int = 0
    scheduled: int = 0
    next_scheduled: datetime | None = None


class HeldBack(Struct, frozen=True):
    """A file that is not syndicated as it stands: *kind* is bad, withheld or scheduled.

    *line* is 0 where none is to blame; *help* says what would be right.
    """

    path: str
    line: int
    kind: str
    reason: str
    help: str


class HeldBackStatus(Struct, frozen=True, kw_only=True):
    """How many files are held back, and the first *files* of each kind."""

    bad: int = 0
    withheld: int = 0
    scheduled: int = 0
    files: list[HeldBack] = []


class StoreStatus(Struct, frozen=True, kw_only=True):
    """*changed* is when a feed last looked different."""

    revision: int
    changed: datetime | None
    bytes: int
    schema: int


class RefreshStatus(Struct, frozen=True, kw_only=True):
    """The last time that the writer found something to read, or began."""

    finished: datetime
    seconds: float
    files: int


class RequestStatus(Struct, frozen=True, kw_only=True):
    """Answers of every kind but these, by the first digit of their status: ``2xx``."""

    total: int
    by_status: dict[str, int]


class Asked(Struct, frozen=True):
    """How often the feed at *address* was asked for."""

    address: str
    requests: int


class FeedStatus(Struct, frozen=True, kw_only=True):
    """Answers about feeds: those that were *kept* before Flask, and those that were a 304.

    A ratio is from 0 to 1, and null where nothing was asked.
    """

    requests: int
    kept: int
    kept_ratio: float | None
    not_modified: int
    not_modified_ratio: float | None
    top: list[Asked]


class CacheStatus(Struct, frozen=True, kw_only=True):
    """Of all workers together; *hits* were found, *made* were not. Whole answers count neither."""

    bytes: int
    max_bytes: int
    hits: int | None = None
    made: int | None = None


class Caches(Struct, frozen=True):
    """Rendered *documents*, and the whole *answers* that are made of them."""

    documents: CacheStatus
    answers: CacheStatus


class WorkerStatus(Struct, frozen=True, kw_only=True):
    """One process. *own_bytes* are those of its memory that it shares with no other.

    Memory is null where the system does not say. *troubles* are the failures of parts that
    do not work, by part: ``follower`` (it does not see changes), ``writer``, ``metrics`` or ``clock``.
    """

    pid: int
    started: datetime
    writes: bool
    revision: int
    requests: int
    memory_bytes: int | None
    own_bytes: int | None
    troubles: dict[str, str] = {}


class Status(Struct, frozen=True, kw_only=True):
    """Everything that ``/status.json`` says, under these names, which stay.

    Times are RFC 3339, in UTC; what has a unit has it in its name. *trouble* is what keeps the server
    from its work, in all of its processes, empty where nothing does; *loading* is how far the first load
    is, null once it is done.
    """

    version: str
    now: datetime
    started: datetime
    uptime_seconds: int
    trouble: str
    loading: LoadingStatus | None
    corpus: CorpusStatus
    held_back: HeldBackStatus
    store: StoreStatus | None
    refresh: RefreshStatus | None
    requests: RequestStatus
    feeds: FeedStatus
    caches: Caches
    workers: list[WorkerStatus]


class Monitor:
    """Says how the server is. Thread-safe; *open_store* opens one to be closed again."""

    def __init__(
        self,
        metrics: Metrics,
        current_index: CurrentIndex,
        open_store: Callable[[], Store],
        clock: Callable[[], float],
        cache_bytes: int,
    ) -> None:
        self.metrics = metrics
        self._current_index = current_index
        self._open_store = open_store
        self._clock = clock
        self._cache_bytes = cache_bytes

    def troubles(self) -> dict[str, str]:
        """The failures of parts of this process, and of the writer in any process, by part.

        All are in memory, as the disk may have failed.
        """
        troubles = self.metrics.troubles()
        if trouble := self.metrics.writer_trouble:
            troubles.setdefault("writer", trouble)
        return troubles

    def status(self) -> Status:
        """How all processes of this server are together, whichever is asked."""
        now = self._clock()
        server = self.metrics.collect()
        counts, workers = server.counts, server.processes
        stats, unreadable = self._census(now)
        by_status = {f"{digit}xx": 0 for digit in range(2, 6)}
        for status, times in counts.statuses.items():
            by_status[f"{status // 100}xx"] = by_status.get(f"{status // 100}xx", 0) + times
        return Status(
            version=__version__,
            now=_date(now),
            started=_date(server.since),
            uptime_seconds=max(0, int(now - server.since)),
            trouble=_trouble(unreadable, server),
            loading=LoadingStatus(files_read=stats.progress.done, files=stats.progress.total)
            if stats and not stats.progress.ready
            else None,
            corpus=self._corpus(stats),
            held_back=_held_back(stats, server.refresh),
            store=_store(stats) if stats else None,
            refresh=_refresh(server.refresh) if server.refresh else None,
            requests=RequestStatus(total=counts.total, by_status=by_status),
            feeds=FeedStatus(
                requests=counts.feeds,
                kept=counts.kept,
                kept_ratio=_ratio(counts.kept, counts.feeds),
                not_modified=counts.unchanged,
                not_modified_ratio=_ratio(counts.unchanged, counts.feeds),
                top=[Asked(*each) for each in counts.top(MAX_FEEDS_LISTED)],
            ),
            caches=Caches(
                self._cache(workers, "documents", counted=True), self._cache(workers, "answers")
            ),
            workers=[_worker(each) for each in workers],
        )

    def _census(self, now: float) -> tuple[StoreStats | None, str]:
        try:
            with closing(self._open_store()) as store:
                return store.stats(now, MAX_FILES_LISTED), ""
        except FeedsError as error:  # which is no reason to say nothing of all else
            return None, str(error)

    def _corpus(self, stats: StoreStats | None) -> CorpusStatus:
        try:
            index = self._current_index.index()
        except NotReady:
            return CorpusStatus()
        return CorpusStatus(
            articles=len(index),
            topics=len(index.topics()),
            providers=len(index.providers()),
            scheduled=stats.scheduled if stats else 0,
            next_scheduled=_date(index.due) if index.due is not None else None,
        )

    def _cache(self, workers: list[Process], name: str, *, counted: bool = False) -> CacheStatus:
        def total(gauge: str) -> int:
            return sum(each.gauges.get(gauge, 0) for each in workers)

        return CacheStatus(
            bytes=total(name),
            max_bytes=self._cache_bytes * len(workers),
            hits=total(f"{name}_hits") if counted else None,
            made=total(f"{name}_made") if counted else None,
        )


def _trouble(unreadable: str, server: ServerMetrics) -> str:
    """All failures, each once, with the process in which it occurred."""
    found = [unreadable, server.trouble]
    known = {*found}
    for process in server.processes:
        for part, trouble in process.troubles.items():
            if trouble not in known:
                found.append(f"worker {process.pid}: {part}: {trouble}")
    return "; ".join(dict.fromkeys(filter(None, found)))


def _held_back(stats: StoreStats | None, refresh: Refresh | None) -> HeldBackStatus:
    """What the writer found, what it has read and, last, what is to come."""
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


def _store(stats: StoreStats) -> StoreStatus:
    return StoreStatus(
        revision=stats.revision,
        changed=_date(stats.changed) if stats.changed else None,
        bytes=stats.bytes,
        schema=stats.schema,
    )


def _refresh(refresh: Refresh) -> RefreshStatus:
    return RefreshStatus(
        finished=_date(refresh.finished), seconds=round(refresh.seconds, 3), files=refresh.files
    )


def _worker(process: Process) -> WorkerStatus:
    return WorkerStatus(
        pid=process.pid,
        started=_date(process.begun),
        writes=process.writes,
        revision=process.gauges.get("revision", 0),
        requests=process.counts.total,
        memory_bytes=process.memory,
        own_bytes=process.own,
        troubles=process.troubles,
    )


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _date(second: float) -> datetime:
    return datetime.fromtimestamp(int(second), UTC)
