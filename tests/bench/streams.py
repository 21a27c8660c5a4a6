"""Many clients of one stream: the memory of the worker, and an edit that reaches all of them."""

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.bench.live import retitle
from tests.bench.processes import spent
from tests.bench.push import memory
from tests.server import get
from tests.waiting import eventually

REQUEST = b"GET /stream/feed HTTP/1.1\r\nHost: feeds.example\r\n\r\n"
WARM = 100  # clients before the first look at the memory
QUIET = 20  # seconds in which every client gets a comment
WITHIN = 60  # seconds until all clients must have an event


def streamed(url: str, worker: int, file: Path, number: int, say: Callable[[str, str], None]) -> None:
    """Open *number* streams of the process *worker* at *url*; edit *file* once all of them are quiet."""
    retitle(file, "Before the streams")
    eventually(lambda: b"Before the streams" in get(f"{url}/feed.json?limit=20").body, within=60)
    with ExitStack() as stack:
        clients = opened(url, WARM, stack)
        time.sleep(QUIET)
        before = memory(worker)
        begun = time.monotonic()
        clients += opened(url, number - WARM, stack)
        took = time.monotonic() - begun
        used = spent(worker)
        time.sleep(QUIET)
        used = (spent(worker) - used) / QUIET
        say(
            f"{number:,} streams: memory of the worker",
            f"{memory(worker) - before:.0f} MB more than with {WARM}; opened within {took:.1f} s, "
            f"quiet with {100 * used:.1f} % of a core",
        )
        used = spent(worker)
        begun = retitle(file, "For all streams")
        delays = informed(clients, begun)
        say(
            f"{number:,} streams: an edit reaches half of them, all of them",
            f"{delays[len(delays) // 2]:.2f} s, {delays[-1]:.2f} s; "
            f"{spent(worker) - used:.2f} s of CPU time",
        )


def opened(url: str, number: int, stack: ExitStack) -> list[socket.socket]:
    """So many streams, each of which has told its position; *stack* closes them."""
    host, _, port = url.removeprefix("http://").partition(":")
    clients = []
    for _ in range(number):
        client = stack.enter_context(socket.create_connection((host, int(port)), timeout=WITHIN))
        client.sendall(REQUEST)
        clients.append(client)
    for client in clients:
        read = b""
        while b"id:" not in read.partition(b"\r\n\r\n")[2]:
            part = client.recv(65_536)
            assert part, read
            read += part
        assert read.startswith(b"HTTP/1.1 200 "), read
    return clients


def informed(clients: list[socket.socket], begun: float) -> list[float]:
    """The sorted seconds since *begun* until each of *clients* has an event."""
    found = []
    with selectors.DefaultSelector() as selector:
        for each in clients:
            selector.register(each, selectors.EVENT_READ)
        while len(found) < len(clients):
            ready = selector.select(WITHIN)
            assert ready, f"{len(found)} of {len(clients)} have an event"
            for key, _ in ready:
                assert isinstance(key.fileobj, socket.socket)
                part = key.fileobj.recv(65_536)
                assert part, "a stream has ended"
                if b"event:" in part:  # and no comment
                    found.append(time.monotonic() - begun)
                    selector.unregister(key.fileobj)
    return sorted(found)
