"""A store that reads from one replica what another one has recorded."""

from pathlib import Path

from feeds.store import Changes, WriterRequest
from feeds.store.replication import RowBatch
from feeds.store.sqlite.replica import SQLiteReplica

JOURNAL = "a journal"


class ReplicatedStore(SQLiteReplica):
    """The follower in *folder*, which records changes at the leader beside it.

    The files of both have the same stamps, and the corpus is that of the leader.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "follower.db")
        self.leader = SQLiteReplica(folder / "leader.db")
        self._appended: list[RowBatch] = []
        self.leader.append = lambda _before, batch: self._appended.append(batch)

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
        batches, self._appended = self._appended, []
        self.apply(batches)
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
