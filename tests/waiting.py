"""Waiting for a condition, with a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import Any


def eventually(condition: Callable[[], Any], within: float = 30, every: float = 0.02) -> Any:
    """Call *condition* until it returns a true value, and return that; fail after *within* seconds.

    An OSError counts as false.
    """
    end = time.monotonic() + within
    while True:
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        assert time.monotonic() < end, f"not within {within} s"
        time.sleep(every)


async def eventually_in_loop(
    condition: Callable[[], Any], within: float = 30, every: float = 0.005
) -> Any:
    """Await a true value of *condition*, and return it; the event loop continues meanwhile."""
    async with asyncio.timeout(within):
        while not (value := condition()):
            await asyncio.sleep(every)
    return value
