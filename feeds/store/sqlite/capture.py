"""Capture of the rows that a transaction changes, by triggers of the connection that changes them.

The triggers note the keys of rows that are different afterwards; their rows are read at the end of the
transaction. Triggers and notes are temporary: no other connection has them, and a rollback undoes them.
"""

import sqlite3
from collections.abc import Iterator
from operator import itemgetter

from feeds.store.sqlite.checksums import intact_parts, row_checksum
from feeds.store.sqlite.connection import Connection
from feeds.store.sqlite.replicated_rows import (
    ARTICLE_ROWS,
    DEPARTURE_ROWS,
    FILE_ROWS,
    META_ROWS,
    OWN_META,
    REPLICATED_TABLES,
    ReplicatedTable,
    Row,
    Rows,
)
from feeds.store.sqlite.schema import ENTRY, FILE_COLUMNS

_UPDATED = (ARTICLE_ROWS, DEPARTURE_ROWS)  # written by INSERT and UPDATE; others are by INSERT OR REPLACE

_entry = itemgetter(*(ARTICLE_ROWS.columns.index(each) for each in (*ENTRY, "checksums")))
_file = itemgetter(*(FILE_COLUMNS.index(each) for each in FILE_ROWS.columns))


def begin(database: sqlite3.Connection) -> None:
    """Capture the changes of *database* from now on."""
    if not _is_on(database):
        for table in REPLICATED_TABLES:
            for statement in _statements(table):
                database.execute(statement)


def end(database: sqlite3.Connection) -> None:
    """Capture nothing any more."""
    if _is_on(database):
        for table in REPLICATED_TABLES:
            for event in ("inserted", "updated", "deleted"):
                database.execute(f"DROP TRIGGER temp.{table.name}_{event}")
            database.execute(f"DROP TABLE temp.noted_{table.name}")


def take(connection: Connection) -> tuple[Rows, float]:
    """The rows that this transaction has changed, and the last modification time of a file among them.

    The time is in seconds since 1970, 0 if there is none. Raises StoreDamaged if a row is damaged.
    """
    rows, newest = Rows(), 0
    for table in REPLICATED_TABLES:
        if _has_notes(connection.database, table):
            if table is FILE_ROWS:
                newest = _newest(connection.database)
            rows[table.name] = _changed(connection, table)
            connection.database.execute(f"DELETE FROM noted_{table.name}")
    return rows, newest / 1e9


def _is_on(database: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM temp.sqlite_master WHERE name = 'noted_meta'"
    return database.execute(query).fetchone() is not None


def _statements(table: ReplicatedTable) -> Iterator[str]:
    """The statements that begin to note changes of *table*."""
    name, key = table.name, table.key
    new, old = (", ".join(f"{row}.{each}" for each in table.columns) for row in ("new", "old"))
    # A row that replaces another is compared with it before, when it still exists.
    inserted = "AFTER INSERT" if table in _UPDATED else "BEFORE INSERT"
    same = f"SELECT 1 FROM {name} WHERE {key} = new.{key} AND ({table.listed}) IS ({new})"
    differs = "1" if table in _UPDATED else f"NOT EXISTS ({same})"
    shared = f"NOT IN {OWN_META}" if table is META_ROWS else "IS NOT NULL"
    yield f"CREATE TEMP TABLE noted_{name} (key)"
    for event, when, row, condition in (
        ("inserted", inserted, "new", differs),
        ("updated", "AFTER UPDATE", "new", f"({new}) IS NOT ({old})"),
        ("deleted", "AFTER DELETE", "old", "1"),
    ):
        yield (
            f"CREATE TEMP TRIGGER {name}_{event} {when} ON main.{name} "
            f"WHEN {row}.{key} {shared} AND {condition} "
            f"BEGIN INSERT INTO noted_{name} VALUES ({row}.{key}); END"
        )


def _has_notes(database: sqlite3.Connection, table: ReplicatedTable) -> bool:
    return database.execute(f"SELECT 1 FROM noted_{table.name} LIMIT 1").fetchone() is not None


def _newest(database: sqlite3.Connection) -> int:
    """The last modification time of a changed file, in nanoseconds."""
    query = "SELECT max(modified) FROM files WHERE path IN (SELECT key FROM noted_files)"
    return database.execute(query).fetchone()[0] or 0


def _changed(connection: Connection, table: ReplicatedTable) -> list[Row]:
    """The changed rows of *table*, then those that are deleted, each in order."""
    rows = [*_present(connection, table)]
    present = {row[0] for row in rows}
    keys = connection.database.execute(f"SELECT DISTINCT key FROM noted_{table.name} ORDER BY key")
    return rows + [key for key in keys if key[0] not in present]


def _present(connection: Connection, table: ReplicatedTable) -> Iterator[Row]:
    columns = ", ".join((*FILE_COLUMNS, "checksum")) if table is FILE_ROWS else table.listed
    for row in connection.database.execute(
        f"SELECT {columns} FROM {table.name} WHERE {table.key} IN (SELECT key FROM noted_{table.name}) "
        f"ORDER BY {table.key}"
    ):
        if not _is_intact(table, row):
            raise connection.damaged(f"{table.name}: {row[0]!r}")
        yield _file(row) if table is FILE_ROWS else row


def _is_intact(table: ReplicatedTable, row: Row) -> bool:
    if table is ARTICLE_ROWS:
        *entry, checksums = _entry(row)
        return all(intact_parts(entry, checksums))
    return bool(row_checksum(row[1:-1] if table is DEPARTURE_ROWS else row[:-1]) == row[-1])
