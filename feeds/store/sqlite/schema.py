"""The tables of a SQLite store, and the migrations from every earlier schema.

``user_version`` in SQLite's header is the schema version of a file. Migrations only go forward; each runs
in one transaction, after a verified backup is written beside the store.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec

from feeds.article import Article, facet_fields, fingerprint
from feeds.errors import StoreError
from feeds.store import Progress, address
from feeds.store.compression import Compression
from feeds.store.slugs import new_slug
from feeds.store.sqlite import clusters
from feeds.store.sqlite import search as fulltext
from feeds.store.sqlite.checksums import (
    RECORD_COLUMNS,
    article_checksums,
    resealed_entry,
    row_checksum,
    spoilt,
    visible_sum,
)

APPLICATION = 0x46454544  # "FEED", as application_id in SQLite's header
SCHEMA = 7
CHECKED_SINCE = 5  # the first schema version with checksums of rows, and with its number in ``meta``
PAGE = 4096  # bytes

# The columns of each table that its checksums cover, in their order.
ENTRY = (*RECORD_COLUMNS, "path", "digest", "first_seen", "removed")
FILE_COLUMNS = (
    "path", "modified", "size", "inode", "id", "line", "problem", "withheld", "source",
    "published", "updated",
)  # fmt: skip
DEPARTURE = ("revision", "at", "facets", "id", "published")
DESCRIPTION = ("path", "content")
KEPT_BATCH = ("number", "digest", "content", "format", "revision", "newest")

# The last batches of a replica; empty in a store that follows no journal.
_BATCHES = """
CREATE TABLE batches (
    number INTEGER PRIMARY KEY, digest BLOB NOT NULL, content BLOB NOT NULL, format INTEGER NOT NULL,
    revision INTEGER NOT NULL, newest REAL NOT NULL, checksum INTEGER NOT NULL
)
"""

_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, payload BLOB NOT NULL,
    digest BLOB NOT NULL, version BLOB NOT NULL, published INTEGER NOT NULL,
    first_seen INTEGER NOT NULL, changed INTEGER NOT NULL, removed INTEGER NOT NULL,
    revision INTEGER NOT NULL, appeared INTEGER NOT NULL, rated INTEGER NOT NULL,
    daily INTEGER NOT NULL, weekly INTEGER NOT NULL, story TEXT NOT NULL, alike BLOB NOT NULL,
    address INTEGER NOT NULL, updated INTEGER NOT NULL, heat INTEGER NOT NULL, quality INTEGER NOT NULL,
    checksums BLOB NOT NULL, slug TEXT NOT NULL
);
CREATE INDEX articles_by_revision ON articles (revision);
CREATE INDEX articles_by_digest ON articles (digest);
CREATE INDEX articles_published ON articles (published) WHERE removed = 0;
CREATE UNIQUE INDEX articles_by_slug ON articles (slug);
CREATE TABLE files (
    path TEXT PRIMARY KEY, modified INTEGER NOT NULL, size INTEGER NOT NULL, inode INTEGER NOT NULL,
    id TEXT NOT NULL, line INTEGER NOT NULL, problem TEXT NOT NULL, withheld INTEGER NOT NULL,
    source BLOB NOT NULL, published INTEGER NOT NULL, updated INTEGER NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_id ON files (id);
CREATE TABLE departures (
    revision INTEGER NOT NULL, at INTEGER NOT NULL, facets BLOB NOT NULL, id TEXT NOT NULL,
    published INTEGER NOT NULL, checksum INTEGER NOT NULL
);
CREATE TABLE descriptions (
    path TEXT PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID;
{clusters.TABLES}
{fulltext.TABLE}
{_BATCHES};
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {SCHEMA};
"""


def create(database: sqlite3.Connection) -> None:
    """Create the tables of the current schema in an empty file, in one transaction."""
    database.execute(f"PRAGMA page_size = {PAGE}")
    database.executescript(f"BEGIN; {_TABLES} COMMIT;")
    write_meta(database, {"schema": SCHEMA, "words": fulltext.TOKENIZER, "tally": (0, 0)})


def write_meta(database: sqlite3.Connection, values: dict[str, Any]) -> None:
    """Set each key of ``meta`` in *values*; tuples are stored as MessagePack."""
    plain = {
        key: msgspec.msgpack.encode(value) if isinstance(value, tuple) else value
        for key, value in values.items()
    }
    database.executemany(
        "INSERT OR REPLACE INTO meta (key, value, checksum) VALUES (?,?,?)",
        [(key, value, row_checksum((key, value))) for key, value in plain.items()],
    )


def keep_dictionary(database: sqlite3.Connection, dictionary: bytes) -> None:
    """Store *dictionary* twice: without it, no packed article can be read."""
    write_meta(database, {"packed": 1, "dictionary": dictionary, "dictionary_copy": dictionary})


