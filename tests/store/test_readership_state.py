"""Counts of readers, and requests that wait to be counted: the contract of every backend."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from feeds.errors import StoreError
from feeds.fleet.postgres.readership import PostgresReadership
from feeds.store.readership import (
    KEY_BYTES,
    SENDERS_KEPT,
    Counted,
    CounterReplaced,
    CountState,
    PendingBatch,
    ReaderDay,
    ReadershipState,
)
from feeds.store.sqlite.readership import SQLiteReadership
from tests.store.opened import opened_by

NOW = 1_780_000_000.0
WEEK = 2943
TODAY = 20_601
LIMIT = 1000  # bytes of waiting batches

Opened = Callable[[], ReadershipState]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db.readers"


opened = opened_by(
    lambda path: SQLiteReadership(path, LIMIT), lambda address: PostgresReadership(address, LIMIT)
)


@pytest.fixture
def counts(opened: Opened) -> ReadershipState:
    return opened()


def counted(**changes: Any) -> Counted:
    return Counted(**{"first_week": WEEK - 1, "first_day": 0, "at": NOW} | changes)


def pending(counts: ReadershipState) -> list[bytes]:
    return [each.content for each in counts.pending(0, 100)]


def test_nothing_is_there_at_first(counts: ReadershipState) -> None:
    assert (counts.pending(0, 10), counts.states(), counts.days(0, TODAY), counts.report()) == (
        [],
        [],
        [],
        b"",
    )
    assert counts.lost() == 0


def test_batches_of_all_processes_come_in_the_order_in_which_they_were_added(opened: Opened) -> None:
    one, other, reader = opened(), opened(), opened()
    one.put(b"one", [(1, b"a"), (2, b"b")], NOW)
    other.put(b"other", [(1, b"c")], NOW)
    one.put(b"one", [(3, b"d")], NOW)
    assert pending(reader) == [b"a", b"b", b"c", b"d"]
    [first, *_] = reader.pending(0, 2)
    assert [each.content for each in reader.pending(first.number, 2)] == [b"b", b"c"]


def test_a_batch_that_is_sent_again_is_added_once(opened: Opened) -> None:
    """The sender does not know whether it was added, if its connection broke."""
    opened().put(b"one", [(1, b"a"), (2, b"b")], NOW)
    opened().put(b"one", [(2, b"b"), (3, b"c")], NOW)
    opened().put(b"one", [(3, b"c")], NOW)
    assert pending(opened()) == [b"a", b"b", b"c"]


def test_a_batch_that_was_counted_is_not_added_again(counts: ReadershipState) -> None:
    counts.put(b"one", [(1, b"a")], NOW)
    counts.take_over()
    counts.record(counted(batches=[each.number for each in counts.pending(0, 9)]))
    counts.put(b"one", [(1, b"a")], NOW)
    assert pending(counts) == []


def test_batches_that_nobody_counts_are_dropped_beginning_with_the_oldest(
    counts: ReadershipState,
) -> None:
    for number in range(1, 12):
        counts.put(b"one", [(number, bytes([number]) * 100)], NOW)
    assert [each[0] for each in pending(counts)] == [7, 8, 9, 10, 11]
    assert counts.lost() == 6


def test_a_batch_that_is_larger_than_all_that_may_wait_is_dropped(counts: ReadershipState) -> None:
    counts.put(b"one", [(1, b"x" * (LIMIT + 1))], NOW)
    assert (pending(counts), counts.lost()) == ([], 1)
    counts.put(b"one", [(2, b"y")], NOW)
    assert pending(counts) == [b"y"]


def test_room_is_made_by_counting_too(counts: ReadershipState) -> None:
    counts.take_over()
    for number in range(1, 30):
        counts.put(b"one", [(number, b"x" * 400)], NOW)
        counts.record(counted(batches=[each.number for each in counts.pending(0, 9)]))
    assert counts.lost() == 0


def test_the_result_of_counting_is_kept(opened: Opened) -> None:
    counts, parts = (
        opened(),
        [CountState(WEEK - 1, b"a" * 16, b"one"), CountState(WEEK, b"a" * 16, b"two")],
    )
    counts.put(b"one", [(1, b"x"), (2, b"y")], NOW)
    first = counts.pending(0, 1)
    counts.take_over()
    counts.record(counted(batches=[each.number for each in first], states=parts, report=b"report"))
    other = opened()
    assert (pending(other), other.states(), other.report()) == ([b"y"], parts, b"report")
    changed = CountState(WEEK, b"a" * 16, b"three")
    counts.record(counted(states=[changed], dropped=[(WEEK - 1, b"a" * 16)]))
    assert other.states() == [changed]


def test_a_record_is_noticed(opened: Opened) -> None:
    counts, other = opened(), opened()
    assert other.records() == 0
    counts.take_over()
    counts.record(counted())
    assert other.records() == 1
    counts.record(counted())
    assert other.records() == 2


def test_a_counter_that_was_replaced_records_nothing(opened: Opened) -> None:
    old, new = opened(), opened()
    old.put(b"one", [(1, b"x")], NOW)
    old.take_over()
    new.take_over()
    with pytest.raises(CounterReplaced):
        old.record(counted(batches=[each.number for each in old.pending(0, 9)], report=b"old"))
    assert (pending(new), new.report()) == ([b"x"], b"")
    new.record(counted(report=b"new"))
    with pytest.raises(CounterReplaced):
        opened().record(counted())


def test_the_row_of_a_day_is_replaced(counts: ReadershipState) -> None:
    counts.take_over()
    counts.record(counted(days=[ReaderDay("/feed", "*", TODAY, 12, 7, 4, 1, 2, 3, 40, 5000)]))
    row = ReaderDay("/feed", "*", TODAY, 11, 6, 4, 1, bots=3, browsers=4, requests=50, bytes=6000)
    counts.record(counted(days=[row]))
    assert counts.days(0, TODAY) == [row]


def test_days_are_found_by_feed(counts: ReadershipState) -> None:
    counts.take_over()
    rows = [
        ReaderDay(feed, format_, day, 1)
        for day in (TODAY - 1, TODAY)
        for feed in ("", "/feed", "/topics/" + "ö" * 900)
        for format_ in ("*", "rss")
    ]
    counts.record(counted(days=rows))
    assert counts.days(0, TODAY) == rows
    assert counts.days(TODAY, TODAY) == rows[6:]
    assert counts.days(0, TODAY - 1) == rows[:6]
    assert counts.days(TODAY, TODAY + 9, "/feed") == rows[8:10]


def test_old_days_are_forgotten(counts: ReadershipState) -> None:
    counts.take_over()
    rows = [ReaderDay("/feed", "*", day, 5) for day in range(7, 10)]
    counts.record(counted(days=rows))
    counts.record(counted(first_day=8))
    assert counts.days(0, TODAY) == rows[1:]


def test_all_processes_have_the_same_keys_of_a_week(opened: Opened) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = {*threads.map(lambda _: opened().week_keys(WEEK), range(4))}
    [(before, key)] = found
    assert len(before) == len(key) == KEY_BYTES
    assert before != key
    assert opened().week_keys(WEEK + 1)[0] == key


def test_past_weeks_are_forgotten_with_their_keys(counts: ReadershipState) -> None:
    counts.take_over()
    before, key = counts.week_keys(WEEK)
    counts.record(counted(states=[CountState(week, b"k" * 16, b"v") for week in (WEEK - 1, WEEK)]))
    counts.record(counted(first_week=WEEK))
    assert [each.week for each in counts.states()] == [WEEK]
    again, kept = counts.week_keys(WEEK)
    assert kept == key
    assert again != before


def test_senders_that_are_gone_are_forgotten(counts: ReadershipState) -> None:
    counts.take_over()
    counts.put(b"one", [(1, b"a")], NOW)
    counts.record(counted(at=NOW + SENDERS_KEPT - 1))
    counts.put(b"one", [(1, b"a")], NOW)
    assert pending(counts) == [b"a"]
    counts.record(counted(at=NOW + SENDERS_KEPT + 1))
    counts.put(b"one", [(1, b"a")], NOW)
    assert pending(counts) == [b"a", b"a"]


def test_the_file_is_made_by_the_first_change_for_this_user_alone(path: Path) -> None:
    with closing(SQLiteReadership(path)) as counts:
        assert counts.pending(0, 1) == []
        assert not path.exists()
        counts.put(b"one", [(1, b"a")], NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_one_process_of_a_host_counts(path: Path) -> None:
    with closing(SQLiteReadership(path)) as other:
        with closing(SQLiteReadership(path)) as one:
            assert one.acquire_counter()
            assert one.acquire_counter()
            assert not other.acquire_counter()
        assert other.acquire_counter()


def test_a_file_that_was_moved_away_is_made_again(path: Path) -> None:
    with closing(SQLiteReadership(path)) as counts:
        counts.put(b"one", [(1, b"a")], NOW)
        path.rename(f"{path}.old")
        counts.put(b"one", [(2, b"b")], NOW)
        assert pending(counts) == [b"b"]


def test_a_damaged_file_is_an_error_with_a_remedy(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    with closing(SQLiteReadership(path)) as counts, pytest.raises(StoreError, match="move it away"):
        counts.put(b"one", [(1, b"a")], NOW)


def test_no_key_of_a_past_week_is_left_in_any_file(path: Path) -> None:
    with closing(SQLiteReadership(path)) as counts, closing(SQLiteReadership(path)) as other:
        counts.take_over()
        before, key = counts.week_keys(WEEK)
        assert other.week_keys(WEEK) == (before, key)
        assert any(before in file.read_bytes() for file in path.parent.iterdir())
        counts.record(counted(first_week=WEEK))
        contents = [file.read_bytes() for file in path.parent.iterdir()]
    assert not any(before in content for content in contents)
    assert any(key in content for content in contents)


def test_a_pending_batch_has_its_number(counts: ReadershipState) -> None:
    counts.put(b"one", [(7, b"a")], NOW)
    [batch] = counts.pending(0, 1)
    assert batch == PendingBatch(batch.number, b"a")
    assert counts.pending(batch.number, 1) == []
