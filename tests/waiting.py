"""Waiting for a condition, with a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.1


def eventually(condition: Callable[[], Any], within: float = 30, every: float | None = None) -> Any:
    """Call *condition* until it returns a true value, and return that; fail after *within* seconds.

    An OSError counts as false. The pauses between calls are *every* seconds; without it they grow, since
    most conditions are requests that cost processor time, which the awaited process needs.
    """
    end = time.monotonic() + within
    pause = every or FIRST_PAUSE
    while True:
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        assert time.monotonic() < end, f"not within {within} s"
        time.sleep(pause)
        pause = every or min(pause * 1.5, LONGEST_PAUSE)


async def eventually_in_loop(
    condition: Callable[[], Any], within: float = 30, every: float = 0.005
) -> Any:
    """Await a true value of *condition*, and return it; the event loop continues meanwhile."""
    async with asyncio.timeout(within):
        while not (value := condition()):
            await asyncio.sleep(every)
    return value
