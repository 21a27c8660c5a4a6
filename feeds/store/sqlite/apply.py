"""Application of batches to a replica: rows verbatim, and what every host derives from them.

The full-text index and the rows of keys follow from the contents of the live articles. Stamps of files
belong to the host, and stay as long as the source is the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from feeds.errors import StoreRefused
from feeds.store.clusters import KeyRow, key_rows
from feeds.store.compression import Compression
from feeds.store.replication import RowBatch
from feeds.store.sqlite import clusters, entries, search
from feeds.store.sqlite.changes import progress
from feeds.store.sqlite.checksums import is_intact_payload
from feeds.store.sqlite.connection import Connection
from feeds.store.sqlite.files import write_replicated
from feeds.store.sqlite.replicated_rows import (
    ARTICLE_ROWS,
    FILE_ROWS,
    META_ROWS,
    OWN_META,
    REPLICATED_TABLES,
    ReplicatedTable,
    Row,
    Unreadable,
    decode,
)

MAX_ROWS = 5000  # after which the rows of several batches are no longer collected

Changed = dict[str, dict[Any, Row]]
"""The last state of each row by its key, by table."""

LiveTexts = dict[int, tuple[int, bytes]]
"""The date and the payload, or the content, of live articles by number."""

_place = {column: place for place, column in enumerate(ARTICLE_ROWS.columns)}
_REMOVED, _PUBLISHED, _PAYLOAD = _place["removed"], _place["published"], _place["payload"]


def apply(connection: Connection, batches: Iterable[RowBatch]) -> None:
    """Write the rows of *batches* inside a transaction. Raises StoreRefused if one cannot be read."""
    for changed in _collected(connection, batches):
        _apply(connection, changed)


def _collected(connection: Connection, batches: Iterable[RowBatch]) -> Iterator[Changed]:
    """Yield the rows of one batch or more."""
    changed = Changed()
    for batch in batches:
        for name, rows in _read(connection, batch).items():
            changed.setdefault(name, {}).update((row[0], row) for row in rows)
        if sum(map(len, changed.values())) > MAX_ROWS:
            yield changed
            changed = Changed()
    yield changed


def _read(connection: Connection, batch: RowBatch) -> Mapping[str, list[Row]]:
    try:
        rows = decode(batch.content)
        if unknown := rows.keys() - {table.name for table in REPLICATED_TABLES}:
            raise Unreadable(f"it has the table {min(unknown)}")
    except Unreadable as error:
        problem = f"batch {batch.position.number} cannot be read: {error}"
        raise StoreRefused(connection.path, problem, "install the version of the leader") from error
    return rows


def _apply(connection: Connection, changed: Changed) -> None:
    """Write the rows in *changed*, and update the rows that are derived from them."""
    articles = changed.get(ARTICLE_ROWS.name, {})
    was_ready = progress(connection).ready
    former, latter = _former(connection, articles), _latter(articles.values())
    numbers = [number for number in articles if former.get(number) != latter.get(number)]
    before = _unpacked(connection.compression, former, numbers)
    for table in REPLICATED_TABLES:
        _write(connection, table, changed.get(table.name, {}))
    after = _unpacked(connection.compression, latter, numbers)  # perhaps with a new dictionary
    edited = [number for number in numbers if before.get(number) != after.get(number)]
    search.edit(connection.database, (_edit(number, before, after) for number in edited))
    if was_ready:
        gone, come = _key_rows(before, edited), _key_rows(after, edited)
        clusters.exchange(connection.database, gone - come, come - gone)
    elif progress(connection).ready:
        live = entries.contents(connection, "number, version", "removed = 0")
        clusters.fill(connection.database, live)


def _former(connection: Connection, numbers: Iterable[int]) -> LiveTexts:
    """The date and payload of each live article among *numbers*."""
    query = (
        "SELECT number, published, payload, checksums FROM articles WHERE number IN (?) AND removed = 0"
    )
    found: LiveTexts = {}
    for number, published, payload, checksums in connection.among(query, [*numbers]):
        if not is_intact_payload(payload, checksums):
            raise connection.damaged(f"articles: number {number}")
        found[number] = published, payload
    return found


def _latter(rows: Iterable[Row]) -> LiveTexts:
    """The date and payload of each live article in *rows*."""
    return {
        row[0]: (row[_PUBLISHED], row[_PAYLOAD]) for row in rows if len(row) > 1 and not row[_REMOVED]
    }


def _unpacked(compression: Compression, packed: LiveTexts, numbers: Iterable[int]) -> LiveTexts:
    """The date and content of each article in *packed* with one of *numbers*."""
    some = [number for number in numbers if number in packed]
    contents = compression.unpack([packed[number][1] for number in some])
    return {number: (packed[number][0], content) for number, content in zip(some, contents, strict=True)}


def _edit(number: int, before: LiveTexts, after: LiveTexts) -> search.Edit:
    former, latter = before.get(number), after.get(number)
    return search.Edit(number, former and former[1], latter and latter[1])


def _key_rows(texts: LiveTexts, numbers: Iterable[int]) -> set[KeyRow]:
    found = (key_rows(number, *texts[number]) for number in numbers if number in texts)
    return {row for rows in found for row in rows}


def _write(connection: Connection, table: ReplicatedTable, changed: Mapping[Any, Row]) -> None:
    """Write the rows in *changed*. A row that consists of its key alone is deleted."""
    database = connection.database
    rows = [row for key, row in changed.items() if not (table is META_ROWS and key in OWN_META)]
    database.executemany(
        f"DELETE FROM {table.name} WHERE {table.key} = ?", [row for row in rows if len(row) == 1]
    )
    present = [row for row in rows if len(row) > 1]
    if table is FILE_ROWS:
        write_replicated(connection, present)
        return
    marks = ", ".join("?" * len(table.columns))
    latest = ", ".join(f"{each} = excluded.{each}" for each in table.columns[1:])
    # No OR REPLACE for articles: a conflict of ids or slugs must not delete the other article.
    insert, update = "INSERT", f"ON CONFLICT ({table.key}) DO UPDATE SET {latest}"
    if table is not ARTICLE_ROWS:
        insert, update = "INSERT OR REPLACE", ""
    database.executemany(
        f"{insert} INTO {table.name} ({table.listed}) VALUES ({marks}) {update}", present
    )
