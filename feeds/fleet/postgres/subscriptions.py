"""The Subscriptions of a fleet: one for all hosts, in the database of the journal."""

import psycopg
from msgspec.structs import asdict

from feeds.fleet.postgres.connection import PostgresConnection
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
    Subscriptions,
    Verdict,
)
from feeds.store.verdicts import WITHIN, IntentContext, verdict

_Row = dict[str, object]


def _named(*names: str) -> str:
    return ", ".join(f"%({name})s" for name in names)


def _replaced(*names: str) -> str:
    return ", ".join(f"{name} = EXCLUDED.{name}" for name in names)


_INTENT = ", ".join(INTENT_COLUMNS)
_SUBSCRIPTION = ", ".join(SUBSCRIPTION_COLUMNS)
_RECENT = f"at BETWEEN %(at)s - {WITHIN} AND %(at)s + {WITHIN}"

_STANDING = f"""
SELECT (SELECT since FROM feeds.push_subscriptions WHERE key = %(key)s),
    (SELECT count(*) FROM feeds.push_intents WHERE is_pending),
    (SELECT count(*) FROM feeds.push_intents WHERE is_pending AND host = %(host)s),
    (SELECT subscriptions FROM feeds.push_counts WHERE host = ''),
    coalesce((SELECT subscriptions FROM feeds.push_counts WHERE host = %(host)s), 0),
    (SELECT count(*) FROM feeds.push_arrivals WHERE client = %(client)s AND {_RECENT}),
    is_pending, number, {_INTENT}
FROM (SELECT) AS one LEFT JOIN feeds.push_intents
    ON key = %(key)s AND NOT is_denial AND (is_pending OR {_RECENT})
"""
_LOCK = "UPDATE feeds.push_asked SET change = gen_random_uuid()"
# In one statement, which may change a row only once.
_ADD = f"""
WITH forgotten AS (
    DELETE FROM feeds.push_intents WHERE NOT is_pending AND NOT {_RECENT} AND key != %(key)s
), uncounted AS (
    DELETE FROM feeds.push_arrivals WHERE NOT {_RECENT}
), replaced AS (
    DELETE FROM feeds.push_intents WHERE key = %(key)s AND is_denial < %(is_denial)s
), counted AS (
    INSERT INTO feeds.push_arrivals (at, client) VALUES (%(at)s, %(client)s)
)
INSERT INTO feeds.push_intents (key, is_denial, host, {_INTENT})
VALUES ({_named("key", "is_denial", "host", *INTENT_COLUMNS)})
ON CONFLICT (key, is_denial) DO UPDATE SET is_pending = true, {_replaced("number", *INTENT_COLUMNS)}
"""
_PENDING = f"SELECT number, {_INTENT} FROM feeds.push_intents WHERE is_pending ORDER BY number"
_ALL = f"""
SELECT {_SUBSCRIPTION} FROM feeds.push_subscriptions ORDER BY topic COLLATE "C", callback COLLATE "C"
"""
_COUNTS = """
SELECT subscriptions, (SELECT count(*) FROM feeds.push_intents WHERE is_pending)
FROM feeds.push_counts WHERE host = ''
"""
_VERSION = "SELECT change::text, epoch FROM feeds.push_asked, feeds.push_deliverer"
_TAKE_OVER = "UPDATE feeds.push_deliverer SET epoch = epoch + 1 RETURNING epoch"
# A record that loses its last half second with a crash of the database is made again.
_HOLD = """
SELECT epoch, set_config('synchronous_commit', CASE WHEN %(is_urgent)s
    THEN current_setting('synchronous_commit') ELSE 'off' END, true)
FROM feeds.push_deliverer FOR UPDATE
"""
_HOLD_INTENTS = "SELECT FROM feeds.push_asked FOR UPDATE"
_SETTLE = "UPDATE feeds.push_intents SET is_pending = false WHERE number = ANY(%(numbers)s)"
_END = "DELETE FROM feeds.push_subscriptions WHERE key = ANY(%(keys)s)"
_PUT = f"""
INSERT INTO feeds.push_subscriptions (key, host, {_SUBSCRIPTION})
VALUES ({_named("key", "host", *SUBSCRIPTION_COLUMNS)})
ON CONFLICT (key) DO UPDATE SET {_replaced(*SUBSCRIPTION_COLUMNS)}
"""
_PROGRESS = """
UPDATE feeds.push_deliverer SET identity = coalesce(%(identity)s, identity),
    moment = coalesce(%(moment)s, moment), report = coalesce(%(report)s, report),
    withdrawn = coalesce(%(withdrawn)s, withdrawn)
"""


