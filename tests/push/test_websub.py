"""The hub as a subscriber sees it, in the order of its demands: request, confirmation, delivery, end."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from feeds.push.hub_form import FORM_TYPE
from feeds.store.subscriptions import IntentLimits
from tests.push.newsagent import Newsagent, newsagent
from tests.push.subscriber import Received, Subscriber, subscriber
from tests.server import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow

FEED = "/feed.atom"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsagent]:
    with newsagent(tmp_path_factory.mktemp("hub"), "asgi") as made:
        yield made


def delivered(reader: Subscriber, times: int = 1) -> Received:
    """The last of a number of deliveries."""
    eventually(lambda: len(reader.deliveries) >= times)
    assert len(reader.deliveries) == times
    return reader.deliveries[-1]


def check(agent: Newsagent, received: Received, path: str) -> None:
    """Check the headers of a delivery of the feed at *path*."""
    served = agent.server.get(path)
    assert received.headers["content-type"] == served.headers["Content-Type"]
    assert f'<{agent.server.url}{path}>; rel="self"' in received.headers["link"]
    assert f'<{agent.server.url}/hub>; rel="hub"' in received.headers["link"]


def test_a_subscriber_is_asked_and_then_sent_each_change(agent: Newsagent, reader: Subscriber) -> None:
    agent.subscribe(reader.url, FEED)
    (asked,) = reader.verifications
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.topic"] == agent.server.url + FEED
    assert int(asked["hub.lease_seconds"]) > 3600
    agent.edit("Plain")
    received = delivered(reader)
    check(agent, received, FEED)
    assert "x-hub-signature" not in received.headers
    assert reader.titles() == ["Plain"]


def test_a_subscriber_with_a_secret_is_sent_signatures(agent: Newsagent, reader: Subscriber) -> None:
    agent.subscribe(reader.url, FEED, secret="s3cret & more")
    agent.edit("Signed")
    received = delivered(reader)
    check(agent, received, FEED)
    assert received.is_signed_with("s3cret & more")


def test_the_query_of_a_callback_is_kept(agent: Newsagent, reader: Subscriber) -> None:
    agent.subscribe(f"{reader.url}/callback?id=7&hub=mine", FEED)
    (asked,) = reader.verifications
    assert (asked["path"], asked["id"], asked["hub"]) == ("/callback", "7", "mine")
    agent.edit("With parameters")
    assert delivered(reader).path == "/callback?id=7&hub=mine"


def test_parameters_that_the_hub_does_not_know_change_nothing(
    agent: Newsagent, reader: Subscriber
) -> None:
    agent.subscribe(reader.url, FEED, foo="bar", **{"hub.foo": "hub.bar"})
    (asked,) = reader.verifications
    assert not {"foo", "hub.foo"} & set(asked)
    agent.edit("With other parameters")
    check(agent, delivered(reader), FEED)


def test_a_renewal_is_confirmed_and_does_not_double_deliveries(
    agent: Newsagent, reader: Subscriber
) -> None:
    agent.subscribe(reader.url, FEED, secret="first")
    agent.subscribe(reader.url, FEED, secret="second")
    assert reader.modes() == ["subscribe", "subscribe"]
    agent.edit("Renewed")
    assert delivered(reader).is_signed_with("second")
    agent.edit("Once more")
    delivered(reader, 2)


def test_nothing_is_sent_after_the_end(agent: Newsagent, reader: Subscriber) -> None:
    with subscriber() as other:
        agent.subscribe(reader.url, FEED)
        agent.subscribe(other.url, FEED)
        agent.unsubscribe(reader.url, FEED)
        assert reader.modes() == ["subscribe", "unsubscribe"]
        assert "hub.lease_seconds" not in reader.verifications[-1]
        agent.edit("After the end")
        delivered(other)
    assert not reader.deliveries


@pytest.mark.parametrize("path", ["/feed.ndjson", "/feed.json", "/opml"])
def test_other_documents_are_sent_exactly_as_they_are_served(
    agent: Newsagent, reader: Subscriber, path: str
) -> None:
    agent.subscribe(reader.url, path, secret="s3cret")
    title = f"As {path}"
    agent.edit(title, topics=[title])
    received = delivered(reader)
    check(agent, received, path)
    assert received.is_signed_with("s3cret")
    assert received.body == agent.server.get(path).body


def statuses(agent: Newsagent, callbacks: Iterable[str]) -> Counter[int]:
    """The statuses of requests to subscribe *callbacks*, which are sent one after the other."""
    found: Counter[int] = Counter()
    with closing(HTTPConnection(urlsplit(agent.server.url).netloc, timeout=10)) as hub:
        for each in callbacks:
            topic = agent.server.url + FEED
            form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": each}
            hub.request("POST", "/hub", urlencode(form), {"Content-Type": FORM_TYPE})
            with hub.getresponse() as answer:
                answer.read()
                assert (answer.status == 202) == ("Retry-After" not in answer.headers)
                found[answer.status] += 1
    return found


def test_many_requests_with_one_callback_are_one_subscription(
    agent: Newsagent, reader: Subscriber
) -> None:
    assert statuses(agent, [reader.url] * 200) == {202: 200}
    eventually(lambda: agent.subscriptions.counts()[1] == 0)
    assert len(reader.verifications) <= 200
    agent.edit("Once")
    delivered(reader)
    agent.edit("And once more")
    delivered(reader, 2)


def test_a_flood_of_requests_is_refused_and_delays_no_other(agent: Newsagent, reader: Subscriber) -> None:
    """Nothing listens at the callbacks of three hosts."""
    port = free_port()
    callbacks = (f"http://127.0.0.{number % 3 + 2}:{port}/{number}" for number in range(400))
    assert {*statuses(agent, callbacks)} == {202, 429}
    assert agent.subscriptions.counts()[1] <= 3 * IntentLimits().pending_per_host
    agent.subscribe(reader.url, FEED)
    agent.edit("In a flood")
    delivered(reader)
