"""The ReadershipState of one host: a SQLite file of its own beside the store, in WAL mode.

Deleted rows are overwritten, and the log is emptied when a week ends: no key of a past week is left.
"""

import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import astuple

from feeds.store.readership import (
    KEY_BYTES,
    MAX_PENDING_BYTES,
    SENDERS_KEPT,
    Counted,
    CounterReplaced,
    CountState,
    PendingBatch,
    ReaderDay,
    ReadershipState,
)
from feeds.store.sqlite.open_file import OpenFile
from feeds.store.sqlite.writer_lock import WriterLock

# The statements that lead from each version of the schema to the next; only appended to.
READERSHIP_MIGRATIONS = (
    "CREATE TABLE batches (number INTEGER PRIMARY KEY AUTOINCREMENT, content BLOB NOT NULL)",
    "CREATE TABLE senders (sender BLOB PRIMARY KEY, last INTEGER NOT NULL, at REAL NOT NULL) "
    "WITHOUT ROWID",
    "CREATE TABLE queue (bytes INTEGER NOT NULL, lost INTEGER NOT NULL)",
    "INSERT INTO queue VALUES (0, 0)",
    "CREATE TABLE week_keys (week INTEGER PRIMARY KEY, key BLOB NOT NULL)",
    "CREATE TABLE states (week INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, "
    "PRIMARY KEY (week, key))",
    "CREATE TABLE days (day INTEGER NOT NULL, feed TEXT NOT NULL, format TEXT NOT NULL, "
    "readers INTEGER NOT NULL, reported INTEGER NOT NULL, apps INTEGER NOT NULL, push INTEGER NOT NULL, "
    "bots INTEGER NOT NULL, browsers INTEGER NOT NULL, requests INTEGER NOT NULL, "
    "bytes INTEGER NOT NULL, PRIMARY KEY (day, feed, format)) WITHOUT ROWID",
    "CREATE INDEX days_of_feeds ON days (feed, day)",
    "CREATE TABLE counter (epoch INTEGER NOT NULL, records INTEGER NOT NULL, report BLOB NOT NULL)",
    "INSERT INTO counter VALUES (0, 0, x'')",
)
_REMEDY = "move it away, and the count of readers begins again"

_FIELDS = ReaderDay.__struct_fields__
_DAY = ", ".join(_FIELDS)
_IN_ORDER = "ORDER BY day, feed, format"
_PUT_DAY = f"INSERT OR REPLACE INTO days ({_DAY}) VALUES ({', '.join('?' * len(_FIELDS))})"


