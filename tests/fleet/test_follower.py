"""The following of a journal in memory by a real replica: gaps, other chains, and ends that were lost."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from feeds.errors import StoreRefused
from feeds.fleet.follower import Follower
from feeds.fleet.limits import FLEET_LIMITS
from feeds.store import Changes
from feeds.store.replication import Position, RowBatch
from feeds.store.sqlite.replica import SQLiteReplica
from tests.fleet.chain import append, batches_after, lead
from tests.fleet.memory_journal import MemoryJournal, SharedJournal
from tests.store.entries import entry
from tests.store.replicas import JOURNAL, Leader, rows


class Followed:
    """A journal with the three batches of a leader, and a follower."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shared = SharedJournal(JOURNAL)
        self.journal = MemoryJournal(self.shared)
        self.leader = Leader(folder / "leader.db")
        self.replica = SQLiteReplica(folder / "follower.db")
        for each in (self.leader, self.replica):
            assert each.acquire_writer()
        self.leader.begin_journal(JOURNAL)
        for number in (1, 2, 3):
            self.leader.record(Changes(entries=[entry(number)]))
        append(self.journal, lead(self.journal), self.leader.appended)
        self.follower = Follower(self.replica, self.replica.path, FLEET_LIMITS, lambda: None)

    def follow(self, journal: MemoryJournal | None = None) -> bool:
        """One turn of the follower."""
        journal = journal or self.journal
        return self.follower.follow(journal, journal.head())

    def take_snapshot(self, position: Position) -> None:
        """Give the journal a snapshot of the leader, said to be at *position*."""
        target = self.folder / f"snapshot-{position.number}"
        self.leader.back_up(target)
        self.journal.write_snapshot(target, position, 1)

    def close(self) -> None:
        self.leader.close()
        self.replica.close()


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    with closing(Followed(tmp_path)) as made:
        yield made


def until(condition: Callable[[], object]) -> None:
    """Call *condition* a few times, until it holds."""
    assert any(condition() for _ in range(9))


def test_a_new_host_has_the_rows_of_the_leader(followed: Followed) -> None:
    until(followed.follow)
    assert rows(followed.replica) == rows(followed.leader)
    assert followed.follower.position == followed.replica.position() == followed.journal.head().position


def test_a_host_lacks_nothing_of_a_journal_that_is_empty(followed: Followed) -> None:
    """It begins again, with the contents of some host."""
    until(followed.follow)
    position = followed.replica.position()
    assert followed.follow(MemoryJournal(SharedJournal("another")))
    assert followed.replica.position() == position


def test_a_host_that_is_given_another_journal_takes_its_contents(followed: Followed) -> None:
    followed.replica.follow_anew("another")
    until(followed.follow)
    assert followed.replica.journal() == JOURNAL
    assert rows(followed.replica) == rows(followed.leader)


def test_batches_that_no_snapshot_has_are_not_looked_for_again_and_again(followed: Followed) -> None:
    until(followed.follow)
    append(followed.journal, lead(followed.journal), batches_after(followed.journal.head().position, "x"))
    followed.take_snapshot(followed.replica.position())
    del followed.shared.batches[4]
    with pytest.raises(
        StoreRefused,
        match=r"memory:.*: batches after 3 are missing, and in no snapshot; set up an empty database",
    ):
        followed.follow()


@pytest.mark.parametrize("has_snapshot", [True, False])
def test_a_journal_whose_batches_do_not_follow_each_other_is_refused(
    followed: Followed, has_snapshot: bool
) -> None:
    wrong = 4 if has_snapshot else 1
    if has_snapshot:
        followed.take_snapshot(followed.leader.position())
        append(
            followed.journal, lead(followed.journal), batches_after(followed.journal.head().position, "x")
        )
    batches = followed.shared.batches
    batches[wrong] = replace(batches[wrong], content=b"another")
    with pytest.raises(
        StoreRefused,
        match=f"its batches do not follow its own snapshot at batch {wrong - 1}; set up an empty",
    ):
        until(followed.follow)


