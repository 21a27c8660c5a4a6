"""Real subscribers get what a real server publishes, from its hub."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.newsroom import Newsroom
from tests.push.subscribers.clients import Subscriber
from tests.push.subscribers.clients.applications import DjangoPush, FlaskWebSub, PubSubHubbub
from tests.push.subscribers.clients.prosody import Prosody
from tests.push.subscribers.conftest import Hub
from tests.waiting import eventually

pytestmark = pytest.mark.slow

SUBSCRIBERS: list[type[Subscriber]] = [FlaskWebSub, DjangoPush, PubSubHubbub, Prosody]
PUSHES = 2


def each(subscribers: list[type[Subscriber]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "subscriber", subscribers, ids=lambda kind: kind.__name__.lower(), indirect=True
    )


@pytest.fixture
def topic(subscriber: Subscriber, newsroom: Newsroom, hub: Hub) -> str:
    """The address of the newsroom's feed in the format of the subscriber."""
    return newsroom.url(subscriber.extension).replace(hub.origin.url, hub.url)


def fresh() -> dict[str, Any]:
    """The fields of an article of the next second: Prosody ignores those from before its last push."""
    published = datetime.now(UTC) + timedelta(seconds=1)
    return {"publishedDateTime": published.isoformat(timespec="seconds")}


@each(SUBSCRIBERS)
def test_subscriber_gets_one_push_for_each_article_also_after_a_renewal(
    subscriber: Subscriber, newsroom: Newsroom, hub: Hub, topic: str
) -> None:
    newsroom.publish({"before": {}})
    subscriber.subscribe(topic, f"{hub.url}/hub")
    eventually(lambda: subscriber.confirmed() == ["subscribe"])
    newsroom.publish({"first": fresh()})
    eventually(lambda: "first" in subscriber.titles())
    if not subscriber.renews_at_pushes:
        subscriber.renew()
        eventually(lambda: subscriber.confirmed() == ["subscribe", "subscribe"])
    newsroom.publish({"second": fresh()})
    eventually(lambda: "second" in subscriber.titles())
    assert subscriber.signatures() == [subscriber.algorithm] * 2


@each([subscriber for subscriber in SUBSCRIBERS if subscriber.can_unsubscribe])
def test_nothing_is_sent_between_the_end_of_a_subscription_and_the_next_one(
    subscriber: Subscriber, newsroom: Newsroom, hub: Hub, topic: str, witness: FlaskWebSub
) -> None:
    newsroom.publish({"before": {}})
    witness.subscribe(newsroom.url("json").replace(hub.origin.url, hub.url), f"{hub.url}/hub")
    subscriber.subscribe(topic, f"{hub.url}/hub")
    eventually(lambda: subscriber.confirmed() == ["subscribe"])
    subscriber.unsubscribe()
    eventually(lambda: subscriber.confirmed() == ["subscribe", "unsubscribe"])
    newsroom.publish({"unseen": {}})
    eventually(lambda: "unseen" in witness.titles())
    subscriber.subscribe(topic, f"{hub.url}/hub")
    eventually(lambda: subscriber.confirmed()[2:] == ["subscribe"])
    newsroom.publish({"last": {}})
    eventually(lambda: "last" in subscriber.titles())
    assert subscriber.signatures() == [subscriber.algorithm]


@each([Prosody])
def test_subscriber_that_renews_at_every_push_is_verified_each_time_and_sent_nothing_twice(
    subscriber: Prosody, newsroom: Newsroom, hub: Hub, topic: str
) -> None:
    newsroom.publish({"before": {}})
    subscriber.subscribe(topic, f"{hub.url}/hub")
    for pushes in range(PUSHES + 1):
        # A renewal that is not verified would be its last one.
        eventually(lambda pushes=pushes: len(subscriber.confirmed()) == pushes + 1)
        newsroom.publish({f"article-{pushes}": fresh()})
        eventually(lambda pushes=pushes: f"article-{pushes}" in subscriber.titles())
        assert len(subscriber.signatures()) == pushes + 1
        eventually(lambda pushes=pushes: subscriber.accepted() == pushes + 2)


@each([FlaskWebSub])
def test_lease_stays_as_long_if_the_granted_one_is_asked_for_at_a_renewal(
    subscriber: FlaskWebSub, newsroom: Newsroom, hub: Hub, topic: str
) -> None:
    newsroom.publish({"before": {}})
    subscriber.subscribe(topic, f"{hub.url}/hub")
    eventually(lambda: len(subscriber.leases()) == 1)
    subscriber.renew()
    eventually(lambda: len(subscriber.leases()) == 2)
    first, second = subscriber.leases()
    assert first == second
