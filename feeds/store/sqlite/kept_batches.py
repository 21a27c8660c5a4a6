"""The last batches of a replica, its position, and the identity of the journal that it follows."""

import os
import sqlite3

import msgspec

from feeds.store.replication import DIGEST_SIZE, Position, RowBatch, following
from feeds.store.sqlite.checksums import row_checksum
from feeds.store.sqlite.connection import Connection
from feeds.store.sqlite.schema import KEPT_BATCH, write_meta

MAX_KEPT = 256  # batches
MIN_KEPT = 16  # batches, however large they are
MAX_KEPT_BYTES = 16 << 20  # of more than MIN_KEPT batches

_COLUMNS = ", ".join((*KEPT_BATCH, "checksum"))


def journal(connection: Connection) -> str:
    """The identity of the journal, empty if there is none."""
    return str(connection.meta("journal", ""))


def position(connection: Connection) -> Position:
    """The position of the last batch."""
    value = connection.meta("position", None)
    return Position(*msgspec.msgpack.decode(value, type=tuple[int, bytes])) if value else Position()


def follow(database: sqlite3.Connection, journal: str) -> Position:
    """Follow the empty *journal* with the present contents; return their position."""
    database.execute("DELETE FROM batches")
    # The digest is new: if two hosts begin one journal, only one can succeed.
    begun = following(Position(), os.urandom(DIGEST_SIZE)) if _has_contents(database) else Position()
    write_meta(database, {"journal": journal, "position": msgspec.structs.astuple(begun)})
    return begun


def forget(connection: Connection) -> None:
    """Stop following the journal, because rows change without it."""
    if journal(connection):
        connection.database.execute("DELETE FROM meta WHERE key IN ('journal', 'position')")
        connection.database.execute("DELETE FROM batches")


def advance(database: sqlite3.Connection, batch: RowBatch) -> None:
    """Record that the store has *batch*, and delete batches that are no longer kept."""
    at = batch.position
    row = (at.number, at.digest, batch.content, batch.format, batch.revision, float(batch.newest))
    database.execute(
        f"INSERT INTO batches ({_COLUMNS}) VALUES (?,?,?,?,?,?,?)", (*row, row_checksum(row))
    )
    forget_earlier(database, MAX_KEPT)
    database.execute(
        "DELETE FROM batches WHERE number <= ?1 AND number <= (SELECT max(number) FROM ("
        "SELECT number, sum(length(content)) OVER (ORDER BY number DESC) AS bytes FROM batches"
        ") WHERE bytes > ?2)",
        (at.number - MIN_KEPT, MAX_KEPT_BYTES),
    )
    write_meta(database, {"position": msgspec.structs.astuple(at)})


def forget_earlier(database: sqlite3.Connection, most: int) -> None:
    """Keep only the last batches, at most *most*."""
    database.execute("DELETE FROM batches WHERE number <= (SELECT max(number) FROM batches) - ?", (most,))


def kept(connection: Connection, after: int) -> list[RowBatch]:
    """The batches after the position numbered *after* that are kept, in order."""
    with connection.guard() as database:
        rows = database.execute(
            f"SELECT {_COLUMNS} FROM batches WHERE number > ? ORDER BY number", (after,)
        )
        return [
            RowBatch(Position(number, digest), *rest)
            for number, digest, *rest in connection.intact(rows, "batches")
        ]


def _has_contents(database: sqlite3.Connection) -> bool:
    """Return whether anything was recorded."""
    tables = ("articles", "files", "departures", "descriptions")
    found = " OR ".join(f"EXISTS (SELECT 1 FROM {each})" for each in tables)
    revised = "EXISTS (SELECT 1 FROM meta WHERE key = 'revision')"
    return bool(database.execute(f"SELECT {found} OR {revised}").fetchone()[0])
