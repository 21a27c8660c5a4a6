"""The journal of a fleet in PostgreSQL.

The head and the lease are one row. Every change of them is one statement that compares and sets this row,
and commits itself: two hosts can never both succeed, and a host that is paused holds no lock.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

import msgspec

from feeds.fleet import (
    GENERATION_UNKNOWN,
    LEASE_SECONDS,
    FleetHost,
    Generation,
    Journal,
    JournalHead,
    Lease,
)
from feeds.fleet.postgres import snapshots
from feeds.fleet.postgres.connection import STATEMENT_SECONDS, PostgresConnection
from feeds.fleet.postgres.failures import lease_lost
from feeds.fleet.postgres.leases import HELD, IN_FORCE, held
from feeds.store import WriterRequest
from feeds.store.replication import Position, RowBatch, following

_QUICK = 1 << 20  # bytes that need no more time than any statement has
_BYTES_PER_SECOND = 50_000  # of a connection that is still good enough
_KEPT_REPORTS = "1 day"

_NOW = "extract(epoch FROM clock_timestamp())::double precision"
_AT = "number = %(before)s AND digest = %(before_digest)s"
_LEASE_ENDS = f"clock_timestamp() + interval '{LEASE_SECONDS} seconds'"

_HEAD = f"""
SELECT identity::text, {_NOW}, j.number, j.digest, s.number, s.digest,
    generation_at, generation_commit, epoch,
    CASE WHEN {IN_FORCE} THEN leader ELSE '' END
FROM feeds.journal AS j LEFT JOIN LATERAL (
    SELECT number, digest FROM feeds.snapshots ORDER BY number DESC, id DESC LIMIT 1
) AS s ON true
"""
_BATCHES = """
SELECT b.number, b.digest, CASE WHEN bytes > %(most_sent)s THEN NULL ELSE content END,
    format, revision, newest
FROM feeds.journal AS j LEFT JOIN LATERAL (
    SELECT *, octet_length(content) AS own, sum(octet_length(content)) OVER (ORDER BY number) AS bytes
    FROM feeds.batches WHERE number > %(after)s
) AS b ON bytes - own < %(most_bytes)s
WHERE j.number > %(after)s ORDER BY b.number
"""
_INSERT = """
, added AS (
    INSERT INTO feeds.batches (number, digest, content, format, revision, newest)
    SELECT %(number)s, %(digest)s, %(content)s, %(format)s, %(revision)s, %(newest)s FROM moved
    RETURNING number
) SELECT pg_notify('feeds_journal', number::text) FROM added
"""
_APPEND = f"""
WITH moved AS (
    UPDATE feeds.journal SET number = %(number)s, digest = %(digest)s,
        generation_at = %(at)s, generation_commit = %(commit)s
    WHERE {_AT} AND {HELD} RETURNING number
) {_INSERT}
"""
_RESTORE = f"""
WITH moved AS (
    UPDATE feeds.journal SET number = %(number)s, digest = %(digest)s WHERE {_AT} RETURNING number
) {_INSERT}
"""
_ACQUIRE = f"""
UPDATE feeds.journal SET epoch = epoch + 1, leader = %(host)s, until = {_LEASE_ENDS}
WHERE {_AT} AND (leader IN ('', %(host)s) OR NOT {IN_FORCE})
    AND (generation_at <= %(at)s OR (generation_commit = %(commit)s AND %(commit)s != ''))
RETURNING epoch, {_NOW}
"""
_RENEW = f"""
UPDATE feeds.journal SET until = {_LEASE_ENDS}, generation_at = greatest(generation_at, %(at)s),
    generation_commit = CASE WHEN %(at)s > generation_at THEN %(commit)s ELSE generation_commit END
