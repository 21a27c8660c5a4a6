"""Counters of every process of a server, shared through the files of the process registry."""

import os
import time
from collections.abc import Callable, Iterable, Set
from pathlib import Path
from threading import Lock
from typing import Protocol
from uuid import uuid4

import msgspec
from msgspec import Struct

from feeds.article.expressions import expression
from feeds.errors import reason_of
from feeds.logs.events import EventLog
from feeds.monitoring.counts import (
    IDENTITY,
    MAX_ADDRESSES_WRITTEN,
    REQUEST_SECONDS,
    CountedResponse,
    Counts,
    RequestKind,
)
from feeds.monitoring.fleet import FleetState, latest
from feeds.monitoring.process_registry import (
    Gauge,
    Process,
    ProcessPart,
    ProcessRegistry,
    Refresh,
    RegisteredProcess,
    encodable,
    memory,
    server_id,
)

log = EventLog(__name__)

PUBLISH_INTERVAL = 1.0  # seconds between two files, and between two reads of the other processes
MEMORY_INTERVAL = 10.0  # seconds between two measurements of memory

_SELF = expression(r'<([^>]*)>; rel="self"')


class ResponseFromCache(Protocol):
    """A response from the response cache; *links* are its Link header, also if it does not send it."""

    @property
    def code(self) -> int: ...
    @property
    def headers(self) -> list[tuple[str, str]]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def links(self) -> str: ...
    @property
    def kind(self) -> RequestKind: ...


class ServerMetrics(Struct, kw_only=True):
    """The live *processes* of a server, and the *counts* of all its processes, including ended ones.

    The first process began at *since*. *trouble* is the failure of the writer, or of all processes to
    become the writer; else empty. *writes* is true while a process of any server is the writer of the
    store. *fleet* is the part of this host in a fleet, None without one.
    """

    since: float
    counts: Counts
    processes: list[Process]
    refresh: Refresh | None
    trouble: str = ""
    writes: bool = False
    fleet: FleetState | None = None

    def sum_of(self, gauge: Gauge) -> int:
        """The sum of *gauge* over the live processes."""
        return sum(each.gauges.get(gauge, 0) for each in self.processes)


