"""The table of files: those that were read, and those that are held back."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from feeds.store import Changes, File, FileStamp
from feeds.store.sqlite.checksums import row_checksum
from feeds.store.sqlite.connection import Connection
from feeds.store.sqlite.schema import FILE_COLUMNS

_FILE = ", ".join((*FILE_COLUMNS, "checksum"))
_SOURCE = FILE_COLUMNS.index("source")
NO_STAMP: FileStamp = (0, 0, 0)


def files(connection: Connection, paths: Sequence[str] | None) -> dict[str, File]:
    """See Store."""
    rows = _rows(connection, _FILE, paths)
    return {row[0]: _file(row) for row in connection.intact(rows, "files")}


def stamps(connection: Connection, paths: Sequence[str] | None) -> dict[str, FileStamp]:
    """See Store. No checksum is verified, so that a sweep is quick."""
    rows = _rows(connection, "path, modified, size, inode", paths)
    return {path: (modified, size, inode) for path, modified, size, inode in rows}


def _rows(connection: Connection, columns: str, paths: Sequence[str] | None) -> Iterator[Sequence[Any]]:
    """The *columns* of every file, or of those at *paths*."""
    if paths is not None:
        yield from connection.among(f"SELECT {columns} FROM files WHERE path IN (?)", paths)
        return
    with connection.guard() as database:
        yield from database.execute(f"SELECT {columns} FROM files")


def count(connection: Connection) -> int:
    """See Store.file_count."""
    with connection.guard() as database:
        return int(database.execute("SELECT count(*) FROM files").fetchone()[0])


def has_any(connection: Connection) -> bool:
    """See Store.has_files."""
    with connection.guard() as database:
        return database.execute("SELECT 1 FROM files LIMIT 1").fetchone() is not None


def has_below(connection: Connection, folder: str) -> bool:
    """See Store."""
    with connection.guard() as database:
        # Paths below a folder sort between "folder/" and "folder0": "0" is the character after "/".
        found = database.execute(
            "SELECT 1 FROM files WHERE path > ? AND path < ? LIMIT 1", (f"{folder}/", f"{folder}0")
        )
        return found.fetchone() is not None


def article_paths(connection: Connection) -> list[str]:
    """See Store."""
    with connection.guard() as database:
        return [path for (path,) in database.execute("SELECT path FROM files WHERE id != ''")]


def paths_claiming(connection: Connection, id_: str) -> list[str]:
    """See Store."""
    with connection.guard() as database:
        rows = database.execute("SELECT path FROM files WHERE id = ? ORDER BY path", (id_,))
        return [path for (path,) in rows]


def held_back(connection: Connection, most: int) -> tuple[int, int, list[File]]:
    """The numbers of bad and of withheld files, and *most* of them, bad ones first."""
    database = connection.database
    counts: dict[int, int] = dict(
        database.execute(
            "SELECT withheld, count(*) FROM files WHERE problem != '' GROUP BY withheld"
        ).fetchall()
    )
    held = database.execute(
        f"SELECT {_FILE} FROM files WHERE problem != '' ORDER BY withheld, path LIMIT ?", (most,)
    )
    found = [_file(row) for row in connection.intact(held, "files")]
    return counts.get(0, 0), counts.get(1, 0), found


def newest(connection: Connection, now: float) -> int:
    """The newest modification time until *now* of a file, in seconds since 1970, 0 if there is none."""
    until = int((now + 1) * 1e9)
    found = connection.database.execute("SELECT max(modified) FROM files WHERE modified < ?", (until,))
    return int(found.fetchone()[0] or 0) // 1_000_000_000


def write(database: sqlite3.Connection, changes: Changes) -> None:
    """Write the files of *changes*, and delete those that are gone."""
    database.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in changes.gone])
    _insert(database, [_row(file) for file in changes.files])


OwnStamps = Mapping[str, tuple[bytes, FileStamp]]
"""The source and the stamp of files on this host, by path."""


def own_stamps(connection: Connection, paths: Sequence[str] | None) -> dict[str, tuple[bytes, FileStamp]]:
    """The OwnStamps of the files at *paths*, or of all files."""
    rows = _rows(connection, "path, source, modified, size, inode", paths)
    return {path: (source, (modified, size, inode)) for path, source, modified, size, inode in rows}


def write_replicated(connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Write *rows*, which have no stamps: a file keeps its stamp if its known source is the same."""
    own = own_stamps(connection, [row[0] for row in rows])
    stamped = [(row[0], *_own_stamp(own, row[0], row[_SOURCE - 3]), *row[1:]) for row in rows]
    _insert(connection.database, stamped)


def restamp(database: sqlite3.Connection, own: OwnStamps) -> None:
    """Replace the stamps of all files by *own* ones of the same known source, else by zeros."""
    rows = []
    for row in database.execute(f"SELECT {_FILE} FROM files"):
        stamp = _own_stamp(own, row[0], row[_SOURCE])
        if stamp != row[1:4]:
            rows.append((row[0], *stamp, *row[4:-1]))
    _insert(database, rows)


def _own_stamp(own: OwnStamps, path: str, source: bytes) -> FileStamp:
    former, stamp = own.get(path, (b"", NO_STAMP))
    return stamp if source and source == former else NO_STAMP


def unread(connection: Connection, most: int) -> list[tuple[str, bytes]]:
    """Path and source of at most *most* files without a stamp, whose source is known."""
    with connection.guard() as database:
        query = (
            "SELECT path, source FROM files "
            "WHERE modified = 0 AND size = 0 AND inode = 0 AND source != x'' LIMIT ?"
        )
        return database.execute(query, (most,)).fetchall()


def stamp(connection: Connection, stamps: Mapping[str, FileStamp]) -> None:
    """Write the stamps of the files at the paths in *stamps*, as far as these are known."""
    rows = _rows(connection, _FILE, [*stamps])
    intact = connection.intact(rows, "files")
    _insert(connection.database, [(row[0], *stamps[row[0]], *row[4:]) for row in intact])


def _insert(database: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> None:
    database.executemany(
        f"INSERT OR REPLACE INTO files ({_FILE}) VALUES ({'?,' * len(FILE_COLUMNS)} ?)",
        [(*row, row_checksum(row)) for row in rows],
    )


def _file(row: Sequence[Any]) -> File:
    """The File of one row, without its checksum."""
    return File(row[0], (row[1], row[2], row[3]), *row[4:])


def _row(file: File) -> tuple[Any, ...]:
    """The values of *file* in the order of FILE_COLUMNS."""
    path, stamp, id_, line, problem, withheld, *rest = msgspec.structs.astuple(file)
    return (path, *stamp, id_, line, problem, int(withheld), *rest)
