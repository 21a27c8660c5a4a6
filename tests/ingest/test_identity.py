"""Ids of articles and feeds, which no release may change."""

from pathlib import Path
from typing import Any

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.feed.site import Site, feed_id
from feeds.query import Query
from tests.builders import write_article
from tests.table import for_each

# Readers have stored these. A release that changes one shows old articles as new to everybody.
ARTICLES: dict[str, tuple[dict[str, Any], str]] = {
    "_news/2026-01-02-one.md": ({}, "tag:corpus.example,2020:news/2026-01-02-one"),
    "_news/2026/deep/two.md": ({}, "tag:corpus.example,2020:news/2026/deep/two"),
    "_samples/three four.md": ({}, "tag:corpus.example,2020:samples/three%20four"),
    "_samples/größe.md": ({}, "tag:corpus.example,2020:samples/gr%C3%B6%C3%9Fe"),
    "_samples/own.md": ({"id": "own-id"}, "tag:corpus.example,2020:own-id"),
    "_samples/uri.md": ({"id": "urn:uuid:5d1b3c2e-0000-4000-8000-1f2e3d4c5b6a"},
                        "urn:uuid:5d1b3c2e-0000-4000-8000-1f2e3d4c5b6a"),
}  # fmt: skip

FEEDS = {
    Query(): "tag:corpus.example,2020:feeds",
    Query("ai"): "tag:corpus.example,2020:feeds/topics/ai",
    Query("größe"): "tag:corpus.example,2020:feeds/topics/gr%C3%B6%C3%9Fe",
    Query("", "example.org"): "tag:corpus.example,2020:feeds/providers/example.org",
    Query("ai", "example.org"): "tag:corpus.example,2020:feeds/topics/ai/providers/example.org",
    Query("ai", archive="2021-12"): "tag:corpus.example,2020:feeds/topics/ai",
    Query("ai", limit=3, content="title"): "tag:corpus.example,2020:feeds/topics/ai",
}


@pytest.mark.parametrize("path", ARTICLES)
def test_an_article_has_the_id_it_always_had(corpus: Path, path: str) -> None:
    fields, expected = ARTICLES[path]
    write_article(corpus, path, **fields)
    read = Corpus(corpus).read(path)
    assert isinstance(read, Article)
    assert read.id == expected


@pytest.mark.parametrize(
    "edit",
    [
        {"title": "Another"}, {"excerpt": "Another"}, {"topics": ["Other"]},
        {"publishedDateTime": "2020-02-02T02:02:02Z"}, {"webUrl": "http://elsewhere.example/x?y"},
        {"images": [{"url": "/a.png"}]}, {"provider": {"name": "Other", "domain": "other.example"}},
    ],
    ids=lambda edit: next(iter(edit)),
)  # fmt: skip
def test_no_edit_changes_an_id(corpus: Path, edit: dict[str, Any]) -> None:
    path = "_news/2026-01-02-one.md"
    write_article(corpus, path, body="Another body", **edit)
    read = Corpus(corpus).read(path)
    assert isinstance(read, Article)
    assert read.id == ARTICLES[path][1]


def test_the_address_of_the_server_changes_no_id(corpus: Path) -> None:
    path = "_news/2026-01-02-one.md"
    write_article(corpus, path)
    moved = Corpus(corpus, url="https://moved.example", authority="corpus.example")
    read = moved.read(path)
    assert isinstance(read, Article)
    assert read.id == ARTICLES[path][1]


@for_each("query", FEEDS)
def test_a_feed_has_the_id_it_always_had(query: Query) -> None:
    site = Site("https://feeds.example", authority="corpus.example", since=2020)
    assert feed_id(site, query.path) == FEEDS[query]
