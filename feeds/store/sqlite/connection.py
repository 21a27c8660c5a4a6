"""One connection to the file of a SQLite store: transactions, verified rows, and errors of the store."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from feeds.errors import StoreDamaged, StoreError
from feeds.store.compression import PLAIN, Compression
from feeds.store.sqlite.checksums import DATABASE_ERRORS, is_damage, row_checksum
from feeds.store.sqlite.failures import failure_of

MAX_VALUES = 500  # in one statement; SQLite accepts at least 999


class Connection:
    """The connection *database* to the store at *path*; damage is reported by a call of *on_damage*."""

    def __init__(self, database: sqlite3.Connection, path: Path, on_damage: Callable[[], object]) -> None:
        self.database = database
        self.path = path
        self._on_damage = on_damage
        self._compression = PLAIN

    @contextmanager
    def guard(self) -> Iterator[sqlite3.Connection]:
        """Raise errors of SQLite as StoreError, and damage as StoreDamaged."""
        try:
            yield self.database
        except DATABASE_ERRORS as error:
            if is_damage(error):
                raise self.damaged(str(error)) from error
            raise StoreError(self.path, *failure_of("cannot be used", error)) from error

    def damaged(self, detail: str) -> StoreDamaged:
        """Return the error for damage, described by *detail*, and request a check from the writer."""
        self._on_damage()
        return StoreDamaged(self.path, f"damaged: {detail}")

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Run all reads in the ``with`` block at one revision."""
        with self.transaction("BEGIN") as database:
            yield database

    @contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Commit all changes in the ``with`` block, or none."""
        with self.guard() as database:
            database.execute(begin)
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:  # if the disk is full, SQLite has already rolled back
                    database.execute("ROLLBACK")
                self._compression = PLAIN  # its dictionary may have been written in this transaction
                raise

    def empty_log(self) -> None:
        """Move the write-ahead log into the file, unless another connection is reading the log.

        An empty log cannot be damaged.
        """
        self.database.execute("PRAGMA busy_timeout = 0")
        with suppress(sqlite3.Error):
            self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.database.execute("PRAGMA busy_timeout = 10000")

    def meta(self, key: str, default: Any) -> Any:
        """The value of *key* in the table ``meta``."""
        with self.guard() as database:
            row = database.execute("SELECT value, checksum FROM meta WHERE key = ?", (key,)).fetchone()
            if row and row_checksum((key, row[0])) != row[1]:
                raise self.damaged(f"meta: {key}")
        return row[0] if row else default

    def intact(self, rows: Iterable[Sequence[Any]], table: str) -> Iterator[Sequence[Any]]:
        """Verify the checksum at the end of each of *rows*, and remove it. Raises StoreDamaged."""
        for row in rows:
            if row_checksum(row[:-1]) != row[-1]:
                raise self.damaged(f"{table}: {row[0]!r}")
            yield row[:-1]

    def among(self, query: str, values: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """Yield the rows of *query*, with *values* for its question mark, in batches SQLite accepts."""
        with self.guard() as database:
            for start in range(0, len(values), MAX_VALUES):
                some = values[start : start + MAX_VALUES]
                marks = ",".join("?" * len(some))
                yield from database.execute(query.replace("?", marks), some).fetchall()

    @property
    def compression(self) -> Compression:
        """The compression of payloads; the dictionary of a file never changes once it is made."""
        if not self._compression.dictionary:
            try:
                found = self.meta("dictionary", b"")
            except StoreDamaged:
                found = self.meta("dictionary_copy", b"")
            if found:
                self._compression = Compression(found, str(self.path))
        return self._compression
