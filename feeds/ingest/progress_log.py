"""Log lines about the progress of a scan that takes long."""

import time
from collections.abc import Callable

from feeds.logs.events import EventLog

log = EventLog(__name__)

INTERVAL = 5.0  # seconds between two lines


class ProgressLog:
    """Logs the progress of each scan every INTERVAL seconds; a shorter scan logs nothing.

    *monotonic* returns seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._due = 0.0
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        """Note that *done* of *total* files were read; a smaller number than before begins a new scan."""
        now = self._monotonic()
        if done <= self._done or not self._due:
            self._due = now + INTERVAL
        self._done = done
        if now >= self._due:
            self._due = now + INTERVAL
            log.info(
                "scan.progress",
                f"read {done:,} of {total:,} files ({100 * done // total}%)",
                done=done,
                total=total,
            )
