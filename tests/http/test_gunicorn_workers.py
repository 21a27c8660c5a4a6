"""Connections of gunicorn's workers: a limited wait for a request, but any time for a response."""

import asyncio
import math
import selectors
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn
from gunicorn.workers.gthread import ThreadWorker as GunicornThreads
from gunicorn.workers.sync import SyncWorker

from feeds.http import gunicorn_workers
from feeds.http.gunicorn_workers import PunctualProtocol, ThreadWorker, bounded
from tests.table import for_each
from tests.waiting import eventually

KEEPALIVE = 1  # seconds, gunicorn's shortest
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Events:
    """An application that sends one event at once, and another when *over* is set."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def __call__(self, _scope: object, _receive: object, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: first\n\n", "more_body": True})
        await self.over.wait()
        await send({"type": "http.response.body", "body": b"data: last\n\n"})


@asynccontextmanager
async def serving(app: Events, connections: int) -> AsyncIterator[Callable[[bytes], Awaitable[Streams]]]:
    """Serve *app* as the asgi worker does; yield a function that connects and sends bytes."""
    config = Config()
    config.set("keepalive", KEEPALIVE)
    loop = asyncio.get_running_loop()
    worker = SimpleNamespace(
        cfg=config, log=MagicMock(access_log_enabled=False), asgi=app, loop=loop, alive=True, nr=0,
        max_requests=math.inf, nr_conns=0, worker_connections=connections, state={},
    )  # fmt: skip
    server = await loop.create_server(lambda: PunctualProtocol(worker), "127.0.0.1")
    writers: list[asyncio.StreamWriter] = []

    async def connect(sent: bytes) -> Streams:
        streams = await asyncio.open_connection(*server.sockets[0].getsockname())
        streams[1].write(sent)
        writers.append(streams[1])
        return streams

    async with server:
        try:
            yield connect
        finally:
            for writer in writers:
                writer.close()


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def _outlast_silence() -> None:
    app = Events()
    async with serving(app, connections=9) as connect:
        stream, _ = await connect(GET)
        await stream.readuntil(b"first\n\n")
        for sent in b"", GET[:9]:
            idle, _ = await connect(sent)
            assert await idle.read() == b""
        app.over.set()
        await stream.readuntil(b"last\n\n")
        kept = await stream.read()  # the rest of the response, until the connection ends too
        assert kept.endswith(b"0\r\n\r\n")


def test_a_stream_of_events_outlasts_connections_without_a_request() -> None:
    asyncio.run(asyncio.wait_for(_outlast_silence(), 30))


async def _refuse_more() -> None:
    app = Events()
    async with serving(app, connections=1) as connect:
        stream, writer = await connect(GET)
        await stream.readuntil(b"first\n\n")
        refused, _ = await connect(b"")
        assert await refused.read() == b""
        app.over.set()
        await stream.readuntil(b"last\n\n")
        writer.close()
        await stream.read()

        async def is_served() -> bool:
            again, _ = await connect(GET)
            return b"200" in await again.read(20)

        while not await is_served():
            pass


def test_a_connection_beyond_the_limit_is_closed_at_once() -> None:
    asyncio.run(asyncio.wait_for(_refuse_more(), 30))


def test_only_the_workers_with_limits_are_replaced() -> None:
    assert bounded(GunicornThreads) is ThreadWorker
    assert bounded(ThreadWorker) is ThreadWorker
    assert bounded(SyncWorker) is SyncWorker


@for_each(("keepalive", "wait"), [(75, 15), (5, 5), (0, 15)])
def test_the_wait_for_a_first_request_is_that_for_others_but_never_long(
    keepalive: int, wait: int
) -> None:
    config = Config()
    config.set("keepalive", keepalive)
    assert gunicorn_workers.wait_of(SimpleNamespace(cfg=config)) == wait


class Threads:
    """A gthread worker whose threads only note the connections that they would serve."""

    def __init__(self) -> None:
        config = Config()
        config.set("keepalive", KEEPALIVE)
        self.worker = ThreadWorker(0, 0, [], MagicMock(), 30, config, MagicMock())
        self.worker.tpool = MagicMock()
        self.worker.poller = selectors.DefaultSelector()

    def accept(self, server: socket.socket) -> TConn:
        connection = TConn(self.worker.cfg, server, ("127.0.0.1", 1), ("127.0.0.1", 2))
        self.worker.nr_conns += 1
        self.worker.enqueue_req(connection)
        return connection

    def look(self) -> None:
        """Handle the connections with new bytes; return at once if there are none."""
        self.worker.wait_for_and_dispatch_events(timeout=0)

    @property
    def served(self) -> int:
        return int(self.worker.tpool.submit.call_count)


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads()
    yield made
    made.worker.poller.close()
    made.worker.tmp.close()


@pytest.fixture(params=["tcp", "unix"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection: the client's and the server's."""
    if request.param == "unix":
        client, server = socket.socketpair()
    else:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            server, _ = listener.accept()
    with client, server:
        yield client, server


