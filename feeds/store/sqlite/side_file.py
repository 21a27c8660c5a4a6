"""Files beside a store that have a schema of their own: numbered migrations and errors."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from feeds.errors import StoreError
from feeds.store.sqlite.checksums import DATABASE_ERRORS
from feeds.store.sqlite.failures import failure_of

BUSY_TIMEOUT = 10.0  # seconds to wait for another process that writes


def bring_up(database: sqlite3.Connection, migrations: Sequence[str], path: Path) -> None:
    """Run the *migrations* that the file at *path* lacks; leave a transaction open if any ran.

    Each is one statement. Raises StoreError if the file was written by a newer version.
    """
    [version] = database.execute("PRAGMA user_version").fetchone()
    if version == len(migrations):
        return
    if version > len(migrations):
        raise StoreError(path, "written by a newer version", "use that version")
    database.execute("BEGIN IMMEDIATE")
    [version] = database.execute("PRAGMA user_version").fetchone()
    for statement in migrations[version:]:
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {len(migrations)}")


@contextmanager
def errors_of(path: Path, remedy: str) -> Iterator[None]:
    """Raise errors of SQLite and of the system about the file at *path* as StoreError.

    *remedy* is that of a damaged file.
    """
    try:
        yield
    except (*DATABASE_ERRORS, OSError) as error:
        problem, usual = failure_of("cannot be used", error)
        is_damaged = usual.startswith("run feeds store check")
        raise StoreError(path, problem, remedy if is_damaged else usual) from error
