"""Replicas of one store: equal rows from the same batches, a position, and a journal that comes first."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from feeds.article import Taxonomy
from feeds.store import Changes, Progress, Tombstone
from feeds.store.replication import Position, RowBatch, following
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.replica import SQLiteReplica
from feeds.store.sqlite.replicated_rows import OWN_META
from tests.store.entries import NOW, entry, file, found
from tests.store.replicas import JOURNAL

READY = Progress(1, 1, ready=True)
TABLES = {  # with all columns that replicas share
    "articles": "*",
    "files": "path, id, line, problem, withheld, source, published, updated",
    "departures": "rowid, *",
    "descriptions": "*",
    "meta": "*",
    "tellings": "*",
}


class Leader(SQLiteReplica):
    """A replica with an own journal: the batches in *appended*."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.appended: list[RowBatch] = []
        self.append = self._append
        assert self.acquire_writer()
        self.begin_journal(JOURNAL)

    def _append(self, before: Position, batch: RowBatch) -> None:
        assert batch.position == following(before, batch.content)
        self.appended.append(batch)


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[Callable[..., SQLiteReplica]]:
    """Open the replica with a name, as its writer."""
    made: list[SQLiteReplica] = []

    def opened(name: str, kind: type[SQLiteReplica] = SQLiteReplica) -> SQLiteReplica:
        made.append(kind(tmp_path / f"{name}.db"))
        assert made[-1].acquire_writer()
        return made[-1]

    yield opened
    for each in made:
        each.close()


@pytest.fixture
def leader(replicas: Callable[..., Any]) -> Leader:
    made: Leader = replicas("leader", Leader)
    return made


@pytest.fixture
def follower(replicas: Callable[..., Any]) -> SQLiteReplica:
    made: SQLiteReplica = replicas("follower")
    made.follow_anew(JOURNAL)
    return made


def rows(store: SQLiteStore) -> dict[str, list[Any]]:
    """All rows that replicas share, by table."""
    with closing(sqlite3.connect(store.path)) as database:
        held = {
            table: database.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3").fetchall()
            for table, columns in TABLES.items()
        }
    held["meta"] = [row for row in held["meta"] if row[0] not in OWN_META]
    return held


def test_a_replica_that_applied_all_batches_has_the_same_rows(
    leader: Leader, follower: SQLiteReplica
) -> None:
    leader.record(
        Changes(
            at=NOW, entries=[entry(1), entry(2), entry(3)], files=[file("a.md"), file("b.md")],
            tombstones=[Tombstone(NOW, None)], taxonomy=Taxonomy(title="One"), progress=READY,
            descriptions={"_config.yml": b"1"}, authority="example.org", corpus="/srv/a",
        )
    )  # fmt: skip
    leader.record(Changes(at=NOW + 1, entries=[entry(1, title="Edited"), entry(2, removed=NOW)]))
    leader.record(Changes(gone=["a.md"], descriptions={}))
    follower.apply(leader.appended)
    assert rows(follower) == rows(leader)
    assert follower.position() == leader.position() == leader.appended[-1].position
    assert found(follower, "edited") == found(leader, "edited") == [1]
    follower.check()
    assert not follower.replaces_another()
