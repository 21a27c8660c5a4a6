"""The table of articles: reading them as Records and StoredEntries, and writing them."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

import msgspec

from feeds.store import Record, StoredEntry
from feeds.store.compression import MIN_DICTIONARY_ARTICLES, PLAIN, Compression, dictionary
from feeds.store.decompression import MAX_FRAMES
from feeds.store.recording import Recording, is_stamped_after, live_first
from feeds.store.sqlite import search
from feeds.store.sqlite.all_rows import ROWS, read_all
from feeds.store.sqlite.checksums import (
    DAMAGED,
    RECORD_COLUMNS,
    SEALED,
    article_checksums,
    intact_parts,
    resealed,
    verified_sum,
    visible_sum,
)
from feeds.store.sqlite.connection import Connection
from feeds.store.sqlite.schema import ENTRY, keep_dictionary, write_meta

_ENTRY = ", ".join((*ENTRY, "checksums"))
_COLUMNS = ("checksums", "payload", "story", "slug", *SEALED)
_LOADED = ", ".join(_COLUMNS)
_SEALED = itemgetter(slice(len(_COLUMNS) - len(SEALED), None))
_KEPT = {"id", "number", "story", "slug"}  # columns that an update of an article leaves unchanged
_LATEST = ", ".join(f"{each} = excluded.{each}" for each in (*ENTRY, "checksums") if each not in _KEPT)

_Tally = tuple[int, int]
"""The number of live articles, and the sum of their checksums."""


def live_records(connection: Connection) -> list[Record]:
    """Every live article. Raises StoreDamaged if one is damaged or missing."""
    found = _Records(connection)
    # In the order of the file: by its index on dates, SQLite would read a page for each article.
    read_all(connection.database, _LOADED, "articles NOT INDEXED WHERE removed = 0", found.add)
    if found.tally != _tally(connection):
        raise connection.damaged("articles are missing")
    return found.records


def retired_slugs(connection: Connection, since: int) -> list[str]:
    """The slugs of articles removed after the revision *since* that were visible before."""
    rows = connection.database.execute(
        "SELECT slug FROM articles WHERE revision > ? AND removed > 0 AND removed >= published", (since,)
    )
    return [slug for (slug,) in rows]


def has_slug(connection: Connection, slug: str) -> bool:
    """Return whether an article, live or removed, has *slug*."""
    row = connection.database.execute("SELECT 1 FROM articles WHERE slug = ?", (slug,)).fetchone()
    return row is not None


def changed_records(connection: Connection, since: int) -> tuple[list[Record], list[str]]:
    """The live articles that changed after the revision *since*, and the ids of those removed."""
    rows = connection.database.execute(
        f"SELECT {_LOADED} FROM articles WHERE revision > ? AND removed = 0", (since,)
    )
    found = _Records(connection)
    while some := rows.fetchmany(ROWS):
        found.add(some)
    removed = connection.database.execute(
        "SELECT id FROM articles WHERE revision > ? AND removed > 0", (since,)
    )
    return found.records, [id_ for (id_,) in removed]


def entries(connection: Connection, ids: Sequence[str]) -> dict[str, StoredEntry]:
    """See Store."""
    rows = connection.among(f"SELECT {_ENTRY} FROM articles WHERE id IN (?)", ids)
    return {entry.record.id: entry for entry in _entries(connection, [*rows])}


def holding(connection: Connection, digests: Sequence[bytes]) -> dict[bytes, list[StoredEntry]]:
    """See Store."""
    rows = connection.among(f"SELECT {_ENTRY} FROM articles WHERE digest IN (?)", digests)
    found: dict[bytes, list[StoredEntry]] = {}
    for entry in sorted(_entries(connection, [*rows]), key=live_first):
        found.setdefault(entry.digest, []).append(entry)
    return found


def stamped_after(connection: Connection, second: int) -> list[StoredEntry]:
    """See Store."""
    with connection.guard() as database:
        rows = database.execute(
            f"SELECT {_ENTRY} FROM articles WHERE max(rated, removed, changed, first_seen, appeared) > ?",
            (second,),
        ).fetchall()
    return [each for each in _entries(connection, rows) if is_stamped_after(each, second)]


def contents(connection: Connection, columns: str, condition: str) -> Iterator[tuple[Any, ...]]:
    """The *columns* and the content of every article that meets *condition*."""
    rows = connection.database.execute(f"SELECT {columns}, payload FROM articles WHERE {condition}")
    while some := rows.fetchmany(MAX_FRAMES):
        unpacked = connection.compression.unpack([row[-1] for row in some])
        yield from ((*row[:-1], content) for row, content in zip(some, unpacked, strict=True))


def last_number(connection: Connection) -> int:
    """The highest number of an article, 0 if there is none."""
    query = "SELECT coalesce(max(number), 0) FROM articles"
    return int(connection.database.execute(query).fetchone()[0])


def newest_date(connection: Connection, now: float) -> int:
    """The date of the newest live article that is visible at *now*, 0 if there is none."""
    with connection.guard() as database:
        newest = database.execute(
            "SELECT max(published) FROM articles WHERE removed = 0 AND published <= ?", (now,)
        ).fetchone()[0]
    return newest or 0


def scheduled(connection: Connection, now: float, most: int) -> tuple[int, list[tuple[str, int]]]:
    """The number of live articles with a date after *now*, and path and date of the first *most*."""
    to_come = "FROM articles WHERE removed = 0 AND published > ?"
    count = connection.database.execute(f"SELECT count(*) {to_come}", (now,)).fetchone()[0]
    due = connection.database.execute(
        f"SELECT path, published {to_come} ORDER BY published, path LIMIT ?", (now, most)
    )
    return count, due.fetchall()


def write(connection: Connection, made: Recording, before: Mapping[str, StoredEntry]) -> None:
    """Write the entries of *made*, which replace those in *before*.

    The tally and the full-text index are updated too.
    """
    compression, (count, total) = connection.compression, _tally(connection)
    rows = [_row(each, compression) for each in made.entries]
    for row, entry in zip(rows, made.entries, strict=True):
        former = before.get(entry.record.id)
        if former and not former.removed:
            count, total = count - 1, total - visible_sum(_row(former, PLAIN)[-1])
        if not entry.removed:
            count, total = count + 1, total + visible_sum(row[-1])
    revisions = dict.fromkeys((each.record.number for each in made.shown), made.revision)
    connection.database.executemany(
        f"INSERT INTO articles ({_ENTRY}, revision) VALUES ({'?,' * (len(ENTRY) + 1)} ?) "
        f"ON CONFLICT (number) DO UPDATE SET {_LATEST}, revision = max(revision, excluded.revision)",
        [
            (*row, revisions.get(entry.record.number, 0))
            for row, entry in zip(rows, made.entries, strict=True)
        ],
    )
    write_meta(connection.database, {"tally": (count, total & 0xFFFFFFFF)})
    edits = (
        search.Edit(each.record.number, _searched(before.get(each.record.id)), _searched(each))
        for each in made.entries
    )
    search.edit(connection.database, edits)


def pack(connection: Connection) -> None:
    """Compress all articles as soon as there are enough; from then on, ``write`` compresses each."""
    database = connection.database
    [count] = database.execute("SELECT count(*) FROM articles").fetchone()
    if count < MIN_DICTIONARY_ARTICLES:
        return
    former = database.execute(
        "SELECT number, payload, checksums FROM articles ORDER BY number"
    ).fetchall()
    made = dictionary([payload for _, payload, _ in former[:MIN_DICTIONARY_ARTICLES]])
    compression = Compression(made)
    keep_dictionary(database, made)
    packed = [(number, compression.pack(payload), sums) for number, payload, sums in former]
    database.executemany(
        "UPDATE articles SET payload = ?, checksums = ? WHERE number = ?",
        ((payload, resealed(sums, payload), number) for number, payload, sums in packed),
    )


def _tally(connection: Connection) -> _Tally:
    value = connection.meta("tally", b"")
    if not value:
        raise connection.damaged("meta: tally")
    return msgspec.msgpack.decode(value, type=tuple[int, int])


class _Records:
    """The records in rows of _COLUMNS, which are verified. Raises StoreDamaged."""

    def __init__(self, connection: Connection) -> None:
        self.records: list[Record] = []
        self._connection = connection
        self._compression = connection.compression
        self._facets: dict[bytes, bytes] = {}
        self._total = 0

    @property
    def tally(self) -> _Tally:
        """The tally of all records."""
        return len(self.records), self._total & 0xFFFFFFFF

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add the records in *rows*."""
        try:
            found, visible = _verified(rows, self._compression, self._facets)
        except DAMAGED:
            raise self._connection.damaged(f"articles: {_first_damaged(rows)!r}") from None
        self.records += found
        self._total += visible


