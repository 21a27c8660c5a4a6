"""Copied addresses of feeds and pages: the feed and the format that they name."""

import pytest

from feeds.errors import QueryError
from feeds.formats import FORMATS
from feeds.query.address import feed_address
from tests.error_form import assert_form
from tests.table import for_each

SITE = "https://feeds.example.org/news"


@for_each(
    ("written", "feed", "extension"),
    [
        ("", "", ""),
        ("feed", "feed", ""),
        ("/topics/oceans.rss", "/topics/oceans", "rss"),
        ("topics/oceans.json?limit=5", "topics/oceans?limit=5", "json"),
        ("/topics/oceans/daily.atom#top", "/topics/oceans/daily", "atom"),
        ("/news/topics/oceans.rss", "topics/oceans", "rss"),
        ("/newspaper.rss", "/newspaper", "rss"),
        (f"{SITE}/topics/oceans.rss?limit=5", "/topics/oceans?limit=5", "rss"),
        (f"{SITE}/topics/oceans", "/topics/oceans", ""),
        (f"{SITE}/topics/oceans/index.html", "/topics/oceans", ""),
        (f"{SITE}/topics/oceans.ndjson?lang=en#entries", "/topics/oceans?lang=en", "ndjson"),
        (f"{SITE}/?topic=oceans,cities", "/?topic=oceans,cities", ""),
        (SITE, "", ""),
        (f"{SITE}#feeds", "", ""),
        ("HTTPS://FEEDS.example.org:443/news/feed.rss", "/feed", "rss"),
        ("http://feeds.example.org/news/feed.rss", "/feed", "rss"),
        ("feed://feeds.example.org/news/feed.rss", "/feed", "rss"),
        ("feed:https://feeds.example.org/news/feed.rss", "/feed", "rss"),
        ("feeds.example.org/news/feed.rss", "/feed", "rss"),
        ("topic=oceans&q=a.rss", "topic=oceans&q=a.rss", ""),
        ("providers/tidalpost.example", "providers/tidalpost.example", ""),
        ("topic=oceans&q=c#", "topic=oceans&q=c#", ""),
    ],
)
def test_an_address_names_a_feed_and_perhaps_a_format(written: str, feed: str, extension: str) -> None:
    assert feed_address(written, SITE, FORMATS) == (feed, extension)


@for_each(
    "written",
    [
        "https://other.example/news/topics/oceans.rss",
        "https://feeds.example.org/topics/oceans.rss",
        "https://feeds.example.org/newspaper/feed.rss",
        "https://feeds.example.org:8443/news/feed.rss",
        "https://feeds.example.org.other.example/news/feed.rss",
        "https://feeds.example.org@other.example/news/feed.rss",
        "https://user:password@feeds.example.org/news/feed.rss",
        "ftp://feeds.example.org/news/feed.rss",
        "feed:https://other.example/feed.rss",
        "feeds.example.org",
        "http://[::1/feed.rss",
        "http://feeds.example.org:port/news/feed.rss",
    ],
)
def test_an_address_of_another_site_is_refused(written: str) -> None:
    with pytest.raises(QueryError, match="not an address of this site") as caught:
        feed_address(written, SITE, FORMATS)
    assert_form(str(caught.value))
    assert f"begins with {SITE}" in caught.value.remedy


@for_each(
    "written",
    ["http://127.0.0.1:9000/feed.rss", "http://localhost:8000/feed.rss", "http://[::1]/feed.rss"],
)
def test_all_addresses_of_this_machine_are_one_site(written: str) -> None:
    assert feed_address(written, "http://127.0.0.1:8000", FORMATS) == ("/feed", "rss")
    with pytest.raises(QueryError):
        feed_address(written, "https://feeds.example.org", FORMATS)
