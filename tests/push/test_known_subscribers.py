"""Habits of subscribers that tests cannot run: what the server sends suits each of them.

Requests have the parameters that the programs send. docs/push.md describes what they do.
"""

import hmac
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from lxml import etree
from werkzeug.http import parse_options_header

from feeds.formats import FORMATS
from tests.builders import write_article
from tests.newsroom import Newsroom
from tests.push.subscriber import Received, Subscriber
from tests.server import Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow

SECRET = "a secret of tests"
HOUR = 3600
DAY = 24 * HOUR
FEEDS = [name for name, each in FORMATS.items() if each.is_for_readers]
ATOM = "{http://www.w3.org/2005/Atom}"


class Known(NamedTuple):
    """The parameters of a subscriber beside mode, topic and callback, and how it has to be answered."""

    parameters: dict[str, str | list[str]]
    algorithm: str = ""  # of signatures
    token: str = ""


KNOWN = {
    "freshrss": Known({"hub.verify": "sync"}),
    "feedbin": Known({"hub.verify": "async", "hub.secret": SECRET}, algorithm="sha1"),
    "newsblur": Known(
        {
            "hub.verify": ["async", "sync"],
            "hub.verify_token": "subscribe0123456789",
            "hub.lease_seconds": str(30 * DAY),
        },
        token="subscribe0123456789",
    ),
    "lion-reader": Known({"hub.secret": SECRET}, algorithm="sha256"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a hub."""
    folder = tmp_path_factory.mktemp("server")
    write_article(folder / "corpus", topics=["First"])
    settings = {"FEEDS_PUSH_HUB": "on", "FEEDS_PUSH_ALLOW": "127.0.0.0/8"}
    with Server(folder / "corpus", folder, at_own_address=True, **settings) as server:
        yield server


@pytest.fixture
def newsroom(server: Server, request: pytest.FixtureRequest) -> Newsroom:
    """The newsroom of a topic for this test alone, with an article."""
    name = "".join(letter for letter in request.node.name.lower() if letter.isalnum())
    newsroom = Newsroom(server, name)
    newsroom.publish({"before": {}})
    return newsroom


def subscribe(server: Server, reader: Subscriber, topic: str, known: Known, path: str = "/") -> None:
    """Subscribe to *topic* as *known* does, and wait until the subscription is confirmed."""
    request = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": reader.url + path}
    form = urlencode(request | known.parameters, doseq=True).encode()
    with urlopen(f"{server.url}/hub", form, timeout=10) as response:
        assert response.status == 202
    eventually(lambda: reader.verifications)


def first_push(reader: Subscriber, newsroom: Newsroom) -> Received:
    """The push of an article that is published now."""
    newsroom.publish({"new": {}})
    push: Received = eventually(lambda: reader.deliveries and reader.deliveries[0])
    return push


def links(body: bytes) -> list[tuple[str | None, str | None]]:
    """The relations and addresses of the links of a feed, in order."""
    root = etree.fromstring(body)
    head = root.find("channel") if root.tag == "rss" else root
    assert head is not None
    return [(link.get("rel"), link.get("href")) for link in head.iterfind(f"{ATOM}link")]


@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
def test_known_subscriber_is_answered_as_it_expects(
    server: Server, reader: Subscriber, newsroom: Newsroom, known: Known
) -> None:
    subscribe(server, reader, newsroom.url("atom"), known)
    assert reader.verifications[0].get("hub.verify_token", "") == known.token
    push = first_push(reader, newsroom)
    signature = hmac.new(SECRET.encode(), push.body, known.algorithm) if known.algorithm else None
    assert push.headers.get("x-hub-signature") == (
        signature and f"{known.algorithm}={signature.hexdigest()}"
    )


def test_lease_that_nobody_asked_for_is_longer_than_the_23_hours_before_its_end_in_which_freshrss_renews(
    server: Server, reader: Subscriber, newsroom: Newsroom
) -> None:
    subscribe(server, reader, newsroom.url("atom"), KNOWN["freshrss"])
    assert int(reader.verifications[0]["hub.lease_seconds"]) > 7 * DAY


def test_push_of_each_format_has_the_charset_links_hub_and_topic_that_subscribers_look_for(
    server: Server, reader: Subscriber, newsroom: Newsroom
) -> None:
    """Feedbin decodes by the charset; FreshRSS and NewsBlur compare the hub and the topic in the body;
    pubsubhubbub of npm takes the topic from the first link of the header."""
    for number, extension in enumerate(FEEDS, 1):
        subscribe(server, reader, newsroom.url(extension), KNOWN["feedbin"], f"/{extension}")
        eventually(lambda number=number: len(reader.verifications) == number)
    newsroom.publish({"new": {}})
    eventually(lambda: len(reader.deliveries) == len(FEEDS))
    pushes = {push.path.removeprefix("/"): push for push in reader.deliveries}
    for extension in FEEDS:
        push, topic = pushes[extension], newsroom.url(extension)
        kind, options = parse_options_header(push.headers["content-type"])
        assert kind == FORMATS[extension].type
        assert options.get("charset", "utf-8").lower() == "utf-8"
        assert push.headers["link"].startswith(f'<{topic}>; rel="self"')
        if extension != "json":
            assert b"before" not in push.body
            found = links(push.body)
            assert [address for relation, address in found if relation == "self"] == [topic]
            assert [address for relation, address in found if relation == "hub"] == [f"{server.url}/hub"]


def test_query_of_a_callback_by_which_freshrss_finds_its_feed_stays_as_it_is(
    server: Server, reader: Subscriber, newsroom: Newsroom
) -> None:
    subscribe(server, reader, newsroom.url("atom"), KNOWN["freshrss"], "/?k=0123456789abcdef")
    assert reader.verifications[0]["k"] == "0123456789abcdef"
    first_push(reader, newsroom)
