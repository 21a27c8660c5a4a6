"""The process of a host that follows a journal in memory."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from feeds.errors import StoreError
from feeds.fleet import Journal
from feeds.fleet.errors import JournalError
from feeds.fleet.host_log import HostLog
from feeds.fleet.leadership import Parts
from feeds.fleet.member import FleetMember
from feeds.fleet.presence import Identity, Presence
from feeds.monitoring.fleet import FleetState
from feeds.store import Changes, WriterRequest
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.replica import SQLiteReplica
from tests.fleet.chain import append, lead
from tests.fleet.hosts import FAST
from tests.fleet.memory_journal import MemoryJournal, SharedJournal
from tests.store.entries import entry
from tests.store.replicas import Leader, rows
from tests.waiting import eventually


class Follower:
    """A host with a store in *folder* that only follows; *published* are its states."""

    def __init__(self, folder: Path, open_journal: Callable[[], Journal]) -> None:
        self.path = folder / "store.db"
        self.published: list[FleetState] = []
        self._open_journal = open_journal

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run its process."""
        stop = Event()
        with closing(SQLiteReplica(self.path)) as replica:
            presence = Presence(Identity("a", "1", 1, ""), self.published.append, lambda: 1000.0)
            parts = Parts(self.path, replica, SQLiteReplica, self._open_journal, presence)
            thread = Thread(target=FleetMember(parts, FAST).run, args=(stop,))
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join()


@pytest.fixture
def shared() -> SharedJournal:
    return SharedJournal()


def test_a_host_is_not_behind_a_journal_that_is_empty(tmp_path: Path, shared: SharedJournal) -> None:
    """It has been set up instead of a lost one: no host must be taken out until one has begun it."""
    follower = Follower(tmp_path, lambda: MemoryJournal(shared))
    with closing(Leader(follower.path)) as former:
        assert former.acquire_writer()
        former.begin_journal("lost")
        former.record(Changes(entries=[entry(1)]))
    with follower.running():
        eventually(lambda: [each for each in shared.hosts.values() if each.position == 1])
        eventually(lambda: len(follower.published) > 1)
    last = follower.published[-1]
    assert (last.reachable, last.position, last.head, last.behind_since) == (True, 1, 0, 0)


def test_what_a_killed_process_left_is_deleted_even_without_the_journal(
    tmp_path: Path, shared: SharedJournal
) -> None:
    """Snapshots are large, and a full disk would keep this process from its work."""
    shared.reachable = False
    left = tmp_path / ".store.db-snapshot-killed"
    left.mkdir()
    (left / "snapshot").write_bytes(b"half")
    follower = Follower(tmp_path, lambda: MemoryJournal(shared))
    with follower.running():
        eventually(lambda: not left.exists())


class Silent(MemoryJournal):
    """A journal without notifications, as behind a pooler."""

    def wait(self, seconds: float) -> None:
        Event().wait(seconds)


def test_a_host_asks_for_changes_if_nothing_notifies_it(tmp_path: Path, shared: SharedJournal) -> None:
    follower, leader = Follower(tmp_path, lambda: Silent(shared)), MemoryJournal(shared)
    with closing(Leader(tmp_path / "leader.db")) as store, follower.running():
        assert store.acquire_writer()
        store.begin_journal(shared.identity)
        eventually(lambda: shared.hosts)
        for number in (1, 2):
            store.record(Changes(entries=[entry(number)]))
            append(leader, lead(leader), store.appended[-1:])
            eventually(lambda number=number: follower.published[-1].position == number)


class Interrupted(MemoryJournal):
    """A journal that ends the connection once, when it is sent requests; *ended* then has the error."""

    def __init__(self, shared: SharedJournal, ended: list[JournalError]) -> None:
        super().__init__(shared)
        self._ended = ended

    def request(self, requests: set[WriterRequest]) -> None:
        if not self._ended:
            self._ended.append(JournalError(self.name, "connection ended by the server", "wait"))
            raise self._ended[0]
        super().request(requests)


def test_a_request_is_kept_until_the_journal_has_it(tmp_path: Path, shared: SharedJournal) -> None:
    ended: list[JournalError] = []
    follower = Follower(tmp_path, lambda: Interrupted(shared, ended))
    with follower.running(), closing(SQLiteStore(follower.path)) as store:
        store.request("accept-removals")
        eventually(lambda: shared.requests == {"accept-removals", "scan"})
    assert ended


def test_a_check_is_made_on_the_host_of_its_request_and_not_passed_on(
    tmp_path: Path, shared: SharedJournal, caplog: pytest.LogCaptureFixture
) -> None:
    follower = Follower(tmp_path, lambda: MemoryJournal(shared))
    with follower.running(), closing(SQLiteStore(follower.path)) as store:
        eventually(lambda: shared.hosts)
        with closing(sqlite3.connect(follower.path)) as database, database:
            database.execute("UPDATE words_data SET block = x'00000000ffffffffffffffff'")
        store.request("check")
        eventually(lambda: "full-text index damaged" in caplog.text)
        eventually(lambda: shared.requests)
    assert shared.requests == {"scan"}


def test_a_failure_is_logged_once_and_another_one_and_its_end_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    log = HostLog(Presence(Identity("a", "1", 1, ""), lambda _state: None, lambda: 0.0), FAST)
    full, one, other = (
        OSError(28, "full"),
        StoreError("1", "busy", "wait"),
        StoreError("2", "busy", "wait"),
    )
    for each in (full, full, one, other, full):
        log.failed(each)
    log.recovered()
    log.recovered()
    assert [each.partition(";")[0] for each in caplog.messages] == [
        "system: full", "1: busy", "system: full", "host a: works again",
    ]  # fmt: skip


def test_a_host_that_finds_damage_reports_it_and_takes_the_contents_of_the_journal_again(
    tmp_path: Path, shared: SharedJournal
) -> None:
    follower, journal = Follower(tmp_path, lambda: MemoryJournal(shared)), MemoryJournal(shared)
    with closing(Leader(tmp_path / "leader.db")) as leader, follower.running():
        assert leader.acquire_writer()
        leader.begin_journal(shared.identity)
        leader.record(Changes(entries=[entry(1)]))
        append(journal, lead(journal), leader.appended)
        eventually(lambda: follower.published and follower.published[-1].position == 1)
        with closing(sqlite3.connect(follower.path)) as database, database:
            database.execute("UPDATE articles SET payload = x'81'")
        leader.record(Changes(entries=[entry(1, title="Edited")]))
        append(journal, lead(journal), leader.appended[1:])
        eventually(lambda: follower.published[-1].position == 2)
        assert [each for each in follower.published if "damaged: articles" in each.trouble]
        with closing(SQLiteStore(follower.path)) as store:
            assert rows(store) == rows(leader)
