"""The ASGI adapter: answers equal those of Flask, and no client waits for another."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from email.utils import formatdate, parsedate_to_datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from werkzeug.test import EnvironBuilder

from feeds.cache.memory import MemoryCache
from feeds.formats.document import Document
from feeds.http.asgi_adapter import THREADS, AsgiAdapter
from tests.builders import article
from tests.entrypoints import messages_of, received, scope
from tests.harness import Harness
from tests.table import for_each
from tests.waiting import eventually_in_loop

Message = dict[str, Any]


class AsgiHarness(Harness):
    """A server behind an ASGI adapter."""

    def __init__(self, folder: Path, **parts: Any) -> None:
        super().__init__(folder, parts=parts)
        self.asgi_adapter = AsgiAdapter(self.main.response_cache)

    def ask(self, target: bytes = b"/feed.rss", **headers: str) -> tuple[Message, bytes]:
        """Send one request; return the start message and the body."""
        start, *rest = asyncio.run(messages_of(self.asgi_adapter, request(target, **headers)))
        return start, b"".join(each["body"] for each in rest)


def request(target: bytes = b"/feed.rss", **headers: str) -> dict[str, Any]:
    """The ASGI scope of a GET request; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path, _, query = target.partition(b"?")
    return scope(EnvironBuilder(headers=named).get_environ()) | {"raw_path": path, "query_string": query}


def values(start: Message, name: bytes) -> list[str]:
    return [value.decode() for each, value in start["headers"] if each == name]


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[AsgiHarness]:
    made = AsgiHarness(tmp_path)
    made.put(*(article(number) for number in range(1, 6)))
    yield made
    made.close()


@for_each(
    "target",
    [b"/feed.rss", b"/%66eed.rss", b"/topics/\xc3\xbc.rss", b"/topics/%C3%BC.rss", b"/%ff%fe", b"/\xff",
     b"/feed.rss?limit=\xc3\xbc", b"/feed.rss?limit=%C3%BC", b"/feed.rss?\xff=1", b"//feed.rss", b"",
     b"/feed.rss?", b"/feed.rss?limit=2&limit=3", b"/feed%2Erss", b"/feed.rss%3Flimit=1", b"/%00", b"*",
     b"/http://feeds.example/feed.rss"],
)  # fmt: skip
def test_a_target_is_read_as_flask_reads_it(harness: AsgiHarness, target: bytes) -> None:
    path, _, query = target.partition(b"?")
    environ = EnvironBuilder().get_environ()
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    environ["QUERY_STRING"] = query.decode("latin-1")
    status, headers, body = received(harness.main.app, environ)
    start, sent = harness.ask(target)
    assert (start["status"], sent) == (int(status), body)
    assert values(start, b"content-type") == [value for name, value in headers if name == "Content-Type"]


@for_each("target", [b"http://evil.example/feed.rss", b"HTTP://x:80/feed.rss", b"https://x/feed.rss"])
def test_a_target_may_be_a_whole_address(harness: AsgiHarness, target: bytes) -> None:
    assert harness.ask(target) == harness.ask()


def test_a_repeated_header_is_joined(harness: AsgiHarness) -> None:
    tag = values(harness.ask()[0], b"etag")[0]
    asked = request()
    asked["headers"] += [(b"if-none-match", b'"other"'), (b"if-none-match", tag.encode())]
    (start, _) = asyncio.run(messages_of(harness.asgi_adapter, asked))
    assert start["status"] == 304


def test_the_date_header_is_that_of_each_response(harness: AsgiHarness) -> None:
    """The Date that a server adds by itself may be a second old."""
    for later in (0, 0.5, 0.75, 60):
        harness.now += later
        for target in (b"/feed.rss", b"/", b"/nothing"):
            (date,) = values(harness.ask(target)[0], b"date")
            assert date == formatdate(int(harness.now), usegmt=True)
    at = harness.edit(article(9))
    (date,) = values(harness.ask()[0], b"last-modified")
    assert parsedate_to_datetime(date).timestamp() == at


