"""The confirmation that this process is still the deliverer, which may have been paused."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from feeds.push.intervals import Intervals


class Confirmation:
    """The last time at which this process was seen to be the deliverer, by the clock of its event loop.

    Another host may have sent later states while this one was paused.
    """

    def __init__(self, intervals: Intervals) -> None:
        self._intervals = intervals
        self._at = self._now()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note that this process was the deliverer when the ``with`` block began, unless that fails."""
        begun = self._now()
        yield
        self._at = begun

    async def wait(self) -> None:
        """Wait until the last confirmation is recent enough to send something."""
        while self._now() - self._at > self._intervals.confirmed:
            await asyncio.sleep(self._intervals.intents)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
