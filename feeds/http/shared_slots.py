"""A table of numbers that the processes of one host share: in memory, or in a file."""

import fcntl
import os
from contextlib import suppress
from mmap import mmap
from pathlib import Path
from struct import Struct
from typing import Protocol

_PAIR = Struct("<QQ")


class SharedSlots(Protocol):
    """Slots of two numbers of 64 bits each, at first zero.

    There are no locks: a slot may have one number of one process, and the other number of another process
    that wrote at the same time. No method raises an exception.
    """

    def get(self, slot: int) -> tuple[int, int]:
        """Return the numbers in *slot*."""

    def put(self, slot: int, one: int, other: int) -> None:
        """Write both numbers of *slot*."""

    def clear(self, first: int, count: int) -> None:
        """Write zeros to *count* slots from *first* on."""


class MemorySlots:
    """*count* slots in memory, for this process and those that are forked from it later."""

    def __init__(self, count: int) -> None:
        self._words = memoryview(mmap(-1, count * _PAIR.size)).cast("Q")

    def get(self, slot: int) -> tuple[int, int]:
        return self._words[2 * slot], self._words[2 * slot + 1]

    def put(self, slot: int, one: int, other: int) -> None:
        self._words[2 * slot] = one
        self._words[2 * slot + 1] = other

    def clear(self, first: int, count: int) -> None:
        zeros = memoryview(bytes(count * _PAIR.size)).cast("Q")
        self._words[2 * first : 2 * (first + count)] = zeros


class FileSlots:
    """*count* slots in *file*, for processes without a common parent of this program.

    The file is read and written, not mapped into memory: a failing disk would end the process. While it
    fails, all slots are zero.
    """

    def __init__(self, file: Path, count: int) -> None:
        self._handle = _opened(file, count * _PAIR.size)

    def get(self, slot: int) -> tuple[int, int]:
        try:
            read = os.pread(self._handle, _PAIR.size, slot * _PAIR.size)
        except OSError:
            return 0, 0
        one, other = _PAIR.unpack(read) if len(read) == _PAIR.size else (0, 0)
        return one, other

    def put(self, slot: int, one: int, other: int) -> None:
        with suppress(OSError):
            os.pwrite(self._handle, _PAIR.pack(one, other), slot * _PAIR.size)

    def clear(self, first: int, count: int) -> None:
        with suppress(OSError):
            os.pwrite(self._handle, bytes(count * _PAIR.size), first * _PAIR.size)

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def _opened(file: Path, size: int) -> int:
    """Open *file*, and make it anew with *size* zero bytes if it has another size. Raises OSError."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_size != size:
            os.ftruncate(handle, 0)
            os.ftruncate(handle, size)
        fcntl.flock(handle, fcntl.LOCK_UN)
    except OSError:
        os.close(handle)
        raise
    return handle
