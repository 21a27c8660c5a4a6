"""The folders of a server: who may read and write them, and the room that is left."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from feeds.doctor.finding import Finding, FindingGroup
from feeds.errors import failure

MIN_BYTES = 50_000_000  # free, below which a store soon cannot grow
LOW_BYTES = 500_000_000  # free, below which an operator should know
MIN_INODES, LOW_INODES = 1_000, 10_000

_MEGABYTE = 1_000_000


class Room(Struct, frozen=True):
    """The free *bytes* and *inodes* of a file system; *inodes* is None if it has no fixed number."""

    bytes: int
    inodes: int | None


def writable(group: FindingGroup, folder: Path, *files: Path) -> Iterator[Finding]:
    """Check that this user can make files in *folder*, and write the existing ones of *files*."""
    if problem := _creation_problem(folder):
        yield group.failure(str(folder), *problem)
        return
    refused = [each for each in files if each.exists() and not os.access(each, os.R_OK | os.W_OK)]
    for file in refused:
        yield group.failure(str(file), "cannot be written", "give the server's user access to it")
    if not refused:
        yield group.ok(f"{folder}: can be written")


def readable(group: FindingGroup, folder: Path) -> Iterator[Finding]:
    """Check that this user can list *folder*."""
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError as error:
        yield group.failure(str(folder), *failure("cannot be read", error))
        return
    yield group.ok(f"{folder}: can be read")


def room(folder: Path) -> Room:
    """The room in the file system of *folder*. Raises OSError."""
    found = os.statvfs(folder)
    return Room(found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None)


def enough_room(group: FindingGroup, folder: Path, left: Room, store_bytes: int = 0) -> Iterator[Finding]:
    """Check the room that is *left* in *folder*, which needs to hold a copy of *store_bytes*."""
    subject, free = f"disk of {folder}", f"{left.bytes // _MEGABYTE:,} MB free"
    low = max(LOW_BYTES, 2 * store_bytes)
    if left.bytes < MIN_BYTES:
        yield group.failure(subject, free, "free some space")
    elif left.bytes < low:
        problem = f"{free}, less than {low // _MEGABYTE:,} MB"
        yield group.warning(subject, problem, "free some space; a repair or an upgrade copies the store")
    if left.inodes is not None and left.inodes < LOW_INODES:
        found = group.failure if left.inodes < MIN_INODES else group.warning
        yield found(subject, f"room for {left.inodes:,} more files (inodes)", "delete files")
    elif left.bytes >= low:
        yield group.ok(f"{subject}: {free}")


def _creation_problem(folder: Path) -> tuple[str, str] | None:
    """The problem and the remedy if no file can be made in *folder*."""
    try:
        with tempfile.NamedTemporaryFile(prefix=".feeds-doctor-", dir=folder) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return failure("no file can be written", error)
    return None