tcp = pytest.mark.parametrize("pair", ["tcp"], indirect=True)


@tcp
def test_a_connection_gets_a_thread_when_its_request_is_complete(threads: Threads, pair: Any) -> None:
    client, server = pair
    threads.accept(server)
    for byte in GET[:-1]:
        client.sendall(bytes([byte]))
        threads.look()
        assert threads.served == 0
    client.sendall(GET[-1:])
    eventually(lambda: threads.look() or threads.served == 1)
    assert server.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == 1  # a read waits for no more


@tcp
@pytest.mark.parametrize("sent", [b"\r\n\r\n" + GET[:9], b"GET / HTTP/1.1\r\nX: " + b"x" * 9000])
def test_a_part_of_a_request_causes_no_work_until_more_arrives(
    threads: Threads, pair: Any, sent: bytes
) -> None:
    client, server = pair
    client.sendall(sent)
    threads.accept(server)
    assert threads.worker.poller.select(timeout=0) == []
    client.close()
    eventually(lambda: threads.look() or threads.served == 1)  # a thread finds it closed


@tcp
def test_a_client_that_sends_byte_after_byte_has_no_more_time(threads: Threads, pair: Any) -> None:
    client, server = pair
    client.sendall(GET[:5])
    connection = threads.accept(server)
    connection.timeout = 0.0  # long ago
    client.sendall(GET[5:6])
    eventually(lambda: threads.look() or threads.worker.nr_conns == 0)
    assert threads.served == 0


@tcp
def test_a_request_without_end_is_not_read(threads: Threads, pair: Any) -> None:
    client, server = pair
    client.setblocking(False)
    threads.accept(server)

    def is_closed() -> bool:
        with suppress(BlockingIOError, ConnectionError):
            client.send(b"x" * 9000)
        threads.look()
        return int(threads.worker.nr_conns) == 0

    eventually(is_closed)
    assert threads.served == 0


@pytest.mark.parametrize("pair", ["unix"], indirect=True)
def test_a_connection_by_a_unix_socket_gets_a_thread_with_its_first_byte(
    threads: Threads, pair: Any
) -> None:
    client, server = pair
    threads.accept(server)
    threads.look()
    assert threads.served == 0
    client.sendall(GET[:1])
    eventually(lambda: threads.look() or threads.served == 1)


POST = b"POST /hub HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"


@tcp
def test_a_connection_gets_a_thread_when_the_body_for_the_hub_is_there(
    threads: Threads, pair: Any
) -> None:
    client, server = pair
    threads.accept(server)
    for byte in POST + b"a=":
        client.sendall(bytes([byte]))
        threads.look()
        assert threads.served == 0
    client.sendall(b"b")
    eventually(lambda: threads.look() or threads.served == 1)
    assert server.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == 1


@tcp
@pytest.mark.parametrize(
    "sent",
    [
        POST.replace(b"/hub", b"/feed.rss"),
        POST.replace(b"POST", b"PUT"),
        POST.replace(b": 3", b": 16385"),
        POST.replace(b": 3", b": 0"),
        POST.replace(b"Content-Length: 3", b"Transfer-Encoding: chunked"),
        POST + b"a=bGET / HTTP/1.1\r\n",
    ],
)
def test_a_body_that_no_view_reads_is_not_waited_for(threads: Threads, pair: Any, sent: bytes) -> None:
    client, server = pair
    client.sendall(sent)
    threads.accept(server)
    eventually(lambda: threads.look() or threads.served == 1)


@tcp
def test_a_client_that_waits_for_it_is_told_to_send_its_body(threads: Threads, pair: Any) -> None:
    client, server = pair
    client.sendall(POST.replace(b"Host: x", b"Host: x\r\nexpect: 100-Continue"))
    threads.accept(server)
    client.settimeout(30)
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert threads.served == 0
    client.sendall(b"a=b")
    eventually(lambda: threads.look() or threads.served == 1)


@tcp
def test_a_slow_body_has_no_more_time_than_a_slow_request(threads: Threads, pair: Any) -> None:
    client, server = pair
    client.sendall(POST + b"a")
    connection = threads.accept(server)
    connection.timeout = 0.0  # long ago
    client.sendall(b"=")
    eventually(lambda: threads.look() or threads.worker.nr_conns == 0)
    assert threads.served == 0
