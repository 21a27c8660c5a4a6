"""The order of deliveries, with a clock that is set by hand."""

import tracemalloc
from collections import Counter
from itertools import groupby

import pytest

from feeds.push.circuit import OPENS_AFTER
from feeds.push.schedule import Schedule, ScheduleLimits
from feeds.store.subscriptions import SubscriptionKey

DEBOUNCE, LONGEST = 0.25, 2.0


def key(number: int, host: str = "a.example") -> SubscriptionKey:
    return SubscriptionKey("https://feeds.example/feed.atom", f"https://{host}/{number}")


@pytest.fixture
def schedule() -> Schedule:
    return Schedule(ScheduleLimits(), lambda: 0.999999)


def hosts(keys: list[SubscriptionKey]) -> Counter[str]:
    return Counter(each.host for each in keys)


def test_a_change_is_due_after_the_debounce(schedule: Schedule) -> None:
    schedule.changed(key(1), 10)
    assert schedule.next_at() == 10 + DEBOUNCE
    assert schedule.start(10.2) == []
    assert schedule.start(10.25) == [key(1)]
    assert schedule.start(20) == []


def test_changes_in_a_row_are_one_delivery(schedule: Schedule) -> None:
    for now in (10, 10.2, 10.4):
        schedule.changed(key(1), now)
    assert schedule.start(10.6) == []
    assert schedule.start(10.65) == [key(1)]


def test_changes_that_do_not_end_wait_for_two_seconds_at_most(schedule: Schedule) -> None:
    for tenth in range(100, 120):
        schedule.changed(key(1), tenth / 10)
        assert schedule.start(tenth / 10) == []
    schedule.changed(key(1), 11.95)
    assert schedule.start(10 + LONGEST) == [key(1)]


def test_one_request_of_a_subscription_is_in_progress(schedule: Schedule) -> None:
    schedule.changed(key(1), 10)
    assert schedule.start(11) == [key(1)]
    assert schedule.is_in_progress(key(1))
    schedule.changed(key(1), 11)
    schedule.retry(key(1), 11)
    assert schedule.start(30) == []
    schedule.done(key(1), 30, is_answered=True)
    assert not schedule.is_in_progress(key(1))
    schedule.changed(key(1), 30)
    assert schedule.start(31) == [key(1)]


def test_a_host_gets_four_requests_at_a_time(schedule: Schedule) -> None:
    for number in range(10):
        schedule.changed(key(number), 10)
    first = schedule.start(11)
    assert first == [key(number) for number in range(4)]
    schedule.done(first[0], 11, is_answered=True)
    schedule.done(first[1], 11, is_answered=True)
    assert schedule.start(11) == [key(4), key(5)]


def test_no_host_delays_the_deliveries_to_others(schedule: Schedule) -> None:
    for number in range(1000):
        schedule.changed(key(number, "slow.example"), 10)
    schedule.changed(key(1, "b.example"), 10)
    assert hosts(schedule.start(11)) == {"slow.example": 4, "b.example": 1}


def test_hosts_take_turns(schedule: Schedule) -> None:
    for host in ("a.example", "b.example", "c.example"):
        for number in range(3):
            schedule.changed(key(number, host), 10)
    started = [each.host for each in schedule.start(11)]
    assert [host for host, _ in groupby(started)] == ["a.example", "b.example", "c.example"] * 3


def test_768_requests_are_in_progress_in_all(schedule: Schedule) -> None:
    for number in range(800):
        schedule.changed(key(1, f"{number}.example"), 10)
    first = schedule.start(11)
    assert len(first) == 768
    assert schedule.start(12) == []
    schedule.done(first[0], 12, is_answered=True)
    assert len(schedule.start(12)) == 1


def test_hosts_that_do_not_answer_leave_room_for_others(schedule: Schedule) -> None:
    dead = [key(number, f"dead{number}.example") for number in range(300)]
    for each in dead:
        schedule.changed(each, 10)
    while started := schedule.start(11):
        for each in started:
            schedule.done(each, 11, is_answered=False)
    for each in dead:
        schedule.retry(each, 12)
    assert len(schedule.start(12)) == 64
    for number in range(800):
        schedule.changed(key(number, f"{number}.example"), 12)
    assert hosts(schedule.start(13)) == {f"{number}.example": 1 for number in range(704)}


