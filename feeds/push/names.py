"""Look-up of host names, without threads: a slow name server delays no other name.

The threads that ``getaddrinfo`` needs stay occupied until it gives up, after up to half a minute, even if
nobody waits for the result any more.
"""

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

    A query is repeated after *wait* seconds, and fails after the third. Use it in its event loop only.
    """

    def __init__(self, servers: Sequence[str] = (), wait: float = 1) -> None:
        self._resolver = DNSResolver(servers or None, timeout=wait, tries=3)

    async def look_up(self, host: str) -> Sequence[str]:
        """The addresses of *host*. Raises NoSuchHost and NoNameServer."""
        try:
            found = await self._resolver.getaddrinfo(host, type=socket.SOCK_STREAM)
        except DNSError as error:
            if error.args[0] in _NOT_THERE:
                raise NoSuchHost(host) from error
            raise NoNameServer(host) from error
        return [*dict.fromkeys(bytes(each.addr[0]).decode() for each in found.nodes)]

    async def close(self) -> None:
        await self._resolver.close()