def migrate(database: sqlite3.Connection, before_each: Callable[[int], object]) -> None:
    """Migrate *database* to SCHEMA. Call *before_each* with the present version before each migration.

    A migration that is interrupted changes nothing.
    """
    while (schema := schema_of(database)) < SCHEMA:
        before_each(schema)
        database.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[schema](database)
            if schema + 1 >= CHECKED_SINCE:
                write_meta(database, {"schema": schema + 1})
            database.execute(f"PRAGMA user_version = {schema + 1}")
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise


def schema_of(database: sqlite3.Connection) -> int:
    """The schema version in the header of *database*."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _from_1(database: sqlite3.Connection) -> None:
    """Add the id and date of their article to departures."""
    _run(
        database,
        "ALTER TABLE departures ADD COLUMN id TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE departures ADD COLUMN published INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX articles_published ON articles (published) WHERE removed = 0",
    )


def _from_2(database: sqlite3.Connection) -> None:
    """Add numbers, full-text search, clusters, and the heat of the first day and week to articles."""
    _run(
        database,
        "ALTER TABLE articles RENAME TO former",
        "DROP INDEX articles_by_revision",
        "DROP INDEX articles_removed",
        "DROP INDEX articles_published",
        """CREATE TABLE articles (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL,
            payload BLOB NOT NULL, digest BLOB NOT NULL, version BLOB NOT NULL,
            published INTEGER NOT NULL, first_seen INTEGER NOT NULL, changed INTEGER NOT NULL,
            removed INTEGER NOT NULL, revision INTEGER NOT NULL, appeared INTEGER NOT NULL,
            rated INTEGER NOT NULL, daily INTEGER NOT NULL, weekly INTEGER NOT NULL, story TEXT NOT NULL
        )""",
        """INSERT INTO articles SELECT row_number() OVER (ORDER BY rowid), id, path, payload, digest,
            version, published, first_seen, changed, removed, revision, max(published, first_seen),
            0, 0, 0, '' FROM former""",
        "DROP TABLE former",
        "CREATE INDEX articles_by_revision ON articles (revision)",
        "CREATE INDEX articles_removed ON articles (digest) WHERE removed > 0",
        "CREATE INDEX articles_published ON articles (published) WHERE removed = 0",
        *(part for part in clusters.TABLES.split(";") if part.strip()),
        fulltext.TABLE,
    )
    payloads = database.execute("SELECT number, payload FROM articles").fetchall()
    heats = [(msgspec.msgpack.decode(payload, type=Article).heat, number) for number, payload in payloads]
    database.executemany("UPDATE articles SET daily = ?1, weekly = ?1 WHERE number = ?2", heats)
    live = "FROM articles WHERE removed = 0"
    fulltext.renew(database, database.execute(f"SELECT number, payload {live}").fetchall())
    found = dict(database.execute("SELECT key, value FROM meta"))
    progress = found.get("progress")
    if progress and msgspec.msgpack.decode(progress, type=Progress).ready:
        rows = database.execute(f"SELECT number, version, payload {live}").fetchall()
        clusters.build(database, rows, found.get("revision", 0))
    database.execute("INSERT INTO meta (key, value) VALUES ('words', ?)", (fulltext.TOKENIZER,))


def _from_3(database: sqlite3.Connection) -> None:
    """Copy the fields that queries need from the payload, which may be packed from now on."""
    _run(
        database,
        "ALTER TABLE articles ADD COLUMN alike BLOB NOT NULL DEFAULT x''",
        "ALTER TABLE articles ADD COLUMN address INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE articles ADD COLUMN updated INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE articles ADD COLUMN heat INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE articles ADD COLUMN quality INTEGER NOT NULL DEFAULT 0",
    )
    rows = []
    for number, payload in database.execute("SELECT number, payload FROM articles"):
        article = msgspec.msgpack.decode(payload, type=Article)
        rows.append(
            (
                msgspec.msgpack.encode(facet_fields(article)), address(article.url),
                int(article.updated.timestamp()), article.heat, article.quality, number,
            )
        )  # fmt: skip
    database.executemany(
        "UPDATE articles SET alike = ?, address = ?, updated = ?, heat = ?, quality = ? WHERE number = ?",
        rows,
    )


def _from_4(database: sqlite3.Connection) -> None:
    """Add a checksum to every row, the authority, and the last good descriptions of the corpus."""
    meta = dict(database.execute("SELECT key, value FROM meta"))
    _run(
        database,
        "DROP TABLE meta",
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value, checksum INTEGER NOT NULL) WITHOUT ROWID",
        "ALTER TABLE articles ADD COLUMN checksums BLOB NOT NULL DEFAULT x''",
        "DROP INDEX articles_removed",
        "CREATE INDEX articles_by_digest ON articles (digest)",
        "ALTER TABLE files RENAME TO former",
        "DROP INDEX files_by_id",
        """CREATE TABLE files (
            path TEXT PRIMARY KEY, modified INTEGER NOT NULL, size INTEGER NOT NULL,
            inode INTEGER NOT NULL, id TEXT NOT NULL, line INTEGER NOT NULL, problem TEXT NOT NULL,
            withheld INTEGER NOT NULL, source BLOB NOT NULL, published INTEGER NOT NULL,
            updated INTEGER NOT NULL, checksum INTEGER NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX files_by_id ON files (id)",
        "ALTER TABLE departures ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0",
        """CREATE TABLE descriptions (
            path TEXT PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL
        ) WITHOUT ROWID""",
    )
    dictionary = bytes(meta.pop("dictionary", b""))
    packed = meta.pop("packed", None)
    is_intact = not packed or packed == fingerprint(dictionary)
    authority = _authority_of(database)
    write_meta(database, meta | ({"authority": authority} if authority else {}))
    if dictionary and is_intact:
        keep_dictionary(database, dictionary)
    _seal_articles(database, Compression(dictionary) if is_intact else None)
    rows = database.execute(
        "SELECT former.path, modified, size, inode, former.id, line, problem, withheld, x'', "
        "coalesce(published, 0), coalesce(updated, 0) FROM former LEFT JOIN articles USING (id)"
    )
    database.executemany(
        f"INSERT INTO files VALUES ({'?,' * 11}?)",
        ((*row, row_checksum(row)) for row in rows.fetchall()),
    )
    database.execute("DROP TABLE former")
    left = database.execute(
        "SELECT rowid, revision, at, facets, id, published FROM departures"
    ).fetchall()
    database.executemany(
        "UPDATE departures SET checksum = ? WHERE rowid = ?",
        [(row_checksum(row[1:]), row[0]) for row in left],
    )


