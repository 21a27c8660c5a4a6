"""Turns of requests: a few at a time for each host, and a bounded number in all."""

import asyncio
from asyncio import Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

MAX_SLOW_HOSTS = 10_000  # that are remembered


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

    A request waits for its host first, so that a host with a thousand slow requests occupies no more than
    its own turns. A host whose last request was slow gets one of the slow places only, so that slow hosts
    delay no others for longer than *patience*, unless more of them than places are met at once.
    """

    def __init__(self, limits: TurnLimits) -> None:
        self._limits = limits
        self._overall = Semaphore(limits.overall)
        self._slow = Semaphore(limits.slow)
        self._hosts: dict[str, _Host] = {}
        self._slow_hosts: dict[str, None] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at *host*, and hold it in the ``with`` block."""
        at = self._hosts.setdefault(host, _Host(self._limits.per_host))
        at.requests += 1
        at.is_busy |= at.turns.locked()
        try:
            async with at.turns:
                is_slow = host in self._slow_hosts
                turn = _Turn(self._slow if is_slow else self._overall, self._slow)
                try:
                    async with turn.held(self._limits.patience):
                        yield
                finally:
                    self._note(host, is_slow=turn.is_slow)
        finally:
            at.requests -= 1
            if not at.requests:
                del self._hosts[host]

    def is_busy(self, host: str) -> bool:
        """True if requests to *host* had to wait for each other since it last had none."""
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


class _Turn:
    """One of *places*, until it is one of the *slow* ones."""

    def __init__(self, places: Semaphore, slow: Semaphore) -> None:
        self.is_slow = False
        self._places = places
        self._slow = slow
        self._move: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def held(self, patience: float) -> AsyncIterator[None]:
        """Wait for the place, and hold it in the ``with`` block: a slow one after *patience* seconds."""
        await self._places.acquire()
        timer = asyncio.get_running_loop().call_later(patience, self._become_slow)
        try:
            yield
        finally:
            timer.cancel()
            if self._move:
                self._move.cancel()
            self._places.release()

    def _become_slow(self) -> None:
        self.is_slow = True
        if self._places is not self._slow:
            self._move = asyncio.create_task(self._moved())

    async def _moved(self) -> None:
        await self._slow.acquire()
        self._places.release()
        self._places = self._slow
