"""Budgets of full copies: what a client gets, and a table that errs in favour of clients."""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from stat import S_IMODE

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.http.polling_budgets import (
    BUDGETS,
    COPIES_OF_CHANGE,
    GENEROUS,
    KEY_LIFE,
    MAX_PROGRAMS,
    NETWORKS,
    REPEATED_A_DAY,
    SLOTS,
    PollingBudgets,
    Sent,
    hash_of,
)
from feeds.http.shared_slots import FileSlots, MemorySlots, SharedSlots
from feeds.period import DAY
from tests.builders import LATER
from tests.examples import examples

KEY = (1, 2)
NOW = int(LATER)
VISITOR = hash_of(KEY, "8.8.8.8", "newsboat", "https://feeds.example/feed.rss")
INTERVAL = DAY // REPEATED_A_DAY


@pytest.fixture(params=["memory", "file"])
def slots(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SharedSlots]:
    if request.param == "memory":
        yield MemorySlots(SLOTS)
        return
    found = FileSlots(tmp_path / "store.db.polling", SLOTS)
    yield found
    found.close()


@pytest.fixture
def budgets(slots: SharedSlots) -> PollingBudgets:
    return PollingBudgets(slots)


def taken(
    budgets: PollingBudgets,
    count: int,
    version: int = 1,
    now: int = NOW,
    sent: Sent = Sent.NOTHING,
    times: int = 1,
) -> list[bool]:
    """Take so many copies; return for each if it was given."""
    return [not budgets.take(VISITOR, version, now, sent, times) for _ in range(count)]


def test_a_version_is_sent_once_and_four_times_more_a_day(budgets: PollingBudgets) -> None:
    assert taken(budgets, 6) == [True] * 5 + [False]
    assert budgets.take(VISITOR, 1, NOW, Sent.NOTHING) == INTERVAL
    assert budgets.take(VISITOR, 1, NOW + INTERVAL - 1, Sent.NOTHING) == 1
    assert budgets.take(VISITOR, 1, NOW + INTERVAL, Sent.NOTHING) == 0
    assert taken(budgets, 5, now=NOW + INTERVAL + DAY) == [True] * 4 + [False]


def test_each_new_version_is_sent_even_without_any_budget(budgets: PollingBudgets) -> None:
    taken(budgets, 9)
    assert taken(budgets, 2, version=2) == [True, False]
    assert taken(budgets, 2, version=3) == [True, False]


def test_five_devices_that_name_an_earlier_version_get_each_change(budgets: PollingBudgets) -> None:
    taken(budgets, 9)  # the budget of repeated copies is spent
    for version in range(2, 9):
        assert taken(budgets, 6, version, sent=Sent.EARLIER) == [True] * COPIES_OF_CHANGE + [False]


def test_a_validator_of_somebody_else_is_as_good_as_none(budgets: PollingBudgets) -> None:
    assert taken(budgets, 6, sent=Sent.UNKNOWN) == [True] * 5 + [False]


def test_services_and_large_networks_get_five_times_as_much(budgets: PollingBudgets) -> None:
    repeated = GENEROUS * REPEATED_A_DAY
    assert taken(budgets, repeated + 2, times=GENEROUS) == [True] * (repeated + 1) + [False]
    assert budgets.take(VISITOR, 1, NOW, Sent.NOTHING, GENEROUS) == INTERVAL // GENEROUS
    changed = taken(budgets, 26, version=2, sent=Sent.EARLIER, times=GENEROUS)
    assert changed == [True] * 25 + [False]


def test_a_network_that_turns_out_to_be_large_has_used_a_fifth_of_its_budget(
    budgets: PollingBudgets,
) -> None:
    assert taken(budgets, 6) == [True] * 5 + [False]
    assert taken(budgets, 17, times=GENEROUS) == [True] * 16 + [False]


def test_a_refusal_takes_nothing(budgets: PollingBudgets) -> None:
    taken(budgets, 50)
    assert budgets.take(VISITOR, 1, NOW, Sent.NOTHING) == INTERVAL


def test_a_budget_of_a_clock_that_was_ahead_does_not_count(budgets: PollingBudgets) -> None:
    taken(budgets, 9, now=NOW + 10 * DAY)
    assert taken(budgets, 6) == [True] * 5 + [False]


def test_another_process_has_the_same_budgets(tmp_path: Path) -> None:
    one, other = (PollingBudgets(FileSlots(tmp_path / "file", SLOTS)) for _ in range(2))
    assert one.key(NOW) == other.key(NOW)
    assert [taken(each, 1)[0] for each in (one, other) * 3] == [True] * 5 + [False]
    assert S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_a_forked_process_has_the_same_budgets() -> None:
    budgets = PollingBudgets(MemorySlots(SLOTS))
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
    else:  # pragma: no cover
        os._exit(taken(budgets, 5) != [True] * 5)
    assert taken(budgets, 1) == [False]


