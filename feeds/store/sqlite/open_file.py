"""OpenFile: a SQLite file beside the store, in WAL mode, whose connection stays open between calls.

A file that was deleted or replaced is noticed by the next call: nothing is written to a file that has no
name.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from feeds.store.sqlite.backup import make_durable, new_file
from feeds.store.sqlite.ownership import SIDE_FILES, opening
from feeds.store.sqlite.side_file import BUSY_TIMEOUT, bring_up, errors_of

_Synchronous = Literal["FULL", "NORMAL"]
"""The durability of a commit: FULL survives a power failure, NORMAL the end of this process."""


class OpenFile:
    """The file at *path*, which the first change creates for this user alone, with *migrations*.

    *remedy* is that of a damaged file. *setup* are pragmas of each connection. Used by one thread at a
    time.
    """

    def __init__(self, path: Path, migrations: Sequence[str], remedy: str, *setup: str) -> None:
        self._path = path
        self._migrations = migrations
        self._remedy = remedy
        self._setup = setup
        self._database: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        self.connections = 0  # the number of those that were made

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Yield the connection, None if there is no file yet. Raises StoreError."""
        with self._errors():
            yield self._connected() if self._identity() else None

    @contextmanager
    def writing(self, synchronous: _Synchronous) -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction, which is committed at the end. Raises StoreError."""
        with self._errors():
            if not self._identity():
                self._create()
            database = self._connected()
            database.execute(f"PRAGMA synchronous = {synchronous}")
            database.execute("BEGIN IMMEDIATE")
            yield database
            database.execute("COMMIT")

    def close(self) -> None:
        """Close the connection, which ends its transaction."""
        database, self._database = self._database, None
        if database:
            database.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise errors as StoreError, and close the connection; the next access opens another one."""
        try:
            with errors_of(self._path, self._remedy):
                yield
        except BaseException:
            self.close()
            raise

    def _identity(self) -> tuple[int, int] | None:
        try:
            info = os.stat(self._path)
        except FileNotFoundError:
            return None
        return info.st_dev, info.st_ino

    def _connected(self) -> sqlite3.Connection:
        if self._database and self._opened == self._identity():
            return self._database
        self.close()
        self._opened = self._identity()
        self.connections += 1
        self._database = _connection(self._path, self._setup)
        _bring_up(self._database, self._migrations, self._path)
        return self._database

    def _create(self) -> None:
        """Make the file, complete from the moment that it has its name."""
        with opening(self._path):
            if self._identity():
                return
            with new_file(self._path) as made:
                os.chmod(made, 0o600)  # SQLite gives its side files the same mode
                with closing(_connection(made, self._setup)) as database:
                    _bring_up(database, self._migrations, made)
                    database.execute("PRAGMA journal_mode = WAL")
                make_durable(made)
                for suffix in SIDE_FILES:  # of a file that was deleted: SQLite would apply its log
                    Path(f"{self._path}{suffix}").unlink(missing_ok=True)
                os.rename(made, self._path)
            make_durable(self._path.parent)


def _connection(path: Path, setup: Sequence[str]) -> sqlite3.Connection:
    made = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    for pragma in setup:
        made.execute(pragma)
    return made


def _bring_up(database: sqlite3.Connection, migrations: Sequence[str], path: Path) -> None:
    bring_up(database, migrations, path)
    if database.in_transaction:
        database.execute("COMMIT")
