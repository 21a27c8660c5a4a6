"""Streams of real servers: events, ends of servers, and clients that continue where they were."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPException
from itertools import count, takewhile
from pathlib import Path
from threading import Thread

import pytest

from tests.builders import write_article
from tests.events import SentEvent
from tests.open_stream import OpenStream
from tests.server import Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

KINDS = ("asgi", "granian-asgi")
PLACES = 4
PATIENT = {"GUNICORN_CMD_ARGS": "--graceful-timeout 600"}  # longer than a server may take to end


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    root = tmp_path / "corpus"
    write_article(root, "_news/first.md", title="First")
    return root


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a few places, for several tests."""
    folder = tmp_path_factory.mktemp("streams")
    write_article(folder / "corpus", "_news/first.md", title="First")
    settings = {"FEEDS_PUSH_STREAMS": str(PLACES)}
    with Server(folder / "corpus", folder / "run", request.param, **settings) as made:
        yield made


Open = Callable[..., OpenStream]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open a stream of all articles, or another one, that is closed after the test."""
    with ExitStack() as stack:

        def begin(
            server: Server, last_id: str = "", path: str = "/stream/feed", buffer: int = 0
        ) -> OpenStream:
            return stack.enter_context(OpenStream(server.url + path, last_id, buffer))

        yield begin


def titles(events: list[SentEvent]) -> list[str]:
    return [event.data["title"] for event in events]


def free_place(server: Server, opened: Open) -> OpenStream:
    """Open a stream, as soon as streams of former clients have left a place."""

    def opened_or_refused() -> OpenStream | None:
        stream = opened(server)
        if stream.response.status == 200:
            return stream
        stream.close()
        return None

    found: OpenStream = eventually(opened_or_refused)
    return found


def test_curl_prints_an_event_when_it_happens(server: Server) -> None:
    command = ["curl", "--silent", "--no-buffer", "--max-time", "30", f"{server.url}/stream/feed"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout
        assert curl.stdout.readline().startswith("retry: ")
        write_article(server.corpus, "_news/curl.md", title="Printed")
        lines = takewhile(lambda line: "Printed" not in line, curl.stdout)
        assert [*lines][-1] == "event: added\n"
        curl.terminate()


def test_every_worker_sends_what_is_published(corpus: Path, tmp_path: Path, opened: Open) -> None:
    with Server(corpus, tmp_path / "run", "asgi", workers=2) as server:
        streams = [opened(server, path="/stream/topics/tests").opened() for _ in range(8)]
        write_article(corpus, "_news/second.md", title="Second")
        for stream in streams:
            (event,) = stream.received()
            assert (event.name, event.data["title"]) == ("added", "Second")
        (corpus / "_news" / "second.md").unlink()
        for stream in streams:
            assert stream.received(2)[1].name == "removed"


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_continues_after_a_restart_with_nothing_lost_and_nothing_twice(
    corpus: Path, tmp_path: Path, opened: Open, kind: str
) -> None:
    numbers = count(1)

    def publish() -> str:
        name = str(next(numbers))
        write_article(corpus, f"_news/{name}.md", title=name)
        return name

    with Server(corpus, tmp_path / "run", kind, workers=2) as server:
        found: list[SentEvent] = []
        last_id = opened(server).opened().reader.last_id
        for stop in (server.stop, server.kill):
            stream = opened(server, last_id)
            publish()
            stream.received()
            ending = Thread(target=stop)
            ending.start()
            with suppress(OSError, HTTPException):  # of connections that a killed process had
                stream.rest()
            ending.join()
            found += stream.events
            last_id = stream.reader.last_id
            publish()
            server.start()
        stream, last = opened(server, last_id), publish()
        found += stream.until(lambda stream: last in titles(stream.events)).events
        assert titles(found) == [str(number) for number in range(1, int(last) + 1)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_with_open_streams_ends_in_time_and_completes_them(
    corpus: Path, tmp_path: Path, opened: Open, kind: str
) -> None:
    with Server(corpus, tmp_path / "run", kind, workers=2, **PATIENT) as server:
        streams = [opened(server).opened() for _ in range(20)]
        server.send(signal.SIGTERM)
        for stream in streams:
            assert stream.rest() == []
        assert server.wait_until_ended(within=60) == 0
        assert "Traceback" not in server.output()


def test_a_reload_ends_the_streams_of_former_workers(corpus: Path, tmp_path: Path, opened: Open) -> None:
    with Server(corpus, tmp_path / "run", "asgi", **PATIENT) as server:
        former = server.workers()
        stream = opened(server).opened()
        server.send(signal.SIGHUP)
        assert stream.rest() == []
        eventually(lambda: not {*former} & {*server.workers()}, within=60)
        again = opened(server, stream.reader.last_id)
        write_article(corpus, "_news/second.md", title="Second")
        assert titles(again.received()) == ["Second"]


@pytest.mark.parametrize("kind", ["gthread", "granian"])
def test_a_server_that_cannot_keep_streams_says_so(corpus: Path, tmp_path: Path, kind: str) -> None:
    with Server(corpus, tmp_path / "run", kind) as server:
        assert server.get("/stream/feed").status == 501
        assert server.status()["streams"] == {"open": 0, "limit": 0}


def test_a_server_without_a_free_place_refuses_and_keeps_the_others(server: Server, opened: Open) -> None:
    streams = [free_place(server, opened).opened() for _ in range(PLACES)]
    refused = server.get("/stream/feed")
    assert refused.status == 503
    eventually(lambda: server.status()["streams"] == {"open": PLACES, "limit": PLACES})
    assert int(refused.headers["Retry-After"]) > 0
    streams.pop().close()
    free_place(server, opened)
    write_article(server.corpus, "_news/refused.md", title="Refused")
    for stream in streams:
        assert titles(stream.received()) == ["Refused"]


def test_a_client_that_does_not_read_delays_no_other_and_gets_the_last_state(
    server: Server, opened: Open
) -> None:
    """Four megabytes for each revision fill the buffers of both sockets."""
    body, number = "Many words. " * 16_000, 20

    def has(edit: str) -> Callable[[OpenStream], bool]:
        return lambda stream: [*states(stream).values()] == [edit] * number

    free_place(server, opened).close()
    slow, quick = opened(server, buffer=65_536).opened(), opened(server).opened()
    edits = ("One", "Two", "Three", "Four", "Five")
    for edit in edits:
        for each in range(number):
            write_article(server.corpus, f"_news/long-{each}.md", body, title=edit)
        quick.until(has(edit))
    slow.until(has(edits[-1]))
    if server.kind == "asgi":  # Granian takes many megabytes before it makes a sender wait
        assert len(slow.events) < len(quick.events)


def states(stream: OpenStream) -> dict[str, str]:
    """The last title of each article."""
    return {event.article: event.data["title"] for event in stream.events}


def test_further_requests_on_the_connection_of_a_stream_are_ignored(server: Server, opened: Open) -> None:
    stream = free_place(server, opened).opened()
    stream.send(b"GET /feed.json HTTP/1.1\r\nHost: x\r\n\r\n" * 5)
    write_article(server.corpus, "_news/further.md", title="Further")
    assert titles(stream.received()) == ["Further"]


def test_a_request_of_the_old_protocol_gets_a_stream_without_chunks(server: Server, opened: Open) -> None:
    free_place(server, opened).close()
    with server.connect() as connection:
        connection.sendall(b"GET /stream/feed HTTP/1.0\r\n\r\n")
        received = b""
        while b"\nid: " not in received:
            received += connection.recv(4096)
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert body.startswith(b"retry: ")


def test_clients_that_leave_at_once_leave_no_place_taken(server: Server, opened: Open) -> None:
    for _ in range(50):
        with server.connect() as connection:
            connection.sendall(b"GET /stream/feed HTTP/1.1\r\nHost: x\r\n\r\n")
    streams = [free_place(server, opened) for _ in range(PLACES)]
    assert len(streams) == PLACES
    eventually(lambda: len(os.listdir(f"/proc/{server.workers()[0]}/fd")) < 100)
