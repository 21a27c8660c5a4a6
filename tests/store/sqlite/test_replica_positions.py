"""The position of a replica: the journal comes first, and other rows than its own end it."""

import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from feeds.errors import StoreDamaged, StoreError, StoreRefused
from feeds.store import Changes, File, Progress
from feeds.store.replication import Position, RowBatch, following
from feeds.store.sqlite import SQLiteStore, kept_batches, snapshots
from feeds.store.sqlite import entries as packing
from feeds.store.sqlite.backup import verify
from feeds.store.sqlite.kept_files import numbered
from feeds.store.sqlite.replica import SQLiteReplica
from feeds.store.sqlite.schema import write_meta
from tests.store.entries import NOW, entry, found
from tests.store.replicas import JOURNAL, Leader, rows

Opened = Callable[..., SQLiteReplica]
KILLS = 8  # moments at which each change is killed
MIGRATIONS = Path(__file__).parent / "migrations"


@pytest.fixture
def leader(tmp_path: Path) -> Iterator[Leader]:
    """A leader with a few batches."""
    with closing(Leader(tmp_path / "leader.db")) as made:
        assert made.acquire_writer()
        made.begin_journal(JOURNAL)
        made.record(Changes(at=1, entries=[entry(1), entry(2)], progress=Progress(1, 1, ready=True)))
        made.record(Changes(at=2, entries=[entry(1, title="Edited")]))
        made.record(Changes(at=3, entries=[entry(2, removed=3)], files=[File("a.md", (1, 2, 3))]))
        yield made


@pytest.fixture
def follower(replicas: Opened) -> SQLiteReplica:
    made = replicas("follower")
    made.follow_anew(JOURNAL)
    return made


@pytest.fixture
def snapshot(leader: Leader, tmp_path: Path) -> Path:
    """A snapshot of the leader."""
    leader.back_up(tmp_path / "snapshot.db")
    return tmp_path / "snapshot.db"


def asides(store: SQLiteStore) -> list[Path]:
    return numbered(store.path, "aside")


# The journal comes first.


class Cut(StoreError):
    """A journal that cannot be reached."""


@pytest.mark.parametrize("enough", [1, 2000], ids=["while it compresses", "while it records"])
def test_a_change_that_the_journal_refuses_leaves_no_trace(
    leader: Leader, follower: SQLiteReplica, enough: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_before: Position, _batch: RowBatch) -> None:
        raise Cut("journal", "cannot be reached", "wait")

    monkeypatch.setattr(packing, "MIN_DICTIONARY_ARTICLES", enough)
    before, position, kept, append = rows(leader), leader.position(), leader.kept(0), leader.append
    leader.append = refuse
    with pytest.raises(Cut, match="cannot be reached"):
        leader.record(Changes(at=9, entries=[entry(3)], files=[File("b.md", (1, 2, 3))]))
    assert rows(leader) == before
    assert (leader.position(), leader.kept(0)) == (position, kept)
    assert [each.number for each in leader.load().records] == [1]
    leader.append = append
    leader.record(Changes(at=9, entries=[entry(4)]))
    follower.apply(leader.appended)
    assert rows(follower) == rows(leader)


class FullDisk(sqlite3.Connection):
    """A connection that cannot commit while *is_full*."""

    is_full = False

    def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
        if query == "COMMIT" and FullDisk.is_full:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return super().execute(query, *values)


def test_a_change_that_only_the_journal_has_comes_back_from_there(
    follower: SQLiteReplica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Leader(tmp_path / "full.db", FullDisk)) as leader:
        assert leader.acquire_writer()
        leader.begin_journal(JOURNAL)
        leader.record(Changes(entries=[entry(1)]))
        monkeypatch.setattr(FullDisk, "is_full", True)
        with pytest.raises(StoreError, match="database or disk is full"):
            leader.record(Changes(entries=[entry(2)]))
        with pytest.raises(StoreError, match="database or disk is full"):
            leader.apply(leader.appended[1:])
        monkeypatch.setattr(FullDisk, "is_full", False)
        assert leader.position() == leader.appended[0].position
        leader.apply(leader.appended[1:])
        leader.record(Changes(entries=[entry(3)]))
        follower.apply(leader.appended)
        assert rows(follower) == rows(leader)


