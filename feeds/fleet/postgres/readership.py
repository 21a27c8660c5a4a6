"""The ReadershipState of a fleet: one for all hosts, in the database of the journal."""

import secrets
from collections.abc import Sequence
from hashlib import blake2b

import psycopg
from msgspec.structs import asdict

from feeds.fleet.postgres.connection import PostgresConnection
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

_FIELDS = ReaderDay.__struct_fields__
_DAY = ", ".join(_FIELDS)
_LOCK = "SELECT FROM feeds.reader_queue FOR UPDATE"
_LAST = "SELECT last FROM feeds.reader_senders WHERE sender = %(sender)s"
_SENT = """
INSERT INTO feeds.reader_senders VALUES (%(sender)s, %(last)s, %(at)s)
ON CONFLICT (sender) DO UPDATE SET last = EXCLUDED.last, at = EXCLUDED.at
"""
_ADD = "INSERT INTO feeds.reader_batches (content) VALUES (%s)"
_GROW = "UPDATE feeds.reader_queue SET bytes = bytes + %s RETURNING bytes"
_DROP_OLDEST = """
WITH dropped AS (
    DELETE FROM feeds.reader_batches WHERE number IN (
        SELECT number FROM (
            SELECT number, sum(length(content)) OVER (ORDER BY number DESC) AS upto
            FROM feeds.reader_batches
        ) AS sums WHERE upto > %(most)s
    ) RETURNING length(content) AS size
)
UPDATE feeds.reader_queue SET bytes = bytes - (SELECT coalesce(sum(size), 0) FROM dropped),
    lost = lost + (SELECT count(*) FROM dropped)
"""
_KEYS = "SELECT key FROM feeds.reader_keys WHERE week IN (%(before)s, %(week)s) ORDER BY week"
_NEW_KEYS = """
INSERT INTO feeds.reader_keys VALUES (%(before)s, %(one)s), (%(week)s, %(other)s) ON CONFLICT DO NOTHING
"""
_TAKE_OVER = "UPDATE feeds.reader_counter SET epoch = epoch + 1 RETURNING epoch"
_PENDING = """
SELECT number, content FROM feeds.reader_batches WHERE number > %(after)s ORDER BY number LIMIT %(most)s
"""
_HOLD = "SELECT epoch FROM feeds.reader_counter FOR UPDATE"
_PUT_STATE = """
INSERT INTO feeds.reader_states VALUES (%s, %s, %s)
ON CONFLICT (week, key) DO UPDATE SET value = EXCLUDED.value
"""
_PUT_DAY = f"""
INSERT INTO feeds.reader_days (key, {_DAY})
VALUES (%(key)s, {", ".join(f"%({name})s" for name in _FIELDS)})
ON CONFLICT (day, key) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _FIELDS)}
"""
_REPORT = "UPDATE feeds.reader_counter SET records = records + 1, report = %s"
_UNCOUNT = """
WITH counted AS (
    DELETE FROM feeds.reader_batches WHERE number = ANY(%(numbers)s) RETURNING length(content) AS size
)
UPDATE feeds.reader_queue SET bytes = bytes - (SELECT coalesce(sum(size), 0) FROM counted)
"""
_OF_FEED = "AND md5(feed) = md5(%(feed)s) AND feed = %(feed)s"
_DAYS = f"SELECT {_DAY} FROM feeds.reader_days WHERE day BETWEEN %(first)s AND %(last)s"
_IN_ORDER = 'ORDER BY day, feed COLLATE "C", format COLLATE "C"'


