"""What every process of a server has answered, counted in memory and added up through files.

Each process has one file, in a folder beside the store, and holds a lock on it for as long as it lives:
so whoever reads them knows who is alive, and nothing is shared that two could spoil.
"""

import fcntl
import logging
import os
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import nlargest
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Protocol
from uuid import uuid4

import msgspec
from msgspec import Struct

from feeds.errors import ArticleError

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two files, and between two reads of the writer's file
MEASURE = 10.0  # seconds between two looks at how much memory is used
TOP = 100  # feeds that are told of by address; four times as many are counted
HELD = 100  # problems that are told of
LONGEST = 1000  # characters of an address under which a feed is counted

_WAITING = 1 << 20  # answers not counted yet: more than any process gives while it loads an index
_SELF = re.compile(r'<([^>]*)>; rel="self"')
_NAME = re.compile(r"[0-9]+-[0-9a-f]{8}", re.ASCII)  # of the files of processes, without the suffix


class Told(Protocol):
    """An answer of the edge."""

    @property
    def code(self) -> int: ...
    @property
    def links(self) -> str: ...


class Counts(Struct):
    """Answers by status, and what there is to say of those that were about a feed.

    *kept* of these were kept by the edge, *unchanged* were a 304. *addresses* says how often each of
    the most popular was asked for, at the least: who comes after many others is counted anew.
    """

    statuses: dict[int, int] = {}
    feeds: int = 0
    kept: int = 0
    unchanged: int = 0
    addresses: dict[str, int] = {}

    @property
    def total(self) -> int:
        """Answers of every kind."""
        return sum(self.statuses.values())

    def count(self, status: int, address: str, times: int = 1, *, kept: bool = False) -> None:
        """Add *times* answers about the feed at *address*, empty where they were about none."""
        self.statuses[status] = self.statuses.get(status, 0) + times
        if address:
            self.feeds += times
            self.kept += times * kept
            self.unchanged += times * (status == 304)
            if len(address) <= LONGEST:
                self._popular({address: times})

    def add(self, other: "Counts") -> None:
        """Count what *other* did as well."""
        for status, times in other.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + times
        self.feeds += other.feeds
        self.kept += other.kept
        self.unchanged += other.unchanged
        self._popular(other.addresses)

    def _popular(self, asked: dict[str, int]) -> None:
        for address, times in asked.items():
            self.addresses[address] = self.addresses.get(address, 0) + times
        if len(self.addresses) > 4 * TOP:  # a flood of addresses leaves those that are asked for again
            self.addresses = dict(self.top(2 * TOP))

    def top(self, most: int) -> list[tuple[str, int]]:
        """The *most* popular feeds, in order."""
        by_name = sorted(self.addresses.items())
        return nlargest(most, by_name, key=itemgetter(1))


class Problem(Struct, frozen=True):
    """See ArticleError."""

    path: str
    line: int
    reason: str


class Refresh(Struct, frozen=True, kw_only=True):
    """What the writer did last: it was *finished* then, after so many *seconds*, having read *files*.

    *problems* are those of the corpus as a whole, of which there are *bad*; *trouble* is what keeps
    the writer from its work, empty where nothing does.
    """

    finished: float
    seconds: float = 0
    files: int = 0
    bad: int = 0
    problems: list[Problem] = []
    trouble: str = ""


def problems(errors: list[ArticleError]) -> list[Problem]:
    """*errors*, in characters that any file can hold; no more than are told of."""
    return [Problem(_encodable(each.path), each.line, _encodable(each.reason)) for each in errors[:HELD]]


class Process(Struct, kw_only=True):
    """What one process says of itself; times are seconds since 1970, memory is bytes, if it is known.

    *server* is the same for all processes of one server. *former* are the counts of those of them
    that are no more, the first of which began at *since*. *gauges* are what it is now, by name.
    *own* memory is shared with no other process. *troubles* are the failures of
    parts that do not work, by name.
    """

    name: str
    pid: int
    server: str
    begun: float
    since: float
    counts: Counts
    former: Counts
    gauges: dict[str, int] = {}
    memory: int | None = None
    own: int | None = None
    refresh: Refresh | None = None
    writes: bool = False
    troubles: dict[str, str] = {}


class Server(Struct, kw_only=True):
    """All *processes* that live, and what they and those that are no more have answered *since*.

    *trouble* is the failure of the writer, or of all processes to become the writer; else empty.
    """

    since: float
    counts: Counts
    processes: list[Process]
    refresh: Refresh | None
    trouble: str = ""


