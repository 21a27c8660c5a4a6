"""The corpus of a store, its folder and files, read from the file without changing anything."""

from contextlib import closing
from pathlib import Path
from typing import Any

from feeds.errors import StoreError
from feeds.store import File
from feeds.store.sqlite.backup import reading
from feeds.store.sqlite.checksums import DATABASE_ERRORS
from feeds.store.sqlite.ownership import FileKind, inspect


def recorded_corpus(path: Path) -> str:
    """The folder of the corpus in the store at *path*; empty if there is none, or no readable store."""
    rows = _rows(path, "SELECT value FROM meta WHERE key = 'corpus'")
    return str(rows[0][0]) if rows else ""


def recorded_files(path: Path) -> list[File]:
    """The files in the store at *path* with their stamps and sources; none if it cannot be read."""
    rows = _rows(path, "SELECT path, modified, size, inode, source FROM files ORDER BY path")
    return [File(row[0], (row[1], row[2], row[3]), source=row[4]) for row in rows]


def _rows(path: Path, query: str) -> list[Any]:
    try:
        if inspect(path) is not FileKind.STORE:
            return []
        with closing(reading(path)) as database:
            return database.execute(query).fetchall()
    except (StoreError, *DATABASE_ERRORS):
        return []
