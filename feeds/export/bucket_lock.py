"""The lock of a bucket: an object that one export writes at a time, and that expires if it is killed."""

from collections.abc import Callable
from secrets import token_hex
from threading import Lock
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from feeds.errors import ExportError
from feeds.export.objects import Objects, ObjectVersion

LOCK_KEY = ".export/lock"
LOCK_SECONDS = 180  # after which the lock of a killed export expires
RENEW_SECONDS = 30
MAX_CLOCK_DIFFERENCE = 120  # seconds; less than the shortest time for which a lock is held


class LockContent(Struct, frozen=True):
    """The content of the lock: the time, in seconds since 1970, *until* which *holder* has it."""

    until: float
    holder: str = ""


class BucketLock:
    """The lock of the bucket with *objects*, as a context manager that takes and releases it.

    Every write is conditional on the version that was read: of two exports at the same time, one gets the
    lock. The clocks of the hosts that export may differ by MAX_CLOCK_DIFFERENCE.

    *is_first* is true if the bucket had no lock: nothing there is from an earlier export.
    """

    def __init__(self, objects: Objects, clock: Callable[[], float]) -> None:
        self.objects = objects
        self.clock = clock
        self.is_first = False
        self._version: ObjectVersion | None = None
        self._until = 0.0
        self._renewal = Lock()
        self._holder = token_hex(8)  # else two exports could write the same version

    def __enter__(self) -> Self:
        found = self.objects.get(LOCK_KEY)
        now = self.clock()
        if found:
            self._version = found[1]
            if (until := _content(found[0]).until) > now:
                raise self._in_use(max(1, round(until - now)))
        self.is_first = not found
        self._write(now + LOCK_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._write(0)
        except ExportError:
            if error is None:
                raise  # else the first error says more

    def renew(self) -> None:
        """Renew the lock if it is time; call this before every write, from any thread.

        Raises ExportError if another export has the lock.
        """
        with self._renewal:
            now = self.clock()
            if now > self._until - LOCK_SECONDS + RENEW_SECONDS:
                self._write(now + LOCK_SECONDS)

    def _write(self, until: float) -> None:
        content = msgspec.json.encode(LockContent(until, self._holder))
        written = self.objects.replace(LOCK_KEY, content, self._version)
        if not written and (ours := self._unconfirmed()):
            written = self.objects.replace(LOCK_KEY, content, ours)
        if not written:
            problem = "another export has taken the lock"
            raise ExportError(self.objects.url, problem, "export again when that has ended")
        self._version, self._until = written, until

    def _unconfirmed(self) -> ObjectVersion | None:
        """The version that this export wrote without a response: the network failed in between."""
        found = self.objects.get(LOCK_KEY)
        return found[1] if found and _content(found[0]).holder == self._holder else None

    def _in_use(self, left: int) -> ExportError:
        """The error for an export while another has the lock for *left* seconds."""
        problem = "in use by another export"
        if left > LOCK_SECONDS + MAX_CLOCK_DIFFERENCE:
            problem += f", whose lock expires in {left} s by the clock of this host"
            return ExportError(self.objects.url, problem, "synchronise the clocks of both hosts")
        remedy = f"wait until that ends; if it was killed, its lock expires in {left} s"
        return ExportError(self.objects.url, problem, remedy)


def _content(written: bytes) -> LockContent:
    """The content of the lock; a damaged lock has expired."""
    try:
        return msgspec.json.decode(written, type=LockContent)
    except msgspec.MsgspecError:
        return LockContent(0)