class Metrics:
    """Counts what this process answers, and reads what others have. Thread-safe.

    ``kept`` is for answers of the edge: it takes them as fast as Python can, and without a lock.
    *folder* is where the files are, *clock* tells seconds since 1970.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._waiting: deque[Told] = deque(maxlen=_WAITING)
        self.kept: Callable[[Told], object] = self._waiting.append
        self.gauges: dict[str, Callable[[], int]] = {}
        self.troubles: Callable[[], dict[str, str]] = dict
        self.writer_trouble = ""
        """The failure of the writer, in any process, at the last ``look``; empty if it works."""
        now = clock()
        self._process = Process(
            name=f"{os.getpid()}-{uuid4().hex[:8]}",
            pid=os.getpid(),
            server=_server(),
            begun=now,
            since=now,
            counts=Counts(),
            former=Counts(),
        )
        self._lock = Lock()  # on the counts
        self._writing = Lock()
        self._written = b""
        self._due = self._look_due = self._measured = float("-inf")
        self._handle: int | None = None  # of the file, which is locked
        self._failing = False
        self._begun = True  # until ``begin`` fails

    def asked(self, status: int, links: str) -> None:
        """Count an answer that the edge did not have; a feed says in its *links* which it is."""
        address = _address(links)
        with self._lock:
            self._process.counts.count(status, address)

    def refreshed(self, refresh: Refresh) -> None:
        """Let everybody know what this process, which is the writer, or could not become it, has done."""
        with self._lock:
            self._process.refresh = refresh
            self._process.writes = self._process.writes or not refresh.trouble

    def ended_writing(self) -> None:
        """Note that this process is no longer the writer, and clear its failure."""
        with self._lock:
            mine = self._process
            mine.writes = False
            if mine.refresh and mine.refresh.trouble:
                mine.refresh = msgspec.structs.replace(mine.refresh, trouble="")

    def begin(self) -> None:
        """Tell of this process, and take over what those that are no more have counted.

        If that fails, ``publish`` tries again. The parent of the folder is not made: if it is missing, it
        may come back.
        """
        self._begun = False
        try:
            self._folder.mkdir(exist_ok=True)
            with self._undisturbed(fcntl.LOCK_EX):
                gone = [(file, process) for file, process, lives in self._found() if not lives]
                with self._lock:
                    for _file, process in gone:
                        if process and process.server == self._process.server:
                            self._inherit(process)
                self._tell()
                self._begun = True
                for file in [*(file for file, _process in gone), *self._unfinished()]:
                    file.unlink(missing_ok=True)
        except OSError as error:
            self._fail(error)

    def _inherit(self, other: Process) -> None:
        mine = self._process
        mine.former.add(other.counts)
        mine.former.add(other.former)
        mine.since = min(mine.since, other.since)
        mine.refresh = _later(mine.refresh, other.refresh)

    def publish(self, *, now: bool = False) -> None:
        """Count what waits, and once in a while, or *now*, tell the other processes."""
        self._drain()
        if not now and time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY
        if not self._begun:
            with self._writing:
                self._measure()
            self.begin()
            return
        try:
            self._tell()
            self._failing = False
        except OSError as error:
            self._fail(error)

    def end(self) -> None:
        """Tell a last time; from now on this process counts as gone."""
        if self._handle is None:
            return
        self.publish(now=True)
        with self._writing:
            os.close(self._handle)
            self._handle = None

    def server(self) -> Server:
        """What all processes of this server come to, this one as it is now."""
        self.publish(now=True)
        mine, found = self._process, self._all()
        counts, refresh, since = Counts(), None, mine.since
        for process, _ in found:
            refresh = _later(refresh, process.refresh)
            if process.server == mine.server:
                counts.add(process.counts)
                counts.add(process.former)
                since = min(since, process.since)
        living = [each for each, lives in found if lives and each.server == mine.server]
        living.sort(key=lambda process: (process.begun, process.pid))
        return Server(
            since=since, counts=counts, processes=living, refresh=refresh, trouble=_trouble(found)
        )

    def look(self, *, now: bool = False) -> None:
        """Read the failure of the writer once a second, or *now*, so that requests need no disk."""
        if now or time.monotonic() >= self._look_due:
            self._look_due = time.monotonic() + EVERY
            self.writer_trouble = _trouble(self._all())

    def _all(self) -> list[tuple[Process, bool]]:
        """The state of all processes, this one from memory, and whether each lives."""
        mine = self._process
        found: list[tuple[Process, bool]] = []
        try:
            with self._undisturbed(fcntl.LOCK_SH):
                found = [(process, lives) for _file, process, lives in self._found() if process]
        except OSError as error:
            self._fail(error)
        # The file of this process may be older than its memory, as when the disk is full.
        found = [each for each in found if each[0].name != mine.name]
        with self._lock:
            found.append((msgspec.msgpack.decode(msgspec.msgpack.encode(mine), type=Process), True))
        return found

    def _drain(self) -> None:
        with self._lock:
            # As many as there are now: others go on adding.
            answers = [self._waiting.popleft() for _ in range(len(self._waiting))]
            distinct = dict(zip(map(id, answers), answers, strict=True))
            for key, times in Counter(map(id, answers)).items():
                answer = distinct[key]
                self._process.counts.count(answer.code, _address(answer.links), times, kept=True)

    def _measure(self) -> None:
        if time.monotonic() >= self._measured + MEASURE:
            self._measured = time.monotonic()
            self._process.memory, self._process.own = memory()
        self._process.gauges = {name: read() for name, read in self.gauges.items()}
        self._process.troubles = {name: _encodable(text) for name, text in self.troubles().items()}

    def _tell(self) -> None:
        with self._writing:
            self._measure()
            with self._lock:
                counts = self._process.counts
                told = msgspec.structs.replace(counts, addresses=dict(counts.top(TOP)))
                content = msgspec.json.encode(msgspec.structs.replace(self._process, counts=told))
            if content == self._written and self._file.exists():
                return
            self._write(content)
            self._written = content

    @property
    def _file(self) -> Path:
        return self._folder / f"{self._process.name}.json"

    def _write(self, content: bytes) -> None:
        """Put a file in place that is whole, and locked before anybody can find it."""
        self._folder.mkdir(exist_ok=True)
        new = self._folder / f"{self._process.name}.new"
        handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.write(handle, content) != len(content):
                raise OSError(f"{new}: no room")
            os.replace(new, self._file)
        except OSError:
            os.close(handle)
            raise
        if self._handle is not None:
            os.close(self._handle)
        self._handle = handle

    def _found(self) -> Iterator[tuple[Path, Process | None, bool]]:
        """Every file, what it says, None where that is nothing we know, and whether its process lives."""
        for file in self._ours(".json"):
            if read := _read(file):
                content, lives = read
                try:
                    yield file, msgspec.json.decode(content, type=Process), lives
                except msgspec.MsgspecError:
                    yield file, None, lives

    def _unfinished(self) -> Iterator[Path]:
        """What processes that were killed did not put in place."""
        for file in self._ours(".new"):
            if (read := _read(file)) and not read[1]:
                yield file

    def _ours(self, suffix: str) -> list[Path]:
        """The files of processes, in order. Other files in the folder are left alone."""
        found = sorted(self._folder.glob(f"*{suffix}"))
        return [file for file in found if _NAME.fullmatch(file.name.removesuffix(suffix))]

    @contextmanager
    def _undisturbed(self, how: int) -> Iterator[None]:
        """Whoever reads all files does so before or after another takes over what the dead have left."""
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)

    def _fail(self, error: OSError) -> None:
        if not self._failing:
            log.warning("%s: cannot be used: %s; /status knows of one process alone", self._folder, error)
        self._failing = True


def memory() -> tuple[int | None, int | None]:
    """Bytes of memory this process uses, and those of them that it shares with none; if Linux says so."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return None, None
    sizes = {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    return sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


def _address(links: str) -> str:
    found = _SELF.search(links)
    return found[1] if found else ""


def _later(one: Refresh | None, other: Refresh | None) -> Refresh | None:
    return max(filter(None, (one, other)), key=lambda refresh: refresh.finished, default=None)


def _trouble(found: list[tuple[Process, bool]]) -> str:
    """The failure of the writer; if a process writes, failures of the others do not count."""
    living = [process for process, lives in found if lives and process.refresh]
    leading = [process for process in living if process.writes] or living
    troubles = [process.refresh.trouble for process in leading if process.refresh]
    return next(filter(None, troubles), "") if all(troubles) else ""


def _server() -> str:
    """Names the process that leads this server: it, when it began, and where processes are numbered.

    It is the one that began this one, unless a shell or the system did, which give it a group of its own.
    """
    leader = os.getpid() if os.getpgrp() == os.getpid() else os.getppid()
    try:
        begun = Path(f"/proc/{leader}/stat").read_text().rpartition(")")[2].split()[19]
        return f"{leader}-{begun}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return str(leader)


def _read(file: Path) -> tuple[bytes, bool] | None:
    """What *file* holds, and whether its process lives; None where it is gone."""
    while True:
        try:
            handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with open(handle, "rb") as opened:
            content = opened.read()
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return content, True
            try:
                if os.path.samestat(os.fstat(handle), file.stat()):
                    return content, False
            except FileNotFoundError:
                return None
            # Else it was replaced meanwhile, by one who lives.


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()