WHERE {HELD} RETURNING epoch, {_NOW}
"""
_RELEASE = f"""
WITH released AS (UPDATE feeds.journal SET leader = '' WHERE {HELD} RETURNING epoch)
SELECT pg_notify('feeds_journal', 'release') FROM released
"""
_ACCEPT = """
WITH accepted AS (
    UPDATE feeds.journal SET generation_at = 0, generation_commit = '' RETURNING epoch
) SELECT pg_notify('feeds_journal', 'generation') FROM accepted
"""
_REPORT = """
INSERT INTO feeds.hosts (host, seen, report) VALUES (%(host)s, clock_timestamp(), %(report)s)
ON CONFLICT (host) DO UPDATE SET seen = EXCLUDED.seen, report = EXCLUDED.report
"""
_HOSTS = f"""
SELECT extract(epoch FROM seen)::double precision, report::text FROM feeds.hosts
WHERE seen > clock_timestamp() - interval '{_KEPT_REPORTS}' ORDER BY host
"""
_REQUEST = """
WITH added AS (
    INSERT INTO feeds.requests SELECT unnest(%(requests)s::text[]) ON CONFLICT DO NOTHING
) SELECT pg_notify('feeds_journal', 'request')
"""
# The lock keeps the lease from being taken meanwhile; without a request, nothing is locked.
_TAKE = f"""
WITH held AS (
    SELECT FROM feeds.journal WHERE {HELD} AND EXISTS (SELECT FROM feeds.requests) FOR SHARE
), taken AS (
    DELETE FROM feeds.requests WHERE EXISTS (SELECT FROM held) RETURNING request
) SELECT request FROM taken
"""


class PostgresJournal(Journal):
    """The journal in the database at *dsn*, whose tables the first call makes; *clock* is this host's."""

    def __init__(self, dsn: str, clock: Callable[[], float] = time.time) -> None:
        self._database = PostgresConnection(dsn)
        self._clock = clock

    @property
    def name(self) -> str:
        """See Journal."""
        return self._database.name

    def head(self) -> JournalHead:
        """See Journal."""
        [[identity, now, number, digest, kept, kept_digest, at, commit, *lease]] = self._database.rows(
            _HEAD
        )
        last = Position(kept, kept_digest) if kept else Position()
        return JournalHead(identity, now, Position(number, digest), last, Generation(at, commit), *lease)

    def batches(self, after: int, most_bytes: int) -> list[RowBatch] | None:
        """See Journal."""
        values = {"after": after, "most_bytes": most_bytes}
        rows = self._database.rows(_BATCHES, values | {"most_sent": _QUICK})
        if any(content is None for _, _, content, *_ in rows):
            seconds = _seconds_for(max(most_bytes, _QUICK))
            rows = self._database.rows(_BATCHES, values | {"most_sent": None}, seconds)
        if rows and rows[0][0] != after + 1:
            return None
        return [RowBatch(Position(number, digest), *rest) for number, digest, *rest in rows]

    def append(self, lease: Lease, before: Position, batch: RowBatch, generation: Generation) -> None:
        """See Journal."""
        if not self._moved(_APPEND, before, batch, held(lease) | _age(generation)):
            raise lease_lost(self.name)

    def restore(self, batches: Sequence[RowBatch]) -> None:
        """See Journal."""
        head = self.head().position
        for batch in batches:
            follows = following(head, batch.content) == batch.position
            if not follows or not self._moved(_RESTORE, head, batch, {}):
                raise lease_lost(self.name)
            head = batch.position

    def acquire(self, host: str, generation: Generation, position: Position) -> Lease | None:
        """See Journal."""
        return self._lease(_ACQUIRE, host, _age(generation) | _at(position))

    def renew(self, lease: Lease, generation: Generation = GENERATION_UNKNOWN) -> Lease | None:
        """See Journal."""
        return self._lease(_RENEW, lease.host, held(lease) | _age(generation))

    def release(self, lease: Lease) -> None:
        """See Journal."""
        self._database.rows(_RELEASE, held(lease))

    def accept_generation(self) -> None:
        """See Journal."""
        self._database.rows(_ACCEPT)

    def wait(self, seconds: float) -> None:
        """See Journal."""
        self._database.wait("feeds_journal", seconds)

    def write_snapshot(self, snapshot: Path, position: Position, written_in: int) -> None:
        """See Journal."""
        snapshots.write(self._database, snapshot, position, written_in)

    def read_snapshot(self, target: Path, formats: int) -> Position | None:
        """See Journal."""
        return snapshots.read(self._database, target, formats)

    def report(self, host: FleetHost) -> None:
        """See Journal."""
        self._database.rows(_REPORT, {"host": host.host, "report": msgspec.json.encode(host).decode()})

    def hosts(self) -> list[FleetHost]:
        """See Journal."""
        rows = self._database.rows(_HOSTS)
        return [host for seen, report in rows if (host := _host(seen, report))]

    def forget(self, host: str) -> None:
        """See Journal."""
        self._database.rows("DELETE FROM feeds.hosts WHERE host = %(host)s", {"host": host})

    def request(self, requests: set[WriterRequest]) -> None:
        """See Journal."""
        if requests:
            self._database.rows(_REQUEST, {"requests": sorted(requests)})

    def requests(self, lease: Lease) -> set[WriterRequest]:
        """See Journal."""
        taken = {request for (request,) in self._database.rows(_TAKE, held(lease))}
        return {request for request in get_args(WriterRequest) if request in taken}

    def close(self) -> None:
        """See Journal."""
        self._database.close()

    def _moved(
        self, statement: str, before: Position, batch: RowBatch, values: dict[str, object]
    ) -> bool:
        """Return whether *statement* moved the head from *before* to the position of *batch*."""
        row = {
            "number": batch.position.number,
            "digest": batch.position.digest,
            "content": batch.content,
            "format": batch.format,
            "revision": batch.revision,
            "newest": batch.newest,
        }
        seconds = _seconds_for(len(batch.content))
        return bool(self._database.rows(statement, _at(before) | row | values, seconds))

    def _lease(self, statement: str, host: str, values: dict[str, object]) -> Lease | None:
        """The lease that *statement* gives to *host*; its time is that at half of the round trip."""
        sent = self._clock()
        rows = self._database.rows(statement, {"host": host} | values, LEASE_SECONDS)
        received = self._clock()
        return next((Lease(host, epoch, now - (sent + received) / 2) for epoch, now in rows), None)


def _host(seen: float, report: str) -> FleetHost | None:
    """The host of a *report*, None if it is one of another version that cannot be read."""
    try:
        return msgspec.structs.replace(msgspec.json.decode(report, type=FleetHost), seen=seen)
    except msgspec.DecodeError:
        return None


def _age(generation: Generation) -> dict[str, object]:
    return {"at": generation.at, "commit": generation.commit}


def _at(position: Position) -> dict[str, object]:
    return {"before": position.number, "before_digest": position.digest}


def _seconds_for(size: int) -> float:
    """The time that *size* bytes may take."""
    return STATEMENT_SECONDS if size < _QUICK else STATEMENT_SECONDS + size / _BYTES_PER_SECOND
