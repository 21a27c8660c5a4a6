"""Which story each article of a SQLite store belongs to, kept up as articles come and change."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct

from feeds.store import StoredEntry
from feeds.store.clusters import ClusterFields, Occurrence, keys, pairs, publisher, reach

TABLES = """
CREATE TABLE tellings (
    key INTEGER, published INTEGER, article INTEGER, provider INTEGER NOT NULL,
    PRIMARY KEY (key, published, article)
) WITHOUT ROWID;
CREATE INDEX articles_by_story ON articles (story) WHERE story > '';
"""

Row = tuple[int, int, int, int]  # of tellings


class _Member(Struct, frozen=True, order=True, gc=False):
    """An article of a story, the earliest first; *story* is what it belonged to until now."""

    published: int
    id: str
    number: int
    story: str


_fields = msgspec.msgpack.Decoder(ClusterFields)


def build(
    database: sqlite3.Connection, articles: Iterable[tuple[int, int, bytes]], revision: int
) -> None:
    """Make the stories of *articles*, everything that is live, once the first load has read it.

    Of each its number, when it was published and its content. Only then, all at once: so they are the
    same whichever file was read first.
    """
    database.execute("CREATE TEMP TABLE unsorted (key, published, article, provider)")
    database.executemany(
        "INSERT INTO unsorted VALUES (?,?,?,?)", (row for each in articles for row in _key_rows(*each))
    )
    # Sorted, they are appended; unsorted, every one would touch another page.
    database.execute("INSERT INTO tellings SELECT * FROM unsorted ORDER BY key, published, article")
    database.execute("DROP TABLE unsorted")
    shared = database.execute(
        "SELECT * FROM tellings WHERE key IN (SELECT key FROM tellings GROUP BY key HAVING count(*) > 1)"
        " ORDER BY key, published, article"
    )
    _join(database, _pairs(shared), revision)


def update(
    database: sqlite3.Connection,
    before: dict[str, StoredEntry],
    entries: Sequence[StoredEntry],
    revision: int,
) -> None:
    """Join what *entries*, which are written, have in common with others; *before* is what they were."""
    keyed: dict[int, list[int]] = {}
    for entry in entries:
        [number] = database.execute(
            "SELECT rowid FROM articles WHERE id = ?", (entry.record.id,)
        ).fetchone()
        former, latter = _live(before.get(entry.record.id), number), _live(entry, number)
        database.executemany(
            "DELETE FROM tellings WHERE key = ? AND published = ? AND article = ?",
            [row[:3] for row in former - latter],
        )
        database.executemany("INSERT INTO tellings VALUES (?,?,?,?)", latter - former)
        for key, published, *_ in latter - former:
            keyed.setdefault(key, []).append(published)
    rows = (
        row
        for key, times in keyed.items()
        for row in database.execute(
            "SELECT * FROM tellings WHERE key = ? AND published BETWEEN ? AND ? "
            "ORDER BY published, article",
            (key, min(times) - reach(key), max(times) + reach(key)),
        )
    )
    _join(database, _pairs(rows), revision)


def _live(entry: StoredEntry | None, number: int) -> set[Row]:
    """What the article *number* is joined by, nothing where it is removed: but it keeps its story."""
    if entry is None or entry.removed:
        return set()
    return set(_key_rows(number, entry.record.published, entry.record.content))


def _key_rows(number: int, published: int, content: bytes) -> Iterator[Row]:
    fields = _fields.decode(content)
    provider = publisher(fields)
    return ((key, published, number, provider) for key in keys(fields))


def _pairs(rows: Iterable[Row]) -> list[tuple[int, int]]:
    return [
        pair
        for key, members in groupby(rows, key=lambda row: row[0])
        for pair in pairs(key, (Occurrence(*row[1:]) for row in members))
    ]


def _join(database: sqlite3.Connection, found: Collection[tuple[int, int]], revision: int) -> None:
    """Write which story the articles of each pair belong to, with *revision* where that is new."""
    members = {
        number: _member(database, "rowid", number) for number in {each for pair in found for each in pair}
    }
    for together in _connected([*found, *_clustered_before(members.values())]):
        joined = sorted(members[number] for number in together)
        stories = sorted({each.story for each in joined if each.story})
        # An older story keeps its id, even where the article it is named after is gone.
        named = [_member(database, "id", each) for each in stories] or joined
        story = min(named).id
        for other in stories:
            if other != story:
                _rename(database, other, story, revision)
        for each in joined:
            if not each.story:
                database.execute(
                    "UPDATE articles SET story = ?, revision = ? WHERE rowid = ?",
                    (story, revision, each.number),
                )


def _clustered_before(members: Iterable[_Member]) -> Iterator[tuple[int, int]]:
    """Those of *members* who belong to one story already, as pairs."""
    first: dict[str, int] = {}
    for each in members:
        if each.story:
            yield first.setdefault(each.story, each.number), each.number


def _rename(database: sqlite3.Connection, story: str, name: str, revision: int) -> None:
    database.execute(
        "UPDATE articles SET story = ?, revision = CASE removed WHEN 0 THEN ? ELSE revision END "
        "WHERE story = ?",
        (name, revision, story),
    )


def _member(database: sqlite3.Connection, column: str, value: Any) -> _Member:
    row = database.execute(
        f"SELECT published, id, rowid, story FROM articles WHERE {column} = ?", (value,)
    ).fetchone()
    return _Member(*row)


def _connected(found: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The sets of those who hang together by any number of pairs."""
    sets: dict[int, set[int]] = {}
    for one, other in found:
        larger, smaller = sets.setdefault(one, {one}), sets.setdefault(other, {other})
        if larger is smaller:
            continue
        if len(larger) < len(smaller):
            larger, smaller = smaller, larger
        larger |= smaller
        sets.update(dict.fromkeys(smaller, larger))
    return list({id(each): each for each in sets.values()}.values())