class PostgresReadership(ReadershipState):
    """The counts in the database at *dsn*, whose tables the first call makes.

    The host that leads the fleet counts: ``acquire_counter`` refuses nobody.
    """

    def __init__(self, dsn: str, max_pending: int = MAX_PENDING_BYTES) -> None:
        self._database = PostgresConnection(dsn)
        self._max_pending = max_pending
        self._epoch: int | None = None

    def put(self, sender: bytes, batches: Sequence[tuple[int, bytes]], at: float) -> None:
        """See ReadershipState."""
        with self._database.used() as connection, connection.transaction():
            connection.execute(_LOCK)
            found = connection.execute(_LAST, {"sender": sender}).fetchone()
            last = found[0] if found else 0
            new = [each for each in batches if each[0] > last]
            if not new:
                return
            with connection.cursor() as cursor:
                cursor.executemany(_ADD, [(content,) for _, content in new])
            connection.execute(_SENT, {"sender": sender, "last": new[-1][0], "at": at})
            [[size]] = connection.execute(_GROW, [sum(len(content) for _, content in new)])
            if size > self._max_pending:
                connection.execute(_DROP_OLDEST, {"most": self._max_pending // 2})

    def week_keys(self, week: int) -> tuple[bytes, bytes]:
        """See ReadershipState."""
        weeks = {"before": week - 1, "week": week}
        found = self._database.rows(_KEYS, weeks)
        if len(found) < 2:
            one, other = (secrets.token_bytes(KEY_BYTES) for _ in range(2))
            self._database.rows(_NEW_KEYS, weeks | {"one": one, "other": other})
            found = self._database.rows(_KEYS, weeks)
        [[before], [key]] = found
        return bytes(before), bytes(key)

    def take_over(self) -> None:
        """See ReadershipState."""
        [[self._epoch]] = self._database.rows(_TAKE_OVER)

    def states(self) -> list[CountState]:
        """See ReadershipState."""
        query = "SELECT week, key, value FROM feeds.reader_states ORDER BY week"
        return [
            CountState(week, bytes(key), bytes(value)) for week, key, value in self._database.rows(query)
        ]

    def pending(self, after: int, most: int) -> list[PendingBatch]:
        """See ReadershipState."""
        rows = self._database.rows(_PENDING, {"after": after, "most": most})
        return [PendingBatch(number, bytes(content)) for number, content in rows]

    def record(self, counted: Counted) -> None:
        """See ReadershipState."""
        with self._database.used() as connection:
            with connection.transaction():
                [[epoch]] = connection.execute(_HOLD)
                if self._epoch is None or epoch != self._epoch:
                    raise CounterReplaced(self._database.name)
                _record(connection, counted)
                ended = _forget(connection, counted)
                connection.execute(_UNCOUNT, {"numbers": list(counted.batches)})  # the lock, held briefly
            if ended:
                connection.execute("VACUUM feeds.reader_keys, feeds.reader_states")

    def days(self, first: int, last: int, feed: str | None = None) -> list[ReaderDay]:
        """See ReadershipState."""
        chosen = "" if feed is None else _OF_FEED
        rows = self._database.rows(
            f"{_DAYS} {chosen} {_IN_ORDER}", {"first": first, "last": last, "feed": feed}
        )
        return [ReaderDay(*row) for row in rows]

    def records(self) -> int:
        """See ReadershipState."""
        [[records]] = self._database.rows("SELECT records FROM feeds.reader_counter")
        return int(records)

    def report(self) -> bytes:
        """See ReadershipState."""
        [[report]] = self._database.rows("SELECT report FROM feeds.reader_counter")
        return bytes(report)

    def lost(self) -> int:
        """See ReadershipState."""
        [[lost]] = self._database.rows("SELECT lost FROM feeds.reader_queue")
        return int(lost)

    def acquire_counter(self) -> bool:
        """See ReadershipState."""
        return True

    def close(self) -> None:
        """See ReadershipState."""
        self._database.close()


def _record(connection: psycopg.Connection, counted: Counted) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM feeds.reader_states WHERE week = %s AND key = %s", counted.dropped
        )
        cursor.executemany(_PUT_STATE, counted.states)
        cursor.executemany(_PUT_DAY, [{"key": _key(each), **asdict(each)} for each in counted.days])
    connection.execute(_REPORT, [counted.report])


def _forget(connection: psycopg.Connection, counted: Counted) -> bool:
    """Forget what is too old; return whether a key was among it."""
    connection.execute("DELETE FROM feeds.reader_days WHERE day < %s", [counted.first_day])
    connection.execute("DELETE FROM feeds.reader_senders WHERE at < %s", [counted.at - SENDERS_KEPT])
    connection.execute("DELETE FROM feeds.reader_states WHERE week < %s", [counted.first_week])
    done = connection.execute("DELETE FROM feeds.reader_keys WHERE week < %s", [counted.first_week])
    return done.rowcount > 0


def _key(day: ReaderDay) -> bytes:
    """The key of the row of a feed in one format."""
    return blake2b(f"{day.feed}\n{day.format}".encode(), digest_size=16).digest()
