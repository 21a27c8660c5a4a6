"""Threads for work beside an event loop."""

import asyncio
import gc
from threading import Event
from typing import Any

from feeds.errors import StoreError
from feeds.push.worker import Worker
from tests.waiting import eventually_in_loop


def test_an_error_of_work_that_nobody_waits_for_any_more_is_not_logged() -> None:
    """A deliverer ends while its database is silent: its tasks are cancelled, and their queries fail."""
    reported: list[dict[str, Any]] = []

    async def main() -> None:
        begun, goes_on = Event(), Event()

        def work() -> None:
            begun.set()
            goes_on.wait()
            raise StoreError("database", "no answer in time", "start it")

        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: reported.append(context))
        with Worker("test") as worker:
            waiting = asyncio.create_task(worker.call(work))
            await eventually_in_loop(begun.is_set)
            waiting.cancel()
            await asyncio.wait([waiting])
            goes_on.set()
            await worker.call(lambda: None)
        del waiting
        gc.collect()

    asyncio.run(main())
    assert reported == []
