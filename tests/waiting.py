"""Waiting for a condition, with a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import Any


def eventually(what: Callable[[], Any], within: float = 30, every: float = 0.02) -> Any:
    """Call *what* until it returns a true value, and return that; fail after *within* seconds."""
    end = time.monotonic() + within
    while True:
        try:
            value = what()
        except OSError:
            value = None
        if value:
            return value
        assert time.monotonic() < end, f"not within {within} s"
        time.sleep(every)


async def eventually_in_loop(what: Callable[[], Any], within: float = 10, every: float = 0.005) -> Any:
    """Do the same as ``eventually``, and let the event loop go on meanwhile."""
    async with asyncio.timeout(within):
        while not (value := what()):
            await asyncio.sleep(every)
    return value
