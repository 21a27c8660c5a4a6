"""The processes of the servers on one store: each has a file, locked as long as the process runs.

Readers recognise running processes by the locks. No file is shared, so no process can damage another's.
"""

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from feeds.article.expressions import expression
from feeds.errors import ArticleError
from feeds.monitoring.counts import Counts
from feeds.monitoring.fleet import FleetState

MAX_REPORTED_PROBLEMS = 100  # in the report of a refresh

_NAME = expression(r"[0-9]+-[0-9a-f]{8}", re.ASCII)  # of the files of processes, without the suffix


class Problem(Struct, frozen=True):
    """A problem of the corpus; see ArticleError. *help* is the remedy."""

    path: str
    line: int
    reason: str
    help: str = ""


class Refresh(Struct, frozen=True, kw_only=True):
    """The last refresh by the writer: the end (*finished*), the duration, and the number of *files* read.

    *recorded* is the end of the last refresh that recorded changed files, by any writer, 0 if unknown.
    *bad* is the number of bad files that the store does not record, such as descriptions of the corpus;
    *problems* are the first of their problems.
    *trouble* is the failure that prevents the writer from working, empty if there is none.
    """

    finished: float
    seconds: float = 0
    files: int = 0
    bad: int = 0
    problems: list[Problem] = []
    trouble: str = ""
    recorded: float = 0


Gauge = Literal[
    "revision",
    "served",
    "documents",
    "answers",
    "behind",
    "streams",
    "max_streams",
]
"""The gauges of a process.

They are the revision of its index, and that of its oldest response in progress if caches are purged;
bytes of its caches; the time since which its index has been behind the store, 0 if it is not; its streams
and their limit.
"""

ProcessPart = Literal["follower", "writer", "metrics", "clock", "files", "push", "readers", "counter"]
"""The parts of a process that can fail. While the follower fails, new changes are not served."""


class Process(Struct, kw_only=True):
    """The state of one process. Times are seconds since 1970; memory is in bytes, None if unknown.

    - *server*: the same for all processes of one server
    - *former*: the counts of ended processes that this one took over
    - *since*: the time at which the first of these processes began
    - *gauges*, *troubles*: current values by Gauge, and failures of parts by ProcessPart; another version
      of this program may use other names
    - *own*: the memory that is not shared with other processes
    - *fleet*: set by the process that follows the journal of a fleet
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
    fleet: FleetState | None = None


class RegisteredProcess(NamedTuple):
    """A process that has a file in the registry."""

    process: Process
    lives: bool


class ProcessRegistry:
    """The *folder* with a file for each process, and the file of this process, called *name*."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self._name = name
        self._written = b""
        self._handle: int | None = None  # of the locked file

    @property
    def is_open(self) -> bool:
        """True if this process has a file in the registry."""
        return self._handle is not None

    def write(self, content: bytes) -> None:
        """Replace the file of this process, unless *content* is the same. Raises OSError."""
        if content == self._written and self._file.exists():
            return
        self._replace(content)
        self._written = content

    def close(self) -> None:
        """Release the lock, so that this process counts as ended."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def read_all(self) -> list[RegisteredProcess]:
        """Return every process that has a readable file. Raises OSError."""
        with self._locked(fcntl.LOCK_SH):
            return [RegisteredProcess(process, lives) for _, process, lives in self._files() if process]

    @contextmanager
    def ended(self) -> Iterator[list[Process]]:
        """Yield the processes that have ended; remove their files unless the body raises an exception.

        The parent of the folder is not created. Raises OSError.
        """
        self.folder.mkdir(exist_ok=True)
        with self._locked(fcntl.LOCK_EX):
            ended = [(file, process) for file, process, lives in self._files() if not lives]
            yield [process for _, process in ended if process]
            for file in [*(file for file, _ in ended), *self._unfinished()]:
                file.unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        return self.folder / f"{self._name}.json"

    def _replace(self, content: bytes) -> None:
        """Replace the file of this process by a complete one, locked before others can see it."""
        self.folder.mkdir(exist_ok=True)
        new = self.folder / f"{self._name}.new"
        handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.write(handle, content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(new))
            os.replace(new, self._file)
        except OSError:
            os.close(handle)
            raise
        self.close()
        self._handle = handle

    def _files(self) -> Iterator[tuple[Path, Process | None, bool]]:
        """Yield every file, its process (None if it is unreadable), and whether the process lives."""
        for file in self._named(".json"):
            if read := _read(file):
                content, lives = read
                try:
                    yield file, msgspec.json.decode(content, type=Process), lives
                except msgspec.MsgspecError:
                    yield file, None, lives

    def _unfinished(self) -> Iterator[Path]:
        """Yield the new files of processes that were killed before they could move them into place."""
        for file in self._named(".new"):
            if (read := _read(file)) and not read[1]:
                yield file

    def _named(self, suffix: str) -> list[Path]:
        """The files of processes with *suffix*, in order, without any other files in the folder."""
        found = sorted(self.folder.glob(f"*{suffix}"))
        return [file for file in found if _NAME.fullmatch(file.name.removesuffix(suffix))]

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Lock the folder: shared to read all files, exclusively to take over ended processes."""
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)


def problems(errors: list[ArticleError]) -> list[Problem]:
    """The first of *errors* as problems, in characters that UTF-8 can encode."""
    first = [each for error in errors for each in error.each()][:MAX_REPORTED_PROBLEMS]
    return [
        Problem(encodable(each.path), each.line, encodable(each.reason), each.code.remedy)
        for each in first
    ]


def server_id() -> str:
    """Return the id of this server: the PID, start time and PID namespace of its leading process."""
    process = leader()
    try:
        return f"{process}-{started(process)}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return str(process)


def leader() -> int:
    """Return the PID of the leading process of this server.

    The leader is the parent of this process, or this process if it leads a process group because a shell
    or the system started it.
    """
    return os.getpid() if os.getpgrp() == os.getpid() else os.getppid()


def started(process: int) -> int:
    """Return the start of *process* in clock ticks since the start of the system; 0 if it is unknown."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return 0


def memory() -> tuple[int | None, int | None]:
    """Return the memory of this process in bytes, and the unshared part of it; None if not on Linux."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return None, None
    sizes = {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    return sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


def encodable(text: str) -> str:
    """*text* with a question mark for each character that UTF-8 cannot encode."""
    return text.encode(errors="replace").decode()


def _read(file: Path) -> tuple[bytes, bool] | None:
    """The content of *file*, and whether its process lives; None if the file is gone."""
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
            # A live process has replaced the file in the meantime: read it again.
