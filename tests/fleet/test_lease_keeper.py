"""The keeper of a lease: it ends a leadership in time."""

import time
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from feeds.fleet import LEASE_SECONDS, Generation, Lease
from feeds.fleet.candidate import Candidate, Recorder
from feeds.fleet.errors import LeaseLost
from feeds.fleet.leadership import Leadership, Parts
from feeds.fleet.lease_keeper import LeaseKeeper
from feeds.fleet.presence import Identity, Presence
from feeds.store.sqlite.replica import SQLiteReplica
from tests.fleet.chain import START, append, batches_after, lead
from tests.fleet.hosts import FAST
from tests.fleet.memory_journal import MemoryJournal, SharedJournal
from tests.waiting import eventually

LIMITS = replace(FAST, renew=2, lease=LEASE_SECONDS)


class Kept:
    """A keeper of a lease of a journal in memory; *now* is the time of its clock since the request."""

    def __init__(self, ahead: float = 0) -> None:
        self.now = 0.0
        self.renewals = 0
        self.shared = SharedJournal()
        self.shared.now = time.time() + ahead
        self.journal = MemoryJournal(self.shared, time.time)
        lease = self.journal.acquire("a", Generation(), START)
        assert lease
        self.lease: Lease = lease
        self.stop = Event()
        self.presence = Presence(Identity("a", "0", 1, ""), lambda _state: None, time.time)
        self.keeper = LeaseKeeper(
            lambda: MemoryJournal(self.shared, time.time), lease, self.presence,
            begun=0, stop=self.stop, limits=LIMITS,
            generation=lambda: Generation(5, "b"), each=self._renewed, monotonic=lambda: self.now,
        )  # fmt: skip

    def _renewed(self) -> None:
        self.renewals += 1

    def pass_time(self) -> None:
        """Let the time until the next renewal pass, and wait for that."""
        before = self.renewals
        self.now += LIMITS.renew
        eventually(lambda: self.renewals > before)

    def is_over(self) -> str:
        """Wait until the leadership is over, and return the reason."""
        with self.keeper:
            self.now += LIMITS.renew
            eventually(self.keeper.over.is_set)
        return self.keeper.reason


class NoRecorder(Recorder):
    """A recorder that is not used."""


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_a_lease_is_kept_and_requests_arrive_with_it(kept: Kept) -> None:
    with kept.keeper:
        kept.journal.request({"check"})
        while kept.now <= 2 * LIMITS.lease:  # it would have run out
            kept.pass_time()
        kept.keeper.require()
        assert kept.keeper.requests() == {"check"}
        assert kept.keeper.requests() == set()
        assert kept.shared.generation == Generation(5, "b")
        assert [each.host for each in kept.shared.hosts.values()] == ["a"]


def test_a_lease_that_cannot_be_renewed_runs_out(kept: Kept) -> None:
    kept.shared.reachable = False
    with kept.keeper:
        kept.now += LIMITS.renew
        kept.keeper.require()
        kept.now = LIMITS.lease
        eventually(kept.keeper.over.is_set)
    with pytest.raises(LeaseLost, match="not renewed in time"):
        kept.keeper.requests()


def test_a_host_that_was_paused_finds_its_lease_over(kept: Kept) -> None:
    """Its threads continue in any order, so that the keeper may not have run yet."""
    kept.now += LIMITS.lease
    with pytest.raises(LeaseLost, match="not renewed in time"):
        kept.keeper.require()


def test_a_lease_that_another_host_took_is_over(kept: Kept) -> None:
    kept.shared.now += LIMITS.lease + 60
    assert MemoryJournal(kept.shared).acquire("b", Generation(9), START)
    assert kept.is_over() == "another host leads"


def test_a_leader_notices_that_the_journal_lost_its_end(kept: Kept) -> None:
    append(kept.journal, kept.lease, batches_after(START, "one", "two"))
    kept.presence.note_position(2, is_current=True)
    kept.shared.lose(1)
    assert kept.is_over() == "the journal lost its end"


def test_the_end_of_the_program_ends_a_leadership_without_a_loss(kept: Kept) -> None:
    kept.stop.set()
    assert kept.is_over() == ""


class Failing(Kept):
    """A keeper whose work after each renewal has an error."""

    def _renewed(self) -> None:
        raise ValueError("unforeseen")


def test_an_error_that_nobody_expects_ends_a_leadership_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert Failing().is_over() == "unexpected error: unforeseen"
    assert [each.exc_info for each in caplog.records if "lease: unexpected error" in each.getMessage()]


def test_a_commit_whose_time_cannot_be_read_does_not_lead(tmp_path: Path) -> None:
    journal = MemoryJournal(SharedJournal())
    append(journal, lead(journal), batches_after(START, "one"))
    candidate = Candidate(tmp_path, lambda: Generation(0, "b" * 40), NoRecorder(), LIMITS)
    assert candidate.objection(journal.head(), is_free=False) == (
        f"{tmp_path}: commit {'b' * 12} cannot be read; install git"
    )


def test_a_long_look_at_the_corpus_does_not_delay_renewals(tmp_path: Path) -> None:
    """A folder may be large, on a network, or read while articles are loaded."""
    kept, goes_on = Kept(), Event()

    def read() -> Generation:
        goes_on.wait()
        return Generation(7)

    with closing(SQLiteReplica(tmp_path / "store.db")) as replica:
        parts = Parts(
            tmp_path / "store.db", replica, SQLiteReplica,
            lambda: MemoryJournal(kept.shared, time.time), kept.presence,
        )  # fmt: skip
        leadership = Leadership(
            parts, Candidate(tmp_path, read, NoRecorder(), LIMITS), kept.journal, kept.lease,
            begun=time.monotonic(), last=0, stop=kept.stop, limits=replace(LIMITS, renew=0.02, lease=60),
        )  # fmt: skip
        with leadership.keeper:
            for _ in range(3):  # each renewal is followed by a report
                kept.shared.hosts.clear()
                eventually(lambda: kept.shared.hosts)
            goes_on.set()
            eventually(lambda: kept.shared.generation == Generation(7))


def test_the_clock_is_that_of_the_journal() -> None:
    kept = Kept(ahead=3600)
    assert kept.keeper.clock() == pytest.approx(time.time() + 3600, abs=60)
