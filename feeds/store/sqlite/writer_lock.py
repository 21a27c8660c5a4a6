"""The lock of the only writer of a SQLite store: a file beside the store, locked with flock."""

import fcntl
import os
import time
from pathlib import Path

from feeds.errors import StoreError, failure

HELD_BRIEFLY = 0.02  # seconds; ``has_other_writer`` of another process holds the lock for less


class WriterLock:
    """The lock of the store at *path*. One object is used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._store = path
        self._path = f"{path}.lock"
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock; return whether this object holds it now."""
        if self.is_held():
            return True
        self.release()
        try:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            is_free = _lock(self._handle) or _lock(self._handle, after=HELD_BRIEFLY)
        except OSError as error:
            self.release()
            raise StoreError(self._store, *failure("cannot be locked", error)) from error
        if not is_free or not self.is_held():  # held by another, or deleted between the two calls
            self.release()
            return False
        return True

    def is_held(self) -> bool:
        """Return whether this object holds the lock, and its file is still the one at the path."""
        if self._handle is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._handle), os.stat(self._path))
        except OSError:
            return False

    def has_other_writer(self) -> bool:
        """Return whether another object, in any process, holds the lock."""
        if self.is_held():
            return False
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def release(self) -> None:
        """Release the lock, if it is held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _lock(handle: int, after: float = 0) -> bool:
    """Take the lock of the open file *handle* after some seconds; return whether it was free."""
    time.sleep(after)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
