"""Repair of a damaged SQLite store: the copying of its intact rows to a new one."""

import sqlite3
from collections.abc import Container, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from feeds.article import Article, FacetFields, Taxonomy
from feeds.article.hashes import rendered_hash
from feeds.errors import StoreError
from feeds.store import Progress, Record
from feeds.store.compression import PLAIN, Compression
from feeds.store.slugs import candidates, new_slug
from feeds.store.sqlite import search as fulltext
from feeds.store.sqlite.checksums import (
    DAMAGED,
    DATABASE_ERRORS,
    RECORD_COLUMNS,
    article_checksums,
    intact_parts,
    is_damage,
    row_checksum,
    visible_sum,
)
from feeds.store.sqlite.schema import (
    DEPARTURE,
    DESCRIPTION,
    ENTRY,
    FILE_COLUMNS,
    SCHEMA,
    keep_dictionary,
    migrate,
    schema_of,
    write_meta,
)

PACKED_SINCE = 4  # the first schema with packed payloads
_NUMBER, _VERSION = RECORD_COLUMNS.index("number"), RECORD_COLUMNS.index("version")
_SLUG = RECORD_COLUMNS.index("slug")
_LIKELY_SLUGS = 4  # of an article
_MISSES = 10_000  # consecutive unreadable numbers after which salvaging stops, or fewer in a small file
_SMALLEST_ROW = 100  # bytes


class Salvaged(Struct):
    """The numbers of copied articles, of those among them without text, and of lost articles."""

    articles: int = 0
    without_text: int = 0
    lost: int = 0

    def __str__(self) -> str:
        if not self.articles:
            return "no article intact, reading all files again"
        again = self.without_text + self.lost
        return f"{self.articles - self.without_text:,} articles intact, reading {again:,} again"


def upgrade(damaged: Path, target: Path) -> bool:
    """Copy the readable rows of *damaged*, a store of an earlier schema, to *target*, and migrate them.

    Return whether this succeeded. A store of the current schema is not copied.
    """
    with (
        closing(sqlite3.connect(damaged, timeout=10, isolation_level=None)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        try:
            schema = schema_of(source)
            if not 1 <= schema < SCHEMA:
                return False
            tables = source.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'words%' "
                "AND name NOT LIKE 'sqlite%'"
            ).fetchall()
            copy.execute("BEGIN")
            for name, sql in tables:
                copy.execute(sql)
                _copy_rows(source, copy, name, has_rowid="WITHOUT ROWID" not in sql.upper())
            for (sql,) in source.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql != ''"
            ):
                copy.execute(sql)
            if schema < PACKED_SINCE:
                rows = copy.execute("SELECT id, payload FROM articles").fetchall()
                lost = [(id_,) for id_, payload in rows if not _text_of(PLAIN, payload)]
                copy.executemany("DELETE FROM articles WHERE id = ?", lost)
            copy.execute(f"PRAGMA user_version = {schema}")
            copy.execute("COMMIT")
            migrate(copy, lambda _schema: None)
        except (*DATABASE_ERRORS, *DAMAGED) as error:
            if isinstance(error, sqlite3.Error) and not is_damage(error):
                raise
            return False
    return True


def _copy_rows(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str, has_rowid: bool
) -> None:
    """Copy all readable rows of *table*, with their row ids if the table *has_rowid*."""
    columns = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
    order = "rowid" if has_rowid else columns[0]
    if has_rowid and "number" not in columns:  # a column ``number`` is the row id
        columns = ["rowid", *columns]
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    target.executemany(
        f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})",
        _rows(source, f"SELECT {names} FROM {table} ORDER BY {order} {{order}}"),
    )