class PostgresSubscriptions(Subscriptions):
    """The subscriptions in the database at *dsn*, whose tables the first call makes.

    Hosts record intents one after the other, and never wait for a delivery.
    """

    def __init__(self, dsn: str) -> None:
        self._database = PostgresConnection(dsn)
        self._epoch: int | None = None

    def version(self) -> object:
        """See Subscriptions."""
        [[change, epoch]] = self._database.rows(_VERSION)
        self._require(epoch)
        return change

    def ask(self, intent: Intent, limits: IntentLimits) -> Verdict:
        """See Subscriptions."""
        row = intent_row(intent)
        with self._database.used() as connection:
            if (found := _verdict(connection, intent, row, limits)) != "recorded":
                return found  # a refusal needs no lock
            with connection.transaction():
                connection.execute(_LOCK)
                if (found := _verdict(connection, intent, row, limits)) != "recorded":
                    raise psycopg.Rollback
                connection.execute(_ADD, row)
        return found

    def intents(self) -> list[Intent]:
        """See Subscriptions."""
        return [*map(intent_of, self._database.rows(_PENDING))]

    def all(self) -> list[Subscription]:
        """See Subscriptions."""
        return [*map(subscription_of, self._database.rows(_ALL))]

    def counts(self) -> tuple[int, int]:
        """See Subscriptions."""
        [[subscriptions, pending]] = self._database.rows(_COUNTS)
        return subscriptions, pending

    def take_over(self) -> None:
        """See Subscriptions."""
        [[self._epoch]] = self._database.rows(_TAKE_OVER)

    def record(self, changes: PushChanges) -> None:
        """See Subscriptions."""
        if self._epoch is None:
            self.take_over()
        with self._database.used() as connection, connection.transaction():
            is_urgent = bool(changes.settled or changes.ended)
            [[epoch, _]] = connection.execute(_HOLD, {"is_urgent": is_urgent})
            self._require(epoch)
            _record(connection, changes)

    def _require(self, epoch: int) -> None:
        if self._epoch not in (None, epoch):
            raise DelivererReplaced(self._database.name)

    def cursor(self) -> Cursor:
        """See Subscriptions."""
        [row] = self._database.rows("SELECT identity, moment FROM feeds.push_deliverer")
        return Cursor(*row)

    def report(self) -> bytes:
        """See Subscriptions."""
        [[report]] = self._database.rows("SELECT report FROM feeds.push_deliverer")
        return bytes(report)

    def withdrawn(self) -> bool:
        """See Subscriptions."""
        [[withdrawn]] = self._database.rows("SELECT withdrawn FROM feeds.push_deliverer")
        return bool(withdrawn)

    def close(self) -> None:
        """See Subscriptions."""
        self._database.close()


def _verdict(connection: psycopg.Connection, intent: Intent, row: _Row, limits: IntentLimits) -> Verdict:
    [found] = connection.execute(_STANDING, row, binary=True)
    counts, is_pending, former = found[:6], bool(found[6]), found[7:]
    known = intent_of(former) if former[0] is not None else None
    return verdict(intent, IntentContext(known, is_pending, *counts), limits)


def _record(connection: psycopg.Connection, changes: PushChanges) -> None:
    if changes.settled:
        connection.execute(_HOLD_INTENTS)
        connection.execute(_SETTLE, {"numbers": changes.settled})
    if changes.ended:
        connection.execute(_END, {"keys": [key.digest for key in changes.ended]})
    if changes.subscriptions:
        with connection.cursor() as cursor:
            cursor.executemany(_PUT, [*map(subscription_row, changes.subscriptions)])
    progress = asdict(changes.cursor) if changes.cursor else {"identity": None, "moment": None}
    progress |= {"report": changes.report, "withdrawn": changes.withdrawn}
    if any(value is not None for value in progress.values()):
        connection.execute(_PROGRESS, progress)
