"""The clock of a server while the system clock jumps."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from feeds.bootstrap.clock import ACCEPTED_AFTER, MAX_STEP, SaneClock, elapsed_time

YEAR = 365 * 86_400.0
START = 1_800_000_000.0


class Machine:
    """A system clock that can be set, and the time since the start of the system."""

    def __init__(self) -> None:
        self.wall = START
        self.elapsed = 1000.0
        self.newest = 0.0
        self.clock = self.another()

    def another(self, former: SaneClock | None = None) -> SaneClock:
        """The clock of another process."""
        return SaneClock(lambda: self.wall, lambda: self.elapsed, lambda: self.newest, former)

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.elapsed += seconds


@pytest.fixture
def machine(caplog: pytest.LogCaptureFixture) -> Machine:
    caplog.set_level(logging.INFO)
    return Machine()


def test_a_clock_returns_wall_time(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    for seconds in (0, 0.001, 0.5, 1, 59, 3600, YEAR):
        machine.passes(seconds)
        assert machine.clock() == machine.wall
    assert caplog.records == []
    assert machine.clock.trouble == ""


@pytest.mark.parametrize("step", [0.1, 5, MAX_STEP, -0.1, -5, -MAX_STEP])
def test_small_steps_and_drift_are_followed_without_a_word(
    machine: Machine, caplog: pytest.LogCaptureFixture, step: float
) -> None:
    for _ in range(100):
        machine.passes(10)
        machine.wall += step
        assert machine.clock() == machine.wall
    assert caplog.records == []


def test_a_jump_ahead_is_not_followed_and_said_once(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.wall += 2 * YEAR
    for seconds in range(100):
        assert machine.clock() == START + seconds
        machine.passes(1)
    assert caplog.messages == [
        "system clock: jumped ahead from 2027-01-15T08:00:00Z to 2029-01-14T08:00:00Z; ignoring the jump "
        "until the clock is corrected, for at most 15 minutes"
    ]
    assert caplog.records[0].levelno == logging.ERROR
    assert "2029-01-14" in machine.clock.trouble


@pytest.mark.parametrize("off", [0, MAX_STEP, -5, -MAX_STEP, -2 * MAX_STEP])
def test_a_jump_ends_when_the_clock_is_set_right(
    machine: Machine, caplog: pytest.LogCaptureFixture, off: float
) -> None:
    machine.wall += YEAR
    machine.clock()
    machine.passes(600)
    caplog.clear()
    machine.wall += off - YEAR
    for _ in range(5):
        assert machine.clock() == machine.wall
        machine.passes(1)
    assert caplog.messages == ["system clock: correct again: " + caplog.messages[0][-20:]]
    assert machine.clock.trouble == ""


def test_a_jump_that_stays_is_accepted(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.wall += YEAR
    machine.clock()
    machine.passes(ACCEPTED_AFTER - 0.1)
    assert machine.clock() == machine.wall - YEAR
    caplog.clear()
    machine.passes(0.1)
    for _ in range(5):
        assert machine.clock() == machine.wall
        machine.passes(1)
    assert len(caplog.messages) == 1
    assert "accepted after 15 minutes" in caplog.text


@pytest.mark.parametrize("late", [True, False])
def test_a_stamp_that_is_past_shows_that_the_former_time_was_wrong(
    machine: Machine, caplog: pytest.LogCaptureFixture, late: bool
) -> None:
    """A machine without a battery starts with a clock that is years behind."""
    machine.newest = START + (0 if late else YEAR / 2)
    machine.wall += YEAR
    if late:
        assert machine.clock() == START
        machine.newest = START + MAX_STEP + 1
    caplog.clear()
    assert machine.clock() == machine.wall
    assert len(caplog.messages) == 1
    assert "accepted, because the store has later times" in caplog.text
    assert machine.clock.trouble == ""


def test_a_stamp_a_little_ahead_of_the_clock_shows_nothing(machine: Machine) -> None:
    """Several changes in one second get stamps of the following seconds."""
    machine.newest = START + 10
    machine.wall += YEAR
    assert machine.clock() == START


def test_a_step_back_is_followed_at_once(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.wall -= YEAR
    for _ in range(3):
        assert machine.clock() == machine.wall
        machine.passes(1)
    assert len(caplog.messages) == 1
    assert "set back" in caplog.text


def test_a_second_jump_is_a_jump_too(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(1, 4):
        machine.wall += YEAR
        before = machine.wall - YEAR
        assert machine.clock() == before
        machine.wall -= YEAR
        assert machine.clock() == before
        assert len(caplog.messages) == 2 * number


def test_a_suspended_machine_has_not_jumped(machine: Machine) -> None:
    machine.passes(8 * 3600)  # elapsed time counts it
    assert machine.clock() == machine.wall
    assert machine.clock.trouble == ""


def test_a_process_forked_during_a_jump_does_not_follow_it(machine: Machine) -> None:
    machine.passes(86_400)
    machine.clock()
    machine.wall += YEAR
    assert machine.another()() == machine.wall
    assert machine.another(machine.clock)() == machine.wall - YEAR
    machine.clock()
    machine.passes(10)
    assert machine.another(machine.clock)() == machine.wall - YEAR


def test_a_clock_that_says_anything_raises_nothing(machine: Machine) -> None:
    for wall in (1e18, 1e300, -1e18, 0.0):
        machine.wall = wall
        machine.clock()
        assert isinstance(machine.clock.trouble, str)


def test_any_number_of_threads_see_the_same_time(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.wall += YEAR
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: machine.clock(), range(2000))) == {START}
    assert len(caplog.messages) == 1


def test_a_busy_server_compares_the_clocks_once_a_second(machine: Machine) -> None:
    compared = 0

    def elapsed() -> float:
        nonlocal compared
        compared += 1
        return machine.elapsed

    clock = SaneClock(lambda: machine.wall, elapsed)
    for _ in range(5000):
        clock()
        machine.passes(0.001)
    assert compared <= 7


def test_elapsed_time_grows() -> None:
    assert 0 < elapsed_time() <= elapsed_time()
