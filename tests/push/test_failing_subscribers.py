"""Subscribers that do not answer while their feed changes, and that come back."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from feeds.store.subscriptions import PushChanges, Subscription
from tests.builders import article
from tests.formats.reading import READ
from tests.harness import Harness
from tests.push.desk import Desk, in_loop
from tests.push.subscriber import Received, Subscriber
from tests.waiting import eventually_in_loop


class Records(SQLiteSubscriptions):
    """Subscriptions that note the rows that are written."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.path)
        self.written: list[Subscription] = []

    def record(self, changes: PushChanges) -> None:
        super().record(changes)
        self.written += changes.subscriptions


@pytest.fixture
def records(desk: Desk) -> Iterator[Records]:
    with closing(Records(desk)) as made:
        yield made


async def publish(harness: Harness, desk: Desk, number: int) -> None:
    """Publish article *number*; wait until it is noted for all subscribers and recorded."""
    moment = harness.edit(article(number))
    await eventually_in_loop(lambda: desk.subscriptions.cursor().moment == moment)


@in_loop
async def test_changes_write_nothing_of_subscribers_that_wait_for_another_attempt(
    desk: Desk, harness: Harness, reader: Subscriber, records: Records
) -> None:
    reader.status = lambda _: 500
    desk.random = lambda: 0.999  # of ten seconds
    async with desk.delivering(records):
        for path in ("/a", "/b"):
            await desk.subscribed(reader.url + path)
        await publish(harness, desk, 3)
        await eventually_in_loop(lambda: all(each.failures for each in desk.subscriptions.all()))
        records.written.clear()
        for number in (4, 5, 6):
            await publish(harness, desk, number)
        assert records.written == []
    assert len(reader.deliveries) == 2


@in_loop
async def test_a_subscriber_that_comes_back_is_sent_all_that_changed_meanwhile(
    desk: Desk, harness: Harness, reader: Subscriber, records: Records
) -> None:
    reader.status = lambda _: 500
    async with desk.delivering(records):  # the delay is a second
        await desk.subscribed(reader.url)
        for number in range(3, 12):
            await publish(harness, desk, number)
        await eventually_in_loop(lambda: len(reader.deliveries) >= 2)
        await publish(harness, desk, 12)
        accepted: list[Received] = []
        reader.status = lambda received: accepted.append(received) or 204
        await eventually_in_loop(lambda: (it := desk.find(reader.url)) and not it.due)
        await publish(harness, desk, 13)
        await eventually_in_loop(lambda: len(accepted) == 2)
    titles = [[item.title for item in READ["atom"](each.body).items] for each in accepted]
    assert titles == [[f"Title {number}" for number in range(12, 2, -1)], ["Title 13"]]
