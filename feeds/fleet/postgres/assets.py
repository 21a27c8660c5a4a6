"""The files of the corpus in the database of the journal."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import count

import psycopg

from feeds.fleet import Lease
from feeds.fleet.assets import KEPT_SECONDS, Asset, AssetNames, Assets, Hashed
from feeds.fleet.postgres.connection import PostgresConnection, allow
from feeds.fleet.postgres.failures import lease_lost
from feeds.fleet.postgres.leases import HELD, held

_SECONDS = 1_800  # to send a content: 500 MB at 3 Mbit/s
_KEY_SIZE = 16  # bytes
_MAX_NUMBER = (1 << 63) - 1  # bigint

_MICROSECONDS = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_STATE = "SELECT identity::text, version, revision FROM feeds.journal, feeds.asset_state"
# Both tables have one row. Without LIMIT, the planner expects thousands, and compiles the query: 0.3 s.
_NAMES = """
WITH asked AS (
    SELECT identity::text, version, revision,
        identity::text != %(identity)s OR version < %(number)s OR pruned > %(number)s AS whole
    FROM feeds.journal, feeds.asset_state LIMIT 1
)
SELECT identity, asked.version, revision, whole, name, digest, size, modified
FROM asked LEFT JOIN feeds.asset_names AS n
    ON CASE WHEN whole THEN n.digest IS NOT NULL ELSE n.version > %(number)s END
