"""Responses that stay open: their connections, and the part of the program that writes to them.

An ASGI server keeps tasks, coroutines and buffers for every response that is not complete. gunicorn's
take 22 kB, nearly all of it of no use to a client that only waits for events. The ``asgi`` worker of
``feeds.http.gunicorn_workers`` therefore offers applications to take the connection over (TAKE): one
that does writes to the transport itself, by a TakenConnection of 1.5 kB. With other servers, an
AsgiConnection does the same by the means of ASGI.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, Protocol

from feeds.http.request_body import Receive

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

HANDLER = "feeds.streaming"
"""The WSGI environment key that is set if the server can keep the response open."""

ACCEPTED = "feeds.streamed"
"""The WSGI environment key by which a view accepts a request for a stream; see StreamHandler.add."""

TAKE = "feeds.take"
"""The key in the ASGI scope of the function that takes the connection over, as a TakenConnection.

It is None if that is not possible, and missing if the server does not end streams when it stops. It may
be called once a part of a response has been sent that is neither complete nor of a known length,
and returns None if the client has gone. The application then completes the response, which reaches
nobody, and raises ConnectionTaken, so that the server waits for no other request.
"""


class ConnectionTaken(Exception):
    """The application goes on to write to this connection; the server must leave it alone."""


class Listener(Protocol):
    """The owner of an open response, which learns of its connection."""

    def resumed(self) -> None:
        """Note that the connection is no longer blocked."""

    def lost(self) -> None:
        """Note that the connection was closed by the client, or ended."""


class OpenResponse(Protocol):
    """A response with a body that is not complete.

    *is_blocked* is true while the client has not read what was written: to write more would take memory.
    """

    listener: Listener | None

    @property
    def is_blocked(self) -> bool: ...

    def write(self, data: bytes) -> None:
        """Send *data* to the client, without waiting."""

    def end(self) -> None:
        """Complete the response."""

    def abort(self) -> None:
        """Close the connection, even if the client has not read everything."""


class CountingWorker(Protocol):
    """A worker of gunicorn with a number of connections, for which it waits when it stops."""

    nr_conns: int


class StreamHandler(Protocol):
    """The part of the program that decides on streams and writes to them. Used in one event loop."""

    def reserve(self, client: str) -> int:
        """Reserve a place for a stream of *client*: return 0, or the seconds to wait if there is none."""

    def release(self, client: str) -> None:
        """Give the place back; ``add`` does so when the stream ends."""

    def opening(self) -> bytes:
        """Return the first part of a stream."""

    def add(self, accepted: Any, client: str, response: OpenResponse) -> None:
        """Write events to *response* from now on; *accepted* is the view's value of ACCEPTED."""

    def end(self) -> None:
        """End all streams, and those that are added from now on."""


class TakenConnection(asyncio.Protocol):
    """A connection that was taken over from a *worker*, with a response in chunks (RFC 9112, 7.1)."""

    __slots__ = ("_transport", "_worker", "is_blocked", "listener")

    def __init__(self, transport: asyncio.Transport, worker: CountingWorker) -> None:
        self._transport = transport
        self._worker = worker
        self.is_blocked = False
        self.listener: Listener | None = None
        worker.nr_conns += 1  # one fewer once the server has given it up
        transport.set_protocol(self)

    def write(self, data: bytes) -> None:
        """See OpenResponse."""
        self._transport.write(_chunk(data))

    def end(self) -> None:
        """See OpenResponse."""
        if self.is_blocked:
            self.abort()
        else:
            self._transport.write(b"0\r\n\r\n")
            self._transport.close()

    def abort(self) -> None:
        """See OpenResponse."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Ignore further requests: this one has no end."""

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self.is_blocked = True

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self.is_blocked = False
        if self.listener:
            self.listener.resumed()

    def connection_lost(self, _error: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._worker.nr_conns -= 1
        listener, self.listener = self.listener, None
        if listener:
            listener.lost()


class AsgiConnection:
    """An open response of any ASGI server, which calls *send* for each part."""

    __slots__ = ("_ended", "_loop", "_parts", "_send", "_writing", "listener")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._parts: list[Message] = []
        self._writing: asyncio.Task[None] | None = None
        self.listener: Listener | None = None

    async def run(self, receive: Receive) -> None:
        """Return when the response is complete, or the client has gone."""
        watch = self._loop.create_task(self._watch(receive))
        try:
            await self._ended
        finally:
            watch.cancel()
            if self._writing:
                self._writing.cancel()
            listener, self.listener = self.listener, None
            if listener:
                listener.lost()

    @property
    def is_blocked(self) -> bool:
        """True while a part waits for the one before it to be sent."""
        return bool(self._parts)

    def write(self, data: bytes) -> None:
        """See OpenResponse."""
        self._put({"type": "http.response.body", "body": data, "more_body": True})

    def end(self) -> None:
        """See OpenResponse."""
        self._put({"type": "http.response.body", "body": b""})

    def abort(self) -> None:
        """See OpenResponse."""
        if not self._ended.done():
            self._ended.set_result(None)

    def _put(self, part: Message) -> None:
        self._parts.append(part)
        if not self._writing:
            self._writing = self._loop.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._parts:
                part = self._parts.pop(0)
                await self._send(part)
                if not part.get("more_body"):
                    self.abort()
        except OSError:  # the client has gone (ASGI 2.4)
            self.abort()
        self._writing = None
        if self.listener:
            self.listener.resumed()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.abort()


@lru_cache(4)  # the same bytes are written to many connections
def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
