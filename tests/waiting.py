"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import Any


def eventually(what: Callable[[], Any], within: float = 10, every: float = 0.02) -> Any:
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
