"""Recognition of a store's own files: no other file is opened for writing, moved or replaced."""

import fcntl
import os
import shutil
import sqlite3
import stat
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from enum import Enum
from pathlib import Path
from threading import RLock
from typing import get_args

from feeds.errors import StoreError, StoreRefused, failure
from feeds.store import WriterRequest
from feeds.store.sqlite.checksums import DATABASE_ERRORS, row_checksum
from feeds.store.sqlite.failures import failure_of
from feeds.store.sqlite.schema import APPLICATION, PAGE, create

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100  # bytes; https://www.sqlite.org/fileformat.html, section 1.3
_APPLICATION = APPLICATION.to_bytes(4, "big")
_MARK = "feeds store: "  # the first characters of a store's lock and request files
_OURS = {"meta", "articles", "files", "departures"}
_RENAME = "name another file in store.path"
SIDE_FILES = ("-wal", "-shm", "-journal")


class FileKind(Enum):
    """The kind of file at the path of a store."""

    NOTHING = "nothing"
    STORE = "store"
    DAMAGED = "damaged"


# A process loses SQLite's locks when it closes any other handle of the file; another process may then
# delete the log that is still in use: https://www.sqlite.org/howtocorrupt.html, section 2.2. So only
# SQLite may open a file that SQLite has open in this process.
_in_use: Counter[tuple[int, int]] = Counter()
IN_PROCESS = RLock()
"""Held while a file is inspected, and while SQLite opens it until it is registered as in use."""


def put_in_use(identity: tuple[int, int]) -> None:
    """Count one more connection of this process to the file with *identity*."""
    with IN_PROCESS:
        _in_use[identity] += 1


def put_out_of_use(identity: tuple[int, int]) -> None:
    """Undo one ``put_in_use``."""
    with IN_PROCESS:
        _in_use[identity] -= 1
        if not _in_use[identity]:
            del _in_use[identity]


def is_in_use(path: Path) -> bool:
    """Return whether SQLite has the file at *path* open in this process."""
    try:
        info = os.stat(path)
    except OSError:
        return False
    return (info.st_dev, info.st_ino) in _in_use


def inspect(path: Path) -> FileKind:
    """Return the kind of file at *path*, without changing anything.

    Raises StoreRefused if the file is not a store of this program, StoreError if it cannot be read.
    """
    with IN_PROCESS:
        return FileKind.STORE if is_in_use(path) else _inspect(path)


def _inspect(path: Path) -> FileKind:
    try:
        info = os.stat(path)
        if stat.S_ISDIR(info.st_mode):
            raise StoreRefused(path, "not a file, but a folder", f"set store.path to {path}/feeds.db")
        if not stat.S_ISREG(info.st_mode):
            raise StoreRefused(path, "not a regular file", _RENAME)
        with open(path, "rb") as file:
            header = file.read(_HEADER)
    except FileNotFoundError:
        return _nothing(path)
    except OSError as error:
        raise StoreError(path, *failure("cannot be read", error)) from error
    if header[:16] == _MAGIC and header[68:72] == _APPLICATION:
        return FileKind.STORE if repaired_header(header) == header else FileKind.DAMAGED
    if is_marked(path) and _may_be_damaged(path, header):
        return FileKind.DAMAGED
    raise StoreRefused(path, f"not a store of this program, but {_called(header)}", _RENAME)


def _nothing(path: Path) -> FileKind:
    """Return NOTHING. Raises StoreRefused if another program's files have the names of side files."""
    for suffix in SIDE_FILES:
        if os.path.lexists(f"{path}{suffix}") and not is_marked(path):
            raise StoreRefused(f"{path}{suffix}", "belongs to another database", _RENAME)
    for suffix in (".lock", ".opening", ".requests"):
        if (text := _text_of(Path(f"{path}{suffix}"))) is not None and not _is_mark(text):
            raise StoreRefused(f"{path}{suffix}", "not a file of this program", _RENAME)
    return FileKind.NOTHING


def _may_be_damaged(path: Path, header: bytes) -> bool:
    """Return whether the file with *header* may be the damaged store that was at *path* before."""
    if not header.strip(b"\x00"):
        return True  # cut off, or overwritten with zeros
    if header[68:72] == _APPLICATION:
        return True
    if header[:16] != _MAGIC:
        return path.stat().st_size % PAGE == 0 and _is_ours_inside(path)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as database:
            names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error:
        return True
    return names >= _OURS