class Metrics:
    """Counters of this process, and access to the counters of other processes. Thread-safe.

    *folder* is the folder of the process registry, *clock* returns seconds since 1970, and *server* is
    the id of the server that this process belongs to.

    *gauges* return current values of this process, *totals* numbers that only grow; the totals of ended
    processes are added.
    """

    def __init__(self, folder: Path, clock: Callable[[], float], server: str | None = None) -> None:
        self.count_waiting: Callable[[], int] = lambda: 0
        """Counts the responses that wait in a queue, and returns their number."""
        self.gauges: dict[Gauge, Callable[[], int]] = {}
        self.totals: dict[str, Callable[[], int]] = {}
        self.troubles: Callable[[], dict[ProcessPart, str]] = dict
        self.writer_trouble = ""
        """The last known failure of the writer, in any process; empty if it works."""
        self.fleet: FleetState | None = None
        """The last known part of this host in a fleet, published by any process; None without one."""
        now = clock()
        self._process = Process(
            name=f"{os.getpid()}-{uuid4().hex[:8]}",
            pid=os.getpid(),
            server=server or server_id(),
            begun=now,
            since=now,
            counts=Counts(),
            former=Counts(),
        )
        self._registry = ProcessRegistry(folder, self._process.name)
        self._lock = Lock()  # on the counts
        self._writing = Lock()
        self._publish_due = self._trouble_due = self._memory_due = float("-inf")
        self._failing = False
        self._begun = True  # until ``begin`` fails
        self._inherited: set[str] = set()  # names of processes
        self._published = msgspec.json.encode(self._process), frozenset(self._inherited)

    def count(self, response: CountedResponse, seconds: float | None = None) -> None:
        """Count a *response* of the application, which took *seconds*."""
        with self._lock:
            self._process.counts.count(response)
            if seconds is not None:
                self._process.counts.seconds.add(seconds, REQUEST_SECONDS)

    def count_cached(self, responses: Iterable[tuple[ResponseFromCache, int]]) -> None:
        """Count *responses* of the response cache, each so many times."""
        with self._lock:
            for response, times in responses:
                self._process.counts.count(_kept(response), times)

    def set_refresh(self, refresh: Refresh) -> None:
        """Publish the last *refresh* by this process, which is the writer or could not become it."""
        with self._lock:
            former = self._process.refresh
            recorded = max(refresh.recorded, former.recorded if former else 0)
            self._process.refresh = msgspec.structs.replace(refresh, recorded=recorded)
            self._process.writes = self._process.writes or not refresh.trouble

    def ended_writing(self) -> None:
        """Note that this process is no longer the writer, and clear its failure."""
        with self._lock:
            own = self._process
            own.writes = False
            if own.refresh and own.refresh.trouble:
                own.refresh = msgspec.structs.replace(own.refresh, trouble="")

    def set_fleet(self, state: FleetState | None) -> None:
        """Publish the *state* of this host in its fleet, or None once this process follows no longer."""
        with self._lock:
            self._process.fleet = self.fleet = state

    def begin(self) -> None:
        """Publish this process, and take over the counts of ended processes.

        If that fails, ``publish`` tries again. The parent of the folder is not created, as it may be on
        a disk that is missing for now.
        """
        self._begun = False
        try:
            with self._registry.ended() as ended:
                self._inherit(ended)
                self._write()
                self._begun = True
        except OSError as error:
            self._fail(error)

    def publish(self, *, now: bool = False) -> int:
        """Count the responses that wait, and publish all counts if that is due, or *now*.

        Return the number of these responses.
        """
        counted = self.count_waiting()
        if now or time.monotonic() >= self._publish_due:
            self._publish_due = time.monotonic() + PUBLISH_INTERVAL
            self._publish()
        return counted

    def publish_new(self, gauge: Gauge) -> None:
        """Publish all counts now if *gauge* exists and has another value than was published."""
        read = self.gauges.get(gauge)
        if read and read() != self._process.gauges.get(gauge):
            self.publish(now=True)

    def _publish(self) -> None:
        if not self._begun:
            with self._writing:
                self._published = self._encoded()
            self.begin()
            return
        try:
            self._write()
            self._failing = False
        except OSError as error:
            self._fail(error)

    def end(self) -> None:
        """Publish a last time, and release the lock, so that this process counts as ended."""
        if not self._registry.is_open:
            return
        self.publish(now=True)
        with self._writing:
            self._registry.close()

    def collect(self) -> ServerMetrics:
        """Add up all processes of this server, with the counts of this one as it publishes them now.

        Later counts would be lost if this process were killed, and the next sums less than these.
        """
        self.publish(now=True)
        content, inherited = self._published
        own = msgspec.json.decode(content, type=Process)
        found = self._read_all(own, inherited)
        counts, refresh, since = Counts(), None, own.since
        for process, _ in found:
            refresh = _later(refresh, process.refresh)
            if process.server == own.server:
                counts.add(process.counts)
                counts.add(process.former)
                since = min(since, process.since)
        living = [each for each, lives in found if lives and each.server == own.server]
        living.sort(key=lambda process: (process.begun, process.pid))
        return ServerMetrics(
            since=since,
            counts=counts,
            processes=living,
            refresh=refresh,
            trouble=_trouble(found),
            writes=any(lives and process.writes for process, lives in found),
            fleet=_fleet(found),
        )

    def read_others(self, *, now: bool = False) -> None:
        """Update ``writer_trouble`` and ``fleet`` if that is due, or *now*, so that no request has to."""
        if now or time.monotonic() >= self._trouble_due:
            self._trouble_due = time.monotonic() + PUBLISH_INTERVAL
            with self._lock:
                own = msgspec.json.decode(msgspec.json.encode(self._process), type=Process)
            found = self._read_all(own, self._inherited)
            self.writer_trouble = _trouble(found)
            self.fleet = _fleet(found)

    def _inherit(self, ended: list[Process]) -> None:
        """Add the counts of *ended* processes of this server, each once."""
        own = self._process
        with self._lock:
            for other in ended:
                if other.server == own.server and other.name not in self._inherited:
                    self._inherited.add(other.name)
                    own.former.add(other.counts)
                    own.former.add(other.former)
                    own.since = min(own.since, other.since)
                    own.refresh = _later(own.refresh, other.refresh)

    def _read_all(self, own: Process, inherited: Set[str]) -> list[RegisteredProcess]:
        """Read all other processes from their files; *own* is this one.

        It includes the counts of the processes named *inherited*.
        """
        found: list[RegisteredProcess] = []
        try:
            found = self._registry.read_all()
        except OSError as error:
            self._fail(error)
        # The file of this process may be older than its memory, for example if the disk is full. The
        # files of ended processes stay in the folder until this process has written their counts.
        found = [each for each in found if each.process.name not in {own.name, *inherited}]
        return [*found, RegisteredProcess(own, lives=True)]

    def _measure(self) -> None:
        if time.monotonic() >= self._memory_due:
            self._memory_due = time.monotonic() + MEMORY_INTERVAL
            self._process.memory, self._process.own = memory()
        self._process.gauges = {name: read() for name, read in self.gauges.items()}
        self._process.troubles = {name: encodable(text) for name, text in self.troubles().items()}
        self._process.counts.totals = {name: read() for name, read in self.totals.items()}

    def _write(self) -> None:
        with self._writing:
            encoded = self._encoded()
            try:
                self._registry.write(encoded[0])
            finally:  # also if the disk is full: then only this process knows its counts
                self._published = encoded

    def _encoded(self) -> tuple[bytes, frozenset[str]]:
        """This process as it is now, and the names of the processes whose counts it has taken over."""
        self._measure()
        with self._lock:
            counts = self._process.counts
            written = msgspec.structs.replace(counts, addresses=dict(counts.top(MAX_ADDRESSES_WRITTEN)))
            content = msgspec.json.encode(msgspec.structs.replace(self._process, counts=written))
            return content, frozenset(self._inherited)

    def _fail(self, error: OSError) -> None:
        if not self._failing:
            folder = self._registry.folder
            reason = reason_of(error)
            log.warning(
                "metrics.unusable",
                f"{folder}: unusable: {reason}; /status covers only one process",
                path=folder,
                reason=reason,
            )
        self._failing = True


