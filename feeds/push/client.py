"""Requests to callbacks, hubs and caches: bounded in time and size, to checked addresses alone.

This is the only module of push that sends requests to other hosts. The addresses of callbacks come from
strangers, so that every address is checked twice: when its name is resolved, and when it is connected to.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable, Mapping
from io import BytesIO
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct
from yarl import URL

from feeds.http.outgoing import Destination, RequestFailed, RequestRefused, destination
from feeds.http.public_address import IPAddress
from feeds.push.destinations import Destinations, OwnServer
from feeds.push.names import LookUp, NameResolver, NoNameServer, NoSuchHost
from feeds.push.turns import Turns

MAX_ANSWER = 4_096  # bytes of a body
MAX_SENT_AT_ONCE = 65_536  # bytes of a request
MAX_HEADERS = 100  # of an answer, of 8 KB each


class SendingLimits(Struct, frozen=True):
    """The limits of requests: seconds until a connection stands, and of a whole request; turns of hosts.

    After a status, an answer that is not read has *drain* seconds to end; then its connection is closed.
    """

    connect: float = 3
    whole: float = 10
    drain: float = 0.5
    per_host: int = 4
    overall: int = 256


class Reply(Struct, frozen=True):
    """The answer to a request; *headers* have names in lower case, *body* ends after MAX_ANSWER."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def certificates() -> ssl.SSLContext:
    """The check of certificates by the authorities that this machine trusts."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class Sender:
    """Sends requests with *headers*, within *limits*, in the event loop that it was entered in.

    *is_allowed* decides about each address, *own* about those of this server. *look_up* finds the
    addresses of a name, by default as the machine is configured.
    """

    def __init__(
        self,
        limits: SendingLimits,
        is_allowed: Callable[[IPAddress], bool],
        own: OwnServer,
        *,
        headers: Mapping[str, str] = {},
        look_up: LookUp | None = None,
        tls: Callable[[], ssl.SSLContext] = certificates,
    ) -> None:
        self._limits = limits
        self._destinations = Destinations(is_allowed, own)
        self._own = own
        self._headers = {"Accept-Encoding": "identity", **headers}
        self._look_up = look_up
        self._tls = tls
        self._turns = Turns(limits.per_host, limits.overall)

    async def __aenter__(self) -> Self:
        self._names = None if self._look_up else NameResolver()
        look_up = self._look_up or (self._names and self._names.look_up)
        assert look_up
        context = self._tls()
        checked = _Addresses(look_up, self._destinations.refusal_of)
        self._single = self._opened(checked, context, is_kept=False)
        self._kept = self._opened(checked, context, is_kept=True)
        self._canary = self._opened(_Addresses(look_up, _unrefused), context, is_kept=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._single, self._kept, self._canary):
            await session.close()
        if self._names:
            await self._names.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send *body*, and return the answer without its body. Raises as ``request``."""
        return await self.request("POST", url, body, headers)

    async def get(self, url: str) -> Reply:
        """Return the answer with the beginning of its body. Raises as ``request``."""
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
        """Send a request when it is its host's turn; *reads* keeps the beginning of the answer's body.

        A redirect is an answer. Raises RequestRefused if the request must not be sent, and RequestFailed
        if there is no answer; their texts are reasons to count, and name no host.
        """
        to = _destination(url)
        is_canary = self._own.is_canary(url)
        if not is_canary and (reason := self._destinations.refusal(to)):
            raise RequestRefused(reason)
        async with self._turns.turn(to.host):
            session = self._canary if is_canary else self._session(to.host)
            return await self._answered(session, _Attempt(method, url, body, headers, reads))

    def _session(self, host: str) -> aiohttp.ClientSession:
        """The session for a request to *host*: connections are kept if more requests wait for it.

        Ten thousand hosts with a callback each would otherwise leave as many idle connections.
        """
        return self._kept if self._turns.is_busy(host) else self._single

    async def _answered(self, session: aiohttp.ClientSession, attempt: "_Attempt") -> Reply:
        try:
            async with asyncio.timeout(self._limits.whole):
                try:
                    return await self._exchange(session, attempt)
                except aiohttp.ClientConnectionError:
                    if not attempt.is_reused:
                        raise
                # The server closed a kept connection, perhaps before the request reached it.
                return await self._exchange(self._single, attempt)
        except aiohttp.ConnectionTimeoutError as error:
            raise RequestFailed(f"no connection within {self._limits.connect:g} s") from error
        except TimeoutError as error:
            raise RequestFailed(f"no whole answer within {self._limits.whole:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _failure(error) from error

    async def _exchange(self, session: aiohttp.ClientSession, attempt: "_Attempt") -> Reply:
        response = await session.request(
            attempt.method,
            URL(attempt.url, encoded=True),
            data=_sendable(attempt.body),
            headers={**self._headers, **attempt.headers},
            allow_redirects=False,
            trace_request_ctx=attempt,
        )
        try:
            sent = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, sent, await self._body(response, reads=attempt.reads))
        finally:
            response.close()

    async def _body(self, response: aiohttp.ClientResponse, *, reads: bool) -> bytes:
        if reads:
            return await _beginning(response.content)
        try:
            async with asyncio.timeout(self._limits.drain):
                await _beginning(response.content)
        except (TimeoutError, aiohttp.ClientError):
            pass
        return b""

    def _opened(
        self, addresses: "_Addresses", context: ssl.SSLContext, *, is_kept: bool
    ) -> aiohttp.ClientSession:
        """A session whose connections are made to checked addresses; the turns limit their number."""
        connector = aiohttp.TCPConnector(
            limit=0,
            use_dns_cache=False,
            resolver=addresses,
            socket_factory=addresses.opened,
            ssl=context,
            force_close=not is_kept,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._limits.connect, ceil_threshold=3600),
            skip_auto_headers=["User-Agent", "Content-Type"],
            trust_env=False,
            auto_decompress=False,
            max_headers=MAX_HEADERS,
            trace_configs=[_reuse_noted()] if is_kept else [],
        )


