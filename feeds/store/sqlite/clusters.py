"""The clusters of a SQLite store: rows of keys, and the column with the cluster of each article."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from feeds.store import StoredEntry
from feeds.store.clusters import KeyRow, Member, changed_rows, joins, keyed, windows

TABLES = """
CREATE TABLE tellings (
    key INTEGER, published INTEGER, article INTEGER, provider INTEGER NOT NULL,
    PRIMARY KEY (key, published, article)
) WITHOUT ROWID;
CREATE INDEX articles_by_story ON articles (story) WHERE story > '';
"""


# The keys of articles that are or were live, by the versions of their contents. SQLite gets the keys of
# an article as one text, which takes half of the time of a row for each.
_KEPT = """
CREATE TEMP TABLE IF NOT EXISTS kept_keys (
    article INTEGER PRIMARY KEY, version BLOB NOT NULL, provider INTEGER NOT NULL, keys TEXT NOT NULL
)
"""
NOT_KEPT = """
removed = 0 AND NOT EXISTS (
    SELECT 1 FROM temp.kept_keys AS kept WHERE kept.article = number AND kept.version = articles.version
)
"""

_Content = tuple[int, bytes, bytes]
"""The number, the version and the content of an article."""


def keep(database: sqlite3.Connection, articles: Iterable[_Content]) -> None:
    """Keep the keys of *articles* on this connection for ``build``."""
    database.execute(_KEPT)
    rows = (_kept_row(*each) for each in articles)
    database.executemany("INSERT OR REPLACE INTO kept_keys VALUES (?,?,?,?)", rows)


def build(database: sqlite3.Connection, articles: Iterable[_Content], revision: int) -> None:
    """Cluster all live articles, at the end of the first load: *articles*, and those that are kept.

    They are clustered together, so that the result is the same for any order of reading files.
    """
    fill(database, articles)
    shared = database.execute(
        "SELECT * FROM tellings WHERE key IN (SELECT key FROM tellings GROUP BY key HAVING count(*) > 1)"
        " ORDER BY key, published, article"
    )
    _join(database, shared, revision)


def fill(database: sqlite3.Connection, articles: Iterable[_Content]) -> None:
    """Insert the rows of *articles*, and of those that are kept, into the empty table."""
    keep(database, articles)
    # Sorted rows are appended; each unsorted row would be written to another page.
    database.execute(
        "INSERT INTO tellings SELECT value, published, article, provider FROM temp.kept_keys AS kept "
        "JOIN articles ON number = article AND articles.version = kept.version AND removed = 0, "
        "json_each(keys) ORDER BY value, published, article"
    )
    database.execute("DROP TABLE temp.kept_keys")


def _kept_row(number: int, version: bytes, content: bytes) -> tuple[int, bytes, int, str]:
    found, provider = keyed(content)
    return number, version, provider, msgspec.json.encode(found).decode()


def update(
    database: sqlite3.Connection,
    before: Mapping[str, StoredEntry],
    entries: Sequence[StoredEntry],
    revision: int,
) -> None:
    """Add *entries*, already written as rows, to clusters; *before* has their former versions."""
    gone, come = changed_rows(before, entries)
    exchange(database, gone, come)
    rows = (
        row
        for window in windows(come)
        for row in database.execute(
            "SELECT * FROM tellings WHERE key = ? AND published BETWEEN ? AND ? "
            "ORDER BY published, article",
            window,
        )
    )
    _join(database, rows, revision)


def exchange(database: sqlite3.Connection, gone: Iterable[KeyRow], come: Iterable[KeyRow]) -> None:
    """Delete the rows in *gone*, and insert those in *come*."""
    database.executemany(
        "DELETE FROM tellings WHERE key = ? AND published = ? AND article = ?", [row[:3] for row in gone]
    )
    # A row may be there already, if another version of this program made other keys.
    database.executemany("INSERT OR REPLACE INTO tellings VALUES (?,?,?,?)", come)


def _join(database: sqlite3.Connection, rows: Iterable[KeyRow], revision: int) -> None:
    """Write the clusters that follow from *rows*; articles with a new cluster get *revision*."""

    def found(column: str, value: Any) -> Member:
        query = f"SELECT published, id, number, story FROM articles WHERE {column} = ?"
        return Member(*database.execute(query, (value,)).fetchone())

    for join in joins(rows, lambda number: found("number", number), lambda id_: found("id", id_)):
        for cluster in join.merged:
            database.execute(
                "UPDATE articles SET story = ?, revision = CASE removed WHEN 0 THEN ? ELSE revision END "
                "WHERE story = ? AND story > ''",  # the condition of the index, else it is not used
                (join.cluster, revision, cluster),
            )
        database.executemany(
            "UPDATE articles SET story = ?, revision = ? WHERE number = ?",
            [(join.cluster, revision, number) for number in join.numbers],
        )
