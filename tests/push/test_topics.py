"""Topics: the addresses that feeds and lists give as their own, and no others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from feeds.article import Provider, Taxonomy, Topic
from feeds.errors import GoneFeed, QueryError, UnknownFeed
from feeds.push.topics import FeedTopic, ListTopic, PushTopic, topic_of
from feeds.query import Query
from feeds.settings.sections import NamedSettings, SiteSettings
from tests.builders import article
from tests.formats.reading import links
from tests.harness import Harness

URL = "https://feeds.example/news"
TAXONOMY = Taxonomy(
    topics=(
        Topic("海", "海"),
        Topic("oceans", "Oceans", aliases=("seas",)),
        Topic("old", "Old", gone=True),
    )
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """A server below a path, with a named feed."""
    folder: Path = tmp_path_factory.mktemp("topics")
    site = SiteSettings(url=URL, title="Example", feeds={"best": NamedSettings("Best", "min_quality=0")})
    made = Harness(folder, site=site, taxonomy=TAXONOMY)
    made.put(article(1, topics=("海", "Oceans"), provider=Provider("tidal.example", "Tidal Post")))
    yield made
    made.close()


def topic(served: Harness, address: str) -> PushTopic:
    site = served.server.site
    named = {each.query.name: each.query for each in site.named}
    served.main.follow()
    return topic_of(address, served.server.pipeline, site.url, named)


def own(response: TestResponse) -> str:
    """The address that a response gives as its own."""
    (address,) = (url for rel, url in links(response) if rel == "self")
    return address


@pytest.mark.parametrize(
    "path",
    [
        "/feed.rss", "/feed.atom", "/feed.json", "/feed.ndjson", "/topics/%E6%B5%B7.atom", "/f/best.rss",
        "/topics/oceans/providers/tidal.example.json?limit=5&content=title", "/feed/daily.rss",
        "/feed.rss?q=%22the+sea%22&lang=en", "/topics/oceans/weekly.atom",
        "/opml", "/opml?format=atom", "/opml/topics", "/opml/named?format=json",
        "/opml?feed=topics/%25E6%25B5%25B7&feed=f/best",
        "/opml?feed=feed%3Fq%3Dsea%26limit%3D5&format=atom",
    ],
)  # fmt: skip
def test_the_address_that_a_document_gives_as_its_own_is_a_topic(served: Harness, path: str) -> None:
    response = served.get(path)
    if response.status_code == 301:
        response = served.get(response.headers["Location"].removeprefix(URL))
    assert response.status_code == 200
    assert topic(served, own(response)).address == own(response)


def test_a_topic_is_what_the_pipeline_takes(served: Harness) -> None:
    assert topic(served, f"{URL}/topics/oceans.atom?limit=5") == FeedTopic(
        f"{URL}/topics/oceans.atom?limit=5", Query("oceans", limit=5), "atom"
    )
    assert topic(served, f"{URL}/opml/topics?format=json") == ListTopic(
        f"{URL}/opml/topics?format=json", "topics", (), "json"
    )
    several = f"{URL}/opml?feed=topics/oceans&feed=feed%3Flimit%3D5"
    assert topic(served, several) == ListTopic(several, "", (Query("oceans"), Query(limit=5)), "rss")


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        (f"{URL}/topics/seas.rss", f"{URL}/topics/oceans.rss"),
        (f"{URL}/feed.rss?limit=50", f"{URL}/feed.rss"),
        (f"{URL}/feed.rss?topic=oceans", f"{URL}/topics/oceans.rss"),
        (f"{URL}/feed.rss#latest", f"{URL}/feed.rss"),
        (f"{URL}/feed.rss?", f"{URL}/feed.rss"),
        ("http://feeds.example/news/feed.rss", f"{URL}/feed.rss"),
        ("https://feeds.example:443/news/feed.rss", f"{URL}/feed.rss"),
        ("HTTPS://FEEDS.example/news/feed.rss", f"{URL}/feed.rss"),
        (f"{URL}/topics/海.rss", f"{URL}/topics/%E6%B5%B7.rss"),
        (f"{URL}/opml?format=rss", f"{URL}/opml"),
        (f"{URL}/opml?topic=seas", f"{URL}/opml?feed=topics/oceans"),
        (f"{URL}/opml/topics?topic=oceans", f"{URL}/opml?feed=topics/oceans"),
        (f"{URL}/opml?feed=topics/oceans&feed=topics/seas", f"{URL}/opml?feed=topics/oceans"),
        (f"{URL}/opml/", f"{URL}/opml"),
    ],
)
def test_another_address_of_a_feed_is_refused_with_the_canonical_one(
    served: Harness, address: str, canonical: str
) -> None:
    with pytest.raises(QueryError, match="not the canonical address") as refused:
        topic(served, address)
    assert refused.value.remedy == f"use {canonical}"
    assert topic(served, canonical).address == canonical


@pytest.mark.parametrize(
    ("address", "error", "problem"),
    [
        ("https://elsewhere.example/feed.rss", QueryError, "not an address of this server"),
        ("https://feeds.example/feed.rss", QueryError, "not an address of this server"),
        ("https://feeds.example/newsroom/feed.rss", QueryError, "not an address of this server"),
        ("https://me@feeds.example/news/feed.rss", QueryError, "not an address of this server"),
        ("https://feeds.example:8443/news/feed.rss", QueryError, "not an address of this server"),
        ("https://[feeds.example/news/feed.rss", QueryError, "not an address of this server"),
        ("/news/feed.rss", QueryError, "not an address of this server"),
        ("", QueryError, "not an address of this server"),
        (f"{URL}/topics/oceans", QueryError, "not a feed"),
        (f"{URL}/hub.rss", QueryError, "not a feed"),
        (f"{URL}/feed/2026-01.rss", QueryError, "an archive"),
        (f"{URL}/feed.rss?limit=many", QueryError, "limit"),
        (f"{URL}/opml?format=ndjson", QueryError, "not one of"),
        (f"{URL}/topics/nothing.rss", UnknownFeed, "not found"),
        (f"{URL}/topics/old.rss", GoneFeed, "ended for good"),
        (f"{URL}/opml/nothing", UnknownFeed, "not found"),
        (f"{URL}/opml/nothing?topic=oceans", UnknownFeed, "not found"),
        (f"{URL}/opml?topic=old", GoneFeed, "ended for good"),
    ],
)
def test_an_address_without_a_feed_is_refused(
    served: Harness, address: str, error: type[Exception], problem: str
) -> None:
    with pytest.raises(error, match=problem):
        topic(served, address)
