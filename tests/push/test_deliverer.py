"""A deliverer with a real store, real subscriptions and a real subscriber."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
import pytest

from feeds.article import Taxonomy, Topic
from feeds.errors import StoreError
from feeds.period import DAY
from feeds.push.courier import SLICE
from feeds.push.report import decoded
from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from feeds.store.subscriptions import DelivererReplaced, PushChanges, Subscription, SubscriptionKey
from tests.builders import article
from tests.formats.reading import READ
from tests.harness import Harness
from tests.push.desk import SEALER, Desk, in_loop
from tests.push.subscriber import Received, Subscriber
from tests.waiting import eventually_in_loop


def titles(body: bytes, extension: str = "atom") -> list[str]:
    return [each.title for each in READ[extension](body).items]


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


@in_loop
async def test_a_new_subscription_is_sent_nothing_until_a_change(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        await desk.subscribed(reader.url)
        harness.edit(article(3))
        await eventually_in_loop(lambda: reader.deliveries)
    assert [titles(each) for each in reader.bodies()] == [["Title 3"]]


@in_loop
async def test_a_scheduled_article_is_delivered_at_its_instant(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    date = datetime.fromtimestamp(harness.now + 100, UTC)
    harness.edit(article(3, published=date, updated=date))
    async with desk.delivering():
        await desk.subscribed(reader.url)
        harness.now += 100
        await eventually_in_loop(lambda: reader.deliveries)
    assert titles(reader.bodies()[0]) == ["Title 3"]


@in_loop
async def test_each_format_is_delivered(desk: Desk, harness: Harness, reader: Subscriber) -> None:
    topics = {each: f"https://feeds.example/topics/tests.{each}" for each in READ}
    async with desk.delivering():
        for extension, topic in topics.items():
            await desk.subscribed(f"{reader.url}/{extension}", topic)
        harness.edit(article(3))
        await eventually_in_loop(lambda: len(reader.deliveries) == len(topics))
    for received in reader.deliveries:
        extension = received.path[1:]
        assert "Title 3" in titles(received.body, extension)
        assert f'<{topics[extension]}>; rel="self"' in received.headers["link"]


@in_loop
async def test_an_old_subscriber_is_sent_a_signature_with_sha1(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        await desk.subscribed(reader.url, secret="s3cret", algorithm="sha1")
        harness.edit(article(3))
        await eventually_in_loop(lambda: reader.deliveries)
    assert reader.deliveries[0].headers["x-hub-signature"].startswith("sha1=")
    assert reader.deliveries[0].is_signed_with("s3cret")


@in_loop
async def test_a_subscription_that_is_not_confirmed_does_not_begin(
    desk: Desk, reader: Subscriber
) -> None:
    reader.confirms = lambda _: False
    async with desk.delivering():
        desk.ask(reader.url)
        await eventually_in_loop(lambda: not desk.subscriptions.intents())
    assert reader.modes() == ["subscribe"]
    assert desk.find(reader.url) is None


@in_loop
async def test_a_renewal_that_is_not_confirmed_changes_nothing(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        before = await desk.subscribed(reader.url, secret="old")
        reader.confirms = lambda _: False
        harness.now += 100
        desk.ask(reader.url, secret="new")
        await eventually_in_loop(lambda: not desk.subscriptions.intents())
        assert desk.find(reader.url) == before
        reader.confirms = lambda _: True
        harness.now += 100
        desk.ask(reader.url, secret="newer")
        await eventually_in_loop(lambda: desk.find(reader.url) != before)
        harness.edit(article(3))
        await eventually_in_loop(lambda: reader.deliveries)
    assert reader.deliveries[0].is_signed_with("newer")


@in_loop
async def test_a_subscription_ends_when_its_callback_confirms_that(
    desk: Desk, reader: Subscriber
) -> None:
    async with desk.delivering():
        await desk.subscribed(reader.url)
        reader.confirms = lambda _: False
        desk.ask(reader.url, mode="unsubscribe")
        await eventually_in_loop(lambda: not desk.subscriptions.intents())
        assert desk.find(reader.url)
        reader.confirms = lambda _: True
        desk.ask(reader.url, mode="unsubscribe")
        await eventually_in_loop(lambda: not desk.find(reader.url))
    assert reader.modes() == ["subscribe", "unsubscribe", "unsubscribe"]


@in_loop
async def test_a_denial_by_the_operator_ends_a_subscription(desk: Desk, reader: Subscriber) -> None:
    async with desk.delivering():
        await desk.subscribed(reader.url)
        desk.ask(reader.url, mode="denied", reason="too much")
        await eventually_in_loop(lambda: not desk.find(reader.url))
        await eventually_in_loop(lambda: len(reader.verifications) == 2)
    told = reader.verifications[1]
    assert (told["hub.mode"], told["hub.reason"]) == ("denied", "too much")


@in_loop
async def test_the_end_of_a_hub_is_the_end_of_its_subscriptions_and_requests(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        await desk.subscribed(reader.url)
    desk.ask(f"{reader.url}/pending")
    reader.verifications.clear()
    async with desk.delivering(hub_ended=True):
        harness.edit(article(3))
        await eventually_in_loop(lambda: reader.modes() == ["denied"])
        await eventually_in_loop(lambda: desk.subscriptions.counts() == (0, 0))
    assert reader.verifications[0]["hub.reason"] == "this server has no hub any more"
    assert reader.modes() == ["denied"]
    assert reader.deliveries == []


@in_loop
async def test_all_subscribers_of_a_hub_that_ended_are_told(desk: Desk, reader: Subscriber) -> None:
    callbacks = [f"{reader.url}/{number}" for number in range(SLICE + 1)]
    topic = "https://feeds.example/feed.atom"
    active = [Subscription(topic, each, 9e9, 1) for each in callbacks]
    desk.subscriptions.record(PushChanges(subscriptions=active))
    async with desk.delivering(hub_ended=True):
        await eventually_in_loop(lambda: len(reader.verifications) == len(callbacks))
    assert {(each["hub.mode"], each["hub.topic"]) for each in reader.verifications} == {("denied", topic)}
    assert {each["path"] for each in reader.verifications} == {urlsplit(each).path for each in callbacks}


@in_loop
async def test_an_operator_may_still_deny_after_the_end_of_a_hub(desk: Desk, reader: Subscriber) -> None:
    async with desk.delivering(hub_ended=True):
        desk.ask(reader.url, mode="denied", reason="too much")
        await eventually_in_loop(lambda: not desk.subscriptions.intents())
    assert [each["hub.reason"] for each in reader.verifications] == ["too much"]


@in_loop
async def test_a_topic_that_is_unknown_meanwhile_is_denied(desk: Desk, reader: Subscriber) -> None:
    async with desk.delivering():
        desk.ask(reader.url, "https://feeds.example/topics/unknown.atom")
        await eventually_in_loop(lambda: not desk.subscriptions.intents())
    assert reader.modes() == ["denied"]


@in_loop
async def test_subscribers_of_a_topic_that_ended_are_told(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    topic = "https://feeds.example/topics/tests.atom"
    async with desk.delivering():
        await desk.subscribed(reader.url, topic)
        ended = Taxonomy(topics=(Topic("tests", "Tests", gone=True),))
        harness.now += 1
        harness.put(article(3), at=int(harness.now), taxonomy=ended)
        await eventually_in_loop(lambda: not desk.find(reader.url, topic))
        await eventually_in_loop(lambda: "denied" in reader.modes())


@in_loop
async def test_subscribers_of_a_renamed_topic_are_sent_its_changes_at_the_address_they_know(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    topic = "https://feeds.example/topics/tests.atom"
    async with desk.delivering():
        await desk.subscribed(reader.url, topic)
    renamed = Taxonomy(topics=(Topic("trials", "Trials", aliases=("tests",)),))
    harness.now += 1
    harness.put(article(3), at=int(harness.now), taxonomy=renamed)
    async with desk.delivering():
        await eventually_in_loop(lambda: reader.deliveries)
    assert titles(reader.bodies()[0]) == ["Title 3"]
    assert f'<{topic}>; rel="self"' in reader.deliveries[0].headers["link"]


@in_loop
async def test_410_ends_a_subscription(desk: Desk, harness: Harness, reader: Subscriber) -> None:
    reader.status = lambda _: 410
    async with desk.delivering():
        await desk.subscribed(reader.url)
        harness.edit(article(3))
        await eventually_in_loop(lambda: not desk.find(reader.url))


@in_loop
async def test_a_subscription_ends_with_its_lease(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        await desk.subscribed(reader.url, lease=3600)
        harness.now += 3600
        await eventually_in_loop(lambda: not desk.find(reader.url))
    assert reader.modes() == ["subscribe"]


@pytest.mark.parametrize("leases", [0.02, 600], ids=["between two attempts", "at the next attempt"])
@in_loop
async def test_a_subscription_whose_lease_ends_while_deliveries_fail_is_sent_nothing_more(
    desk: Desk, harness: Harness, reader: Subscriber, leases: float
) -> None:
    def status(_: Received) -> int:
        harness.now += 3600
        return 500

    reader.status = status
    desk.intervals = msgspec.structs.replace(desk.intervals, leases=leases)
    async with desk.delivering():
        await desk.subscribed(reader.url, lease=3600)
        harness.edit(article(3))
        await eventually_in_loop(lambda: not desk.find(reader.url))
    assert len(reader.deliveries) == 1


@pytest.mark.parametrize("jump", [-3_600, 4 * DAY])
@in_loop
async def test_a_clock_that_jumps_neither_loses_nor_repeats_a_delivery(
    desk: Desk, harness: Harness, reader: Subscriber, jump: int
) -> None:
    statuses = [204, 500]
    reader.status = lambda _: statuses.pop(0) if statuses else 204
    async with desk.delivering():
        await desk.subscribed(reader.url)
        for number in (3, 4):  # the second of these deliveries fails
            harness.edit(article(number))
            await eventually_in_loop(lambda number=number: len(reader.deliveries) == number - 2)
            harness.now += jump
        await eventually_in_loop(lambda: len(reader.deliveries) == 3)
        harness.edit(article(5))
        await eventually_in_loop(lambda: len(reader.deliveries) == 4)
    sent = [titles(each) for each in reader.bodies()]
    assert sent == [["Title 3"], ["Title 4"], ["Title 4"], ["Title 5"]]


@in_loop
async def test_a_failed_delivery_is_put_off_and_merged_with_later_changes(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    statuses = [500, 204]
    reader.status = lambda _: statuses.pop(0)
    desk.random = lambda: 0.12  # of ten seconds
    async with desk.delivering():
        await desk.subscribed(reader.url)
        first = harness.edit(article(1, title="Edited"))
        failing = await eventually_in_loop(lambda: (it := desk.find(reader.url)) and it.failures and it)
        assert (failing.reason, failing.due) == ("status 500", first)
        assert failing.not_before == pytest.approx(harness.now + 1.2, abs=0.01)
        harness.edit(article(3))
        await eventually_in_loop(lambda: len(reader.deliveries) == 2)
    assert [titles(each) for each in reader.bodies()] == [["Edited"], ["Title 3", "Edited"]]
    after = desk.find(reader.url)
    assert after
    assert (after.failures, after.due, after.reason) == (0, 0, "")


@in_loop
async def test_a_slow_callback_does_not_delay_another(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    answers = threading.Event()
    slow = f"{reader.url}/slow"

    def status(received: Received) -> int:
        return 204 if received.path != "/slow" or answers.wait(30) else 500

    reader.status = status
    async with desk.delivering():
        await desk.subscribed(slow)
        await desk.subscribed(f"{reader.url}/quick")
        harness.edit(article(3))
        await eventually_in_loop(lambda: [each.path for each in reader.deliveries] == ["/quick"])
        harness.edit(article(4))
        await eventually_in_loop(lambda: len(reader.deliveries) == 2)
        answers.set()
        await eventually_in_loop(lambda: len(reader.deliveries) == 4)
    sent = [titles(each.body) for each in reader.deliveries if each.path == "/slow"]
    assert sent == [["Title 3"], ["Title 4"]]


@in_loop
async def test_a_change_during_a_request_is_sent_after_it(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    arrived, answers = threading.Event(), threading.Event()
    requests: list[bytes] = []

    def status(received: Received) -> int:
        requests.append(received.body)
        arrived.set()
        return 204 if answers.wait(30) else 500

    reader.status = status
    async with desk.delivering():
        await desk.subscribed(reader.url)
        harness.edit(article(3))
        await eventually_in_loop(arrived.is_set)
        harness.edit(article(4))
        after = harness.edit(article(3, title="Edited"))
        await eventually_in_loop(lambda: desk.subscriptions.cursor().moment == after)
        assert len(requests) == 1
        answers.set()
        await eventually_in_loop(lambda: len(reader.deliveries) == 2)
    assert [titles(each) for each in requests] == [["Title 3"], ["Title 4", "Edited"]]


@in_loop
async def test_a_secret_that_cannot_be_opened_ends_the_subscription(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        before = await desk.subscribed(reader.url)
    moved = msgspec.structs.replace(before, secret=SEALER.seal(b"x", SubscriptionKey("another", "one")))
    desk.subscriptions.record(PushChanges(subscriptions=[moved]))
    harness.edit(article(3))
    async with desk.delivering():
        await eventually_in_loop(lambda: not desk.find(reader.url))
        await eventually_in_loop(lambda: "denied" in reader.modes())
    assert not reader.deliveries


@in_loop
async def test_a_deliverer_ends_when_another_takes_over(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering() as former:
        await desk.subscribed(reader.url)
        async with desk.delivering():
            await desk.subscribed(f"{reader.url}/2")
            harness.edit(article(3))
            await eventually_in_loop(former.done)
            await eventually_in_loop(lambda: (it := desk.find(reader.url)) and it.acknowledged)
    assert isinstance(former.exception(), DelivererReplaced)


class Disk(SQLiteSubscriptions):
    """Subscriptions on a disk that may be full."""

    is_full = False
    unreadable = 0  # times that the next intents cannot be read

    def record(self, changes: PushChanges) -> None:
        if self.is_full:
            raise StoreError("subscriptions", "no space left", "make some")
        super().record(changes)

    def version(self) -> object:
        if self.unreadable:
            self.unreadable -= 1
            raise StoreError("subscriptions", "cannot be read", "mend it")
        return super().version()


@in_loop
async def test_outcomes_are_recorded_once_the_disk_has_room_again(
    desk: Desk, harness: Harness, reader: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk(desk.path)
    async with desk.delivering(disk):
        before = await desk.subscribed(reader.url)
        disk.is_full = True
        harness.edit(article(3))
        await eventually_in_loop(lambda: reader.deliveries)
        last = harness.edit(article(4))
        await eventually_in_loop(lambda: len(reader.deliveries) == 2)
        await eventually_in_loop(lambda: "no space left" in caplog.text)
        assert desk.find(reader.url) == before
        disk.is_full = False
        await eventually_in_loop(lambda: desk.find(reader.url) != before)
    after = desk.find(reader.url)
    assert after
    assert (after.due, desk.subscriptions.cursor().moment) == (0, last)
    assert [titles(each) for each in reader.bodies()] == [["Title 3"], ["Title 4"]]
    assert caplog.text.count("no space left") == 1


@in_loop
async def test_the_report_has_numbers_of_the_latest_deliveries(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    async with desk.delivering():
        await desk.subscribed(reader.url)
        harness.edit(article(3))
        await eventually_in_loop(lambda: decoded(desk.subscriptions.report()).delay)
    found = decoded(desk.subscriptions.report())
    assert (found.subscriptions, found.topics, found.hosts, found.due) == (1, 1, 1, 0)
    assert found.delay
    assert found.delay.count == 1


@in_loop
async def test_deliveries_are_counted_on_by_the_next_deliverer(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    def acknowledged() -> int:
        return decoded(desk.subscriptions.report()).deliveries.acknowledged

    for number in 1, 2:
        async with desk.delivering():
            await desk.subscribed(reader.url)
            harness.edit(article(2 + number))
            await eventually_in_loop(lambda number=number: acknowledged() == number)
    counts = decoded(desk.subscriptions.report()).deliveries
    assert (counts.failed, counts.gone, sum(counts.seconds.counts)) == (0, 0, 2)


@in_loop
async def test_requests_are_settled_once_they_can_be_read_again(
    desk: Desk, reader: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    desk.intervals = msgspec.structs.replace(desk.intervals, retry=0.001)
    disk = Disk(desk.path)
    disk.unreadable = 3
    async with desk.delivering(disk):
        await desk.subscribed(reader.url)
    assert disk.unreadable == 0
    assert caplog.text.count("cannot be read") == 1


@in_loop
async def test_each_of_many_subscribers_is_sent_a_change_once(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    topic = "https://feeds.example/feed.atom"
    async with desk.delivering():
        present = (await desk.subscribed(reader.url)).state
    callbacks = [f"{reader.url}/{number}" for number in range(SLICE)]
    many = [Subscription(topic, each, 9e9, 1, state=present) for each in callbacks]
    desk.subscriptions.record(PushChanges(subscriptions=many))
    async with desk.delivering():
        harness.edit(article(3))
        await eventually_in_loop(lambda: all(each.acknowledged for each in desk.subscriptions.all()))
    assert sorted(each.path for each in reader.deliveries) == sorted(
        ["/", *(f"/{number}" for number in range(SLICE))]
    )


@in_loop
async def test_a_delivery_that_has_become_void_while_no_deliverer_ran_is_not_made(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    """The state is that of the subscriber, or its feed does not exist."""
    unknown = "https://feeds.example/topics/unknown.atom"
    async with desk.delivering():
        same = await desk.subscribed(reader.url)
    due = msgspec.structs.replace(same, due=harness.now)
    lost = Subscription(unknown, reader.url, 9e9, 1, state=same.state, due=harness.now)
    desk.subscriptions.record(PushChanges(subscriptions=[due, lost]))
    async with desk.delivering():
        await eventually_in_loop(lambda: not any(each.due for each in desk.subscriptions.all()))
    assert {each.topic for each in desk.subscriptions.all()} == {same.topic, unknown}
    assert not reader.deliveries


@in_loop
async def test_a_request_that_does_not_end_within_the_grace_is_made_again_by_the_next_deliverer(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    arrived, goes_on = reader.hold()
    desk.intervals = msgspec.structs.replace(desk.intervals, grace=0)
    async with desk.delivering():
        await desk.subscribed(reader.url)
        harness.edit(article(3))
        await eventually_in_loop(arrived.is_set)
    left = desk.find(reader.url)
    assert left
    assert (left.due, left.acknowledged) == (harness.now, 0)
    goes_on.set()
    async with desk.delivering():
        await eventually_in_loop(lambda: (it := desk.find(reader.url)) and it.acknowledged)
    assert [titles(each) for each in reader.bodies()] == [["Title 3"], ["Title 3"]]


@in_loop
async def test_an_answer_after_the_end_of_a_subscription_does_not_bring_it_back(
    desk: Desk, harness: Harness, reader: Subscriber
) -> None:
    arrived, goes_on = reader.hold()
    async with desk.delivering():
        await desk.subscribed(reader.url)
        harness.edit(article(3))
        await eventually_in_loop(arrived.is_set)
        desk.ask(reader.url, mode="unsubscribe")
        await eventually_in_loop(lambda: not desk.find(reader.url))
        goes_on.set()
    assert len(reader.deliveries) == 1
    assert desk.subscriptions.all() == []


@in_loop
async def test_a_callback_that_was_not_found_for_days_ends_its_subscription(
    desk: Desk, harness: Harness, reader: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    reader.status = lambda _: 404
    async with desk.delivering():
        present = await desk.subscribed(reader.url)
    since = harness.now - 3 * DAY
    failing = msgspec.structs.replace(present, due=since, failing=since, failures=9, reason="status 404")
    desk.subscriptions.record(PushChanges(subscriptions=[failing]))
    harness.edit(article(3))
    async with desk.delivering():
        await eventually_in_loop(lambda: not desk.find(reader.url))
    assert "subscription ended: not found for days" in caplog.text


def failing_once(*errors: Exception) -> Callable[[], None]:
    """A function that raises each of *errors* once."""
    left = [*errors]

    def fail() -> None:
        if left:
            raise left.pop(0)

    return fail


@in_loop
async def test_changes_are_delivered_once_the_store_can_be_read_again(
    desk: Desk, harness: Harness, reader: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    desk.intervals = msgspec.structs.replace(desk.intervals, retry=0.001)
    async with desk.delivering():
        await desk.subscribed(reader.url)
        error = StoreError("store", "cannot be read", "mend it")
        desk.before_look = failing_once(error, error)
        harness.edit(article(3))
        await eventually_in_loop(lambda: reader.deliveries)
    assert [titles(each) for each in reader.bodies()] == [["Title 3"]]
    assert caplog.text.count("store: cannot be read") == 1


@in_loop
async def test_a_request_is_settled_once_its_topic_can_be_read(desk: Desk, reader: Subscriber) -> None:
    desk.before_topic = failing_once(StoreError("store", "cannot be read", "mend it"))
    async with desk.delivering():
        await desk.subscribed(reader.url)
    assert reader.modes() == ["subscribe"]


@in_loop
async def test_a_request_with_an_unexpected_error_is_logged_and_ends(
    desk: Desk, reader: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    desk.before_topic = failing_once(RuntimeError("a bug"))
    async with desk.delivering():
        desk.ask(reader.url)
        await eventually_in_loop(lambda: not desk.subscriptions.intents())
        await desk.subscribed(f"{reader.url}/another")
    assert "a bug" in caplog.text
    assert desk.find(reader.url) is None
