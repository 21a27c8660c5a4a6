"""Requests to callbacks, hubs and caches: bounded in time and size, to checked addresses alone.

This is the only module of push that sends requests to other hosts. The addresses of callbacks come from
strangers, so that every address is checked twice: when its name is resolved, and when it is connected to.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from io import BytesIO
from types import TracebackType
from typing import Literal, Self

import aiohttp
from msgspec import Struct
from yarl import URL

from feeds.http.outgoing import Destination, RequestFailed, RequestRefused, destination
from feeds.http.public_address import IPAddress
from feeds.push.connections import LINE, CheckedAddresses, Connector, Line, plain_session
from feeds.push.destinations import Destinations, OwnServer
from feeds.push.failures import MALFORMED_URL, failure
from feeds.push.names import LookUp, NameResolver
from feeds.push.turns import TurnLimits, Turns

MAX_RESPONSE = 4_096  # bytes of a body
MAX_SENT_AT_ONCE = 65_536  # bytes of a request


class SendingLimits(Struct, frozen=True):
    """The limits of requests: seconds until a connection stands, and of all after the wait for a turn.

    After a status, a response that is not read has *drain* seconds to end; then its connection is closed.
    """

    connect: float = 3
    whole: float = 10
    drain: float = 0.5
    turns: TurnLimits = TurnLimits()


class Reply(Struct, frozen=True):
    """The response to a request; *headers* have names in lower case, *body* ends after MAX_RESPONSE."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Sender:
    """Sends requests with *headers*, within *limits*, in the event loop that it was entered in.

    *is_allowed* decides about each address, *own* about those of this server. *look_up* finds the
    addresses of a name, by default as the machine is configured. *tls* checks certificates: True is the
    check that aiohttp makes once, by the authorities that this machine trusts.
    """

    def __init__(
        self,
        limits: SendingLimits,
        is_allowed: Callable[[IPAddress], bool],
        own: OwnServer,
        *,
        headers: Mapping[str, str] = {},
        look_up: LookUp | None = None,
        tls: ssl.SSLContext | Literal[True] = True,
    ) -> None:
        self._limits = limits
        self._destinations = Destinations(is_allowed, own)
        self._own = own
        self._headers = {"Accept-Encoding": "identity", **headers}
        self._look_up = look_up
        self._tls = tls
        self._turns = Turns(limits.turns)

    async def __aenter__(self) -> Self:
        self._names = None if self._look_up else NameResolver()
        look_up = self._look_up or (self._names and self._names.look_up)
        assert look_up
        checked = CheckedAddresses(look_up, self._destinations.refusal_of)
        unchecked = CheckedAddresses(look_up, _unrefused)
        self._single = self._opened(Connector(checked, self._tls, keeps=False))
        self._kept = self._opened(Connector(checked, self._tls, keeps=True))
        self._canary = self._opened(Connector(unchecked, self._tls, keeps=False))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._single, self._kept, self._canary):
            await each.close()
        if self._names:
            await self._names.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send *body*, and return the response without its body. Raises as ``request``."""
        return await self.request("POST", url, body, headers)

    async def get(self, url: str) -> Reply:
        """Return the response with the beginning of its body. Raises as ``request``."""
        return await self.request("GET", url, reads=True)

    async def request(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] = {},
        *,
        reads: bool = False,
    ) -> Reply:
        """Send a request when it is its host's turn; *reads* keeps the beginning of the response's body.

        A redirect is a response. Raises RequestRefused if the request must not be sent, and RequestFailed
        if there is no response; their texts are reasons to count, and name no host.
        """
        to = _destination(url)
        is_canary = self._own.is_canary(url)
        if not is_canary and (reason := self._destinations.refusal(to)):
            raise RequestRefused(reason)
        async with self._turns.turn(to.host):
            session = self._canary if is_canary else self._session(to.host)
            return await self._answered(session, _Request(method, url, body, headers, reads))

    def _session(self, host: str) -> aiohttp.ClientSession:
        """The session for a request to *host*: connections are kept if it has many requests.

        Ten thousand hosts with a callback each would otherwise leave as many idle connections.
        """
        return self._kept if self._turns.is_busy(host) else self._single

    async def _answered(self, session: aiohttp.ClientSession, request: "_Request") -> Reply:
        try:
            async with asyncio.timeout(self._limits.whole):
                try:
                    return await self._exchange(session, request, line := Line())
                except aiohttp.ClientConnectionError:
                    if not line.is_reused:
                        raise
                # The server closed a kept connection, perhaps before the request reached it.
                return await self._exchange(self._single, request, Line())
        # Exceptions of aiohttp have the URL in their texts, which may be a secret: no cause is shown.
        except aiohttp.ConnectionTimeoutError:
            raise RequestFailed(f"no connection within {self._limits.connect:g} s") from None
        except TimeoutError:
            raise RequestFailed(f"no answer within {self._limits.whole:g} s") from None
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise failure(error) from None

    async def _exchange(self, session: aiohttp.ClientSession, request: "_Request", line: Line) -> Reply:
        is_whole = False
        before = LINE.set(line)
        try:
            response = await session.request(
                request.method,
                URL(request.url, encoded=True),
                data=_sendable(request.body),
                headers={**self._headers, **request.headers},
                allow_redirects=False,
            )
            with closing(response):
                headers = {name.lower(): value for name, value in response.headers.items()}
                body = await self._body(response.content, reads=request.reads)
                is_whole = response.content.at_eof()
            return Reply(response.status, headers, body)
        finally:
            LINE.reset(before)
            if not (is_whole and session is self._kept and line.is_open):
                line.cut()

    async def _body(self, content: aiohttp.StreamReader, *, reads: bool) -> bytes:
        if reads:
            return await _beginning(content)
        if content.at_eof():
            return b""
        try:
            async with asyncio.timeout(self._limits.drain):
                await _beginning(content)
        except (TimeoutError, aiohttp.ClientError):
            pass
        return b""

    def _opened(self, connector: Connector) -> aiohttp.ClientSession:
        return plain_session(connector, self._limits.connect, buffer=MAX_RESPONSE)


class _Request(Struct, frozen=True):
    """A request; *reads* keeps the beginning of the response's body."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    reads: bool


def _unrefused(_addresses: list[str], _port: int) -> str:
    return ""


def _destination(url: str) -> Destination:
    """The destination of *url*, which has no character that programs read in different ways."""
    try:
        to = destination(url)
        read = URL(url, encoded=True)
        is_plain = url.isascii() and url.isprintable() and not set(url) & set(" \\#")
        if is_plain and (read.raw_host or "").rstrip(".").lower() == to.host and read.port == to.port:
            return to
    except ValueError:
        pass
    raise RequestRefused(MALFORMED_URL)


def _sendable(body: bytes) -> bytes | BytesIO | None:
    """*body*, in parts if it is long: others may send between these."""
    return BytesIO(body) if len(body) > MAX_SENT_AT_ONCE else body or None


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """The first bytes of *content*."""
    read = b""
    while len(read) < MAX_RESPONSE and (part := await content.read(MAX_RESPONSE - len(read))):
        read += part
    return read