def test_a_file_of_another_size_or_that_fails_is_as_good_as_empty(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\xff" * 1000)
    slots = FileSlots(file, SLOTS)
    budgets = PollingBudgets(slots)
    assert taken(budgets, 6) == [True] * 5 + [False]
    os.truncate(file, 0)
    assert taken(budgets, 1) == [True]
    slots.close()
    assert slots.get(0) == (0, 0)
    budgets = PollingBudgets(FileSlots(Path("/dev/full"), 0))
    assert taken(budgets, 9) == [True] * 9


def test_a_file_that_cannot_have_the_size_of_the_slots_is_an_error() -> None:
    with pytest.raises(OSError, match="Invalid argument"):
        FileSlots(Path("/dev/full"), 1)


def test_a_key_lives_for_a_week_and_its_budgets_with_it(budgets: PollingBudgets) -> None:
    first = budgets.key(NOW)
    assert budgets.key(NOW + KEY_LIFE - 1) == first
    assert budgets.key(NOW + KEY_LIFE) != first
    assert budgets.key(NOW - 1) != first  # the clock was ahead


def test_a_network_with_a_sixth_program_has_many(budgets: PollingBudgets) -> None:
    network = hash_of(KEY, "8.8.8.8")
    programs = [hash_of(KEY, f"reader {number}") for number in range(MAX_PROGRAMS + 1)]
    for program in programs[:-1] * 3:
        budgets.add_program(network, program)
        assert not budgets.has_many_programs(network)
    budgets.add_program(network, programs[-1])
    budgets.add_program(network, programs[0])
    assert budgets.has_many_programs(network)


def test_a_full_table_errs_in_favour_of_clients() -> None:
    budgets, random = PollingBudgets(MemorySlots(SLOTS)), Random(1)
    spent = [random.getrandbits(64) | 1 for _ in range(1000)]
    for visitor in spent:
        for _ in range(5):
            assert budgets.take(visitor, 1, NOW, Sent.NOTHING) == 0
    limited = sum(budgets.take(each, 1, NOW, Sent.NOTHING) > 0 for each in spent)
    assert limited > 900
    for number in range(2 * BUDGETS):  # other visitors
        visitor = random.getrandbits(64) | 1
        assert budgets.take(visitor, 1, NOW + number // 100, Sent.NOTHING) == 0
    assert sum(budgets.take(each, 1, NOW + 2500, Sent.NOTHING) > 0 for each in spent) < limited


def test_a_network_without_a_place_counts_as_one_with_many_programs() -> None:
    budgets, random = PollingBudgets(MemorySlots(SLOTS)), Random(1)
    budgets.key(NOW)
    networks = [random.getrandbits(64) | 1 for _ in range(4 * NETWORKS)]
    for network in networks:
        budgets.add_program(network, 1)
    assert not any(map(budgets.has_many_programs, networks[:100]))  # they keep their places
    assert sum(map(budgets.has_many_programs, networks[-100:])) > 90
    budgets.key(NOW + KEY_LIFE)
    budgets.add_program(networks[-1], 1)
    assert not budgets.has_many_programs(networks[-1])


def test_two_processes_that_write_a_slot_at_once_limit_nobody() -> None:
    slots = MemorySlots(SLOTS)
    budgets = PollingBudgets(slots)
    taken(budgets, 9)
    other = VISITOR ^ (1 << 63)  # with the same first slot
    one = 2 + VISITOR % BUDGETS
    _, content = slots.get(one)
    slots.put(one, other ^ content + 1, content)  # the first number of one, and the second of the other
    assert taken(budgets, 1) == [True]


# What a good client does, and what happens meanwhile: seconds that pass, and an action.
GOOD = st.lists(
    st.tuples(
        st.integers(0, 20_000),
        st.sampled_from(("poll", "poll", "poll", "change", "restart", "other device")),
    ),
    max_size=150,
)


@settings(max_examples=examples(60), deadline=None)
@given(GOOD)
def test_a_good_client_is_never_limited_whatever_happens(steps: list[tuple[int, str]]) -> None:
    """Five devices behind one address poll with validators, and restart up to four times in 24 hours."""
    budgets = PollingBudgets(MemorySlots(SLOTS))
    now, version, turn = NOW, 1, 0
    known = [1] * COPIES_OF_CHANGE  # the version that each device has
    restarts: list[int] = []
    for seconds, action in steps:
        now += seconds
        match action:
            case "change":
                version += 1
            case "other device":
                turn += 1
            case "restart" if len([each for each in restarts if each > now - DAY]) < REPEATED_A_DAY:
                restarts.append(now)
                assert budgets.take(VISITOR, version, now, Sent.NOTHING) == 0
                known[turn % len(known)] = version
            case _:
                device = turn % len(known)
                if known[device] != version:
                    assert budgets.take(VISITOR, version, now, Sent.EARLIER) == 0
                    known[device] = version


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from((1, 1, 2, 3))), max_size=100))
def test_a_client_that_asks_once_for_each_version_is_never_limited(
    steps: list[tuple[int, int]],
) -> None:
    """Versions may come back, as hosts of a fleet are not always at the same one."""
    budgets, now, asked = PollingBudgets(MemorySlots(SLOTS)), NOW, 0
    for seconds, version in steps:
        now += seconds
        if version != asked:
            assert budgets.take(VISITOR, version, now, Sent.NOTHING) == 0
            asked = version


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50_000), st.booleans()), max_size=100))
def test_a_client_that_waits_as_long_as_it_is_told_is_served(steps: list[tuple[int, bool]]) -> None:
    budgets, now = PollingBudgets(MemorySlots(SLOTS)), NOW
    version = 1
    for seconds, changed in steps:
        now, version = now + seconds, version + changed
        if wait := budgets.take(VISITOR, version, now, Sent.NOTHING):
            assert wait <= INTERVAL
            now += wait
            assert budgets.take(VISITOR, version, now, Sent.NOTHING) == 0