def test_a_store_of_a_single_host_has_nothing_of_a_journal(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "single.db")) as single:
        assert single.acquire_writer()
        single.record(Changes(entries=[entry(1)]))
    with closing(sqlite3.connect(tmp_path / "single.db")) as database:
        assert database.execute("SELECT * FROM batches").fetchall() == []
        keys = {key for (key,) in database.execute("SELECT key FROM meta")}
    assert keys.isdisjoint({"journal", "position"})


def test_a_replica_that_does_not_lead_records_nothing(follower: SQLiteReplica) -> None:
    with pytest.raises(StoreError, match="not the leader of its fleet; record changes at the leader"):
        follower.record(Changes(entries=[entry(1)]))
    assert follower.load().records == []


def test_a_replica_that_follows_no_journal_neither_records_nor_applies(
    leader: Leader, replicas: Opened
) -> None:
    alone = replicas("alone")
    alone.append = lambda _before, _batch: None
    with pytest.raises(StoreRefused, match="follows no journal"):
        alone.record(Changes(entries=[entry(1)]))
    with pytest.raises(StoreRefused, match="follows no journal"):
        alone.apply(leader.appended)


def test_only_the_writer_of_a_host_changes_its_replica(leader: Leader, follower: SQLiteReplica) -> None:
    with closing(SQLiteReplica(follower.path)) as reader:
        for change in (
            lambda: reader.apply(leader.appended),
            lambda: reader.follow_anew(JOURNAL),
            lambda: reader.begin_journal(JOURNAL),
            lambda: reader.stamp({}),
        ):
            with pytest.raises(StoreError, match="not its writer"):
                change()


# Positions.


