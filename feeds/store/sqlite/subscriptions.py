"""The Subscriptions of one host: a SQLite file of its own beside the store, in WAL mode.

Its connection stays open, because the deliverer writes thousands of small changes.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from feeds.store.sqlite.open_file import OpenFile
from feeds.store.subscription_rows import (
    INTENT_COLUMNS,
    SUBSCRIPTION_COLUMNS,
    intent_of,
    intent_row,
    subscription_of,
    subscription_row,
)
from feeds.store.subscriptions import (
    Cursor,
    DelivererReplaced,
    Intent,
    IntentLimits,
    PushChanges,
    Subscription,
    SubscriptionKey,
    Subscriptions,
    Verdict,
)
from feeds.store.verdicts import WITHIN, IntentContext, verdict

_UNUSED_HOST = "DELETE FROM counts WHERE host = old.host AND host != '' AND NOT subscriptions + pending"
# The statements that lead from each version of the schema to the next; only appended to.
SUBSCRIPTION_MIGRATIONS = (
    "CREATE TABLE subscriptions (key BLOB PRIMARY KEY, host TEXT NOT NULL, topic TEXT NOT NULL, "
    "callback TEXT NOT NULL, until REAL NOT NULL, since REAL NOT NULL, secret BLOB NOT NULL, "
    "algorithm TEXT NOT NULL, acknowledged REAL NOT NULL, due REAL NOT NULL, failures INTEGER NOT NULL, "
    "failing REAL NOT NULL, reason TEXT NOT NULL, not_before REAL NOT NULL, moment INTEGER NOT NULL, "
    "digest BLOB NOT NULL) WITHOUT ROWID",
    # The numbers of subscriptions and of pending intents by host, and of all of them.
    "CREATE TABLE counts (host TEXT PRIMARY KEY, subscriptions INTEGER NOT NULL, "
    "pending INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO counts VALUES ('', 0, 0)",
    "CREATE TRIGGER subscription_began AFTER INSERT ON subscriptions BEGIN "
    "INSERT OR IGNORE INTO counts VALUES (new.host, 0, 0); "
    "UPDATE counts SET subscriptions = subscriptions + 1 WHERE host IN (new.host, ''); END",
    "CREATE TRIGGER subscription_ended AFTER DELETE ON subscriptions BEGIN "
    "UPDATE counts SET subscriptions = subscriptions - 1 WHERE host IN (old.host, ''); "
    f"{_UNUSED_HOST}; END",
    # The last request and the last denial of each key; a number is never used again.
    "CREATE TABLE intents (number INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL, "
    "is_denial INTEGER NOT NULL, is_pending INTEGER NOT NULL, host TEXT NOT NULL, topic TEXT NOT NULL, "
    "callback TEXT NOT NULL, mode TEXT NOT NULL, at REAL NOT NULL, lease INTEGER NOT NULL, "
    "secret BLOB NOT NULL, algorithm TEXT NOT NULL, token TEXT NOT NULL, client TEXT NOT NULL, "
    "reason TEXT NOT NULL, UNIQUE (key, is_denial))",
    "CREATE INDEX intents_pending ON intents (number) WHERE is_pending",
    "CREATE INDEX intents_settled ON intents (at) WHERE NOT is_pending",
    "CREATE TRIGGER intent_arrived AFTER INSERT ON intents BEGIN "
    "INSERT OR IGNORE INTO counts VALUES (new.host, 0, 0); "
    "UPDATE counts SET pending = pending + 1 WHERE host IN (new.host, ''); END",
    "CREATE TRIGGER intent_settled AFTER UPDATE OF is_pending ON intents "
    "WHEN old.is_pending AND NOT new.is_pending BEGIN "
    "UPDATE counts SET pending = pending - 1 WHERE host IN (new.host, ''); "
    f"{_UNUSED_HOST}; END",
    "CREATE TRIGGER intent_replaced AFTER DELETE ON intents WHEN old.is_pending BEGIN "
    "UPDATE counts SET pending = pending - 1 WHERE host IN (old.host, ''); "
    f"{_UNUSED_HOST}; END",
    # One row for each recorded intent of the last minute.
    "CREATE TABLE arrivals (at REAL NOT NULL, client TEXT NOT NULL)",
    "CREATE INDEX arrivals_by_client ON arrivals (client, at)",
    "CREATE INDEX arrivals_by_time ON arrivals (at)",
    # One row: the epoch of the deliverer, and its records. Another file has other epochs.
    "CREATE TABLE deliverer (epoch INTEGER NOT NULL, identity TEXT NOT NULL, moment INTEGER NOT NULL, "
    "report BLOB NOT NULL, withdrawn INTEGER NOT NULL)",
    "INSERT INTO deliverer VALUES (random() & 0xffffffffff, '', 0, x'', 0)",
)
_REMEDY = "move it away, and subscribers subscribe again when they renew"

_INTENT = ", ".join(INTENT_COLUMNS)
_SUBSCRIPTION = ", ".join(SUBSCRIPTION_COLUMNS)
_FORMER = f"""
SELECT is_pending, number, {_INTENT} FROM intents
WHERE key = :key AND NOT is_denial AND (is_pending OR at BETWEEN :at - {WITHIN} AND :at + {WITHIN})
"""
_COUNTS = f"""
SELECT (SELECT since FROM subscriptions WHERE key = :key),
    everywhere.pending, coalesce(there.pending, 0),
    everywhere.subscriptions, coalesce(there.subscriptions, 0),
    (SELECT count(*) FROM arrivals WHERE client = :client
        AND at BETWEEN :at - {WITHIN} AND :at + {WITHIN})
