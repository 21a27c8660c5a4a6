"""Delays after failed requests, and circuits of hosts that do not answer."""

import pytest

from feeds.push.circuit import OPENS_AFTER, Circuit
from feeds.push.retries import DELAYS, MAX_ASKED_DELAY, MIN_DELAY, retry_after, retry_delay

NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z


def most() -> float:
    return 0.999999


def test_delays_grow_to_twelve_hours_and_stay_there() -> None:
    found = [retry_delay(failures, most) for failures in range(1, 10)]
    assert [round(each) for each in found] == [*DELAYS, DELAYS[-1], DELAYS[-1]]


def test_a_delay_has_full_jitter_but_is_never_none() -> None:
    assert retry_delay(3, lambda: 0.5) == 150
    assert retry_delay(1, lambda: 0.0) == MIN_DELAY


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("Mon, 21 Sep 2026 14:14:20 GMT", 60),
        ("Mon, 21 Sep 2026 14:12:20 GMT", 0),
        ("9" * 400, MAX_ASKED_DELAY),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_ASKED_DELAY),
        ("soon", 0),
        ("-5", 0),
        ("٣", 0),
        ("", 0),
    ],
)
def test_a_host_may_ask_for_a_delay_of_up_to_a_day(header: str, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds


def failing(times: int) -> Circuit:
    circuit = Circuit()
    for _ in range(times):
        circuit.failed(0, most)
    return circuit


def test_a_circuit_opens_after_failures_in_a_row() -> None:
    assert failing(OPENS_AFTER - 1).is_closed
    assert not failing(OPENS_AFTER).is_closed
    assert failing(OPENS_AFTER).opens_at == pytest.approx(10, abs=0.1)


def test_an_answer_closes_a_circuit() -> None:
    circuit = failing(OPENS_AFTER)
    circuit.answered()
    assert circuit.is_closed
    assert not circuit.is_suspect
    assert circuit.opens_at == 0


def test_requests_that_were_in_progress_do_not_prolong_an_open_circuit() -> None:
    assert failing(OPENS_AFTER + 3).opens_at == failing(OPENS_AFTER).opens_at


def test_a_host_that_fails_again_waits_longer() -> None:
    circuit = failing(OPENS_AFTER)
    circuit.failed(20, most)
    assert circuit.opens_at == pytest.approx(80, abs=0.1)