class Restored(MemoryJournal):
    """A journal that another host gives its end back before this one does."""

    def restore(self, batches: Sequence[RowBatch]) -> None:
        super().restore(batches)
        super().restore(batches)


def test_an_end_that_another_host_gives_back_at_the_same_time_is_no_error(followed: Followed) -> None:
    until(followed.follow)
    followed.shared.lose(2)
    journal = Restored(followed.shared)
    assert not followed.follow(journal)
    assert followed.follow(journal)
    assert journal.head().position == followed.replica.position()


def test_a_journal_that_was_begun_here_and_has_not_got_the_contents_is_begun_again(
    followed: Followed,
) -> None:
    """The process was killed in between."""
    begun = followed.leader.begin_journal("another")
    follower = Follower(followed.leader, followed.leader.path, FLEET_LIMITS, lambda: None)
    empty = MemoryJournal(SharedJournal("another"))
    assert follower.follow(empty, empty.head())
    assert followed.leader.position() == begun


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_host_with_other_batches_than_the_journal_takes_its_contents(
    followed: Followed, tmp_path: Path, number: int
) -> None:
    """The journal has fewer, as many, or more of them than this host."""
    until(followed.follow)
    other = MemoryJournal(SharedJournal(JOURNAL))
    with closing(Leader(tmp_path / "other.db")) as leader:
        assert leader.acquire_writer()
        leader.begin_journal(JOURNAL)
        for each in range(number):
            leader.record(Changes(entries=[entry(each, title="Of the other")]))
        append(other, lead(other), leader.appended)
        until(lambda: followed.follow(other))
        assert rows(followed.replica) == rows(leader)
    assert followed.replica.position() == other.head().position


@pytest.mark.parametrize("follows", [True, False])
def test_a_host_without_a_batch_begins_with_the_snapshot(followed: Followed, follows: bool) -> None:
    if follows:  # since a time at which the journal had no snapshot
        followed.replica.follow_anew(JOURNAL)
    followed.take_snapshot(followed.leader.position())
    batches = followed.shared.batches
    batches.update({at: replace(batch, content=b"unreadable") for at, batch in batches.items()})
    until(followed.follow)
    assert rows(followed.replica) == rows(followed.leader)


def test_a_journal_that_lost_its_end_meanwhile_is_followed_as_far_as_it_goes(followed: Followed) -> None:
    head = followed.journal.head()
    followed.shared.lose(1)
    assert not any(followed.follower.follow(followed.journal, head) for _ in range(9))
    assert followed.replica.position() == followed.journal.head().position
    assert followed.replica.position().number == 2


def test_many_batches_at_once_are_logged(
    followed: Followed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("feeds.fleet.follower.MANY", 3)
    caplog.set_level("INFO")
    until(followed.follow)
    assert len([each for each in caplog.messages if "follower.db: applied 3 batches in " in each]) == 1


def forget_batches(followed: Followed) -> None:
    until(followed.follow)
    followed.shared.lose(2)
    with closing(sqlite3.connect(followed.replica.path)) as database, database:
        database.execute("DELETE FROM batches")


def add_unknown_format(followed: Followed) -> None:
    batches = followed.shared.batches
    batches[2] = replace(batches[2], format=99)


def keep_only_a_newer_snapshot(followed: Followed) -> None:
    followed.leader.back_up(followed.folder / "snapshot")
    followed.journal.write_snapshot(followed.folder / "snapshot", followed.leader.position(), 99)
    followed.shared.batches.clear()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (forget_batches, "lost its last 2 batches, and this host has kept 0 of them; restore a newer"),
        (add_unknown_format, "batch 2 has format 99, and this version reads up to "),
        (keep_only_a_newer_snapshot, "no snapshot that this version can read.*; upgrade this host"),
    ],
)
def test_a_journal_that_cannot_be_followed_is_refused_with_the_reason(
    followed: Followed, change: Callable[[Followed], None], problem: str
) -> None:
    change(followed)
    with pytest.raises(StoreRefused, match=problem):
        until(followed.follow)