FROM counts AS everywhere LEFT JOIN counts AS there ON there.host = :host WHERE everywhere.host = ''
"""
# Rows with a later time are from before the clock was set back. NOT BETWEEN would read the whole table.
_FORGET = (
    f"DELETE FROM intents WHERE NOT is_pending AND at < :at - {WITHIN}",
    f"DELETE FROM intents WHERE NOT is_pending AND at > :at + {WITHIN}",
    f"DELETE FROM arrivals WHERE at < :at - {WITHIN}",
    f"DELETE FROM arrivals WHERE at > :at + {WITHIN}",
    "DELETE FROM intents WHERE key = :key AND is_denial <= :is_denial",
)
_ADD = f"""
INSERT INTO intents (key, is_denial, is_pending, host, {_INTENT})
VALUES (:key, :is_denial, 1, :host, {", ".join(f":{name}" for name in INTENT_COLUMNS)})
"""
_ARRIVED = "INSERT INTO arrivals (at, client) VALUES (:at, :client)"
_PUT = f"""
INSERT INTO subscriptions (key, host, {_SUBSCRIPTION})
VALUES (:key, :host, {", ".join(f":{name}" for name in SUBSCRIPTION_COLUMNS)})
ON CONFLICT (key) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in SUBSCRIPTION_COLUMNS)}
"""


class SQLiteSubscriptions(Subscriptions):
    """The subscriptions in the file at *path*, which the first change creates for this user alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = OpenFile(path, SUBSCRIPTION_MIGRATIONS, _REMEDY)
        self._recorded = 0
        self._epoch: int | None = None

    def version(self) -> object:
        """See Subscriptions."""
        with self._file.reading() as database:
            if not database:
                return None
            self._require_epoch(database)
            [changes] = database.execute("PRAGMA data_version").fetchone()  # of other connections
            return self._file.connections, changes, self._recorded

    def ask(self, intent: Intent, limits: IntentLimits) -> Verdict:
        """See Subscriptions."""
        row = intent_row(intent)
        with self._file.reading() as database:  # a refusal needs no lock
            if database and (found := _verdict(database, intent, row, limits)) != "recorded":
                return found
        with self._file.writing("FULL") as database:
            if (found := _verdict(database, intent, row, limits)) == "recorded":
                for statement in (*_FORGET, _ADD, _ARRIVED):
                    database.execute(statement, row)
        self._recorded += found == "recorded"
        return found

    def intents(self) -> list[Intent]:
        """See Subscriptions."""
        query = f"SELECT number, {_INTENT} FROM intents WHERE is_pending ORDER BY number"
        with self._file.reading() as database:
            return [intent_of(row) for row in database.execute(query)] if database else []

    def all(self) -> list[Subscription]:
        """See Subscriptions."""
        query = f"SELECT {_SUBSCRIPTION} FROM subscriptions ORDER BY topic, callback"
        with self._file.reading() as database:
            return [subscription_of(row) for row in database.execute(query)] if database else []

    def counts(self) -> tuple[int, int]:
        """See Subscriptions."""
        query = "SELECT subscriptions, pending FROM counts WHERE host = ''"
        with self._file.reading() as database:
            if not database:
                return 0, 0
            subscriptions, pending = database.execute(query).fetchone()
            return subscriptions, pending

    def take_over(self) -> None:
        """See Subscriptions."""
        with self._file.writing("FULL") as database:
            self._epoch = _begin(database)

    def record(self, changes: PushChanges) -> None:
        """See Subscriptions."""
        with self._file.writing("FULL" if changes.settled or changes.ended else "NORMAL") as database:
            if self._epoch is None:
                self._epoch = _begin(database)
            self._require_epoch(database)
            _record(database, changes)

    def _require_epoch(self, database: sqlite3.Connection) -> None:
        if self._epoch not in (None, _epoch(database)):
            raise DelivererReplaced(self._path)

    def cursor(self) -> Cursor:
        """See Subscriptions."""
        with self._file.reading() as database:
            found = database and database.execute("SELECT identity, moment FROM deliverer").fetchone()
            return Cursor(*found) if found else Cursor()

    def report(self) -> bytes:
        """See Subscriptions."""
        with self._file.reading() as database:
            found = database and database.execute("SELECT report FROM deliverer").fetchone()
            return bytes(found[0]) if found else b""

    def withdrawn(self) -> bool:
        """See Subscriptions."""
        with self._file.reading() as database:
            found = database and database.execute("SELECT withdrawn FROM deliverer").fetchone()
            return bool(found and found[0])

    def close(self) -> None:
        """See Subscriptions."""
        self._file.close()


