"""A deliverer with a real store, real subscriptions and a real subscriber."""

import asyncio
import functools
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import article
from tests.formats.reading import READ
from tests.harness import Harness
from tests.push.desk import Desk
from tests.push.subscriber import Subscriber, subscriber
from tests.waiting import eventually_in_loop


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    made.put(article(1), article(2))
    yield made
    made.close()


@pytest.fixture
def desk(harness: Harness, tmp_path: Path) -> Desk:
    return Desk(harness, tmp_path)


@pytest.fixture
def reader() -> Iterator[Subscriber]:
    with subscriber() as made:
        yield made


def titles(body: bytes, extension: str = "atom") -> list[str]:
    return [each.title for each in READ[extension](body).items]


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in an event loop of its own."""

    @functools.wraps(test)
    def run(*args: Any, **fixtures: Any) -> None:
        asyncio.run(test(*args, **fixtures))

    return run


@in_loop
async def test_a_change_is_delivered_with_the_right_signature(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        await desk.subscribed(f"{reader.url}/a?x=1", secret="s3cret", lease=86_400)
        harness.edit(article(1, title="Edited"))
        await eventually_in_loop(lambda: reader.deliveries)
    (asked,), (received,) = reader.verifications, reader.deliveries
    assert (asked["path"], asked["x"], asked["hub.mode"]) == ("/a", "1", "subscribe")
    assert asked["hub.topic"] == "https://feeds.example/feed.atom"
    assert asked["hub.lease_seconds"] == "86400"
    assert received.path == "/a?x=1"
    assert received.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert received.is_signed_with("s3cret")
    assert titles(received.body) == ["Edited"]


@in_loop
async def test_an_acknowledged_change_is_recorded(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        before = await desk.subscribed(reader.url)
        harness.edit(article(1, title="Edited"))
        await eventually_in_loop(lambda: reader.deliveries)
    after = desk.find(reader.url)
    assert after
    assert (after.due, after.failures) == (0, 0)
    assert after.state != before.state
    assert after.acknowledged == harness.now


@in_loop
async def test_what_changed_while_no_deliverer_ran_is_delivered(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        await desk.subscribed(reader.url)
    harness.edit(article(1, title="Edited"))
    harness.edit(article(3))
    async with desk.delivering():
        await eventually_in_loop(lambda: reader.deliveries)
    assert [titles(each) for each in reader.bodies()] == [["Title 3", "Edited"]]
