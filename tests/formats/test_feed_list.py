"""The feed list in JSON."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeds.article import Image, Provider, Taxonomy, Topic
from feeds.feed.directory import directory, on_offer
from feeds.feed.site import Site
from feeds.feed.update_frequency import MAX_INTERVAL, MIN_INTERVAL
from feeds.formats import FORMATS, feed_list
from feeds.index import Index
from tests.builders import NOON, article, index

SITE = Site("https://feeds.example", title="Example", authority="example.org")
TAXONOMY = Taxonomy(
    topics=(
        Topic("ai", "Artificial Intelligence"),
        Topic("ml", "Machine Learning", parent="ai"),
        Topic("old", "Old", gone=True),
        Topic("older", "Older", parent="old"),
    )
)


def read(index: Index) -> dict[str, object]:
    return json.loads(feed_list.render(directory(SITE, index, on_offer(SITE, index)), FORMATS))  # type: ignore[no-any-return]


def test_a_feed_is_told_with_all_a_program_needs_to_choose_it() -> None:
    bell = Provider("bell.example", "Bell", logo=Image("https://bell.example/logo.png"))
    made = read(index(article(1, topics=("ML",), provider=bell), taxonomy=TAXONOMY))
    assert made["title"] == "Example"
    assert made["home_page_url"] == "https://feeds.example/"
    feeds = {feed["home_page_url"].removeprefix("https://feeds.example"): feed for feed in made["feeds"]}  # type: ignore[attr-defined]
    assert list(feeds) == ["/", "/topics/ai", "/topics/ml", "/topics/older", "/providers/bell.example"]
    assert feeds["/topics/ml"] == {
        "id": "tag:example.org,2020:feeds/topics/ml",
        "name": "Machine Learning",
        "title": "Machine Learning · Example",
        "description": "The newest articles on Machine Learning",
        "language": "en",
        "topic": "ml",
        "parent": "ai",
        "provider": None,
        "author": None,
        "home_page_url": "https://feeds.example/topics/ml",
        "addresses": {extension: f"https://feeds.example/topics/ml.{extension}" for extension in FORMATS},
        "articles": 1,
        "newest": (NOON + timedelta(days=1)).isoformat().replace("+00:00", "Z"),
        "interval": MAX_INTERVAL,
        "icon": None,
    }
    assert feeds["/providers/bell.example"]["icon"] == "https://bell.example/logo.png"
    assert feeds["/topics/older"]["parent"] is None, "an ended topic is nobody's parent"
    assert feeds["/topics/older"]["newest"] is None
    assert all(MIN_INTERVAL <= feed["interval"] <= MAX_INTERVAL for feed in feeds.values())


@given(st.text(), st.text())
def test_no_name_breaks_it(topic: str, provider: str) -> None:
    made = read(index(article(1, topics=(topic,), provider=Provider("bell.example", provider))))
    assert all(feed["name"].strip() for feed in made["feeds"])  # type: ignore[attr-defined]


def test_nothing_at_all_is_one_empty_feed() -> None:
    (feed,) = read(index())["feeds"]  # type: ignore[misc]
    assert (feed["articles"], feed["newest"], feed["topic"]) == (0, None, None)