def _kept(response: ResponseFromCache) -> CountedResponse:
    coding, size = IDENTITY, len(response.body)
    for name, value in response.headers if size else ():
        if name == "Content-Encoding":
            coding = value
    return CountedResponse(response.code, feed_address(response.links), response.kind, coding, size, True)


def feed_address(links: str) -> str:
    """The address of the feed that a response with *links* is about, empty if it is about none."""
    found = _SELF.match(links)  # the first link of a feed, while a list of feeds names its hubs first
    return found[1] if found else ""


def _later(one: Refresh | None, other: Refresh | None) -> Refresh | None:
    found = sorted(filter(None, (one, other)), key=lambda refresh: refresh.finished)
    recorded = max((each.recorded for each in found), default=0)
    return msgspec.structs.replace(found[-1], recorded=recorded) if found else None


def _fleet(found: list[RegisteredProcess]) -> FleetState | None:
    """The state of this host in its fleet, from the living process that follows the journal."""
    return latest([process.fleet for process, lives in found if lives and process.fleet])


def _trouble(found: list[RegisteredProcess]) -> str:
    """The failure of the writer; if a process writes, failures of the others do not count."""
    living = [process for process, lives in found if lives and process.refresh]
    writers = [process for process in living if process.writes] or living
    troubles = [process.refresh.trouble for process in writers if process.refresh]
    return next(filter(None, troubles), "") if all(troubles) else ""
