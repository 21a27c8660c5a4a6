"""Turns at hosts: one request at a time for each host, with a pause between two."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock


class Courtesy:
    """The turns of all threads at all hosts.

    *pause* is the number of seconds between the end of a request and the next one to the same host.
    *wait* waits for a number of seconds; *elapsed* returns a number of seconds that always grows.
    """

    def __init__(
        self,
        pause: float,
        wait: Callable[[float], object] = time.sleep,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause = pause
        self._wait = wait
        self._elapsed = elapsed
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)
        self._ends: dict[str, float] = {}

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for a turn at *host*, and hold it in the ``with`` block."""
        with self._locks[host]:
            left = self._ends.get(host, float("-inf")) + self._pause - self._elapsed()
            if left > 0:
                self._wait(left)
            try:
                yield
            finally:
                self._ends[host] = self._elapsed()
