"""The journal of a fleet: the contract of every backend."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from feeds.fleet import KEPT_BATCHES, FleetHost, Generation, Journal, Lease
from feeds.fleet.errors import JournalError, LeaseLost
from feeds.store.replication import Position, RowBatch
from tests.fleet.chain import GENERATION, START, append, batches_after, lead, write
from tests.fleet.conftest import JournalBackend

Opened = Callable[[], Journal]
MANY = 1 << 30  # bytes


def test_a_new_journal_is_empty_and_has_an_identity(journal: Journal, opened: Opened) -> None:
    head = journal.head()
    assert (head.position, head.snapshot, head.generation) == (START, START, Generation())
    assert (head.epoch, head.leader, journal.batches(0, MANY), journal.hosts()) == (0, "", [], [])
    assert head.identity
    assert head.identity == opened().head().identity


def test_every_host_reads_what_the_leader_appends(journal: Journal, opened: Opened) -> None:
    batches = write(journal, "one", "two", "three")
    other = opened()
    assert other.batches(0, MANY) == batches
    assert other.batches(2, MANY) == batches[2:]
    head = other.head()
    assert (head.position, head.generation, head.leader) == (batches[-1].position, GENERATION, "a")
    assert other.batches(3, MANY) == other.batches(9, MANY) == []


@pytest.mark.parametrize(("most_bytes", "number"), [(1, 1), (4, 2), (6, 2), (7, 3), (MANY, 3)])
def test_batches_are_read_until_they_exceed_a_size(
    most_bytes: int, number: int, journal: Journal
) -> None:
    batches = write(journal, "one", "two", "three")
    assert journal.batches(0, most_bytes) == batches[:number]


def test_batches_of_any_size_are_kept(journal: Journal, opened: Opened) -> None:
    batches = write(journal, "1" * 9, "2" * (3 << 20), "3" * 700_000, "4" * 700_000)
    assert opened().batches(0, MANY) == batches
    assert opened().batches(1, 1) == batches[1:2]
    assert opened().batches(2, 700_001) == batches[2:]


def test_of_two_candidates_one_leads(journal: Journal, opened: Opened) -> None:
    other = opened()
    lease = journal.acquire("a", GENERATION, START)
    assert lease
    assert other.acquire("b", GENERATION, START) is None
    assert (other.head().leader, other.head().epoch) == ("a", lease.epoch)


def test_a_host_that_starts_again_leads_at_once_and_its_former_process_no_more(
    journal: Journal, opened: Opened
) -> None:
    former = lead(journal)
    lease = lead(opened())
    assert lease.epoch > former.epoch
    assert journal.renew(former) is None
    assert journal.renew(lease)


def test_a_lease_that_is_given_back_is_free(journal: Journal, opened: Opened) -> None:
    lease = lead(journal)
    journal.release(lease)
    assert journal.head().leader == ""
    assert lead(opened(), "b").epoch > lease.epoch


def test_a_lease_that_was_lost_is_not_given_back(journal: Journal, opened: Opened) -> None:
    former = lead(journal)
    lead(opened())
    journal.release(former)
    assert journal.head().leader == "a"


def test_a_lease_that_is_not_renewed_is_over(
    journal: Journal, opened: Opened, backend: JournalBackend
) -> None:
    lease = lead(journal)
    backend.end_lease()
    assert journal.head().leader == ""
    assert journal.renew(lease) is None
    assert lead(opened(), "b").epoch > lease.epoch


def refused(journal: Journal, lease: Lease, before: Position, batch: RowBatch) -> bool:
    """True if *journal* refuses *batch*, and is as before."""
    head = journal.head()
    with pytest.raises(LeaseLost, match=f"^{journal.name}: "):
        journal.append(lease, before, batch, Generation())
    now = journal.head()
    return (now.position, now.generation) == (head.position, head.generation)


def test_a_paused_leader_is_fenced(journal: Journal, opened: Opened, backend: JournalBackend) -> None:
    lease = lead(journal)
    [batch] = batches_after(START, "late")
    backend.end_lease()
    assert refused(journal, lease, START, batch)
    other = opened()
    successor = lead(other, "b")
    assert refused(journal, lease, START, batch)
    append(other, successor, batches_after(START, "in time"))
    assert refused(journal, lease, START, batch)


def test_a_leader_that_gave_its_lease_back_appends_nothing(journal: Journal) -> None:
    lease = lead(journal)
    journal.release(lease)
    assert refused(journal, lease, START, batches_after(START, "late")[0])


def test_an_epoch_that_another_host_has_too_is_no_lease(journal: Journal) -> None:
    """A failover may lose an epoch, which is then given to another host."""
    lease = lead(journal)
    [batch] = batches_after(START, "one")
    assert refused(journal, Lease("b", lease.epoch), START, batch)
    assert journal.renew(Lease("b", lease.epoch)) is None


def test_a_batch_that_does_not_follow_the_head_is_refused(journal: Journal, opened: Opened) -> None:
    [first, second, third] = batches_after(START, "one", "two", "three")
    lease = lead(journal)
    assert refused(journal, lease, first.position, second)
    append(journal, lease, [first, second])
    assert refused(journal, lease, START, first)
    [other] = batches_after(START, "another")
    assert refused(journal, lease, other.position, batches_after(other.position, "more")[0])
    assert refused(opened(), lease, first.position, second)
    append(journal, lease, [third])
    assert opened().batches(0, MANY) == [first, second, third]


@pytest.mark.parametrize(
    ("generation", "may_lead"),
    [
        (GENERATION, True),
        (Generation(GENERATION.at + 1, "b"), True),
        (Generation(GENERATION.at - 1, "b"), False),
        (Generation(GENERATION.at - 1, GENERATION.commit), True),
        (Generation(GENERATION.at - 1), False),
        (Generation(), False),
    ],
)
def test_a_host_whose_corpus_is_behind_may_not_lead(
    generation: Generation, may_lead: bool, journal: Journal, opened: Opened, backend: JournalBackend
) -> None:
    [batch] = write(journal, "one")
    backend.end_lease()
    assert (opened().acquire("b", generation, batch.position) is not None) == may_lead


def test_an_older_corpus_may_lead_once_it_is_accepted(
    journal: Journal, opened: Opened, backend: JournalBackend
) -> None:
    [batch] = write(journal, "one")
    backend.end_lease()
    opened().accept_generation()
    assert journal.head().generation == Generation()
    older = Generation(5)
    lease = journal.acquire("b", older, batch.position)
    assert lease
    journal.append(lease, batch.position, batches_after(batch.position, "two")[0], older)
    assert journal.head().generation == older


def test_times_without_commits_are_compared(journal: Journal, opened: Opened) -> None:
    lease = lead(journal)
    [batch] = batches_after(START, "one")
    journal.append(lease, START, batch, Generation(9))
    journal.release(lease)
    assert journal.acquire("b", Generation(8.9), batch.position) is None
    assert journal.acquire("b", Generation(9), batch.position)


def test_a_newer_generation_is_kept_with_the_lease(journal: Journal) -> None:
    write(journal, "one")
    lease = lead(journal)
    newer = Generation(GENERATION.at + 1, "b" * 40)
    for generation in (Generation(), newer, GENERATION):
        assert journal.renew(lease, generation)
    assert journal.head().generation == newer
    assert journal.renew(lease)
    assert journal.head().generation == newer


def test_a_host_that_is_not_at_the_head_may_not_lead(journal: Journal, opened: Opened) -> None:
    [first, second] = batches_after(START, "one", "two")
    lease = lead(journal)
    append(journal, lease, [first])
    journal.release(lease)
    for position in (START, second.position, batches_after(START, "another")[0].position):
        assert opened().acquire("b", GENERATION, position) is None


def test_the_offset_of_the_clock_is_measured(journal: Journal, backend: JournalBackend) -> None:
    clock = [journal.head().now - 3600.0]
    late = backend.open(lambda: clock[0])
    lease = lead(late)
    assert lease.offset == pytest.approx(3600, abs=60)
    clock[0] += 7200
    renewed = late.renew(lease)
    assert renewed
    assert renewed.offset == pytest.approx(-3600, abs=60)
    assert (renewed.host, renewed.epoch) == (lease.host, lease.epoch)
    late.close()


def test_a_lost_end_is_given_back_by_any_host(
    journal: Journal, opened: Opened, backend: JournalBackend
) -> None:
    batches = write(journal, "one", "two", "three", "four")
    backend.lose(2)
    assert journal.head().position == batches[1].position
    other = opened()
    other.restore(batches[2:])
    assert other.batches(0, MANY) == batches
    assert other.head().generation == GENERATION


def test_only_what_follows_the_head_is_given_back(journal: Journal, backend: JournalBackend) -> None:
    batches = write(journal, "one", "two", "three")
    backend.lose(2)
    journal.restore([])
    forged = RowBatch(batches[1].position, b"forged", 1, 2)
    for wrong in (batches, batches[2:], batches_after(START, "another"), [forged]):
        with pytest.raises(LeaseLost):
            journal.restore(wrong)
    assert journal.batches(0, MANY) == batches[:1]


def test_a_leader_whose_journal_got_its_end_back_appends_nothing_that_does_not_follow(
    journal: Journal, opened: Opened, backend: JournalBackend
) -> None:
    batches = write(journal, "one", "two")
    backend.lose(1)
    lease = lead(journal)
    opened().restore(batches[1:])
    assert refused(journal, lease, batches[0].position, batches_after(batches[0].position, "other")[0])


def test_a_snapshot_is_read_as_it_was_written(journal: Journal, opened: Opened, tmp_path: Path) -> None:
    batches = write(journal, "one", "two")
    assert journal.read_snapshot(tmp_path / "none", 9) is None
    assert not (tmp_path / "none").exists()
    content = bytes(range(256)) * 9_000  # more than 2 MB
    (tmp_path / "snapshot").write_bytes(content)
    journal.write_snapshot(tmp_path / "snapshot", batches[0].position, 1)
    assert journal.head().snapshot == batches[0].position
    assert journal.head().position == batches[1].position
    (tmp_path / "target").write_bytes(b"another file")
    assert opened().read_snapshot(tmp_path / "target", 1) == batches[0].position
    assert (tmp_path / "target").read_bytes() == content


def write_snapshot(journal: Journal, folder: Path, position: Position, written_in: int) -> None:
    (folder / "snapshot").write_text(f"{position.number} {written_in}")
    journal.write_snapshot(folder / "snapshot", position, written_in)


def test_a_host_reads_the_last_snapshot_of_a_format_that_it_knows(
    journal: Journal, tmp_path: Path
) -> None:
    batches = write(journal, "one", "two", "three")
    for batch, written_in in zip(batches, (1, 1, 2), strict=True):
        write_snapshot(journal, tmp_path, batch.position, written_in)
    read = {formats: journal.read_snapshot(tmp_path / "target", formats) for formats in (0, 1, 2, 3)}
    assert read == {0: None, 1: batches[1].position, 2: batches[2].position, 3: batches[2].position}
    assert (tmp_path / "target").read_text() == "3 2"


def test_a_snapshot_at_an_unknown_position_is_refused(journal: Journal, tmp_path: Path) -> None:
    batches = write(journal, "one", "two")
    [other] = batches_after(START, "another")
    [next_] = batches_after(batches[1].position, "three")
    for position in (other.position, next_.position, START):
        with pytest.raises(LeaseLost):
            write_snapshot(journal, tmp_path, position, 1)
    assert journal.head().snapshot == START
    assert journal.read_snapshot(tmp_path / "target", 1) is None


def test_the_journal_of_a_full_store_begins_with_its_snapshot(
    journal: Journal, opened: Opened, tmp_path: Path
) -> None:
    begun = Position(1, b"digest of contents")
    write_snapshot(journal, tmp_path, begun, 1)
    assert (journal.head().position, journal.head().snapshot) == (begun, begun)
    assert opened().batches(0, MANY) is None
    assert opened().batches(1, MANY) == []
    with pytest.raises(LeaseLost):
        write_snapshot(opened(), tmp_path, Position(1, b"other contents"), 1)
    lease = lead(journal)
    batches = batches_after(begun, "two")
    append(journal, lease, batches)
    assert opened().batches(1, MANY) == batches


def test_an_empty_store_is_no_snapshot(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(LeaseLost):
        write_snapshot(journal, tmp_path, START, 1)
    assert journal.read_snapshot(tmp_path / "target", 1) is None


def test_a_snapshot_makes_old_batches_needless(journal: Journal, opened: Opened, tmp_path: Path) -> None:
    batches = write(journal, *map(str, range(KEPT_BATCHES + 5)))
    write_snapshot(journal, tmp_path, batches[2].position, 1)
    assert journal.batches(0, MANY) == journal.batches(2, MANY) is None
    assert journal.batches(3, MANY) == batches[3:]
    write_snapshot(journal, tmp_path, batches[-1].position, 1)
    assert opened().batches(4, MANY) is None
    assert opened().batches(5, 1) == batches[5:6]
    assert journal.head().position == batches[-1].position


HOST = FleetHost(
    host="b", role="candidate", position=3, revision=2, version="0.4.0", format=1, edition="e",
    offset=0.25, trouble="disk is full",
)  # fmt: skip


def test_hosts_report_themselves(journal: Journal, opened: Opened) -> None:
    now = journal.head().now
    journal.report(HOST)
    other = opened()
    other.report(FleetHost(**{**as_dict(HOST), "host": "a", "role": "leader", "position": 1}))
    other.report(FleetHost(**{**as_dict(HOST), "host": "a", "role": "leader", "position": 4}))
    first, second = other.hosts()
    assert (first.host, first.role, first.position) == ("a", "leader", 4)
    assert as_dict(second) | {"seen": 0} == as_dict(HOST)
    assert second.seen == pytest.approx(now, abs=60)
    journal.forget("a")
    journal.forget("unknown")
    assert [host.host for host in other.hosts()] == ["b"]


def as_dict(host: FleetHost) -> dict[str, object]:
    return {name: getattr(host, name) for name in host.__struct_fields__}


def test_a_host_without_a_report_for_a_day_is_left_out(journal: Journal, backend: JournalBackend) -> None:
    journal.report(HOST)
    backend.age_reports()
    assert journal.hosts() == []


def test_the_leader_takes_each_request_once(journal: Journal, opened: Opened) -> None:
    lease = lead(journal)
    other = opened()
    other.request({"scan", "check"})
    other.request({"scan"})
    other.request(set())
    assert journal.requests(lease) == {"scan", "check"}
    assert journal.requests(lease) == set()


def test_only_the_leader_takes_requests(journal: Journal, opened: Opened) -> None:
    former = lead(journal)
    other = opened()
    other.request({"accept-removals"})
    lease = lead(other)
    assert journal.requests(former) == set()
    assert other.requests(lease) == {"accept-removals"}


@pytest.mark.parametrize(
    "change",
    [
        lambda journal, lease: append(journal, lease, batches_after(START, "one")),
        lambda journal, lease: journal.request({"scan"}),
        lambda journal, lease: journal.release(lease),
        lambda journal, lease: journal.accept_generation(),
    ],
    ids=["append", "request", "release", "accept_generation"],
)
def test_a_wait_ends_with_a_change(
    change: Callable[[Journal, Lease], object], journal: Journal, opened: Opened
) -> None:
    lease = lead(journal)
    other = opened()
    other.wait(0)
    change(journal, lease)
    other.wait(3600)


def test_a_wait_without_a_change_ends_in_time(journal: Journal) -> None:
    for _ in range(3):
        journal.wait(0.01)


def test_a_journal_is_usable_again_after_its_connection_ended(
    journal: Journal, opened: Opened, backend: JournalBackend
) -> None:
    [first] = write(journal, "one")
    lease = lead(journal)
    [second] = batches_after(first.position, "two")
    backend.disconnect()
    with suppress(JournalError):
        journal.append(lease, first.position, second, GENERATION)
    assert journal.head().position in (first.position, second.position)
    assert journal.renew(lease)
    assert journal.head().position == opened().head().position
