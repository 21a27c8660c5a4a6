"""Recording changes in a SQLite store, and reading them since a revision."""

import sqlite3
from collections.abc import Sequence
from functools import partial as bound
from typing import Any

import msgspec

from feeds.article import Taxonomy, TombstoneFacets
from feeds.store import Changes, Progress, Snapshot, Tombstone, recording
from feeds.store.recording import Recording, State
from feeds.store.sqlite import clusters, entries, files
from feeds.store.sqlite.checksums import row_checksum
from feeds.store.sqlite.connection import Connection
from feeds.store.sqlite.schema import DEPARTURE, write_meta

_DEPARTURE = ", ".join((*DEPARTURE, "checksum"))
_facets = msgspec.msgpack.Decoder(TombstoneFacets | None)


def revision(connection: Connection) -> int:
    """See Store."""
    return int(connection.meta("revision", 0))


def progress(connection: Connection) -> Progress:
    """See Store."""
    value = connection.meta("progress", None)
    return msgspec.msgpack.decode(value, type=Progress) if value else Progress()


def taxonomy(connection: Connection) -> Taxonomy:
    """See Store."""
    value = connection.meta("taxonomy", None)
    return msgspec.msgpack.decode(value, type=Taxonomy) if value else Taxonomy()


def last_change(connection: Connection) -> int:
    """The last stamp of a change that a feed could show."""
    return int(connection.meta("last_change", 0))


def snapshot(connection: Connection, since: int) -> Snapshot:
    """The changes after the revision *since* if they are known, else all live articles."""
    with connection.snapshot():
        now = revision(connection)
        partial = recording.is_partial(since, now, connection.meta("described", 0))
        if partial:
            records, removed = entries.changed_records(connection, since)
        else:
            records, removed = entries.live_records(connection), []
        return Snapshot(
            revision=now,
            records=records,
            removed=removed,
            retired=entries.retired_slugs(connection, since if partial else -1),
            tombstones=_tombstones(connection, since if partial else 0),
            taxonomy=taxonomy(connection),
            partial=partial,
            kept_tombstones=_count_of_tombstones(connection),
        )


def _tombstones(connection: Connection, since: int) -> list[Tombstone]:
    query = f"SELECT {_DEPARTURE} FROM departures WHERE revision > ? ORDER BY rowid"
    rows = connection.database.execute(query, (since,))
    return [_tombstone(row) for row in connection.intact(rows, "departures")]


def _count_of_tombstones(connection: Connection) -> int:
    (count,) = connection.database.execute("SELECT count(*) FROM departures").fetchone()
    return int(count)


def record(connection: Connection, changes: Changes) -> int:
    """Write *changes* inside a transaction; return the revision."""
    database = connection.database
    before = entries.entries(connection, [entry.record.id for entry in changes.entries])
    state = State(
        revision(connection),
        last_change(connection),
        progress(connection),
        entries.last_number(connection),
    )
    made = recording.recording(changes, before, state, bound(entries.has_slug, connection))
    entries.write(connection, made, before)
    if made.is_ready:
        clusters.update(database, before, made.shown, made.revision)
    else:  # now, while their contents are unpacked
        records = [each.record for each in made.entries]
        clusters.keep(database, ((each.number, each.version, each.content) for each in records))
    if made.is_loaded:
        others = entries.contents(connection, "number, version", clusters.NOT_KEPT)
        clusters.build(database, others, made.revision)
    files.write(database, changes)
    _write_tombstones(connection, changes, made.revision)
    _write_meta(database, changes, made)
    return made.revision


def _write_meta(database: sqlite3.Connection, changes: Changes, made: Recording) -> None:
    """Write the values of *changes* that are not rows of another table."""
    if changes.descriptions is not None:
        former = {path for (path,) in database.execute("SELECT path FROM descriptions")}
        gone = sorted(former - changes.descriptions.keys())
        database.executemany("DELETE FROM descriptions WHERE path = ?", [(path,) for path in gone])
        database.executemany(
            "INSERT OR REPLACE INTO descriptions VALUES (?,?,?)",
            [(*each, row_checksum(each)) for each in sorted(changes.descriptions.items())],
        )
    meta: dict[str, Any] = {"revision": made.revision, "last_change": made.changed}
    if changes.taxonomy is not None:
        meta["taxonomy"] = msgspec.msgpack.encode(changes.taxonomy)
        meta["described"] = made.revision  # no partial changes from before it
    if changes.progress is not None:
        meta["progress"] = msgspec.msgpack.encode(changes.progress)
    for key in ("fingerprint", "authority", "corpus", "pictures", "probed"):
        if (value := getattr(changes, key)) is not None:
            meta[key] = value
    write_meta(database, meta)


def _write_tombstones(connection: Connection, changes: Changes, revision: int) -> None:
    """Add the tombstones of *changes*, limit former ones to *not_after*, and merge the oldest."""
    database = connection.database
    if changes.not_after:
        query = f"SELECT rowid, {_DEPARTURE} FROM departures WHERE at > ?"
        for rowid, *row in database.execute(query, (changes.not_after,)).fetchall():
            former = _verified(connection, row)
            _replace(database, rowid, row[0], recording.not_after(former, changes.not_after))
    rows = [_row(revision, each) for each in changes.tombstones]
    database.executemany("INSERT INTO departures VALUES (?,?,?,?,?,?)", rows)
    if changes.tombstones:
        _merge_oldest(connection)


def _merge_oldest(connection: Connection) -> None:
    """Merge the surplus of tombstones into one for every feed."""
    database = connection.database
    if surplus := recording.surplus_tombstones(_count_of_tombstones(connection)):
        query = f"SELECT rowid, {_DEPARTURE} FROM departures ORDER BY rowid LIMIT 1 OFFSET ?"
        rowid, *row = database.execute(query, (surplus - 1,)).fetchone()
        database.execute("DELETE FROM departures WHERE rowid < ?", (rowid,))
        _replace(database, rowid, row[0], recording.merged(_verified(connection, row)))


def _verified(connection: Connection, row: Sequence[Any]) -> Tombstone:
    return next(map(_tombstone, connection.intact([row], "departures")))


def _replace(database: sqlite3.Connection, rowid: int, revision: int, tombstone: Tombstone) -> None:
    database.execute(
        "UPDATE departures SET revision = ?, at = ?, facets = ?, id = ?, published = ?, checksum = ? "
        "WHERE rowid = ?",
        (*_row(revision, tombstone), rowid),
    )


def _row(revision: int, tombstone: Tombstone) -> tuple[Any, ...]:
    """The values of *tombstone* in the order of DEPARTURE, then their checksum."""
    facets = msgspec.msgpack.encode(tombstone.facets)
    row = (revision, tombstone.at, facets, tombstone.id, tombstone.published)
    return (*row, row_checksum(row))


def _tombstone(row: Sequence[Any]) -> Tombstone:
    _, at, facets, id_, published, *_ = row
    return Tombstone(at, _facets.decode(facets), id_, published)
