"""Background work that fails is logged and restarted."""

import logging
from collections.abc import Callable
from threading import Event

import pytest

from feeds.bootstrap.supervision import (
    HEALTHY_AFTER,
    MAX_RESTART_DELAY,
    MIN_RESTART_DELAY,
    Backoff,
    Killed,
    Supervisor,
    Task,
)
from feeds.errors import CorpusError


class Supervised:
    """A supervisor whose time passes only during its waits, and when a test adds to *now*."""

    def __init__(self) -> None:
        self.now = 0.0
        self.stop = Event()
        self.waits: list[float] = []
        self.troubles: list[dict[str, str]] = []
        self.supervisor = Supervisor(self.stop, lambda: self.now, self._wait)

    def _wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.troubles.append(self.supervisor.troubles)
        self.now += seconds
        return self.stop.is_set()

    def run(self, work: Callable[[Task], object]) -> None:
        """Run *work* until it sets *stop*."""
        self.supervisor.start("follower", work)
        self.supervisor.join(10)
        assert self.stop.is_set()


@pytest.fixture
def supervised(caplog: pytest.LogCaptureFixture) -> Supervised:
    caplog.set_level(logging.INFO)
    return Supervised()


def failing(supervised: Supervised, times: int, *errors: Exception | None) -> Callable[[Task], object]:
    """Work that fails a number of *times* with *errors* in turn, then ends as it should."""
    rounds = 0

    def work(_task: Task) -> None:
        nonlocal rounds
        rounds += 1
        if rounds > times:
            supervised.stop.set()
        elif error := errors[rounds % len(errors)]:
            raise error

    return work


def test_work_that_fails_starts_again_later_and_later(supervised: Supervised) -> None:
    supervised.run(failing(supervised, 9, OSError("broken")))
    assert supervised.waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert (supervised.waits[0], supervised.waits[-1]) == (MIN_RESTART_DELAY, MAX_RESTART_DELAY)


def test_work_that_is_killed_starts_again_within_seconds(supervised: Supervised) -> None:
    supervised.run(failing(supervised, 6, Killed("child", "ended by SIGKILL", "see the log")))
    assert supervised.waits == [0.5, 1, 2, 4, 5, 5]


def test_kills_do_not_delay_a_start_after_a_failure(supervised: Supervised) -> None:
    killed = Killed("child", "ended by SIGKILL", "see the log")
    supervised.run(failing(supervised, 5, killed, killed, OSError("broken")))
    assert supervised.waits == [0.5, 0.5, 1, 2, 1]


def test_work_that_returns_is_started_again(supervised: Supervised) -> None:
    supervised.run(failing(supervised, 2, None))
    assert supervised.waits == [0.5, 1]
    assert supervised.troubles[0] == {"follower": "ended unexpectedly"}


def test_work_that_ran_for_long_starts_again_soon(supervised: Supervised) -> None:
    rounds = 0

    def work(_task: Task) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 5:
            supervised.stop.set()
        if rounds == 3:
            supervised.now += HEALTHY_AFTER
        raise OSError("broken")

    supervised.run(work)
    assert supervised.waits == [0.5, 1, 0.5, 1]


def test_each_failure_is_one_line_in_the_log(
    supervised: Supervised, caplog: pytest.LogCaptureFixture
) -> None:
    no_folder = CorpusError("news", "no such\nfolder", "create it")
    errors = (no_folder, NotADirectoryError(20, "Not a directory", "store"))
    supervised.run(failing(supervised, 2, *errors))
    assert caplog.messages == [
        "follower thread: store: not a directory; put a folder in its place, or name another; "
        "restarting in 0.5 s",
        "follower thread: news: no such folder; create it; restarting in 1 s",
    ]
    assert all(record.levelno == logging.ERROR for record in caplog.records)
    assert not any(record.exc_info for record in caplog.records)


def test_an_unexpected_error_is_logged_with_its_traceback(
    supervised: Supervised, caplog: pytest.LogCaptureFixture
) -> None:
    supervised.run(failing(supervised, 1, ValueError("odd\nvalue")))
    assert caplog.messages == ["follower thread: ValueError: odd value; restarting in 0.5 s"]
    assert caplog.records[0].exc_info


def test_trouble_lasts_until_the_work_says_that_it_goes_on(
    supervised: Supervised, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[dict[str, str]] = []

    def work(task: Task) -> None:
        if not supervised.waits:
            raise OSError("broken")
        seen.append(supervised.supervisor.troubles)
        task.recovered()
        task.recovered()
        seen.append(supervised.supervisor.troubles)
        supervised.stop.set()

    supervised.run(work)
    assert supervised.troubles == [{"follower": "system: broken; check the disk and its file system"}]
    assert seen == [{"follower": "system: broken; check the disk and its file system"}, {}]
    assert caplog.messages[1:] == ["follower thread: running again"]


def test_an_error_while_all_is_stopped_is_none(
    supervised: Supervised, caplog: pytest.LogCaptureFixture
) -> None:
    def work(_task: Task) -> None:
        supervised.stop.set()
        raise OSError("closed")

    supervised.run(work)
    assert caplog.records == []
    assert supervised.waits == []


def test_a_backoff_begins_again_after_a_reset() -> None:
    backoff = Backoff(1, 5)
    assert [backoff.delay() for _ in range(5)] == [1, 2, 4, 5, 5]
    backoff.reset()
    assert backoff.delay() == 1
