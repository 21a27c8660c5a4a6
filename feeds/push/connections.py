"""Connections to checked addresses: the part of aiohttp between a URL and a socket.

An address is checked when its name is resolved, and again when a socket is opened for it: addresses that
stand in a URL are not resolved.
"""

import socket
import ssl
from asyncio import Transport
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Literal

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from feeds.push.names import LookUp, NoSuchHost

MAX_HEADERS = 100  # of a response, of 8 KB each

KEPT_FOR = 2  # seconds until an idle connection is closed

ReasonAgainst = Callable[[list[str], int], str]


class AddressRefused(OSError):
    """An address that must not be connected to; the text is the reason."""


class Line:
    """The connection of one request, once it stands; *is_new* if it was made for the request."""

    def __init__(self) -> None:
        self.is_new = False
        self.transport: Transport | None = None

    @property
    def is_reused(self) -> bool:
        """True if the connection had another request before."""
        return self.transport is not None and not self.is_new

    def cut(self) -> None:
        """End the connection at once.

        Closing would wait until the server has read everything, if it ever does, or has agreed to end
        TLS, for half a minute.
        """
        if self.transport:
            self.transport.abort()

    @property
    def is_open(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()


LINE: ContextVar[Line] = ContextVar("line")


class CheckedAddresses(AbstractResolver):
    """The addresses of a name, if *reason_against* has no reason against any of them."""

    def __init__(self, look_up: LookUp, reason_against: ReasonAgainst) -> None:
        self._look_up = look_up
        self._reason_against = reason_against

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - either is used
    ) -> list[ResolveResult]:
        addresses = [*await self._look_up(host)]
        if not addresses:
            raise NoSuchHost(host)
        if reason := self._reason_against(addresses, port):
            raise AddressRefused(reason)
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for each in addresses
        ]

    def open(self, info: tuple[Any, ...]) -> socket.socket:
        """Open a socket for the address in *info*, a result of ``getaddrinfo``."""
        family, kind, protocol, _, (address, port, *_) = info
        if reason := self._reason_against([address], port):
            raise AddressRefused(reason)
        LINE.get().is_new = True
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """Leave the look-up to its owner."""


class Connector(aiohttp.TCPConnector):
    """Connects to *addresses* only, and notes the connection of each request in its ``LINE``."""

    def __init__(
        self, addresses: CheckedAddresses, tls: ssl.SSLContext | Literal[True], *, keeps: bool
    ) -> None:
        super().__init__(
            limit=0,  # the turns of hosts limit the number of connections
            use_dns_cache=False,
            resolver=addresses,
            socket_factory=addresses.open,
            ssl=tls,
            force_close=not keeps,
            keepalive_timeout=KEPT_FOR if keeps else None,
        )

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        made = await super().connect(req, traces, timeout)
        LINE.get().transport = made.transport
        return made


def plain_session(connector: Connector, connect: float, buffer: int) -> aiohttp.ClientSession:
    """A session without cookies, proxies and decompression, with *connect* seconds for a connection."""
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, connect=connect, ceil_threshold=3600),
        skip_auto_headers=["User-Agent", "Content-Type"],
        trust_env=False,
        auto_decompress=False,
        read_bufsize=buffer,
        max_headers=MAX_HEADERS,
    )
