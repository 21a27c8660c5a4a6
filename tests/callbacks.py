"""A quick HTTP server of callbacks, in an event loop: whole requests come in, bytes go out."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, cast

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
BACKLOG = 16_384


class Request(NamedTuple):
    """A whole request: *head* has its header fields. *transport* is that of its connection."""

    method: str
    target: str
    head: bytes
    body: bytes
    transport: asyncio.Transport

    @property
    def is_lost(self) -> bool:
        """True if nobody waits for the answer any more."""
        return self.transport.is_closing()


Answer = Callable[[Request], bytes | Awaitable[bytes]]
"""Returns a whole response, or a part of one, after which the connection is closed."""


def content(body: bytes) -> bytes:
    """A response with *body*."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class _Connection(asyncio.Protocol):
    """A connection with one request at a time."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # which that of uvloop is not by its class

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, rest = self._read.partition(b"\r\n\r\n")
        if not end:
            return
        _, _, length = head.lower().partition(b"content-length:")
        size = int(length.partition(b"\r")[0] or 0)
        if len(rest) < size:
            return
        self._read = b""
        method, target, _ = head.split(b" ", 2)
        request = Request(method.decode(), target.decode(), head, rest[:size], self._transport)
        answer = self._answer(request)
        if isinstance(answer, bytes):
            self._write(answer)
        else:
            self._later = asyncio.ensure_future(self._write_later(answer))

    async def _write_later(self, answer: Awaitable[bytes]) -> None:
        self._write(await answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)
            if b"\r\n\r\n" not in answer:
                self._transport.close()


async def serve(answer: Answer, hosts: Iterable[str], port: int) -> asyncio.Server:
    """Serve callbacks on *hosts* with *answer*."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Connection(answer), [*hosts], port, backlog=BACKLOG)