class _Attempt(Struct):
    """A request; *is_reused* if its connection had another one before."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    reads: bool
    is_reused: bool = False


class _AddressRefused(OSError):
    """An address that must not be connected to; the text is the reason."""


class _Addresses(AbstractResolver):
    """The addresses of a name, if *refusal* has no reason against any of them."""

    def __init__(self, look_up: LookUp, refusal: Callable[[list[str], int], str]) -> None:
        self._look_up = look_up
        self._refusal = refusal

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - either is used
    ) -> list[ResolveResult]:
        addresses = [*await self._look_up(host)]
        if not addresses:
            raise NoSuchHost(host)
        if reason := self._refusal(addresses, port):
            raise _AddressRefused(reason)
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

    def opened(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for the address in *info*, which did not pass ``resolve`` if it stood in the URL."""
        family, kind, protocol, _, (address, port, *_) = info
        if reason := self._refusal([address], port):
            raise _AddressRefused(reason)
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """Leave the look-up to its owner."""


def _unrefused(_addresses: list[str], _port: int) -> str:
    return ""


def _reuse_noted() -> aiohttp.TraceConfig:
    """Note in an attempt that it has the connection of another one."""

    async def note(_session: object, context: Any, _event: object) -> None:
        context.trace_request_ctx.is_reused = True

    noted = aiohttp.TraceConfig()
    noted.on_connection_reuseconn.append(note)
    return noted


def _destination(url: str) -> Destination:
    """The destination of *url*, which has no character that programs read in different ways."""
    try:
        to = destination(url)
        read = URL(url, encoded=True)
        is_plain = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>^`{|}#')
        if is_plain and (read.raw_host or "").rstrip(".") == to.host and read.port == to.port:
            return to
    except ValueError:
        pass
    raise RequestRefused("not an address")


def _sendable(body: bytes) -> bytes | BytesIO | None:
    """*body*, in parts if it is long: others may send between these."""
    return BytesIO(body) if len(body) > MAX_SENT_AT_ONCE else body or None


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """The first bytes of *content*."""
    read = b""
    while len(read) < MAX_ANSWER and (part := await content.read(MAX_ANSWER - len(read))):
        read += part
    return read


_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)


def _failure(error: Exception) -> RequestFailed:
    """The error of a request for one of the client."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match cause:
        case _AddressRefused():
            return RequestRefused(str(cause))
        case NoSuchHost():
            return RequestFailed("no such host")
        case NoNameServer():
            return RequestFailed("no answer from name servers")
        case ssl.SSLCertVerificationError() | aiohttp.ClientConnectorCertificateError():
            return RequestFailed("no valid certificate")
        case ssl.SSLError() | aiohttp.ClientSSLError():
            return RequestFailed("no secure connection")
        case ConnectionRefusedError():
            return RequestFailed("connection refused")
        case OSError(errno=number) if number in _NO_ROUTE:
            return RequestFailed("no route to host")
        case aiohttp.InvalidURL() | ValueError():
            return RequestRefused("not an address")
        case aiohttp.ClientResponseError():
            return RequestFailed("no HTTP answer")
        case _:
            return RequestFailed("connection closed before an answer")