def _seal_articles(database: sqlite3.Connection, compression: Compression | None) -> None:
    """Write the checksums and the tally of all articles; an unreadable payload gets a wrong checksum."""
    count = total = 0
    sums = []
    columns = ", ".join("''" if column == "slug" else column for column in ENTRY)
    for row in database.execute(f"SELECT {columns} FROM articles"):
        checksums = resealed_entry(article_checksums(row), row[-4:])
        if not row[-1]:
            count, total = count + 1, (total + visible_sum(checksums)) & 0xFFFFFFFF
        sums.append((checksums if _can_be_read(row[1], compression) else spoilt(checksums), row[_NUMBER]))
    database.executemany("UPDATE articles SET checksums = ? WHERE number = ?", sums)
    write_meta(database, {"tally": (count, total)})


def _from_5(database: sqlite3.Connection) -> None:
    """Add slugs, in the order in which the articles were first recorded, also to removed articles."""
    database.execute("ALTER TABLE articles ADD COLUMN slug TEXT NOT NULL DEFAULT ''")
    rows, assigned = [], set[str]()
    for number, id_, checksums, *entry in database.execute(
        "SELECT number, id, checksums, path, digest, first_seen, removed FROM articles ORDER BY number"
    ):
        slug = new_slug(id_, assigned.__contains__)
        assigned.add(slug)
        if checksums == resealed_entry(checksums, entry):  # else it is damaged, and stays so
            checksums = resealed_entry(checksums, (slug, *entry))  # noqa: PLW2901
        rows.append((slug, checksums, number))
    database.executemany("UPDATE articles SET slug = ?, checksums = ? WHERE number = ?", rows)
    database.execute("CREATE UNIQUE INDEX articles_by_slug ON articles (slug)")


def _from_6(database: sqlite3.Connection) -> None:
    """Add the table of batches."""
    database.execute(_BATCHES)


_NUMBER = RECORD_COLUMNS.index("number")


def _can_be_read(payload: bytes, compression: Compression | None) -> bool:
    try:
        return compression is not None and bool(compression.unpack([payload]))
    except StoreError:
        return False


def _authority_of(database: sqlite3.Connection) -> str:
    """The most frequent authority in ids that were made from paths, empty if there are none."""
    found: Counter[str] = Counter()
    for id_, path in database.execute("SELECT id, path FROM articles"):
        made = re.fullmatch(r"tag:([^,]+),\d{4}:(.+)", id_)
        if made and made[2] == quote(path.removesuffix(".md").lstrip("_"), safe="/-._~"):
            found[made[1]] += 1
    del found["localhost"]
    return max(found, key=lambda each: (found[each], each), default="")


def _run(database: sqlite3.Connection, *statements: str) -> None:
    """Run *statements* inside the transaction, which ``executescript`` would end."""
    for statement in statements:
        database.execute(statement)


MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _from_1,
    2: _from_2,
    3: _from_3,
    4: _from_4,
    5: _from_5,
    6: _from_6,
}