WRONG = {
    "twice": lambda batches: [batches[0], batches[0]],
    "out of order": lambda batches: [batches[1], batches[0]],
    "with a gap": lambda batches: [batches[0], batches[2]],
    "with other contents": lambda batches: [RowBatch(batches[0].position, batches[1].content, 1, 1)],
    "of a later format": lambda batches: [
        batches[0],
        RowBatch(batches[1].position, batches[1].content, 2, 2),
    ],
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_batches_that_do_not_follow_are_refused_and_none_is_applied(
    leader: Leader, follower: SQLiteReplica, wrong: Callable[[list[RowBatch]], list[RowBatch]]
) -> None:
    with pytest.raises(StoreRefused, match=r"batch \d (does not follow batch|has format 2, this)"):
        follower.apply(wrong(leader.appended))
    assert follower.position() == Position()
    assert follower.load().records == follower.kept(0) == []
    follower.apply(leader.appended)
    with pytest.raises(StoreRefused, match="batch 3 does not follow batch 3"):
        follower.apply(leader.appended[-1:])


def test_what_a_journal_lost_is_given_back_by_any_replica(
    leader: Leader, follower: SQLiteReplica, replicas: Opened
) -> None:
    follower.apply(leader.appended)
    late = replicas("late")
    late.follow_anew(JOURNAL)
    late.apply(leader.appended[:1])
    for ahead in leader, follower:
        assert ahead.kept(late.position().number) == leader.appended[1:]
        assert ahead.kept(0) == leader.appended
        assert ahead.kept(3) == []
    late.apply(follower.kept(1))
    assert rows(late) == rows(leader)


def test_few_batches_are_kept_if_they_are_large_and_many_if_they_are_small(
    leader: Leader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def numbers() -> list[int]:
        return [each.position.number for each in leader.kept(0)]

    def record(count: int) -> None:
        for number in range(count):
            leader.record(Changes(entries=[entry(1, title=f"{leader.position()} {number}")]))

    monkeypatch.setattr(kept_batches, "MAX_KEPT", 6)
    monkeypatch.setattr(kept_batches, "MIN_KEPT", 2)
    record(5)
    assert numbers() == [3, 4, 5, 6, 7, 8]
    sizes = [len(each.content) for each in leader.kept(0)]
    monkeypatch.setattr(kept_batches, "MAX_KEPT_BYTES", sum(sizes[-3:]) + sizes[-1] // 2)
    record(1)
    assert numbers() == [7, 8, 9]
    monkeypatch.setattr(kept_batches, "MAX_KEPT_BYTES", 1)
    record(3)
    assert numbers() == [11, 12]
    assert leader.appended[-2:] == leader.kept(0)


def test_the_position_is_still_known_after_a_restart(
    leader: Leader, follower: SQLiteReplica, replicas: Opened
) -> None:
    follower.apply(leader.appended[:2])
    follower.close()
    again = replicas("follower")
    assert (again.journal(), again.position()) == (JOURNAL, leader.appended[1].position)
    again.apply(leader.appended[2:])
    assert rows(again) == rows(leader)


# The beginning of a journal.


def test_a_journal_begins_with_the_contents_of_a_store(replicas: Opened, tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "first.db")) as single:
        assert single.acquire_writer()
        single.record(Changes(at=NOW, entries=[entry(1), entry(2)], corpus="/srv/a"))
    first, other = replicas("first"), replicas("other")
    assert (first.journal(), first.position()) == ("", Position())
    began = first.begin_journal(JOURNAL)
    assert (began.number, first.position(), first.journal()) == (1, began, JOURNAL)
    assert first.kept(0) == []
    first.back_up(tmp_path / "snapshot.db")
    other.follow_anew(JOURNAL, tmp_path / "snapshot.db")
    assert rows(other) == rows(first)
    assert other.position() == began
    taken: list[RowBatch] = []
    first.append = lambda _before, batch: taken.append(batch)
    first.record(Changes(entries=[entry(3)]))
    other.apply(taken)
    assert rows(other) == rows(first)


def test_two_hosts_that_begin_one_journal_have_different_positions(
    replicas: Opened, leader: Leader
) -> None:
    one, other = leader.begin_journal("another"), leader.begin_journal("another")
    assert one.number == other.number == 1
    assert one.digest != other.digest
    assert replicas("empty").begin_journal("another") == Position()


# Following anew.


@pytest.mark.parametrize("is_empty", [False, True], ids=["from a snapshot", "from nothing"])
def test_a_replica_that_follows_anew_has_the_contents_of_the_snapshot_and_its_own_stamps(
    leader: Leader, replicas: Opened, tmp_path: Path, is_empty: bool
) -> None:
    leader.record(Changes(files=[File(f"{n}.md", (1, 1, 1), source=b"%d" % n) for n in (1, 2)]))
    leader.back_up(tmp_path / "snapshot.db")
    with closing(SQLiteStore(tmp_path / "host.db")) as single:
        assert single.acquire_writer()
        files = [File("1.md", (7, 7, 7), source=b"1"), File("2.md", (7, 7, 7), source=b"other")]
        single.record(Changes(entries=[entry(9)], files=files, corpus="/srv/own"))
    host = replicas("host")
    reader = SQLiteStore(host.path)
    host.follow_anew(JOURNAL, None if is_empty else tmp_path / "snapshot.db")
    assert host.journal() == JOURNAL
    assert host.corpus() == "/srv/own"
    assert host.position() == (Position() if is_empty else leader.position())
    assert host.stamps() == (
        {} if is_empty else {"1.md": (7, 7, 7), "2.md": (0, 0, 0), "a.md": (0, 0, 0)}
    )
    if not is_empty:
        assert rows(host) == rows(leader)
        assert found(host, "edited") == [1]
    assert [each.id for each in reader.load().records] == [entry(9).record.id]
    assert found(reader, "title") == [1]
    assert reader.replaced()
    assert len(reader.load().records) == (0 if is_empty else 1)
    reader.close()
    host.check()
    assert not host.replaces_another()
    missing = leader.appended if is_empty else []
    host.apply(missing)
    assert rows(host) == rows(leader)


def test_the_former_file_is_kept_only_if_its_articles_are_of_another_history(
    leader: Leader, replicas: Opened, snapshot: Path
) -> None:
    host = replicas("host")
    host.follow_anew(JOURNAL, snapshot)  # it was empty
    host.follow_anew(JOURNAL, snapshot)  # it had followed the same journal
    assert asides(host) == []
    host.follow_anew("another")
    [kept] = asides(host)
    assert list(verify(kept)) == []
    host.begin_journal("")
    host.follow_anew(JOURNAL, snapshot)  # it was empty
    assert asides(host) == [kept]
    assert rows(host) == rows(leader)


def test_a_reader_finishes_what_it_began_while_the_file_is_replaced(
    leader: Leader, follower: SQLiteReplica, snapshot: Path
) -> None:
    follower.apply(leader.appended[:1])
    reader = SQLiteStore(follower.path)
    assert len(reader.load().records) == 2
    for _ in range(2):
        follower.follow_anew(JOURNAL, snapshot)
    assert len(reader.load().records) == 2
    assert reader.replaced()
    assert len(reader.load().records) == 1
    reader.close()


def test_a_snapshot_has_the_last_batches_and_no_bytes_of_earlier_ones(
    leader: Leader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MIN_KEPT", 2)
    leader.back_up(tmp_path / "snapshot.db")
    contents = [each.content for each in leader.appended]
    leader.close()
    present = [content in leader.path.read_bytes() for content in contents]
    assert present == [True, True, True]
    present = [content in (tmp_path / "snapshot.db").read_bytes() for content in contents]
    assert present == [False, True, True]


def test_a_replica_from_a_snapshot_can_give_the_last_batches_back(
    leader: Leader, follower: SQLiteReplica, snapshot: Path
) -> None:
    follower.follow_anew(JOURNAL, snapshot)
    assert follower.kept(0) == leader.appended


def test_a_snapshot_has_no_stamps(leader: Leader, snapshot: Path) -> None:
    assert leader.stamps() == {"a.md": (1, 2, 3)}
    with closing(SQLiteStore(snapshot)) as read:
        assert read.stamps() == {"a.md": (0, 0, 0)}


def test_a_damaged_snapshot_or_one_of_another_journal_changes_nothing(
    leader: Leader, follower: SQLiteReplica, snapshot: Path
) -> None:
    follower.apply(leader.appended)
    before = rows(follower)
    with pytest.raises(StoreRefused, match="a snapshot of another journal"):
        follower.follow_anew("another", snapshot)
    content = snapshot.read_bytes()
    for damaged in (content[: len(content) // 2], content[:5000] + b"\x55" * 5000 + content[10000:]):
        snapshot.write_bytes(damaged)
        with pytest.raises(StoreRefused, match="damaged: "):
            follower.follow_anew(JOURNAL, snapshot)
    assert (rows(follower), follower.position()) == (before, leader.position())
    assert asides(follower) == []


def test_a_snapshot_with_a_damaged_row_is_repaired_before_it_is_served(
    leader: Leader, follower: SQLiteReplica, snapshot: Path
) -> None:
    with closing(sqlite3.connect(snapshot)) as database, database:
        spoil_article(database)
    follower.follow_anew(JOURNAL, snapshot)
    with pytest.raises(StoreDamaged):
        follower.load()
    follower.check()
    assert follower.journal() == ""
    assert [each.heat for each in follower.load().records] == [0]


# Other rows than the journal's.


def spoil_article(database: sqlite3.Connection) -> None:
    database.execute("UPDATE articles SET heat = 7")


def spoil_batch(database: sqlite3.Connection) -> None:
    database.execute("UPDATE batches SET content = x'00' WHERE number = 2")


def spoil_position(database: sqlite3.Connection) -> None:
    database.execute("UPDATE meta SET value = x'00' WHERE key = 'position'")


def spoil_file(database: sqlite3.Connection) -> None:
    database.execute("UPDATE files SET problem = 'x'")


@pytest.mark.parametrize("spoil", [spoil_article, spoil_batch, spoil_position, spoil_file])
def test_a_repaired_replica_serves_and_follows_no_journal_until_it_follows_anew(
    leader: Leader, follower: SQLiteReplica, snapshot: Path, spoil: Callable[[sqlite3.Connection], Any]
) -> None:
    follower.apply(leader.appended)
    with closing(sqlite3.connect(follower.path)) as database, database:
        spoil(database)
    follower.check()
    assert follower.journal() == ""
    assert follower.position() == Position()
    assert follower.kept(0) == []
    assert [each.id for each in follower.load().records] == [entry(1).record.id]
    with pytest.raises(StoreRefused, match="follows no journal"):
        follower.apply([])
    follower.follow_anew(JOURNAL, snapshot)
    assert rows(follower) == rows(leader)


def test_a_replica_too_damaged_to_name_its_journal_is_kept_when_it_follows_anew(
    leader: Leader, follower: SQLiteReplica, snapshot: Path
) -> None:
    follower.apply(leader.appended)
    with closing(sqlite3.connect(follower.path)) as database, database:
        database.execute("UPDATE meta SET value = 'x' WHERE key = 'journal'")
    follower.follow_anew(JOURNAL, snapshot)
    assert rows(follower) == rows(leader)
    assert len(asides(follower)) == 1


def test_a_damaged_text_is_not_replaced_without_taking_its_words_out_of_the_index(
    leader: Leader, follower: SQLiteReplica
) -> None:
    follower.apply(leader.appended)
    with closing(sqlite3.connect(follower.path)) as database, database:
        database.execute("UPDATE articles SET payload = x'81'")
    before = follower.position()
    leader.record(Changes(at=9, entries=[entry(1, title="Again")]))
    with pytest.raises(StoreDamaged, match="articles: number 1"):
        follower.apply(leader.appended[before.number :])
    assert follower.position() == before


def test_a_repaired_leader_records_nothing(leader: Leader) -> None:
    with closing(sqlite3.connect(leader.path)) as database, database:
        spoil_file(database)
    leader.check()
    with pytest.raises(StoreRefused, match="follows no journal"):
        leader.record(Changes(entries=[entry(3)]))
    assert len(leader.appended) == 3


def test_a_damaged_row_is_sent_to_nobody(leader: Leader) -> None:
    with closing(sqlite3.connect(leader.path)) as database, database:
        spoil_article(database)
    with pytest.raises(StoreError, match="damaged"):
        leader.record(Changes(at=9, entries=[entry(1, title="Again"), entry(2)]))
    assert len(leader.appended) == 3


def test_a_full_text_index_that_is_made_again_is_no_other_row(
    leader: Leader, follower: SQLiteReplica, replicas: Opened
) -> None:
    follower.apply(leader.appended)
    with closing(sqlite3.connect(follower.path)) as database, database:
        database.execute("UPDATE words_data SET block = x'00' WHERE id > 10")
        write_meta(database, {"words": "another tokenizer"})
    follower.check()
    follower.close()
    again = replicas("follower")
    assert (again.journal(), again.position()) == (JOURNAL, leader.position())
    assert rows(again) == rows(leader)


def test_a_store_that_is_no_replica_forgets_the_journal_when_it_records(
    leader: Leader, follower: SQLiteReplica
) -> None:
    follower.apply(leader.appended)
    follower.close()
    with closing(SQLiteStore(follower.path)) as single:
        assert single.acquire_writer()
        single.record(Changes(entries=[entry(5)]))
    with closing(SQLiteReplica(follower.path)) as again:
        assert (again.journal(), again.position(), again.kept(0)) == ("", Position(), [])


def test_a_backup_for_operators_has_the_position_too(
    leader: Leader, follower: SQLiteReplica, replicas: Opened, tmp_path: Path
) -> None:
    follower.apply(leader.appended[:2])
    with closing(SQLiteStore(follower.path)) as reader:
        reader.back_up(tmp_path / "restored.db")
    restored = replicas("restored")
    assert restored.position() == leader.appended[1].position
    restored.apply(leader.appended[2:])
    assert rows(restored) == rows(leader)


def test_a_store_of_the_version_before_begins_a_journal(replicas: Opened, tmp_path: Path) -> None:
    shutil.copy(MIGRATIONS / "schema-6.db", tmp_path / "old.db")
    old, other = replicas("old"), replicas("other")
    assert (old.journal(), old.position(), old.kept(0)) == ("", Position(), [])
    began = old.begin_journal(JOURNAL)
    old.back_up(tmp_path / "snapshot.db")
    other.follow_anew(JOURNAL, tmp_path / "snapshot.db")
    taken: list[RowBatch] = []
    old.append = lambda _before, batch: taken.append(batch)
    old.record(Changes(entries=[entry(1)]))
    other.apply(taken)
    assert rows(other) == rows(old)
    assert other.position() == following(began, taken[0].content)


# A replica that is killed.


def change_and_die(change: str, path: Path, batches: list[RowBatch], moment: int, calls: Any) -> None:
    """Change the replica at *path*, and be killed before call number *moment*; 0 counts the calls."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1
            if count == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    store = SQLiteReplica(path)
    assert store.acquire_writer()
    sys.setprofile(profile)
    if change == "apply":
        store.apply(batches)
    else:
        store.follow_anew(JOURNAL, path.parent / "snapshot.db")
    sys.setprofile(None)
    store.close()
    calls.value = count


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("change", ["apply", "follow anew"])
def test_a_replica_that_is_killed_at_any_moment_has_one_position_of_its_journal(
    leader: Leader, follower: SQLiteReplica, snapshot: Path, replicas: Opened, change: str
) -> None:
    follower.apply(leader.appended[:1])
    follower.close()
    context = multiprocessing.get_context("fork")
    calls = context.Value("q", 0)

    def killed(moment: int) -> SQLiteReplica:
        path = snapshot.with_name(f"{moment}.db")
        shutil.copy(follower.path, path)
        arguments = (change, path, leader.appended[1:], moment, calls)
        process = context.Process(target=change_and_die, args=arguments)
        process.start()
        process.join(30)
        assert process.exitcode in ((0, -signal.SIGKILL) if moment else (0,))
        return replicas(str(moment))

    assert killed(0).position() == leader.position()
    for part in range(KILLS):
        store = killed(1 + calls.value * part // KILLS)
        store.check()
        assert store.position().number in (1, 3)
        store.apply(leader.appended[store.position().number :])
        assert rows(store) == rows(leader)


# Damage anywhere.

DERIVED = ("tellings", "temp.terms")  # without checksums


@pytest.mark.parametrize("seed", range(6))
def test_after_flipped_bits_a_replica_has_the_rows_of_its_journal_or_follows_it_anew(
    leader: Leader, follower: SQLiteReplica, snapshot: Path, replicas: Opened, seed: int
) -> None:
    follower.apply(leader.appended)
    follower.close()
    pristine, random = follower.path.read_bytes(), Random(seed)
    truth = {
        table: held for table, held in rows(leader).items() if table not in ("tellings", "temp.terms")
    }
    for number in range(10):
        damaged = bytearray(pristine)
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
        path = follower.path.with_name(f"{number}.db")
        path.write_bytes(damaged)
        Path(f"{path}.lock").write_text(f"feeds store: {path.name}\n")
        host = replicas(str(number))
        host.check()
        if host.journal():
            assert host.position() == leader.position()
        else:
            host.follow_anew(JOURNAL, snapshot)
        assert {table: rows(host)[table] for table in truth} == truth
