"""Replicas with a journal in memory, all of their rows, and a store that reads what another records."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from feeds.store import Changes, WriterRequest
from feeds.store.replication import Position, RowBatch, following
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.replica import SQLiteReplica
from feeds.store.sqlite.replicated_rows import OWN_META

JOURNAL = "a journal"
SHARED = {  # the columns that replicas share, and what follows from them
    "articles": "*",
    "files": "path, id, line, problem, withheld, source, published, updated",
    "departures": "rowid, *",
    "descriptions": "*",
    "meta": "*",
    "tellings": "*",
    "temp.terms": "*",
}


class Leader(SQLiteReplica):
    """A replica that leads, with the batches of its journal in *appended*."""

    def __init__(self, path: Path, connection: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        super().__init__(path, connection)
        self.appended: list[RowBatch] = []
        self.append = self._append

    def _append(self, before: Position, batch: RowBatch) -> None:
        assert batch.position == following(before, batch.content)
        self.appended.append(batch)


class ReplicatedStore(SQLiteReplica):
    """The follower in *folder*, which records changes at the leader beside it.

    The files of both have the same stamps, and the corpus is that of the leader.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "follower.db")
        self.leader = Leader(folder / "leader.db")

    @property
    def name(self) -> str:
        return self.leader.name

    def corpus(self) -> str:
        return self.leader.corpus()

    def acquire_writer(self) -> bool:
        if not (self.leader.acquire_writer() and super().acquire_writer()):
            return False
        if not self.leader.journal():
            self.leader.begin_journal(JOURNAL)
            self.begin_journal(JOURNAL)
        return True

    def record(self, changes: Changes) -> int:
        revision = self.leader.record(changes)
        self.apply(self.leader.appended)
        self.leader.appended.clear()
        self.stamp(self.leader.stamps([file.path for file in changes.files]))
        return revision

    def check(self) -> None:
        self.leader.check()
        super().check()

    def has_writer(self) -> bool:
        return self.leader.has_writer()

    def request(self, *requests: WriterRequest) -> None:
        self.leader.request(*requests)

    def requests(self) -> set[WriterRequest]:
        return self.leader.requests()

    def close(self) -> None:
        self.leader.close()
        super().close()


def rows(store: SQLiteStore) -> dict[str, list[Any]]:
    """All rows that replicas share, and the words of the full-text index, by table."""
    with closing(sqlite3.connect(store.path)) as database:
        database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'words', 'instance')")
        held = {
            table: sorted(database.execute(f"SELECT {columns} FROM {table}"), key=repr)
            for table, columns in SHARED.items()
        }
    held["meta"] = [row for row in held["meta"] if row[0] not in OWN_META]
    return held
