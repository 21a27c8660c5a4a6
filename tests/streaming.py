"""Streams without sockets: an ASGI adapter with streams of its own, and its clients."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from werkzeug.test import EnvironBuilder

from feeds.http.asgi_adapter import AsgiAdapter
from feeds.push.stream_limits import StreamLimits
from feeds.push.streams import Streams, StreamTimes
from tests.entrypoints import scope
from tests.events import EventReader, SentEvent
from tests.harness import Harness, Process
from tests.waiting import eventually_in_loop

QUICK = StreamTimes(tick=0.005, keep_alive=0.02, wait=60, unread=60, age=60, retry=5, full=60)


class StreamClient:
    """A client of one stream; while it is *paused*, it reads nothing."""

    def __init__(self, adapter: AsgiAdapter, path: str, **headers: str) -> None:
        self.reader = EventReader()
        self.events: list[SentEvent] = []
        self.parts: list[bytes] = []
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_complete = False
        self._reading = asyncio.Event()
        self._reading.set()
        self._gone = asyncio.Event()
        self._rest = b""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        method = named.pop("method", "GET")
        environ = EnvironBuilder(path, headers=named, method=method).get_environ()
        self._task = asyncio.create_task(
            adapter(scope(environ) | {"method": method}, self._receive, self._send)
        )

    @property
    def text(self) -> str:
        """The whole body so far."""
        return b"".join(self.parts).decode()

    @property
    def names(self) -> list[str]:
        """The names of the events so far."""
        return [event.name for event in self.events]

    @property
    def has_ended(self) -> bool:
        """True once the application has returned."""
        return self._task.done()

    def pause(self) -> None:
        self._reading.clear()

    def resume(self) -> None:
        self._reading.set()

    async def close(self) -> None:
        """Close the connection, and wait until the application has returned."""
        self._gone.set()
        self._reading.set()
        await self._task

    async def opened(self) -> "StreamClient":
        """Wait for the first id, which a client without an event has too."""
        await eventually_in_loop(lambda: self.reader.last_id or self.has_ended)
        assert self.reader.last_id, (self.status, self.text)
        return self

    async def received(self, count: int = 1) -> list[SentEvent]:
        """Wait until there are *count* events; return all."""
        await eventually_in_loop(lambda: len(self.events) >= count)
        return self.events

    async def ended(self) -> "StreamClient":
        """Wait for the end of the response."""
        async with asyncio.timeout(10):
            await self._task
        return self

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        await self._reading.wait()
        self.parts.append(message["body"])
        self.is_complete = not message.get("more_body", False)
        if self.headers.get("content-type") == "text/event-stream":
            *_, self._rest = (self._rest + message["body"]).rpartition(b"\n\n")
            self.events += self.reader.read(message["body"])


class StreamHost:
    """A process with streams, inside an event loop."""

    def __init__(
        self,
        harness: Harness,
        process: Process | None = None,
        *,
        limits: StreamLimits = StreamLimits(),  # noqa: B008
        is_stopping: Callable[[], bool] = lambda: False,
        **times: float,
    ) -> None:
        process = process or harness.main
        process.follow()
        server = process.server
        self.streams = Streams(
            server.pipeline, server.clock, is_stopping, limits, msgspec.structs.replace(QUICK, **times)
        )
        self.adapter = AsgiAdapter(process.response_cache, self.streams)
        self._clients: list[StreamClient] = []

    def open(self, path: str, **headers: str) -> StreamClient:
        """Send a request; header names are written with underscores."""
        client = StreamClient(self.adapter, path, **headers)
        self._clients.append(client)
        return client

    async def begun(self, path: str, **headers: str) -> StreamClient:
        """Open a stream, and wait until it has the present state."""
        return await self.open(path, **headers).opened()

    async def close(self) -> None:
        for client in self._clients:
            await client.close()


def run(harness: Harness, body: Callable[[StreamHost], Awaitable[None]], **parts: Any) -> None:
    """Run *body* in an event loop with a host of *harness*, which *parts* configure."""

    async def main() -> None:
        host = StreamHost(harness, **parts)
        try:
            await body(host)
        finally:
            await host.close()

    asyncio.run(main())
