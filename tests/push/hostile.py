"""Servers of raw sockets in the event loop of a test: each answers as HTTP does not allow, or wishes."""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Behaviour = Callable[["Connection"], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Connection:
    """A connection to a server, and the requests that it read from it."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, requests: list[bytes]) -> None:
        self._reader = reader
        self._writer = writer
        self._requests = requests

    async def request(self) -> bytes:
        """Read a request with its body. Raises IncompleteReadError at the end of the connection."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = [
            line.split(b":")[1] for line in head.lower().split(b"\r\n") if b"content-length:" in line
        ]
        body = await self._reader.readexactly(int(length[0])) if length else b""
        self._requests.append(head + body)
        return head + body

    async def send(self, answer: bytes) -> None:
        self._writer.write(answer)
        await self._writer.drain()

    async def drip(self, answer: bytes) -> None:
        """Send *answer* byte by byte, and its last byte again and again."""
        while True:
            await self.send(answer[:1])
            answer = answer[1:] or answer
            await pause()

    async def end(self) -> None:
        """Wait until the client closes the connection."""
        await self._reader.read()

    def stop_reading(self) -> None:
        """Leave what the client sends in the kernel."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    def reset(self) -> None:
        """Close the connection at once, without the bytes that are left."""
        self._writer.transport.abort()


class Server:
    """A server at *port*: the *requests* it read, and the number of its connections."""

    def __init__(self) -> None:
        self.port = 0
        self.requests: list[bytes] = []
        self.connections = 0
        self.open = 0
        self.most = 0

    def url(self, host: str = "127.0.0.1", path: str = "/callback?x=%2f", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


async def pause() -> None:
    """Let a hundredth of a second pass, or the end of the server."""
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except TimeoutError:
        return


@asynccontextmanager
async def serving(
    behaviour: Behaviour, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1"
) -> AsyncIterator[Server]:
    """Yield a server that behaves as *behaviour* on each connection, and closes it afterwards."""
    server = Server()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        server.connections += 1
        server.open += 1
        server.most = max(server.most, server.open)
        try:
            await behaviour(Connection(reader, writer, server.requests))
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the client left, or the test ended
        finally:
            server.open -= 1
            writer.close()
            with suppress(OSError, TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(writer.wait_closed(), 0.1)
            writer.transport.abort()
            tasks.discard(task)

    listening = await asyncio.start_server(connected, host, 0, ssl=tls, backlog=1024)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for each in [*tasks]:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def says(*answers: bytes) -> Behaviour:
    """Answer each request with the next of *answers*, the last one again and again; keep connections."""

    async def behaviour(connection: Connection) -> None:
        left = [*answers]
        while True:
            await connection.request()
            await connection.send(left[0])
            left = left[1:] or left

    return behaviour


def says_and_closes(answer: bytes) -> Behaviour:
    """Answer one request with *answer*, and close the connection."""

    async def behaviour(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer)

    return behaviour


async def answers_once(connection: Connection) -> None:
    """Answer the first request of a connection, and close it at the second, without a word."""
    await connection.request()
    await connection.send(OK)
    await connection.request()


async def hangs(connection: Connection) -> None:
    """Read all, and answer nothing."""
    await connection.end()


def drips(answer: bytes) -> Behaviour:
    """Answer so slowly that the end is never reached."""

    async def behaviour(connection: Connection) -> None:
        await connection.request()
        await connection.drip(answer)

    return behaviour


def resets_after(answer: bytes) -> Behaviour:
    """Send *answer*, and reset the connection."""

    async def behaviour(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer)
        connection.reset()

    return behaviour


async def answers_before_the_body(connection: Connection) -> None:
    """Refuse a request at its first byte, and close the connection."""
    await connection.send(
        b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )


async def closes(connection: Connection) -> None:
    """Close each connection at once."""


async def reads_nothing(connection: Connection) -> None:
    """Accept a connection, read nothing, and never close it."""
    connection.stop_reading()
    await asyncio.Event().wait()


async def answers_and_reads_nothing(connection: Connection) -> None:
    """Answer the first bytes of a request, read nothing more, and never close the connection."""
    connection.stop_reading()
    await connection.send(head(Content_Length=0))
    await asyncio.Event().wait()


async def answers_and_stays(connection: Connection) -> None:
    """Answer a request that is to close the connection, and neither close it nor agree to."""
    await connection.request()
    connection.stop_reading()
    await connection.send(OK)
    await asyncio.Event().wait()


def head(**headers: object) -> bytes:
    """The head of an answer."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{named}\r\n".encode()
