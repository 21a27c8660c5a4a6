"""Snapshots of a store in PostgreSQL: a compressed file in chunks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import psycopg
import zstandard

from feeds.errors import StoreError, failure
from feeds.fleet import KEPT_BATCHES
from feeds.fleet.errors import JournalError
from feeds.fleet.postgres.connection import PostgresConnection, allow
from feeds.fleet.postgres.failures import lease_lost
from feeds.store.replication import Position

_CHUNK = 1 << 20  # bytes
_LEVEL = 3  # of Zstandard
_SECONDS = 1_800  # to send or receive a snapshot: 1 GB at 5 Mbit/s

_KNOWN = """
SELECT EXISTS (
    SELECT FROM feeds.journal WHERE number = %(number)s AND digest = %(digest)s AND number > 0
    UNION ALL SELECT FROM feeds.batches WHERE number = %(number)s AND digest = %(digest)s
    UNION ALL SELECT FROM feeds.snapshots WHERE number = %(number)s AND digest = %(digest)s
)
"""
_INSERT = """
INSERT INTO feeds.snapshots (number, digest, written_in, size)
VALUES (%(number)s, %(digest)s, %(written_in)s, %(size)s) RETURNING id
"""
# A snapshot is needless if every host that can read it can read a newer one.
_FORGET = """
DELETE FROM feeds.snapshots AS old USING feeds.snapshots AS new
WHERE (new.number, new.id) > (old.number, old.id) AND new.written_in <= old.written_in
"""
_BEGIN = """
UPDATE feeds.journal SET number = %(number)s, digest = %(digest)s WHERE number = 0 AND %(number)s > 0
"""
_NOTIFY = "SELECT pg_notify('feeds_journal', 'snapshot')"
_PRUNE = """
DELETE FROM feeds.batches
WHERE number <= LEAST(%(number)s, (SELECT number FROM feeds.journal) - %(kept)s)
"""
_LAST = """
SELECT id, number, digest, size FROM feeds.snapshots WHERE written_in <= %s
ORDER BY number DESC, id DESC LIMIT 1
"""
_SEND = "COPY feeds.snapshot_chunks (snapshot, part, content) FROM STDIN (FORMAT BINARY)"
_RECEIVE = """
COPY (SELECT content FROM feeds.snapshot_chunks WHERE snapshot = %s ORDER BY part)
TO STDOUT (FORMAT BINARY)
"""


def write(database: PostgresConnection, snapshot: Path, position: Position, written_in: int) -> None:
    """Keep *snapshot*, and delete needless rows. Raises LeaseLost if *position* is unknown.

    The first snapshot of an empty journal is its beginning.
    """
    values = {"number": position.number, "digest": position.digest, "kept": KEPT_BATCHES}
    with _opened(snapshot, "rb") as file, database.used(_SECONDS) as connection:
        with connection.transaction():
            allow(connection, _SECONDS)
            [[is_known]] = connection.execute(_KNOWN, values)
            row = {"size": os.fstat(file.fileno()).st_size, "written_in": written_in}
            [[id_]] = connection.execute(_INSERT, values | row)
            _send(connection, id_, file)
            connection.execute(_FORGET)
            # The row of the head is locked last, and not for long.
            if not is_known and connection.execute(_BEGIN, values).rowcount < 1:
                raise lease_lost(database.name)
            connection.execute(_NOTIFY)
        connection.execute(_PRUNE, values)


def read(database: PostgresConnection, target: Path, formats: int) -> Position | None:
    """Write the last snapshot of a format up to *formats* to *target*; None if there is none."""
    with database.used(_SECONDS) as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        allow(connection, _SECONDS)
        if not (found := connection.execute(_LAST, [formats]).fetchone()):
            return None
        id_, number, digest, size = found
        with _opened(target, "wb") as file:
            try:
                _receive(connection, id_, file)
            except zstandard.ZstdError as error:
                raise _damaged(database.name) from error
            if file.tell() != size:
                raise _damaged(database.name)
    return Position(number, digest)


def _damaged(name: str) -> JournalError:
    return JournalError(name, "its last snapshot is damaged", "delete its row in feeds.snapshots")


def _send(connection: psycopg.Connection, id_: int, file: BinaryIO) -> None:
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    with connection.cursor() as cursor, cursor.copy(_SEND) as copy:
        copy.set_types(["int8", "int4", "bytea"])
        for part, chunk in enumerate(compressor.read_to_iter(file, write_size=_CHUNK)):
            copy.write_row((id_, part, chunk))


def _receive(connection: psycopg.Connection, id_: int, file: BinaryIO) -> None:
    decompressor = zstandard.ZstdDecompressor()
    with connection.cursor() as cursor, cursor.copy(_RECEIVE, [id_]) as copy:
        copy.set_types(["bytea"])
        with decompressor.stream_writer(file, closefd=False) as writer:
            for (chunk,) in copy.rows():
                writer.write(chunk)


@contextmanager
def _opened(path: Path, mode: Literal["rb", "wb"]) -> Iterator[BinaryIO]:
    """Open *path*; an error of the system is a StoreError, also while the file is in use."""
    action = "cannot be read" if mode == "rb" else "cannot be written"
    try:
        with path.open(mode) as file:
            yield file
    except OSError as error:
        raise StoreError(path, *failure(action, error)) from error