class SQLiteReadership(ReadershipState):
    """The counts in the file at *path*, which the first change creates for this user alone."""

    def __init__(self, path: Path, max_pending: int = MAX_PENDING_BYTES) -> None:
        self._path = path
        self._max_pending = max_pending
        self._lock = WriterLock(path)
        self._file = OpenFile(path, READERSHIP_MIGRATIONS, _REMEDY, "PRAGMA secure_delete = ON")
        self._epoch: int | None = None
        self._ends_week = False  # until the log is empty

    def put(self, sender: bytes, batches: Sequence[tuple[int, bytes]], at: float) -> None:
        """See ReadershipState."""
        with self._file.writing("NORMAL") as database:
            found = database.execute("SELECT last FROM senders WHERE sender = ?", (sender,)).fetchone()
            last = found[0] if found else 0
            new = [each for each in batches if each[0] > last]
            if not new:
                return
            contents = [(content,) for _, content in new]
            database.executemany("INSERT INTO batches (content) VALUES (?)", contents)
            database.execute("INSERT OR REPLACE INTO senders VALUES (?, ?, ?)", (sender, new[-1][0], at))
            size = sum(len(content) for _, content in new)
            database.execute("UPDATE queue SET bytes = bytes + ?", (size,))
            self._drop_oldest(database)

    def _drop_oldest(self, database: sqlite3.Connection) -> None:
        """Drop batches until at most a half of the allowed bytes is left, if there are too many."""
        [size] = database.execute("SELECT bytes FROM queue").fetchone()
        if size <= self._max_pending:
            return
        numbers: list[tuple[int]] = []
        for number, length in database.execute(
            "SELECT number, length(content) FROM batches ORDER BY number"
        ):
            if size <= self._max_pending // 2:
                break
            numbers.append((number,))
            size -= length
        database.executemany("DELETE FROM batches WHERE number = ?", numbers)
        database.execute("UPDATE queue SET bytes = ?, lost = lost + ?", (size, len(numbers)))

    def week_keys(self, week: int) -> tuple[bytes, bytes]:
        """See ReadershipState."""
        with self._file.reading() as database:
            found = _keys(database, week) if database else []
        if len(found) < 2:
            with self._file.writing("NORMAL") as database:
                made = [(each, secrets.token_bytes(KEY_BYTES)) for each in (week - 1, week)]
                database.executemany("INSERT OR IGNORE INTO week_keys VALUES (?, ?)", made)
                found = _keys(database, week)
        return found[0], found[1]

    def take_over(self) -> None:
        """See ReadershipState."""
        with self._file.writing("NORMAL") as database:
            database.execute("UPDATE counter SET epoch = epoch + 1")
            [self._epoch] = database.execute("SELECT epoch FROM counter").fetchone()

    def states(self) -> list[CountState]:
        """See ReadershipState."""
        with self._file.reading() as database:
            rows = (
                database.execute("SELECT week, key, value FROM states ORDER BY week") if database else []
            )
            return [CountState(*row) for row in rows]

    def pending(self, after: int, most: int) -> list[PendingBatch]:
        """See ReadershipState."""
        query = "SELECT number, content FROM batches WHERE number > ? ORDER BY number LIMIT ?"
        with self._file.reading() as database:
            rows = database.execute(query, (after, most)) if database else []
            return [PendingBatch(*row) for row in rows]

    def record(self, counted: Counted) -> None:
        """See ReadershipState."""
        with self._file.writing("NORMAL") as database:
            [epoch] = database.execute("SELECT epoch FROM counter").fetchone()
            if self._epoch is None or epoch != self._epoch:
                raise CounterReplaced(self._path)
            _record(database, counted)
            ended = _forget(database, counted)
        self._ends_week |= ended
        if self._ends_week:
            with self._file.reading() as reader:
                if reader:
                    [self._ends_week, *_] = reader.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def days(self, first: int, last: int, feed: str | None = None) -> list[ReaderDay]:
        """See ReadershipState."""
        chosen = "" if feed is None else "AND feed = :feed"
        query = f"SELECT {_DAY} FROM days WHERE day BETWEEN :first AND :last {chosen} {_IN_ORDER}"
        with self._file.reading() as database:
            values = {"first": first, "last": last, "feed": feed}
            return [ReaderDay(*row) for row in database.execute(query, values)] if database else []

    def records(self) -> int:
        """See ReadershipState."""
        with self._file.reading() as database:
            return int(database.execute("SELECT records FROM counter").fetchone()[0]) if database else 0

    def report(self) -> bytes:
        """See ReadershipState."""
        with self._file.reading() as database:
            return (
                bytes(database.execute("SELECT report FROM counter").fetchone()[0]) if database else b""
            )

    def lost(self) -> int:
        """See ReadershipState."""
        with self._file.reading() as database:
            return int(database.execute("SELECT lost FROM queue").fetchone()[0]) if database else 0

    def acquire_counter(self) -> bool:
        """See ReadershipState."""
        return self._lock.acquire()

    def close(self) -> None:
        """See ReadershipState."""
        self._file.close()
        self._lock.release()


def _keys(database: sqlite3.Connection, week: int) -> list[bytes]:
    query = "SELECT key FROM week_keys WHERE week IN (?, ?) ORDER BY week"
    return [key for (key,) in database.execute(query, (week - 1, week))]


def _record(database: sqlite3.Connection, counted: Counted) -> None:
    numbers = [(number,) for number in counted.batches]
    sizes = [
        database.execute("SELECT length(content) FROM batches WHERE number = ?", each).fetchone()
        for each in numbers
    ]
    database.executemany("DELETE FROM batches WHERE number = ?", numbers)
    database.execute("UPDATE queue SET bytes = bytes - ?", (sum(each[0] for each in sizes if each),))
    database.executemany("DELETE FROM states WHERE week = ? AND key = ?", counted.dropped)
    database.executemany("INSERT OR REPLACE INTO states VALUES (?, ?, ?)", counted.states)
    database.executemany(_PUT_DAY, map(astuple, counted.days))
    database.execute("UPDATE counter SET records = records + 1, report = ?", (counted.report,))


def _forget(database: sqlite3.Connection, counted: Counted) -> bool:
    """Forget what is too old; return whether a key was among it."""
    database.execute("DELETE FROM days WHERE day < ?", (counted.first_day,))
    database.execute("DELETE FROM senders WHERE at < ?", (counted.at - SENDERS_KEPT,))
    database.execute("DELETE FROM states WHERE week < ?", (counted.first_week,))
    done = database.execute("DELETE FROM week_keys WHERE week < ?", (counted.first_week,))
    return done.rowcount > 0
