"""The content of deliveries, in every format."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.article import tombstone_facets
from feeds.formats import FORMATS
from feeds.push.delivery import MAX_DELIVERY_BODY, Delivery, delivery, list_state, signature
from feeds.push.evaluation import state_of
from feeds.push.topics import FeedTopic, ListTopic, site_topic
from feeds.query.grammar import read
from feeds.store import Tombstone
from feeds.store.subscriptions import TopicState
from tests.builders import article
from tests.formats.reading import READ, deletions, parse
from tests.harness import Harness

HUBS = ("https://feeds.example/hub", "https://hub.example/")
PARTIAL = ["atom", "rss"]
WHOLE = ["json", "ndjson"]


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    yield made
    made.close()


def topic(extension: str, place: str = "/feed") -> FeedTopic:
    path, _, arguments = place.partition("?")
    address = f"https://feeds.example{path}.{extension}" + (f"?{arguments}" if arguments else "")
    return FeedTopic(address, read(place), extension)


def state(harness: Harness, of: FeedTopic) -> TopicState:
    prepared = harness.server.pipeline.prepare(of.query, of.extension)
    return state_of(prepared.selection, harness.now)


def deliver(harness: Harness, of: FeedTopic | ListTopic, base: TopicState) -> Delivery:
    found = delivery(of, base, harness.server.pipeline, HUBS, harness.now)
    assert found
    return found


def ids(found: Delivery, extension: str) -> list[int]:
    """The numbers of the articles in a delivery, in order."""
    return [int(each.id.rpartition(":")[2]) for each in READ[extension](found.body).items]


def retire(harness: Harness, number: int) -> None:
    harness.now += 10
    gone = article(number)
    harness.retire(
        gone,
        tombstone=Tombstone(
            int(harness.now), tombstone_facets(gone), gone.id, int(gone.published.timestamp())
        ),
    )


@pytest.mark.parametrize("extension", PARTIAL)
def test_exactly_the_changed_articles_are_delivered(harness: Harness, extension: str) -> None:
    harness.put(article(1), article(2), article(3))
    base = state(harness, topic(extension))
    harness.edit(article(1, title="Edited"), article(4))
    found = deliver(harness, topic(extension), base)
    assert ids(found, extension) == [4, 1]
    assert found.state == state(harness, topic(extension))


@pytest.mark.parametrize("extension", WHOLE)
def test_formats_without_partial_deliveries_are_delivered_whole(harness: Harness, extension: str) -> None:
    harness.put(article(1), article(2), article(3))
    base = state(harness, topic(extension))
    harness.edit(article(4))
    assert ids(deliver(harness, topic(extension), base), extension) == [4, 3, 2, 1]


@pytest.mark.parametrize("extension", FORMATS)
def test_nothing_is_delivered_without_a_change(harness: Harness, extension: str) -> None:
    harness.put(article(1))
    base = state(harness, topic(extension))
    assert delivery(topic(extension), base, harness.server.pipeline, HUBS, harness.now) is None


@pytest.mark.parametrize("extension", FORMATS)
def test_the_same_base_gives_the_same_bytes(harness: Harness, extension: str) -> None:
    harness.put(article(1), article(2))
    base = state(harness, topic(extension))
    harness.edit(article(3))
    other = harness.process()
    other.follow()
    found = delivery(topic(extension), base, other.server.pipeline, HUBS, harness.now + 3600)
    assert found == deliver(harness, topic(extension), base)


@pytest.mark.parametrize("extension", FORMATS)
def test_more_changes_than_the_limit_lose_none(harness: Harness, extension: str) -> None:
    harness.put(article(1))
    base = state(harness, topic(extension))
    harness.edit(*(article(number) for number in range(2, 100)))
    found = ids(deliver(harness, topic(extension), base), extension)
    assert {*range(2, 100)} <= {*found}


@pytest.mark.parametrize("extension", FORMATS)
def test_two_changes_are_one_delivery_to_a_subscriber_that_missed_the_first(
    harness: Harness, extension: str
) -> None:
    harness.put(article(1))
    base = state(harness, topic(extension))
    harness.edit(article(2))
    harness.edit(article(3))
    assert {2, 3} <= {*ids(deliver(harness, topic(extension), base), extension)}


@pytest.mark.parametrize("extension", FORMATS)
def test_removed_articles_are_delivered_as_far_as_the_format_can_tell(
    harness: Harness, extension: str
) -> None:
    harness.put(article(1), article(2))
    base = state(harness, topic(extension))
    retire(harness, 2)
    found = deliver(harness, topic(extension), base)
    assert ids(found, extension) == ([] if extension == "atom" else [1])
    if FORMATS[extension].has_tombstones:
        assert [*deletions(found.body, extension)] == [article(2).id]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_feed_without_any_article_left_is_delivered(harness: Harness, extension: str) -> None:
    harness.put(article(1))
    base = state(harness, topic(extension, "/topics/tests"))
    retire(harness, 1)
    assert ids(deliver(harness, topic(extension, "/topics/tests"), base), extension) == []


@pytest.mark.parametrize("extension", FORMATS)
def test_an_article_that_moved_elsewhere_leaves_the_feed(harness: Harness, extension: str) -> None:
    harness.put(article(1), article(2))
    base = state(harness, topic(extension, "/topics/tests"))
    moved = Tombstone(int(harness.now) + 1, tombstone_facets(article(2)), "", 0)
    harness.edit(article(2, topics=("Elsewhere",)), tombstones=(moved,))
    assert ids(deliver(harness, topic(extension, "/topics/tests"), base), extension) == [1]


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("place", ["/feed?sort=heat", "/feed?per_provider=9", "/feed?min_heat=0"])
def test_a_feed_that_unchanged_articles_may_enter_is_delivered_whole(
    harness: Harness, extension: str, place: str
) -> None:
    harness.put(article(1, heat=1), article(2, heat=2))
    base = state(harness, topic(extension, place))
    harness.edit(article(3, heat=3))
    assert ids(deliver(harness, topic(extension, place), base), extension) == [3, 2, 1]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_new_order_by_heat_is_delivered(harness: Harness, extension: str) -> None:
    harness.put(article(1, heat=1), article(2, heat=2))
    by_heat = topic(extension, "/feed?sort=heat")
    base = state(harness, by_heat)
    harness.edit(article(1, heat=3))
    assert ids(deliver(harness, by_heat, base), extension) == [1, 2]


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("base", [TopicState(), TopicState(1 << 40, b"lost")])
def test_a_subscriber_with_an_unknown_state_gets_the_whole_feed(
    harness: Harness, extension: str, base: TopicState
) -> None:
    harness.put(article(1), article(2))
    assert ids(deliver(harness, topic(extension), base), extension) == [2, 1]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_subscriber_without_a_state_gets_the_feed_as_it_is_served(
    harness: Harness, extension: str
) -> None:
    harness.put(article(1))
    harness.edit(*(article(number) for number in range(2, 10)))
    short = topic(extension, "/feed?limit=1")
    served = harness.server.pipeline.document(short.query, extension)
    assert deliver(harness, short, TopicState()).body == served.body


def test_a_delivery_names_its_type_its_topic_and_the_hubs(harness: Harness) -> None:
    harness.put(article(1))
    place = "/topics/tests?lang=en,de"
    found = deliver(harness, topic("atom", "/topics/tests"), TopicState())
    assert found.headers == {
        "Content-Type": "application/atom+xml; charset=utf-8",
        "Link": '<https://feeds.example/topics/tests.atom>; rel="self", '
        '<https://feeds.example/hub>; rel="hub", <https://hub.example/>; rel="hub"',
    }
    assert "lang=en,de" in deliver(harness, topic("rss", place), TopicState()).headers["Link"]


def test_a_list_of_feeds_is_delivered_whole_when_it_changed(harness: Harness) -> None:
    listed = ListTopic("https://feeds.example/opml", "", (), "rss")
    harness.put(article(1))
    base = list_state(listed, harness.server.pipeline, harness.now)
    harness.edit(article(1, title="Not in the list"))
    assert delivery(listed, base, harness.server.pipeline, HUBS, harness.now) is None
    harness.edit(article(2, topics=("Oceans",)))
    found = deliver(harness, listed, base)
    assert found.headers["Content-Type"] == "text/x-opml; charset=utf-8"
    names = [each.get("text") for each in parse(found.body).iter("outline")]
    assert {"Tests", "Oceans"} <= {*names}


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_signature_is_that_of_the_exact_body(algorithm: str) -> None:
    expected = hmac.new(b"secret", b"body", getattr(hashlib, algorithm)).hexdigest()
    made = signature(b"body", b"secret", algorithm)  # type: ignore[arg-type]
    assert made == f"{algorithm}={expected}"


def test_json_is_one_whole_document(harness: Harness) -> None:
    harness.put(article(1))
    found = json.loads(deliver(harness, topic("json"), TopicState()).body)
    assert found["feed_url"] == "https://feeds.example/feed.json"


@pytest.mark.parametrize("extension", PARTIAL)
def test_changes_that_are_too_large_for_one_request_are_sent_in_several(
    harness: Harness, extension: str
) -> None:
    harness.put(article(1))
    feed = topic(extension)
    base = state(harness, feed)
    harness.now += 10
    words = "<p>" + "word " * 60_000 + "</p>"
    for number in range(2, 12):
        harness.edit(article(number, html=words))
    retire(harness, 1)
    found = deliver(harness, feed, base)
    bodies = [found.body, *found.more]
    assert max(map(len, bodies)) <= MAX_DELIVERY_BODY
    numbers = [int(each.id.rpartition(":")[2]) for body in bodies for each in READ[extension](body).items]
    assert sorted(numbers) == [*range(2, 12)]
    if FORMATS[extension].has_tombstones:
        assert [each for body in bodies for each in deletions(body, extension)] == [article(1).id]


def test_an_article_that_is_too_large_for_a_request_is_sent_alone(harness: Harness) -> None:
    harness.put(article(1), article(2, html="<p>" + "word " * 300_000 + "</p>"))
    found = deliver(harness, topic("atom"), TopicState())
    assert len(found.body) <= MAX_DELIVERY_BODY < len(found.more[0])


def test_a_json_feed_is_whole_however_large_it_is(harness: Harness) -> None:
    words = "<p>" + "word " * 100_000 + "</p>"
    harness.put(*(article(number, html=words) for number in range(4)))
    found = deliver(harness, topic("json"), TopicState())
    assert not found.more
    assert len(ids(found, "json")) == 4


def test_the_topic_of_the_whole_site_has_no_content(harness: Harness) -> None:
    harness.put(article(1))
    every = site_topic("https://feeds.example")
    assert delivery(every, TopicState(), harness.server.pipeline, HUBS, harness.now) is None