def _verified(
    rows: Sequence[tuple[Any, ...]], compression: Compression, facets: dict[bytes, bytes]
) -> tuple[Iterator[Record], int]:
    """The Records in *rows*, and the sum of their ``visible_sum``s. Raises one of DAMAGED."""
    columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    total = verified_sum(columns["checksums"], columns["payload"], map(_SEALED, rows))
    return _made(columns, compression, facets), total


def _first_damaged(rows: Sequence[tuple[Any, ...]]) -> Any:
    """The id in the first damaged one of *rows*."""
    for row in rows:
        try:
            _verified([row], PLAIN, {})
        except DAMAGED:
            return row[_COLUMNS.index("id")]
    return None


def _entries(connection: Connection, rows: Sequence[Sequence[Any]]) -> Iterator[StoredEntry]:
    if not rows:
        return
    for row in rows:
        if not all(intact_parts(row[:-1], row[-1])):
            raise connection.damaged(f"articles: {row[0]!r}")
    columns = dict(zip((*ENTRY, "checksums"), zip(*rows, strict=True), strict=True))
    columns["payload"] = tuple(connection.compression.unpack(columns["payload"]))
    for record, row in zip(_made(columns, PLAIN, {}), rows, strict=True):
        yield StoredEntry(record, *row[len(RECORD_COLUMNS) : -1])


