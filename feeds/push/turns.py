"""Turns of requests: a few at a time for each host, and a bounded number in all."""

from asyncio import Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """The turns at all hosts, in the order of arrival at each.

    A request waits for its host first, so that a host with a thousand slow requests occupies no more than
    its own turns.
    """

    def __init__(self, per_host: int, overall: int) -> None:
        self._per_host = per_host
        self._overall = Semaphore(overall)
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at *host*, and hold it in the ``with`` block."""
        at = self._hosts.get(host) or self._hosts.setdefault(host, _Host(self._per_host))
        at.requests += 1
        at.is_busy |= at.turns.locked()
        try:
            async with at.turns, self._overall:
                yield
        finally:
            at.requests -= 1
            if not at.requests:
                del self._hosts[host]

    def is_busy(self, host: str) -> bool:
        """True if requests to *host* had to wait for each other since it last had none."""
        return host in self._hosts and self._hosts[host].is_busy


class _Host:
    """The turns at one host, and the number of requests that hold one or wait for one."""

    def __init__(self, turns: int) -> None:
        self.turns = Semaphore(turns)
        self.requests = 0
        self.is_busy = False