def salvage(damaged: Path, target: sqlite3.Connection) -> Salvaged:
    """Copy the intact rows of the store at *damaged* to *target*, an empty store of the current schema.

    An article with a lost text keeps its id and dates, with an empty version. Files of articles that are
    not intact get no stamp, so that the next scan reads them. The store is not ready until then.
    """
    with closing(sqlite3.connect(damaged, timeout=10, isolation_level=None)) as source:
        source.execute("PRAGMA cell_size_check = ON")
        meta = _meta_of(source)
        dictionary = bytes(meta.pop("dictionary", b"") or meta.pop("dictionary_copy", b""))
        # A replica with other rows than its journal must not follow it any more.
        for key in ("dictionary_copy", "packed", "tally", "journal", "position"):
            meta.pop(key, None)
        if "taxonomy" not in meta:
            meta.pop("fingerprint", None)  # so that everything is read again
        compression = Compression(dictionary)
        made = Salvaged()
        live: dict[str, str] = {}
        lost: set[str] = set()
        slugs: set[str] = set()
        count = total = highest = 0
        misses = min(_MISSES, damaged.stat().st_size // _SMALLEST_ROW)
        for found, checksums in _articles(source, misses):
            row = _completed(found, checksums, compression, slugs)
            if row is None:
                made.lost += 1
                continue
            id_, path, removed = row[0], row[len(RECORD_COLUMNS)], row[-1]
            checksums = article_checksums(row)  # noqa: PLW2901
            inserted = target.execute(
                f"INSERT OR IGNORE INTO articles ({', '.join(ENTRY)}, revision, checksums) "
                f"VALUES ({'?,' * len(ENTRY)} 0, ?)",
                (*row, checksums),
            )
            if not inserted.rowcount:  # damage gave two rows the same id
                continue
            made.articles += 1
            slugs.add(row[_SLUG])
            if not (row[_VERSION] and path):
                made.without_text += 1
                lost.add(id_)
            if not removed:
                live[id_] = path
                count, total = count + 1, (total + visible_sum(checksums)) & 0xFFFFFFFF
            highest = max(highest, row[_NUMBER])
        gaps = highest - made.articles
        _copy_files(source, target, live, lost)
        complete = _copy(source, target, "departures", DEPARTURE)
        _copy(source, target, "descriptions", DESCRIPTION)
    revision = int(meta.get("revision", 0)) + 1
    target.execute("UPDATE articles SET revision = ?", (revision,))
    if not complete:
        _add_tombstone_for_every_feed(target, revision, int(meta.get("last_change", 0)))
    files = target.execute("SELECT count(*) FROM files").fetchone()[0]
    meta |= {
        "schema": SCHEMA, "revision": revision, "described": revision, "replaces": 1,
        "words": fulltext.TOKENIZER,
        "progress": msgspec.msgpack.encode(Progress(files, files, ready=False)),
        "tally": (count, total),
        "taxonomy": meta.get("taxonomy") or msgspec.msgpack.encode(Taxonomy()),
    }  # fmt: skip
    write_meta(target, meta)
    if dictionary:
        keep_dictionary(target, dictionary)
    rows = target.execute("SELECT number, payload FROM articles WHERE removed = 0").fetchall()
    fulltext.renew(target, ((number, compression.unpack([payload])[0]) for number, payload in rows))
    made.lost = max(made.lost, gaps)
    return made


def _add_tombstone_for_every_feed(target: sqlite3.Connection, revision: int, last_change: int) -> None:
    """Add one at *last_change*, or at the time of the last tombstone, which it must not precede."""
    (last,) = target.execute("SELECT max(at) FROM departures").fetchone()
    row = (revision, max(last_change, last or 0), msgspec.msgpack.encode(None), "", 0)
    target.execute("INSERT INTO departures VALUES (?,?,?,?,?,?)", (*row, row_checksum(row)))


def _meta_of(source: sqlite3.Connection) -> dict[str, Any]:
    rows = _rows(source, "SELECT key, value, checksum FROM meta ORDER BY key {order}")
    return {key: value for key, value, checksum in rows if row_checksum((key, value)) == checksum}


def _rows(source: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Yield the readable rows of *query*, from both ends up to the damage; some rows may come twice."""
    for order in ("ASC", "DESC"):
        try:
            yield from source.execute(query.format(order=order))
        except DATABASE_ERRORS as error:
            if not is_damage(error):
                raise
            continue
        return


def _articles(source: sqlite3.Connection, most: int) -> Iterator[tuple[tuple[Any, ...], bytes]]:
    """Yield each readable row of articles with its checksums; skip *most* consecutive unreadable rows."""
    columns = f"SELECT {', '.join(ENTRY)}, checksums FROM articles"
    last, misses = 0, 0
    while misses < most:
        try:
            for row in source.execute(f"{columns} WHERE number > ? ORDER BY number", (last,)):
                if not isinstance(row[_NUMBER], int) or row[_NUMBER] <= last:
                    break  # out of order: the tree itself is damaged
                last, misses = row[_NUMBER], 0
                yield row[:-1], row[-1]
            else:
                return
        except DATABASE_ERRORS as error:
            if not is_damage(error):
                raise
        last, misses = last + 1, misses + 1


def _completed(
    found: Sequence[Any], checksums: bytes, compression: Compression, slugs: Container[str]
) -> tuple[Any, ...] | None:
    """Return the row with its damaged parts filled in, or None if too little is intact.

    *slugs* are those of other articles.
    """
    payload, record, entry = intact_parts(found, checksums)
    row = tuple(found)
    article = _text_of(compression, found[1]) if payload else None
    if record and not article:
        row = _without_text(found, compression)
    elif article and not record:
        row = _from_text(found, article)
    elif not record:
        return None
    if row[_SLUG] in slugs or not (entry or row[_SLUG] in islice(candidates(row[0]), _LIKELY_SLUGS)):
        row = (*row[:_SLUG], new_slug(row[0], slugs.__contains__), *row[_SLUG + 1 :])
    if not entry:  # treated as removed until its file is read again
        seen = max(row[RECORD_COLUMNS.index("changed")], row[RECORD_COLUMNS.index("appeared")], 1)
        row = (*row[: len(RECORD_COLUMNS)], "", b"", row[RECORD_COLUMNS.index("published")], seen)
    return row


def _without_text(row: Sequence[Any], compression: Compression) -> tuple[Any, ...]:
    """Return *row* with an empty version, and an article made from the other columns alone."""
    fields = dict(zip(RECORD_COLUMNS, row, strict=False))
    facets = msgspec.msgpack.decode(fields["alike"], type=FacetFields)
    article = Article(
        id=fields["id"], title="", url="",
        published=datetime.fromtimestamp(fields["published"], UTC),
        updated=datetime.fromtimestamp(fields["updated"], UTC),
        provider=facets.provider, authors=facets.authors, topics=facets.topics, type=facets.type,
        language=facets.language,
        heat=fields["heat"], quality=fields["quality"],
    )  # fmt: skip
    fields |= {"payload": compression.pack(msgspec.msgpack.encode(article)), "version": b""}
    return (*fields.values(), *row[len(RECORD_COLUMNS) :])


def _from_text(row: Sequence[Any], article: Article) -> tuple[Any, ...]:
    """Return *row* with the fields of *article*; its dates replace lost times of the store."""
    published = int(article.published.timestamp())
    times = {"changed": int(article.updated.timestamp()), "appeared": published}
    record = Record.of(
        article,
        version=rendered_hash(article),
        daily=article.heat,
        weekly=article.heat,
        number=row[_NUMBER],
        slug=row[_SLUG],
        **times,
    )
    fields = msgspec.structs.astuple(record)[: len(RECORD_COLUMNS)]
    return (fields[0], row[1], *fields[2:], *row[len(RECORD_COLUMNS) :])


def _copy_files(
    source: sqlite3.Connection, target: sqlite3.Connection, live: dict[str, str], lost: set[str]
) -> None:
    """Copy the rows of files; add a row for the file of each *live* article without one.

    Files of articles that are in *lost* or missing get no stamp, so that they are read again.
    """
    known: dict[str, tuple[Any, ...]] = {}
    for row in _rows(
        source, f"SELECT {', '.join(FILE_COLUMNS)}, checksum FROM files ORDER BY path {{order}}"
    ):
        if row_checksum(row[:-1]) == row[-1]:
            known[row[0]] = row[:-1]
    for id_, path in live.items():
        if path:
            known.setdefault(path, (path, 0, 0, 0, id_, 0, "", 0, b"", 0, 0))
    present = {id_ for (id_,) in target.execute("SELECT id FROM articles")}
    for path, row in known.items():
        id_ = row[4]
        if id_ in lost or (id_ and id_ not in present):
            row = (path, 0, 0, 0, *row[4:])  # noqa: PLW2901
        target.execute(
            f"INSERT INTO files VALUES ({'?,' * len(FILE_COLUMNS)} ?)", (*row, row_checksum(row))
        )


def _copy(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str, columns: tuple[str, ...]
) -> bool:
    """Copy the intact rows of *table*; return whether all were intact."""
    order = "rowid" if table == "departures" else columns[0]
    complete = True
    try:
        for row in source.execute(f"SELECT {', '.join(columns)}, checksum FROM {table} ORDER BY {order}"):
            if row_checksum(row[:-1]) == row[-1]:
                target.execute(f"INSERT OR IGNORE INTO {table} VALUES ({'?,' * len(columns)} ?)", row)
            else:
                complete = False
    except DATABASE_ERRORS as error:
        if not is_damage(error):
            raise
        return False
    return complete


def _text_of(compression: Compression, payload: bytes) -> Article | None:
    """The article in *payload*, or None if it cannot be decoded, for example without its dictionary."""
    try:
        return msgspec.msgpack.decode(compression.unpack([payload])[0], type=Article)
    except (StoreError, msgspec.MsgspecError):
        return None
