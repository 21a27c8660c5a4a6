"""Turns of requests: slow hosts delay no others."""

import asyncio
from asyncio import Event
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

from feeds.push.turns import STARTS_AT_ONCE, TurnLimits, Turns
from tests.waiting import eventually_in_loop

ANYWHERE = TurnLimits(per_host=2, overall=4, slow=100, patience=60)


class Requests:
    """Requests that hold their turns until they are ended: the hosts that have one now."""

    def __init__(self, limits: TurnLimits) -> None:
        self.turns = Turns(limits)
        self.running: list[str] = []
        self.ended: dict[str, Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, *hosts: str) -> None:
        self._tasks |= {asyncio.create_task(self._hold(host)) for host in hosts}

    async def end(self, host: str) -> None:
        self.ended.setdefault(host, Event()).set()
        await eventually_in_loop(lambda: host not in self.running)
        del self.ended[host]

    async def run(self, *hosts: str) -> None:
        """Wait until *hosts*, in any order, are those with a turn."""
        await eventually_in_loop(lambda: sorted(self.running) == sorted(hosts))

    async def cancel(self) -> None:
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hold(self, host: str) -> None:
        async with self.turns.turn(host):
            self.running.append(host)
            try:
                await self.ended.setdefault(host, Event()).wait()
            finally:
                self.running.remove(host)


def with_requests(test: Callable[[Requests], Awaitable[Any]], limits: TurnLimits = ANYWHERE) -> None:
    async def run() -> None:
        requests = Requests(limits)
        try:
            await test(requests)
        finally:
            await requests.cancel()

    asyncio.run(run())


def test_a_host_has_a_few_turns_at_a_time_and_leaves_the_others_to_others() -> None:
    async def test(requests: Requests) -> None:
        requests.start(*["a"] * 10, "b", "c", "d")
        await requests.run("a", "a", "b", "c")
        await requests.end("b")
        await requests.run("a", "a", "c", "d")

    with_requests(test)


def test_a_host_with_all_of_its_turns_is_busy_until_the_last_has_ended() -> None:
    async def test(requests: Requests) -> None:
        requests.start("a", "b")
        await requests.run("a", "b")
        assert not requests.turns.is_busy("a")
        requests.start("a")
        await requests.run("a", "a", "b")
        assert requests.turns.is_busy("a")
        assert not requests.turns.is_busy("b")
        await requests.end("a")
        assert not requests.turns.is_busy("a")

    with_requests(test)


def test_slow_requests_leave_their_turns_to_others() -> None:
    async def test(requests: Requests) -> None:
        slow = [f"slow-{number}" for number in range(50)]
        requests.start(*slow, "quick")
        await requests.run(*slow, "quick")

    with_requests(test, TurnLimits(per_host=2, overall=4, slow=60, patience=0.001))


def test_slow_requests_are_bounded_too() -> None:
    async def test(requests: Requests) -> None:
        requests.start(*(f"slow-{number}" for number in range(50)))
        await requests.run(*(f"slow-{number}" for number in range(4 + 5)))

    with_requests(test, TurnLimits(per_host=2, overall=4, slow=5, patience=0.001))


SLOW = TurnLimits(per_host=1, overall=1, slow=1, patience=0.001)


async def is_slow(requests: Requests, host: str) -> None:
    """Let *host* be slow once: another one gets the only turn meanwhile."""
    requests.start(host, "next")
    await requests.run(host, "next")
    await requests.end(host)
    await requests.end("next")


def test_a_host_that_was_slow_waits_for_a_slow_place() -> None:
    async def test(requests: Requests) -> None:
        await is_slow(requests, "a")
        requests.start("b", "c")
        await requests.run("b", "c")
        await requests.end("c")
        requests.start("a", "d")
        await requests.run("b", "d")
        await requests.end("b")
        await requests.run("a", "d")

    with_requests(test, SLOW)


def test_a_host_that_is_quick_again_has_a_turn_like_others() -> None:
    async def test(requests: Requests) -> None:
        await is_slow(requests, "a")
        async with requests.turns.turn("a"):
            pass
        requests.start("b", "c")
        await requests.run("b", "c")
        await requests.end("c")
        requests.start("a")
        await requests.run("a", "b")

    with_requests(test, SLOW)


def test_a_few_requests_start_in_each_iteration_of_the_event_loop() -> None:
    """A busy processor would otherwise serve none of a few hundred within its limits."""
    running: list[int] = []

    async def test(requests: Requests) -> None:
        loop = asyncio.get_running_loop()

        def count() -> None:
            running.append(len(requests.running))
            loop.call_soon(count)

        count()
        hosts = [f"{number}" for number in range(100)]
        requests.start(*hosts)
        await requests.run(*hosts)

    with_requests(test, TurnLimits())
    assert max(later - sooner for sooner, later in pairwise(running)) == STARTS_AT_ONCE


def test_a_request_that_is_cancelled_gives_its_turn_back() -> None:
    """Also one that waits, for its host, for its turn or for a slow place."""

    async def test(requests: Requests) -> None:
        for turn in range(20):
            requests.start(*[f"{turn}"] * 5, *(f"{turn}-{number}" for number in range(9)))
            await eventually_in_loop(lambda: len(requests.running) == 5)
            await requests.cancel()
            requests.running.clear()
        requests.start("b", "c", "d", "e")
        await eventually_in_loop(lambda: len(requests.running) == 4)

    with_requests(test, TurnLimits(per_host=2, overall=4, slow=1, patience=0.001))
