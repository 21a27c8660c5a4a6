"""Look-up of host names, without threads: a slow name server delays no other name.

The threads that ``getaddrinfo`` needs stay occupied until it gives up, after up to half a minute, even if
nobody waits for the result any more.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from aiodns import DNSResolver
from aiodns.error import ARES_EBADNAME, ARES_ENODATA, ARES_ENOTFOUND, DNSError

_NOT_THERE = (ARES_ENOTFOUND, ARES_ENODATA, ARES_EBADNAME)

LookUp = Callable[[str], Awaitable[Sequence[str]]]


class NoSuchHost(OSError):
    """A name without addresses."""


class NoNameServer(OSError):
    """Name servers that gave no answer."""


class NameResolver:
    """Addresses of names, from ``/etc/hosts`` and the name servers of this machine, or *servers*.

    A query is sent up to four times, after *wait* seconds or a multiple of its server's usual time.
    Answers are kept for as long as they say, and no longer than *keeps* seconds: c-ares keeps the answer
    that a name has no address for an hour. All look-ups belong to the event loop that made the object.
    """

    def __init__(self, servers: Sequence[str] = (), wait: float = 1, keeps: float = 60) -> None:
        self._servers = servers
        self._wait = wait
        self._keeps = keeps
        self._loop = asyncio.get_running_loop()
        self._renew()

    async def look_up(self, host: str) -> Sequence[str]:
        """The addresses of *host*. Raises NoSuchHost and NoNameServer."""
        if self._loop.time() >= self._end:
            self._renew()
        resolver = self._resolver  # others may renew it meanwhile
        try:
            found = await resolver.getaddrinfo(host, type=socket.SOCK_STREAM)
        except DNSError as error:
            if error.args[0] in _NOT_THERE:
                raise NoSuchHost(host) from error
            raise NoNameServer(host) from error
        return [*dict.fromkeys(bytes(each.addr[0]).decode() for each in found.nodes)]

    async def close(self) -> None:
        await self._resolver.close()

    def _renew(self) -> None:
        self._resolver = DNSResolver(self._servers or None, timeout=self._wait, tries=4)
        self._end = self._loop.time() + self._keeps
