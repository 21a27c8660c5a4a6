"""The ReaderChecks of one host: a SQLite file of its own beside the store."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from feeds.store.reader_checks import (
    CHECK_SECONDS,
    MAX_CHECKED_REQUESTS,
    MAX_CHECKS,
    CheckedRequest,
    CompletesRequest,
    ReaderChecks,
)
from feeds.store.sqlite.side_file import BUSY_TIMEOUT, bring_up, errors_of

# The statements that lead from each version of the schema to the next; only appended to.
CHECK_MIGRATIONS = (
    "CREATE TABLE checks (name TEXT PRIMARY KEY, begun REAL NOT NULL, used REAL NOT NULL, "
    "requests BLOB NOT NULL) WITHOUT ROWID",
)
_REMEDY = "delete it; checks of readers begin anew"
_decoder = msgspec.json.Decoder(list[CheckedRequest])


class SQLiteReaderChecks(ReaderChecks):
    """The checks in the file at *path*, which the first request of a reader creates."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def requests(self, check: str) -> list[CheckedRequest]:
        """See ReaderChecks."""
        if not self._path.exists():
            return []
        with self._connected() as database:
            return _requests(database, check)

    def record(self, check: str, now: float, answer: CompletesRequest) -> CheckedRequest:
        """See ReaderChecks."""
        with self._connected() as database:
            if not database.in_transaction:
                database.execute("BEGIN IMMEDIATE")
            database.execute("DELETE FROM checks WHERE begun < ?", (now - CHECK_SECONDS,))
            before = _requests(database, check)
            answered = answer(before)
            if len(before) < MAX_CHECKED_REQUESTS:
                _make_room(database, check)
                begun = before[0].time if before else now
                written = msgspec.json.encode([*before, answered])
                database.execute(
                    "INSERT OR REPLACE INTO checks VALUES (?,?,?,?)", (check, begun, now, written)
                )
            return answered

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection with the schema of this version; commit at the end."""
        with (
            errors_of(self._path, _REMEDY),
            closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT)) as database,
            database,
        ):
            database.execute("PRAGMA synchronous = OFF")  # nothing here is worth a wait for the disk
            bring_up(database, CHECK_MIGRATIONS, self._path)
            yield database


def _requests(database: sqlite3.Connection, check: str) -> list[CheckedRequest]:
    row = database.execute("SELECT requests FROM checks WHERE name = ?", (check,)).fetchone()
    return _decoder.decode(row[0]) if row else []


def _make_room(database: sqlite3.Connection, check: str) -> None:
    """Delete the least recently used checks, so that at most MAX_CHECKS remain with *check*."""
    database.execute(
        "DELETE FROM checks WHERE name IN "
        "(SELECT name FROM checks WHERE name != ? ORDER BY used DESC LIMIT -1 OFFSET ?)",
        (check, MAX_CHECKS - 1),
    )