def _made(
    columns: Mapping[str, Sequence[Any]], compression: Compression, facets: dict[bytes, bytes]
) -> Iterator[Record]:
    """The Records of rows, from their *columns*; equal facet fields are one object, kept in *facets*."""
    dates, alike = columns["published"], columns["alike"]
    # For most articles, these times equal the date, and few have a cluster: sharing equal objects saves
    # memory with a million articles.
    shared: dict[str, Iterable[Any]] = {
        name: [date if at == date else at for at, date in zip(columns[name], dates, strict=True)]
        for name in ("updated", "changed", "appeared")
    }
    shared["alike"] = map(facets.setdefault, alike, alike)
    shared["story"] = [*map(sys.intern, columns["story"])]
    fields = (shared.get(name, columns[name]) for name in RECORD_COLUMNS)
    return map(Record, *fields, repeat(compression))


def _row(entry: StoredEntry, compression: Compression) -> tuple[Any, ...]:
    """The values of *entry* in the order of ENTRY, then their checksums."""
    id_, _, *rest = msgspec.structs.astuple(entry.record)[: len(RECORD_COLUMNS)]
    payload = compression.pack(entry.record.content)
    row = (id_, payload, *rest, entry.path, entry.digest, entry.first_seen, entry.removed)
    return (*row, article_checksums(row))


def _searched(entry: StoredEntry | None) -> bytes | None:
    """The content of *entry* for the full-text index, or None if it is not live."""
    return entry.record.content if entry and not entry.removed else None
