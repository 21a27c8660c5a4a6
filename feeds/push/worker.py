"""Threads for work that would keep an event loop from all else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

Result = TypeVar("Result")


class Worker:
    """A thread of its own for objects that one thread at a time may use."""

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(1, f"feeds-push-{name}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._threads.shutdown()

    async def call(self, work: Callable[[], Result]) -> Result:
        """Return the result of *work*, which runs after all that was called before.

        It runs even if nobody waits for its result; an error then concerns nobody.
        """
        done = asyncio.get_running_loop().run_in_executor(self._threads, work)
        done.add_done_callback(_noted)
        return await asyncio.shield(done)


def _noted(done: asyncio.Future[Result]) -> None:
    """Look at the error, if there is one: asyncio logs those that nobody has looked at."""
    if not done.cancelled():
        done.exception()
