"""A clock that does not immediately follow a forward jump of the system clock."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock

from feeds.logs.events import EventLog

log = EventLog(__name__)

MAX_STEP = 60.0  # seconds: a smaller step of the wall clock is followed silently
ACCEPTED_AFTER = 15 * 60.0  # seconds after which a jump that lasts is accepted
UNCHECKED = 1.0  # seconds of wall time between two comparisons with elapsed time


def elapsed_time() -> float:
    """Seconds since the system was started, including suspended time if the system reports that."""
    try:
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    except (AttributeError, OSError):  # not Linux
        return time.monotonic()


class SaneClock:
    """A callable that returns seconds since 1970. Thread-safe.

    The wall clock has jumped if it gained more than MAX_STEP on elapsed time since the last call. While
    the jump lasts, this clock adds elapsed time to the last right time. It follows the wall clock again
    when the wall clock is set right, when the jump has lasted for ACCEPTED_AFTER, or when *newest* proves
    the counted time wrong. It follows a backward jump immediately.

    *wall* and *elapsed* are the sources of time. *newest* returns the latest time known to be past, such
    as the last stamp in the store, or 0; it proves the counted time wrong if it is later by MAX_STEP.
    *former* is a clock to continue: the clock of the parent process, before the fork.
    """

    __slots__ = ("_checked", "_elapsed", "_jumped", "_last", "_last_elapsed", "_lock", "_wall", "newest")

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = elapsed_time,
        newest: Callable[[], float] = lambda: 0,
        former: "SaneClock | None" = None,
    ) -> None:
        self.newest = newest
        self._wall = wall
        self._elapsed = elapsed
        self._lock = Lock()
        self._jumped: float | None = None  # the elapsed time when the jump was noticed
        # The last right time, and the elapsed time then.
        self._last: float = wall()
        self._last_elapsed: float = elapsed()
        self._checked = float("nan")
        if former:
            self.take_over(former)

    def __call__(self) -> float:
        """Return the current time."""
        wall = self._wall()
        # A jump is at least MAX_STEP long, so that a call within a second of the last comparison, which
        # is usual in a busy server, needs no comparison. While a jump lasts, _checked is not a number.
        if 0 <= wall - self._checked < UNCHECKED:
            return wall
        return self._compare(wall)

    def take_over(self, former: "SaneClock") -> None:
        """Continue with the last comparison of *former*."""
        with self._lock:
            self._last, self._last_elapsed = former._last, former._last_elapsed
            self._jumped, self._checked = None, float("nan")

    @property
    def trouble(self) -> str:
        """The failure of the system clock, empty if it is right."""
        counted = self()
        if self._jumped is None:
            return ""
        return f"the system clock jumped ahead to {_date(self._wall())}; using {_date(counted)}"

    def _compare(self, wall: float) -> float:
        with self._lock:
            elapsed = self._elapsed()
            counted = self._last + max(0.0, elapsed - self._last_elapsed)
            ahead = wall - counted
            if ahead <= MAX_STEP:
                if self._jumped is not None:
                    log.warning("clock.corrected", f"system clock: correct again: {_date(wall)}")
                elif ahead < -MAX_STEP:
                    log.warning(
                        "clock.set-back",
                        f"system clock: set back from {_date(counted)} to {_date(wall)}",
                        seconds=-ahead,
                    )
            elif not (proven := self.newest() > counted + MAX_STEP) and self._jumped is None:
                log.error(
                    "clock.jumped",
                    f"system clock: jumped ahead from {_date(counted)} to {_date(wall)}; ignoring the "
                    f"jump until the clock is corrected, for at most {ACCEPTED_AFTER / 60:.0f} minutes",
                    seconds=ahead,
                )
                self._jumped, self._checked = elapsed, float("nan")
                return counted
            elif proven:
                log.warning(
                    "clock.jump-accepted",
                    f"system clock: jump from {_date(counted)} to {_date(wall)} accepted, because the "
                    "store has later times",
                    seconds=ahead,
                )
            elif self._jumped is not None and elapsed - self._jumped < ACCEPTED_AFTER:
                return counted
            else:
                log.warning(
                    "clock.jump-accepted",
                    f"system clock: jump from {_date(counted)} to {_date(wall)} accepted after "
                    f"{ACCEPTED_AFTER / 60:.0f} minutes",
                    seconds=ahead,
                )
            self._accept(wall, elapsed)
            return wall

    def _accept(self, wall: float, elapsed: float) -> None:
        self._last, self._last_elapsed = wall, elapsed
        self._jumped, self._checked = None, wall


def _date(second: float) -> str:
    try:
        return datetime.fromtimestamp(int(second), UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):  # a wrong clock may return any number
        return f"{second:.0f} s since 1970"
