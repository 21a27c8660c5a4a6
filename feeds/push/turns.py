"""Turns of requests: a few at a time for each host, and a bounded number in all."""

import asyncio
from asyncio import Semaphore
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

MAX_SLOW_HOSTS = 10_000  # that are remembered
STARTS_AT_ONCE = 4  # requests in an iteration of the event loop


class TurnLimits(Struct, frozen=True):
    """The numbers of requests at a time: at each host, and overall.

    A request is slow after *patience* seconds. It then holds one of *slow* places, if one is free, and
    another request has its turn.
    """

    per_host: int = 4
    overall: int = 256
    slow: int = 512
    patience: float = 1


class Turns:
    """The turns at all hosts, in the order of arrival at each.

    A request waits for a turn at its host first: a host with a thousand slow requests occupies no more
    than its own turns. A host whose last request was slow gets a slow place only. Slow hosts therefore
    delay others by *patience* at most, unless more slow hosts than places appear at once.
    """

    def __init__(self, limits: TurnLimits) -> None:
        self._per_host = limits.per_host
        self._places = _Places(limits)
        self._hosts: dict[str, _Host] = {}
        self._slow_hosts: dict[str, None] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at *host*, and hold it in the ``with`` block."""
        at = self._hosts.setdefault(host, _Host(self._per_host))
        at.requests += 1
        at.is_busy |= at.requests >= self._per_host
        try:
            async with at.turns, self._places.place(is_slow=host in self._slow_hosts) as place:
                try:
                    yield
                finally:
                    self._note(host, is_slow=place.is_slow)
        finally:
            at.requests -= 1
            if not at.requests:
                del self._hosts[host]

    def is_busy(self, host: str) -> bool:
        """True if *host* had as many requests as turns since it last had none."""
        return host in self._hosts and self._hosts[host].is_busy

    def _note(self, host: str, *, is_slow: bool) -> None:
        self._slow_hosts.pop(host, None)
        if is_slow:
            self._slow_hosts[host] = None
        if len(self._slow_hosts) > MAX_SLOW_HOSTS:
            del self._slow_hosts[next(iter(self._slow_hosts))]


class _Host:
    """The turns at one host, and the number of requests that hold one or wait for one."""

    def __init__(self, turns: int) -> None:
        self.turns = Semaphore(turns)
        self.requests = 0
        self.is_busy = False


class _Starts:
    """A few starts in each iteration of the event loop, in the order of arrival.

    A busy processor makes iterations long, and so has as many requests at a time as it can serve within
    their limits, with or without TLS.
    """

    def __init__(self) -> None:
        self._left = STARTS_AT_ONCE
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_next_planned = False

    async def start(self) -> None:
        """Wait for a start."""
        if not self._is_next_planned:
            self._plan_next()
        if self._left:
            self._left -= 1
            return
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting

    def _plan_next(self) -> None:
        self._is_next_planned = True
        asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """Begin an iteration: wake requests that wait, and leave the other starts to new ones."""
        self._left, self._is_next_planned = STARTS_AT_ONCE, False
        while self._left and self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():  # it was cancelled
                waiting.set_result(None)
                self._left -= 1
        if self._waiting or not self._left:
            self._plan_next()


class _Places:
    """The places for requests to all hosts."""

    def __init__(self, limits: TurnLimits) -> None:
        self._patience = limits.patience
        self._overall = Semaphore(limits.overall)
        self._slow = Semaphore(limits.slow)
        self._starts = _Starts()

    @asynccontextmanager
    async def place(self, *, is_slow: bool) -> AsyncIterator["_Place"]:
        """Wait for a place, and hold it in the ``with`` block."""
        place = _Place(self._slow if is_slow else self._overall, self._slow)
        await place.semaphore.acquire()
        try:
            await self._starts.start()
            timer = asyncio.get_running_loop().call_later(self._patience, place.become_slow)
            try:
                yield place
            finally:
                timer.cancel()
        finally:
            place.leave()


class _Place:
    """A place that *semaphore* counts, or *slow* once its request has been slow and one is free."""

    def __init__(self, semaphore: Semaphore, slow: Semaphore) -> None:
        self.semaphore = semaphore
        self.is_slow = False
        self._slow = slow
        self._move: asyncio.Task[None] | None = None

    def become_slow(self) -> None:
        self.is_slow = True
        if self.semaphore is not self._slow:
            self._move = asyncio.create_task(self._moved())

    def leave(self) -> None:
        if self._move:
            self._move.cancel()
        self.semaphore.release()

    async def _moved(self) -> None:
        await self._slow.acquire()
        self.semaphore.release()
        self.semaphore = self._slow