def test_failed_deliveries_leave_room_for_others_of_their_host(schedule: Schedule) -> None:
    for number in range(10):
        schedule.retry(key(number), 10)
    assert schedule.start(10) == [key(0), key(1)]
    schedule.changed(key(20), 10)
    schedule.changed(key(21), 10)
    assert schedule.start(11) == [key(20), key(21)]


def test_failed_deliveries_have_a_turn_among_many_others(schedule: Schedule) -> None:
    for number in range(10):
        schedule.changed(key(number), 10)
    schedule.retry(key(20), 11)
    assert key(20) in schedule.start(11)


def test_a_change_after_a_failure_does_not_bring_the_next_attempt_forward(schedule: Schedule) -> None:
    schedule.retry(key(1), 100)
    schedule.changed(key(1), 10)
    assert schedule.start(99) == []
    assert schedule.start(100) == [key(1)]


def test_a_retry_is_brought_forward_and_never_put_off(schedule: Schedule) -> None:
    """Each change of the topic passes the time of the retry again, and the clock may have been set."""
    for number, times in enumerate([(100, 100.5, 5_000), (5_000, 100)]):
        for at in times:
            schedule.retry(key(number, f"{number}.example"), at)
    assert schedule.start(99) == []
    assert hosts(schedule.start(100)) == {"0.example": 1, "1.example": 1}


def test_a_retry_that_is_noted_again_keeps_its_place(schedule: Schedule) -> None:
    for number in range(4):
        schedule.retry(key(number), 10)
    started = schedule.start(10)
    schedule.retry(key(2), 11)
    schedule.done(started[0], 11, is_answered=True)
    assert schedule.start(11) == [key(2)]


def test_retries_that_are_noted_at_every_change_take_no_more_memory(schedule: Schedule) -> None:
    keys = [key(number) for number in range(50)]
    tracemalloc.start()
    for _ in range(1_000):
        for each in keys:
            schedule.retry(each, 1e6)
        schedule.start(60)
    (size, _), _ = tracemalloc.get_traced_memory(), tracemalloc.stop()
    assert size < 100_000


def test_retries_that_began_at_different_times_share_the_limit_of_their_host(schedule: Schedule) -> None:
    for number in range(10):
        schedule.retry(key(number), 100)
        schedule.changed(key(20), 10)
        (started,) = schedule.start(11)
        schedule.done(started, 11, is_answered=True)
    assert len(schedule.start(100)) == 2


def test_a_host_with_an_open_circuit_gets_single_requests_until_it_answers(schedule: Schedule) -> None:
    for number in range(10):
        schedule.changed(key(number), 10)
    for _ in range(2):  # four requests each
        for each in schedule.start(11):
            schedule.done(each, 11, is_answered=False)
    assert schedule.start(20) == []
    opens_at = schedule.next_at()
    assert opens_at == pytest.approx(21, abs=0.1)
    assert schedule.start(21) == [key(8)]
    assert schedule.start(21) == []
    schedule.done(key(8), 21, is_answered=True)
    assert schedule.start(21) == [key(9)]


def test_a_single_request_that_fails_keeps_the_circuit_open_for_longer(schedule: Schedule) -> None:
    for number in range(10):
        schedule.changed(key(number), 10)
    for _ in range(2):
        for each in schedule.start(11):
            schedule.done(each, 11, is_answered=False)
    schedule.done(schedule.start(21)[0], 21, is_answered=False)
    assert schedule.start(80) == []
    assert schedule.start(81) == [key(9)]


def test_a_dropped_subscription_is_not_sent_to(schedule: Schedule) -> None:
    schedule.changed(key(1), 10)
    schedule.changed(key(2), 10)
    schedule.drop(key(1))
    assert schedule.start(11) == [key(2)]


def test_a_subscription_that_is_dropped_while_it_waits_for_its_host_is_not_sent_to(
    schedule: Schedule,
) -> None:
    for number in range(5):
        schedule.changed(key(number), 10)
    started = schedule.start(11)
    schedule.drop(key(4))
    schedule.done(started[0], 11, is_answered=True)
    assert schedule.start(11) == []


def test_a_request_that_was_not_sent_says_nothing_of_its_host(schedule: Schedule) -> None:
    for _ in range(OPENS_AFTER + 1):
        schedule.changed(key(1), 10)
        (started,) = schedule.start(11)
        schedule.done(started, 11, is_answered=None)
    schedule.changed(key(1), 12)
    assert schedule.start(13) == [key(1)]


def test_nothing_is_expected_of_an_empty_schedule(schedule: Schedule) -> None:
    assert schedule.next_at() is None
    assert schedule.start(1 << 40) == []
