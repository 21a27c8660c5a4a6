"""The table of files: those that were read, and those that are held back."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from feeds.store import Changes, File, FileStamp
from feeds.store.sqlite.checksums import row_checksum
from feeds.store.sqlite.connection import Connection
from feeds.store.sqlite.schema import FILE_COLUMNS

_FILE = ", ".join((*FILE_COLUMNS, "checksum"))


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


def has_below(connection: Connection, folder: str) -> bool:
    """See Store."""
    with connection.guard() as database:
        # Paths below a folder sort between "folder/" and "folder0": "0" is the character after "/".
        found = database.execute(
            "SELECT 1 FROM files WHERE path > ? AND path < ? LIMIT 1", (f"{folder}/", f"{folder}0")
        )
        return found.fetchone() is not None


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
    rows = [_row(file) for file in changes.files]
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
