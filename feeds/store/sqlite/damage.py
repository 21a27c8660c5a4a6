"""Detection of damage in a SQLite store."""

import sqlite3
from collections.abc import Iterator

import msgspec

from feeds.store.sqlite.checksums import RECORD_COLUMNS, intact_parts, row_checksum, visible_sum
from feeds.store.sqlite.schema import DEPARTURE, DESCRIPTION, ENTRY, FILE_COLUMNS, KEPT_BATCH

MAX_PROBLEMS = 10  # reported by SQLite's own check
_TABLES = {
    "files": FILE_COLUMNS,
    "departures": DEPARTURE,
    "descriptions": DESCRIPTION,
    "batches": KEPT_BATCH,
}
_NUMBER = RECORD_COLUMNS.index("number")


def problems(database: sqlite3.Connection) -> Iterator[str]:
    """Yield a description of each damage in a store of the current schema.

    Raises one of DATABASE_ERRORS if the rest cannot be read.
    """
    for row in database.execute(f"PRAGMA integrity_check({MAX_PROBLEMS})"):
        if row[0] != "ok":
            yield str(row[0]).replace("\n", "; ")
    meta = {key: (value, checksum) for key, value, checksum in database.execute("SELECT * FROM meta")}
    for key, (value, checksum) in meta.items():
        if row_checksum((key, value)) != checksum:
            yield f"meta: {key} is damaged"
    if "packed" in meta and not {"dictionary", "dictionary_copy"} <= meta.keys():
        yield "meta: dictionary is missing"
    count = total = 0
    for row in database.execute(f"SELECT {', '.join(ENTRY)}, checksums FROM articles"):
        if not all(intact_parts(row[:-1], row[-1])):
            yield f"articles: number {row[_NUMBER]} is damaged"
        elif not row[-2]:
            count, total = count + 1, (total + visible_sum(row[-1])) & 0xFFFFFFFF
    for table, columns in _TABLES.items():
        for row in database.execute(f"SELECT {', '.join(columns)}, checksum FROM {table}"):
            if row_checksum(row[:-1]) != row[-1]:
                yield f"{table}: {row[0]!r} is damaged"
    if "tally" not in meta or meta["tally"] != _tally(count, total):
        yield "articles: some are missing"


def _tally(count: int, total: int) -> tuple[bytes, int]:
    """The value and checksum of the row ``tally`` in ``meta``: the number and sum of live articles."""
    value = msgspec.msgpack.encode((count, total))
    return value, row_checksum(("tally", value))
