"""The feed of a requested address: the same for all formats, limits and contents."""

import pytest

from feeds.query import Query
from feeds.readership.requested_feeds import RequestedFeed, RequestedFeeds
from tests.table import for_each

NAMES = RequestedFeeds("https://feeds.example", {"best": Query(name="best", topic="go")})


@for_each(
    ("target", "feed", "format_"),
    [
        ("/feed.rss", "/feed", "rss"),
        ("/topics/oceans.atom", "/topics/oceans", "atom"),
        ("/topics/oceans.json?limit=5&content=full", "/topics/oceans", "json"),
        ("/feed.rss?topic=oceans", "/topics/oceans", "rss"),
        ("/feed.rss?topic=oceans&utm_source=x", "/topics/oceans", "rss"),
        ("/feed.atom?lang=en&q=tide", "/feed?q=tide&lang=en", "atom"),
        ("/f/best.rss", "/f/best", "rss"),
        ("/topics/oceans/daily.rss", "/topics/oceans/daily", "rss"),
        ("https://feeds.example/feed.rss", "/feed", "rss"),
    ],
)
def test_an_address_of_this_server_is_read_by_its_grammar(target: str, feed: str, format_: str) -> None:
    assert NAMES.find(target) == RequestedFeed(feed, format_)


@for_each(
    ("target", "feed", "format_"),
    [
        ("/blog/feed/", "/blog/feed", ""),
        ("/feed/atom/", "/feed", "atom"),
        ("/feed", "/feed", ""),
        ("/index.xml", "/index", ""),
        ("/feeds/all.atom.xml", "/feeds/all", "atom"),
        ("/feeds/all.rss.xml?utm_source=x", "/feeds/all", "rss"),
        ("/rss.php", "/rss", ""),
        ("/~writer/news.rdf", "/~writer/news", "rdf"),
        ("/?feed=rss2", "/?feed", "rss"),
        ("/blog/?feed=atom", "/blog?feed", "atom"),
        ("/comments/feed/", "/comments/feed", ""),
        ("http://other.example/atom.xml", "/atom", ""),
        ("/blog-feed.xml", "/blog-feed", ""),
    ],
)
def test_a_feed_of_another_site_is_known_by_its_path(target: str, feed: str, format_: str) -> None:
    assert NAMES.find(target) == RequestedFeed(feed, format_)


@for_each(
    "target",
    [
        "/", "/topics/oceans", "/about.html", "/feedback", "/sitemap.xml", "/data.json", "/feed/logo.png",
        "/topics/oceans/2026-01.rss", "/rssguide.html", "*", "", "/index.json", "/x" * 1000 + ".rss",
        "/podcasts.mp3", f"/reader-check/{'0' * 40}/feed.rss", f"/x/reader-check/{'f' * 40}/moved.atom",
    ],
)  # fmt: skip
def test_other_addresses_are_no_feeds(target: str) -> None:
    assert NAMES.find(target) is None


def test_a_chosen_path_is_a_feed() -> None:
    names = RequestedFeeds(chosen=["/news/latest/"])
    assert names.find("/news/latest?x=1") == RequestedFeed("/news/latest", "")
    assert NAMES.find("/news/latest") is None


@pytest.mark.parametrize(
    "target", ["//[", "/feed.rss?limit=x", "/%ff%00.rss", "/\ud800.rss", "/feed.rss?q=" + "a" * 500]
)
def test_a_strange_address_raises_nothing(target: str) -> None:
    assert NAMES.find(target) is None or NAMES.find(target)
