"""The journal in PostgreSQL when hosts meet: at once, paused, cut off in the middle."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from hashlib import blake2b
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import psycopg
import pytest

from feeds.errors import StoreError
from feeds.fleet import FleetHost, Lease
from feeds.fleet.assets import Asset
from feeds.fleet.errors import JournalError, LeaseLost
from feeds.fleet.postgres.assets import PostgresAssets
from feeds.fleet.postgres.connection import PostgresConnection
from feeds.fleet.postgres.journal import PostgresJournal
from feeds.store.replication import RowBatch
from tests.fleet.chain import GENERATION, START, append, batches_after, lead, write
from tests.postgres import execute
from tests.waiting import eventually

pytestmark = pytest.mark.slow

HOSTS = 4
ROUNDS = 10
Result = TypeVar("Result")


@pytest.fixture
def hosts(fleet_database: str) -> Iterator[list[PostgresJournal]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(PostgresJournal(fleet_database))) for _ in range(HOSTS)]


def at_once(hosts: list[PostgresJournal], act: Callable[[str, PostgresJournal], Result]) -> list[Result]:
    """The results of *act* for each host, all of them at the same time."""
    together = Barrier(len(hosts))

    def begin(number: int) -> Result:
        hosts[number].head()
        together.wait()
        return act(f"host-{number}", hosts[number])

    with ThreadPoolExecutor(len(hosts)) as pool:
        return [*pool.map(begin, range(len(hosts)))]


def test_of_candidates_at_once_exactly_one_leads(hosts: list[PostgresJournal]) -> None:
    for round_ in range(1, ROUNDS + 1):
        leases = at_once(hosts, lambda host, journal: journal.acquire(host, GENERATION, START))
        [lease] = [lease for lease in leases if lease]
        head = hosts[0].head()
        assert (head.leader, head.epoch, lease.epoch) == (lease.host, round_, round_)
        hosts[0].release(lease)


def test_of_batches_at_once_exactly_one_is_appended(hosts: list[PostgresJournal]) -> None:
    """As if a leader had two processes."""
    lease = lead(hosts[0])
    expected: list[RowBatch] = []

    def appended(host: str, journal: PostgresJournal) -> RowBatch | None:
        before = expected[-1].position if expected else START
        [batch] = batches_after(before, host)
        try:
            journal.append(lease, before, batch, GENERATION)
        except LeaseLost:
            return None
        return batch

    for _ in range(ROUNDS):
        assert hosts[0].renew(lease)
        [batch] = [batch for batch in at_once(hosts, appended) if batch]
        expected.append(batch)
    assert hosts[0].batches(0, 9_999) == expected
    assert hosts[0].head().position == expected[-1].position


def test_a_lost_end_given_back_by_all_hosts_at_once_is_there_once(
    fleet_database: str, hosts: list[PostgresJournal]
) -> None:
    batches = write(hosts[0], *"abcdef")
    execute(fleet_database, "DELETE FROM feeds.batches WHERE number > 2")
    execute(
        fleet_database, "UPDATE feeds.journal SET number = 2, digest = b.digest FROM feeds.batches AS b "
        "WHERE b.number = 2",
    )  # fmt: skip

    def given_back(_host: str, journal: PostgresJournal) -> bool:
        try:
            journal.restore(batches[2:])
        except LeaseLost:
            return False
        return True

    assert any(at_once(hosts, given_back)) or hosts[0].head().position.number > 2
    while hosts[0].head().position != batches[-1].position:
        hosts[0].restore(batches[hosts[0].head().position.number :])
    assert hosts[0].batches(0, 99) == batches


def test_requests_are_taken_once_by_leaders_at_once(hosts: list[PostgresJournal]) -> None:
    lease = lead(hosts[0])
    for _ in range(ROUNDS):
        assert hosts[0].renew(lease)
        hosts[1].request({"scan", "check"})
        taken = at_once(hosts, lambda _host, journal: journal.requests(lease))
        assert sorted(request for requests in taken for request in requests) == ["check", "scan"]


EMPTY = blake2b(digest_size=10).hexdigest()  # of a file without a byte
Write = Callable[[PostgresJournal, PostgresAssets, Lease], object]
WRITES: dict[str, Write] = {
    "append": lambda journal, _, lease: append(journal, lease, batches_after(START, "late")),
    "renew": lambda journal, _, lease: journal.renew(lease),
    "take requests": lambda journal, _, lease: journal.requests(lease),
    "sweep files": lambda _, assets, lease: assets.sweep(lease, -1),
    "publish files": lambda _, assets, lease: assets.publish(
        lease, 9, {"assets/a.png": Asset(EMPTY, 0)}, ()
    ),
    "release": lambda journal, _, lease: journal.release(lease),
}


@pytest.fixture
def assets(fleet_database: str) -> Iterator[PostgresAssets]:
    """The files of the corpus, with a content that no name has."""
    with closing(PostgresAssets(fleet_database)) as made:
        assert made.write(EMPTY, [])
        yield made


@pytest.mark.parametrize(
    "end", ["", "epoch = epoch + 1", "leader = 'b'", "until = clock_timestamp()"], ids=str
)
def test_only_a_host_with_the_lease_changes_rows(
    fleet_database: str, hosts: list[PostgresJournal], assets: PostgresAssets, end: str
) -> None:
    hosts[1].request({"scan"})
    changed = []
    for name, change in WRITES.items():
        lease = lead(hosts[0])  # it may have been over
        if end:
            execute(fleet_database, f"UPDATE feeds.journal SET {end}")
        before = contents(fleet_database)
        with suppress(LeaseLost):
            change(hosts[0], assets, lease)
        changed += [name] if contents(fleet_database) != before else []
        execute(fleet_database, "UPDATE feeds.journal SET leader = ''")
    assert changed == ([] if end else [*WRITES])


def contents(fleet_database: str) -> list[object]:
    """All rows of all tables."""
    with closing(psycopg.connect(fleet_database)) as connection:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'feeds' ORDER BY 1"
        names = [name for (name,) in connection.execute(tables)]
        return [connection.execute(f"SELECT * FROM feeds.{name}").fetchall() for name in names]


@pytest.fixture
def blocking(fleet_database: str) -> Iterator[psycopg.Connection]:
    """A connection whose transactions hold what they lock."""
    with closing(psycopg.connect(fleet_database)) as connection:
        yield connection


def waiting_for(blocking: psycopg.Connection, fleet_database: str, act: Callable[[], Result]) -> Result:
    """Let *act* wait for the locks of *blocking*, commit this, and return the result of *act*."""
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(act)
        eventually(lambda: execute(fleet_database, "SELECT 1 FROM pg_locks WHERE NOT granted"))
        blocking.commit()
        return result.result(30)


def test_a_batch_that_waits_while_another_host_takes_the_lease_is_refused(
    fleet_database: str, hosts: list[PostgresJournal], blocking: psycopg.Connection
) -> None:
    """The statement began while the lease was in force."""
    lease = lead(hosts[0])
    [batch] = batches_after(START, "late")
    blocking.execute("UPDATE feeds.journal SET epoch = epoch + 1, leader = 'b'")
    with pytest.raises(LeaseLost):
        waiting_for(blocking, fleet_database, lambda: hosts[0].append(lease, START, batch, GENERATION))
    assert hosts[0].head().position == START
    assert hosts[0].batches(0, 99) == []


def test_a_batch_that_waits_until_the_lease_is_over_is_refused(
    fleet_database: str, hosts: list[PostgresJournal], blocking: psycopg.Connection
) -> None:
    lease = lead(hosts[0])
    [batch] = batches_after(START, "late")
    blocking.execute("UPDATE feeds.journal SET until = clock_timestamp()")
    with pytest.raises(LeaseLost):
        waiting_for(blocking, fleet_database, lambda: hosts[0].append(lease, START, batch, GENERATION))


def test_a_candidate_that_waits_while_the_head_moves_does_not_lead(
    fleet_database: str, hosts: list[PostgresJournal], blocking: psycopg.Connection
) -> None:
    hosts[0].head()
    blocking.execute("UPDATE feeds.journal SET number = 1, digest = 'moved'")
    assert waiting_for(blocking, fleet_database, lambda: hosts[0].acquire("b", GENERATION, START)) is None


def test_requests_stay_if_the_lease_is_taken_meanwhile(
    fleet_database: str, hosts: list[PostgresJournal], blocking: psycopg.Connection
) -> None:
    lease = lead(hosts[0])
    hosts[1].request({"accept-removals"})
    blocking.execute("UPDATE feeds.journal SET epoch = epoch + 1, leader = 'b'")
    assert waiting_for(blocking, fleet_database, lambda: hosts[0].requests(lease)) == set()
    assert hosts[1].requests(lead(hosts[1], "b")) == {"accept-removals"}


def test_a_host_that_is_paused_while_it_sends_a_snapshot_holds_nobody_up(
    hosts: list[PostgresJournal], tmp_path: Path
) -> None:
    batches = write(hosts[0], "one", "two")
    lease = lead(hosts[0])
    os.mkfifo(tmp_path / "endless")
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(hosts[1].write_snapshot, tmp_path / "endless", batches[0].position, 1)
        with (tmp_path / "endless").open("wb", buffering=0) as pipe:
            pipe.write(b"begun")
            [third] = batches_after(batches[1].position, "three")
            append(hosts[0], lease, [third])
            (tmp_path / "other").write_bytes(b"whole")
            hosts[2].write_snapshot(tmp_path / "other", batches[1].position, 1)
            assert hosts[3].read_snapshot(tmp_path / "read", 1) == batches[1].position
            assert lead(hosts[3])
        sent.result(30)
    assert hosts[3].head().snapshot == batches[1].position
    assert hosts[3].read_snapshot(tmp_path / "read", 1) == batches[1].position
    assert (tmp_path / "read").read_bytes() == b"whole"


def test_a_snapshot_that_is_broken_off_leaves_nothing(
    fleet_database: str, hosts: list[PostgresJournal], tmp_path: Path
) -> None:
    batches = write(hosts[0], "one")
    os.mkfifo(tmp_path / "endless")
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(hosts[1].write_snapshot, tmp_path / "endless", batches[0].position, 1)
        with (tmp_path / "endless").open("wb", buffering=0):
            copying = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_progress_copy"
            eventually(lambda: execute(fleet_database, copying))
        with pytest.raises(JournalError, match=r": connection (?:ended|failed)"):
            sent.result(30)
    assert hosts[0].head().snapshot == START
    for table in ("snapshots", "snapshot_chunks"):
        assert execute(fleet_database, f"SELECT count(*) FROM feeds.{table}") == [(0,)]


def test_a_damaged_snapshot_is_refused(
    fleet_database: str, hosts: list[PostgresJournal], tmp_path: Path
) -> None:
    batches = write(hosts[0], "one")
    (tmp_path / "snapshot").write_bytes(os.urandom(3 << 20))
    hosts[0].write_snapshot(tmp_path / "snapshot", batches[0].position, 1)
    for damage in (
        "UPDATE feeds.snapshot_chunks SET content = '\\x00' WHERE part = 1",
        "DELETE FROM feeds.snapshot_chunks WHERE part > 1",
    ):
        execute(fleet_database, damage)
        with pytest.raises(JournalError, match=": its last snapshot is damaged; delete its row in"):
            hosts[1].read_snapshot(tmp_path / "target", 1)


def test_a_snapshot_that_cannot_be_read_or_written_is_named(
    hosts: list[PostgresJournal], tmp_path: Path
) -> None:
    batches = write(hosts[0], "one")
    with pytest.raises(StoreError, match="/missing: cannot be read: no such file"):
        hosts[0].write_snapshot(tmp_path / "missing", batches[0].position, 1)
    (tmp_path / "snapshot").write_bytes(b"x")
    hosts[0].write_snapshot(tmp_path / "snapshot", batches[0].position, 1)
    with pytest.raises(StoreError, match="/no/folder: cannot be written: no such file"):
        hosts[0].read_snapshot(tmp_path / "no" / "folder", 1)


def test_no_session_may_hold_a_lock_for_long(fleet_database: str) -> None:
    with closing(PostgresConnection(fleet_database)) as connection:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        assert [connection.rows(f"SHOW {name}") for name in names] == [
            [("30s",)], [("5s",)], [("5s",)],
        ]  # fmt: skip


def test_a_leader_whose_connection_is_terminated_appends_the_batch_once(
    fleet_database: str, hosts: list[PostgresJournal], blocking: psycopg.Connection
) -> None:
    """The outcome is unknown to it; the journal knows."""
    lease = lead(hosts[0])
    [batch] = batches_after(START, "one")
    blocking.execute("SELECT FROM feeds.journal FOR UPDATE")
    with ThreadPoolExecutor(1) as pool:
        appended = pool.submit(hosts[0].append, lease, START, batch, GENERATION)
        waiting = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE NOT granted"
        eventually(lambda: execute(fleet_database, waiting))
        blocking.rollback()
        with pytest.raises(JournalError, match=": connection ended by the server; "):
            appended.result(30)
    assert hosts[0].head().position == START
    append(hosts[0], lead(hosts[0]), [batch])
    assert hosts[1].batches(0, 99) == [batch]


def test_a_lease_of_a_server_whose_clock_was_ahead_is_over(
    fleet_database: str, hosts: list[PostgresJournal]
) -> None:
    """A standby that takes over may have another clock."""
    lease = lead(hosts[0])
    execute(fleet_database, "UPDATE feeds.journal SET until = clock_timestamp() + interval '1 hour'")
    assert hosts[0].renew(lease) is None
    assert lead(hosts[1], "b").epoch > lease.epoch


def test_a_report_of_a_newer_version_is_read(fleet_database: str, hosts: list[PostgresJournal]) -> None:
    hosts[0].report(
        FleetHost(host="a", role="leader", position=1, revision=1, version="9", format=1, edition="")
    )
    execute(
        fleet_database,
        """UPDATE feeds.hosts SET report = ('{"later": 1, ' || substr(report::text, 2))::json""",
    )
    assert [host.version for host in hosts[1].hosts()] == ["9"]


def test_a_report_that_cannot_be_read_is_left_out(
    fleet_database: str, hosts: list[PostgresJournal]
) -> None:
    hosts[0].head()
    execute(fleet_database, "INSERT INTO feeds.hosts VALUES ('a', clock_timestamp(), '{}')")
    assert hosts[0].hosts() == []
