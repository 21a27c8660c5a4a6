"""The hub as a subscriber sees it, in the order of its demands: request, confirmation, delivery, end."""

from collections.abc import Iterator

import pytest

from tests.push.newsagent import Newsagent, newsagent
from tests.push.subscriber import Received, Subscriber, subscriber
from tests.waiting import eventually

pytestmark = pytest.mark.slow

FEED = "/feed.atom"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsagent]:
    with newsagent(tmp_path_factory.mktemp("hub"), "asgi") as made:
        yield made


@pytest.fixture
def reader() -> Iterator[Subscriber]:
    with subscriber() as made:
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