def _verdict(
    database: sqlite3.Connection, intent: Intent, row: dict[str, object], limits: IntentLimits
) -> Verdict:
    former = database.execute(_FORMER, row).fetchone()
    return verdict(
        intent,
        IntentContext(
            intent_of(former[1:]) if former else None,
            bool(former and former[0]),
            *database.execute(_COUNTS, row).fetchone(),
        ),
        limits,
    )


def _begin(database: sqlite3.Connection) -> int:
    database.execute("UPDATE deliverer SET epoch = epoch + 1")
    return _epoch(database)


def _epoch(database: sqlite3.Connection) -> int:
    [epoch] = database.execute("SELECT epoch FROM deliverer").fetchone()
    return int(epoch)


def _record(database: sqlite3.Connection, changes: PushChanges) -> None:
    numbers = [(number,) for number in changes.settled]
    database.executemany("UPDATE intents SET is_pending = 0 WHERE number = ?", numbers)
    database.executemany("DELETE FROM subscriptions WHERE key = ?", _digests(changes.ended))
    database.executemany(_PUT, map(subscription_row, changes.subscriptions))
    if changes.cursor is not None:
        values = (changes.cursor.identity, changes.cursor.moment)
        database.execute("UPDATE deliverer SET identity = ?, moment = ?", values)
    if changes.report is not None:
        database.execute("UPDATE deliverer SET report = ?", (changes.report,))
    if changes.withdrawn is not None:
        database.execute("UPDATE deliverer SET withdrawn = ?", (changes.withdrawn,))


def _digests(keys: Iterable[SubscriptionKey]) -> list[tuple[bytes]]:
    return [(key.digest,) for key in keys]