def repaired_header(header: bytes) -> bytes:
    """Return *header* with the fixed values of every store restored (SQLite's file format, 1.3)."""
    if len(header) < _HEADER:
        return header
    repaired = bytearray(header)
    repaired[:16] = _MAGIC
    repaired[16:18] = PAGE.to_bytes(2, "big")
    if repaired[18:20] != b"\x01\x01":  # 1, 1: never opened in WAL mode
        repaired[18:20] = b"\x02\x02"
    repaired[20:24] = bytes((0, 64, 32, 32))
    repaired[44:48] = (4).to_bytes(4, "big")
    repaired[56:60] = (1).to_bytes(4, "big")
    repaired[68:72] = _APPLICATION
    return bytes(repaired)


def with_first_page(damaged: Path, target: Path) -> None:
    """Copy *damaged* to *target* with the first page, the schema, of an empty store.

    Tables begin on the same pages in every store that was created with the current schema.
    """
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.db"
        with closing(sqlite3.connect(empty, isolation_level=None)) as database:
            create(database)
        first = empty.read_bytes()[:PAGE]
    with open(damaged, "rb") as source, open(target, "wb") as copy:
        source.seek(len(first))
        copy.write(first)
        shutil.copyfileobj(source, copy)
        pages = copy.tell() // len(first)
        copy.seek(28)  # the number of pages, and an empty list of free pages
        copy.write(pages.to_bytes(4, "big") + bytes(8))


def _is_ours_inside(path: Path) -> bool:
    """Return whether the file at *path* is a store, apart from its first page."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        with_first_page(path, copy)
        try:
            with closing(sqlite3.connect(copy)) as database:
                row = database.execute("SELECT value, checksum FROM meta WHERE key = 'schema'").fetchone()
        except DATABASE_ERRORS:
            return False
    return bool(row) and row_checksum(("schema", row[0])) == row[1]


def _called(header: bytes) -> str:
    if not header:
        return "an empty file"
    return "another program's database" if header[:16] == _MAGIC else "another file"


def claim(path: Path) -> None:
    """Mark the lock file of the store at *path*. Raises StoreRefused if another program wrote it."""
    lock = Path(f"{path}.lock")
    if (text := _text_of(lock)) is None or not text:
        try:
            lock.write_text(f"{_MARK}{path.name}\n")
        except OSError as error:
            raise StoreError(path, *failure("cannot be locked", error)) from error
    elif not _is_mark(text):
        raise StoreRefused(lock, "not the lock of a store", _RENAME)


def is_marked(path: Path) -> bool:
    """Return whether the lock file shows that a store was at *path* before."""
    return _text_of(Path(f"{path}.lock")) == f"{_MARK}{path.name}\n"


def _is_mark(text: str) -> bool:
    return not text or text.startswith(_MARK)


def _text_of(path: Path) -> str | None:
    """The first characters of the file at *path*, None if there is none, ``?`` if it is unreadable."""
    try:
        if not path.is_file():
            return "?" if os.path.lexists(path) else None
        with open(path, "rb") as file:
            return file.read(300).decode(errors="replace")
    except OSError:
        return "?"


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Prevent other processes from opening or replacing the file at *path*."""
    try:
        handle = os.open(f"{path}.opening", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(path, *failure("cannot be written", error)) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    except sqlite3.Error as error:
        raise StoreError(path, *failure_of("cannot be opened", error)) from error
    except OSError as error:
        raise StoreError(path, *failure("cannot be replaced", error)) from error
    finally:
        os.close(handle)


def request(path: Path, requests: Iterable[WriterRequest]) -> None:
    """Append *requests* to the request file of the store at *path*. Raises StoreError."""
    file = Path(f"{path}.requests")
    if (text := _text_of(file)) is not None and not _is_mark(text):
        raise _not_requests(file)
    try:
        with open(file, "a", encoding="utf-8") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            opened.write("".join(f"{_MARK}{each}\n" for each in sorted(requests)))
            with suppress(OSError):  # if run as root: the writer must be able to read and empty the file
                owner = path.stat()
                os.fchown(opened.fileno(), owner.st_uid, owner.st_gid)
    except OSError as error:
        raise StoreError(path, *failure("requests cannot be written", error)) from error


def take_requests(path: Path) -> set[WriterRequest]:
    """Read and empty the request file of the store at *path*. Raises StoreError."""
    file = Path(f"{path}.requests")
    try:
        with open(file, "r+", encoding="utf-8") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            text = opened.read(len(_MARK))
            if not _is_mark(text):
                raise _not_requests(file)
            text += opened.read()
            if text:
                opened.truncate(0)
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise StoreError(path, *failure("requests cannot be read", error)) from error
    except UnicodeError as error:
        raise StoreError(file, "not UTF-8", "delete it") from error
    words = {line.removeprefix(_MARK).strip() for line in text.splitlines()}
    return {each for each in get_args(WriterRequest) if each in words}


def _not_requests(file: Path) -> StoreRefused:
    return StoreRefused(file, "not a file of this program", _RENAME)
