"""Verified requests: the lease of a subscription, and what is due to it when it begins."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from threading import Event

import msgspec
import pytest

from feeds.push.delivery import MAX_DELIVERY_BODY
from feeds.push.verification import DEFAULT_LEASE, MAX_LEASE, MIN_LEASE, granted_lease
from tests.builders import article
from tests.formats.reading import READ
from tests.harness import Harness
from tests.push.desk import Desk, in_loop
from tests.push.hostile import hangs, serving
from tests.push.subscriber import Subscriber
from tests.server import free_port
from tests.waiting import eventually_in_loop


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    made.put(article(1))
    yield made
    made.close()


def titles(body: bytes) -> list[str]:
    return [each.title for each in READ["atom"](body).items]


@pytest.mark.parametrize("random", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("asked", [MIN_LEASE, 86_400, DEFAULT_LEASE, MAX_LEASE])
def test_a_requested_lease_is_granted_so_that_it_stays_if_it_is_asked_for_again(
    asked: int, random: float
) -> None:
    assert granted_lease(asked, lambda: random) == asked


@pytest.mark.parametrize(("asked", "granted"), [(1, MIN_LEASE), (10 * MAX_LEASE, MAX_LEASE)])
def test_a_lease_has_bounds(asked: int, granted: int) -> None:
    assert granted_lease(asked, lambda: 0.5) == granted


def test_leases_that_nobody_asked_for_end_at_different_times() -> None:
    leases = {granted_lease(0, lambda number=number: number / 10) for number in range(10)}
    assert len(leases) == 10
    assert max(leases) == DEFAULT_LEASE
    assert min(leases) >= 0.9 * DEFAULT_LEASE


@in_loop
async def test_nothing_is_sent_to_a_subscriber_until_its_topic_changes(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        assert (await desk.subscribed(reader.url)).due == 0
        harness.edit(article(2))
        await eventually_in_loop(lambda: reader.deliveries)
    assert [titles(each) for each in reader.bodies()] == [["Title 2"]]


@in_loop
async def test_an_article_that_appears_while_a_callback_is_asked_is_sent(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    evaluated = Event()
    reader.confirms = lambda asked: "slow" not in asked or evaluated.wait(10)
    async with desk.delivering():
        await desk.subscribed(f"{reader.url}/quick")
        desk.ask(f"{reader.url}/slow?slow=1")
        await eventually_in_loop(lambda: len(reader.verifications) == 2)
        harness.edit(article(2))
        await eventually_in_loop(lambda: reader.deliveries)
        evaluated.set()
        await eventually_in_loop(lambda: len(reader.deliveries) == 2)
    assert "Title 2" in titles(reader.bodies()[1])


@in_loop
async def test_an_article_that_appears_before_a_request_is_worked_off_is_sent(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    desk.ask(reader.url)
    harness.now += 60
    harness.edit(article(2))
    async with desk.delivering():
        await eventually_in_loop(lambda: reader.deliveries)
    assert "Title 2" in titles(reader.bodies()[0])


@in_loop
async def test_a_topic_that_only_the_hub_knows_yet_can_be_subscribed_to(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    desk.intervals = msgspec.structs.replace(desk.intervals, follow=0.3)
    topic = "https://feeds.example/topics/new.atom"
    async with desk.delivering():
        await desk.subscribed(reader.url)
        harness.edit(article(2, topics=("New",)))
        desk.ask(f"{reader.url}/new", topic)
        await eventually_in_loop(lambda: len(reader.verifications) == 2)
    assert reader.modes() == ["subscribe", "subscribe"]


@in_loop
async def test_every_renewal_is_verified_because_its_subscriber_waits_for_that(
    desk: Desk, reader: Subscriber
) -> None:
    async with desk.delivering():
        for number in range(3):
            desk.ask(reader.url, lease=86_400)
            await eventually_in_loop(lambda number=number: len(reader.verifications) == number + 1)
            await eventually_in_loop(lambda: not desk.subscriptions.intents())


@pytest.mark.parametrize("is_silent", [True, False])
@in_loop
async def test_callbacks_that_do_not_answer_delay_no_other(
    desk: Desk, reader: Subscriber, is_silent: bool
) -> None:
    """Silent ones hold their requests for ten seconds, and others are asked again later."""
    async with AsyncExitStack() as stack:
        port = free_port()
        if is_silent:
            port = (await stack.enter_async_context(serving(hangs, host="0.0.0.0"))).port
        await stack.enter_async_context(desk.delivering())
        for number in range(240):
            desk.ask(f"http://127.0.0.{number % 3 + 2}:{port}/{number}")
        await eventually_in_loop(lambda: desk.subscriptions.counts()[1] == 240)
        await desk.subscribed(reader.url)
        assert desk.subscriptions.counts() == (1, 240)


@in_loop
async def test_of_requests_that_arrive_while_a_callback_is_asked_the_last_one_counts(
    desk: Desk, reader: Subscriber
) -> None:
    asked = Event()
    reader.confirms = lambda _: asked.wait(10)
    async with desk.delivering():
        desk.ask(reader.url)
        await eventually_in_loop(lambda: reader.verifications)
        for lease in range(90_000, 90_010):
            desk.ask(reader.url, lease=lease)
        asked.set()
        await eventually_in_loop(lambda: not desk.subscriptions.intents())
    leases = [each["hub.lease_seconds"] for each in reader.verifications]
    assert len(leases) < 10
    assert leases[-1] == "90009"


@in_loop
async def test_all_requests_of_a_large_delivery_are_repeated_if_one_fails(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    failing = iter([204, 500])
    reader.status = lambda _: next(failing, 204)
    async with desk.delivering():
        await desk.subscribed(reader.url)
        words = "<p>" + "word " * (MAX_DELIVERY_BODY // 8) + "</p>"
        harness.put(article(2, html=words), article(3, html=words))
        await eventually_in_loop(lambda: len(reader.deliveries) == 4)
    assert [titles(each) for each in reader.bodies()] == [["Title 2"], ["Title 3"]] * 2