def test_every_header_is_in_lower_case(harness: AsgiHarness) -> None:
    for target in (b"/feed.rss", b"/feed.rss", b"/", b"/nothing"):
        assert all(name == name.lower() for name, _ in harness.ask(target)[0]["headers"])


def test_websockets_and_lifespan_are_refused(harness: AsgiHarness) -> None:
    assert asyncio.run(messages_of(harness.asgi_adapter, {"type": "websocket"})) == [
        {"type": "websocket.close"}
    ]
    with pytest.raises(NotImplementedError):
        asyncio.run(messages_of(harness.asgi_adapter, {"type": "lifespan"}))


def picture(harness: AsgiHarness, size: int = 1 << 20) -> bytes:
    (harness.assets / "a.png").write_bytes(body := bytes(range(256)) * (size // 256))
    return body


def test_a_large_body_is_sent_in_parts(harness: AsgiHarness) -> None:
    body = picture(harness)
    _, *parts = asyncio.run(messages_of(harness.asgi_adapter, request(b"/assets/a.png")))
    assert b"".join(each["body"] for each in parts) == body
    assert max(len(each["body"]) for each in parts) < len(body) / 4
    assert [each["more_body"] for each in parts[:-1]] == [True] * (len(parts) - 1)
    assert not parts[-1].get("more_body")
    _, part = harness.ask(b"/assets/a.png", Range="bytes=0-9")
    assert part == body[:10]


def test_a_slow_client_holds_no_thread(harness: AsgiHarness) -> None:
    picture(harness)

    async def crowd() -> Message:
        stalled = asyncio.Event()
        waiting = []

        async def stall(message: Message) -> None:
            waiting.append(message)
            if message["type"] == "http.response.body":
                await stalled.wait()

        slow = [
            asyncio.create_task(harness.asgi_adapter(request(b"/assets/a.png"), None, stall))  # type: ignore[arg-type]
            for _ in range(4 * THREADS)
        ]
        await eventually_in_loop(lambda: len(waiting) >= 8 * THREADS)
        start, *_ = await asyncio.wait_for(messages_of(harness.asgi_adapter, request(b"/")), 10)
        for each in slow:
            each.cancel()  # as when a client goes away
        await asyncio.gather(*slow, return_exceptions=True)
        return start

    assert asyncio.run(crowd())["status"] == 200


class WaitingCache(MemoryCache):
    """A cache that counts the documents put into it, and does not return before *ticked* is set."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self.rendered: Counter[str] = Counter()
        self.ticked = threading.Event()

    def put(self, key: str, document: Document) -> None:
        self.rendered[key] += 1
        assert self.ticked.wait(30)  # for ever, if the loop waited for this thread
        super().put(key, document)


def test_simultaneous_requests_for_a_new_feed_render_it_once_and_do_not_block_the_loop(
    tmp_path: Path,
) -> None:
    cache = WaitingCache(1 << 22)
    harness = AsgiHarness(tmp_path, cache=cache)
    harness.edit(*(article(number, html="<p>long</p>" * 500) for number in range(10, 210)))

    turns = count()

    async def tick() -> None:
        await eventually_in_loop(lambda: cache.rendered, within=30)
        await eventually_in_loop(lambda: next(turns) == 5)
        cache.ticked.set()

    async def crowd() -> list[list[Message]]:
        answers = [messages_of(harness.asgi_adapter, request(b"/feed.rss?limit=200")) for _ in range(500)]
        *found, _ = await asyncio.gather(*answers, tick())
        return found

    answers = asyncio.run(crowd())
    assert {start["status"] for start, *_ in answers} == {200}
    assert len({body["body"] for _, body in answers}) == 1
    assert set(cache.rendered.values()) == {1}
    harness.close()


def test_a_client_that_leaves_before_its_body_is_whole_is_sent_nothing(harness: AsgiHarness) -> None:
    sent: list[Message] = []
    parts = [{"type": "http.request", "body": b"hub", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asked = scope(EnvironBuilder("/hub", method="POST", content_length=100).get_environ())
    asyncio.run(harness.asgi_adapter(asked, receive, send))
    assert (sent, parts) == ([], [])
