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


class LockContent(Struct, frozen=True):
    """The content of the lock: the time, in seconds since 1970, *until* which *holder* has it."""

    until: float
    holder: str = ""


class BucketLock:
    """The lock of a bucket, as a context manager that takes and releases it.

    Every write is conditional on the version that was read, so that of two exports at the same time, one
    gets the lock. The clocks of the hosts that export may differ by a minute.
    """

    def __init__(self, objects: Objects, clock: Callable[[], float]) -> None:
        self._objects = objects
        self._clock = clock
        self._version: ObjectVersion | None = None
        self._until = 0.0
        self._renewal = Lock()
        self._holder = token_hex(8)  # else two exports could write the same version

    def __enter__(self) -> Self:
        found = self._objects.get(LOCK_KEY)
        now = self._clock()
        if found:
            until = _until(found[0])
            if until > now:
                left = max(1, min(round(until - now), LOCK_SECONDS))
                raise ExportError(
                    self._objects.url, "in use by another export",
                    f"wait until that ends; if it was killed, its lock expires in {left} s",
                )  # fmt: skip
        self._write(found[1] if found else None, now + LOCK_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._write(self._version, 0)
        except ExportError:
            if error is None:
                raise  # else the first error says more

    def renew(self) -> None:
        """Renew the lock if it is time; call this before every write, from any thread.

        Raises ExportError if another export has the lock.
        """
        with self._renewal:
            now = self._clock()
            if now > self._until - LOCK_SECONDS + RENEW_SECONDS:
                self._write(self._version, now + LOCK_SECONDS)

    def _write(self, version: ObjectVersion | None, until: float) -> None:
        written = self._objects.replace(
            LOCK_KEY, msgspec.json.encode(LockContent(until, self._holder)), version
        )
        if written is None:
            raise self._lost()
        self._version, self._until = written, until

    def _lost(self) -> ExportError:
        return ExportError(
            self._objects.url, "another export has taken the lock", "export again when that has ended"
        )


def _until(written: bytes) -> float:
    """The time in the lock; a damaged lock has expired."""
    try:
        return msgspec.json.decode(written, type=LockContent).until
    except msgspec.MsgspecError:
        return 0