"""
_CONTENT = "SELECT true FROM feeds.asset_contents WHERE digest = %(digest)s"
_CHUNK = "SELECT content FROM feeds.asset_chunks WHERE digest = %(digest)s AND part = %(part)s"
_KEEP = """
UPDATE feeds.asset_contents SET kept = clock_timestamp() WHERE digest = ANY(%(digests)s)
RETURNING digest
"""
_INSERT = "INSERT INTO feeds.asset_contents (digest) VALUES (%s) ON CONFLICT DO NOTHING"
_SEND = "COPY feeds.asset_chunks (digest, part, content) FROM STDIN (FORMAT BINARY)"
# One statement, as every change that needs the lease: a host that is paused holds no lock. Each part sees
# the tables as they were before it.
_PUBLISH = f"""
WITH held AS (
    SELECT FROM feeds.journal WHERE {HELD} FOR SHARE
), given AS (
    SELECT * FROM unnest(%(keys)s::bytea[], %(names)s::text[], %(digests)s::text[], %(sizes)s::bigint[],
        %(modified)s::bigint[]) AS given (key, name, digest, size, modified)
), changed AS (
    SELECT given.*, n.digest AS former FROM given LEFT JOIN feeds.asset_names AS n USING (key)
    WHERE n.digest IS DISTINCT FROM given.digest
), gone AS (
    SELECT key, digest AS former FROM feeds.asset_names
    WHERE key = ANY(%(removed)s::bytea[]) AND digest IS NOT NULL
), moved AS (
    UPDATE feeds.asset_state SET revision = %(revision)s, version = CASE
        WHEN EXISTS (SELECT FROM changed UNION ALL SELECT FROM gone)
        THEN GREATEST(version + 1, {_MICROSECONDS}) ELSE version END
    WHERE EXISTS (SELECT FROM held) RETURNING version
), named AS (
    INSERT INTO feeds.asset_names (key, name, digest, size, modified, version)
    SELECT key, name, digest, size, modified, version FROM changed, moved
    ON CONFLICT (key) DO UPDATE SET digest = EXCLUDED.digest, size = EXCLUDED.size,
        modified = EXCLUDED.modified, version = EXCLUDED.version
), removed AS (
    UPDATE feeds.asset_names AS n SET digest = NULL, version = moved.version
    FROM gone, moved WHERE n.key = gone.key
), kept AS (
    UPDATE feeds.asset_contents SET kept = clock_timestamp() FROM moved
    WHERE digest IN (SELECT former FROM changed UNION ALL SELECT former FROM gone)
)
SELECT version FROM moved
"""
# Without a lock on the row of the lease, because large contents take long to delete: a content that the
# next leader has checked meanwhile is kept.
_SWEEP = f"""
WITH held AS (
    SELECT FROM feeds.journal WHERE {HELD}
), forgotten AS (
    DELETE FROM feeds.asset_names WHERE EXISTS (SELECT FROM held) AND digest IS NULL
        AND version < {_MICROSECONDS} - (%(grace)s * 1000000)::bigint RETURNING version
), pruned AS (
    UPDATE feeds.asset_state SET pruned = GREATEST(pruned, (SELECT max(version) FROM forgotten))
    WHERE EXISTS (SELECT FROM forgotten)
), swept AS (
    DELETE FROM feeds.asset_contents AS c
    WHERE EXISTS (SELECT FROM held) AND kept < clock_timestamp() - make_interval(secs => %(grace)s)
        AND NOT EXISTS (SELECT FROM feeds.asset_names AS n WHERE n.digest = c.digest)
)
SELECT true FROM held
"""


class PostgresAssets(Assets):
    """The files in the database at *dsn*, whose tables the first call makes."""

    def __init__(self, dsn: str) -> None:
        self._database = PostgresConnection(dsn)

    def names(self, after: str) -> AssetNames:
        """See Assets."""
        [[identity, version, revision]] = self._database.rows(_STATE)
        if after == f"{identity}:{version}":
            return AssetNames(after, revision, whole=False)
        identity, _, number = after.partition(":")
        known = int(number) if number.isdecimal() else 0
        values = {"identity": identity, "number": min(known, _MAX_NUMBER)}
        rows = self._database.rows(_NAMES, values)
        identity, version, revision, whole = rows[0][:4]
        changes = [tuple(row[4:]) for row in rows if row[4] is not None]
        named = {name: Asset(*facts) for name, *facts in changes if facts[0]}
        removed = [name for name, *_ in changes if name not in named]
        return AssetNames(f"{identity}:{version}", revision, named, removed, whole)

    def read(self, digest: str) -> Iterator[bytes] | None:
        """See Assets."""
        is_there = self._database.rows(_CONTENT, {"digest": digest})
        return self._chunks(digest) if is_there else None

    def lacking(self, digests: Collection[str]) -> set[str]:
        """See Assets."""
        found = self._database.rows(_KEEP, {"digests": [*digests]}) if digests else []
        return {*digests} - {digest for (digest,) in found}

    def write(self, digest: str, chunks: Iterable[bytes]) -> bool:
        """See Assets."""
        hashed = Hashed(chunks)
        with self._database.used(_SECONDS) as connection, connection.transaction() as transaction:
            allow(connection, _SECONDS)
            if not connection.execute(_INSERT, [digest]).rowcount:
                return True  # another host wrote it meanwhile
            _send(connection, digest, hashed)
            if hashed.digest != digest:
                raise psycopg.Rollback(transaction)
        return hashed.digest == digest

    def publish(
        self, lease: Lease, revision: int, named: Mapping[str, Asset], removed: Collection[str]
    ) -> None:
        """See Assets."""
        values = {
            "revision": revision,
            "keys": [_key(name) for name in named],
            "names": [*named],
            "digests": [asset.digest for asset in named.values()],
            "sizes": [asset.size for asset in named.values()],
            "modified": [asset.modified for asset in named.values()],
            "removed": [_key(name) for name in removed],
        }
        if not self._database.rows(_PUBLISH, values | held(lease)):
            raise lease_lost(self._database.name)

    def sweep(self, lease: Lease, grace: float = KEPT_SECONDS) -> None:
        """See Assets."""
        if not self._database.rows(_SWEEP, {"grace": grace} | held(lease), _SECONDS):
            raise lease_lost(self._database.name)

    def close(self) -> None:
        """See Assets."""
        self._database.close()

    def _chunks(self, digest: str) -> Iterator[bytes]:
        """Yield each chunk, in a request of its own: the reader may take its time."""
        for part in count():
            rows = self._database.rows(_CHUNK, {"digest": digest, "part": part})
            if not rows:
                return
            yield rows[0][0]


def _send(connection: psycopg.Connection, digest: str, chunks: Iterable[bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy(_SEND) as copy:
        copy.set_types(["text", "int4", "bytea"])
        for part, chunk in enumerate(chunks):
            copy.write_row((digest, part, chunk))


def _key(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=_KEY_SIZE).digest()
