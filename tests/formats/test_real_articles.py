"""Every feed of a real corpus, in every format. See also ``tests/test_real_corpus.py``."""

import json
from pathlib import Path

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.feed import Feed, compose
from feeds.feed.site import Site
from feeds.formats import FORMATS
from feeds.index import Index
from feeds.query import Query
from feeds.query.selection import select
from tests.builders import index
from tests.formats.json_schema import VALIDATOR
from tests.formats.reading import READ, XML, agree, find, parse

SITE = Site("https://feeds.example")


@pytest.fixture(scope="module")
def stock(real_corpus: Path) -> Index:
    corpus = Corpus(real_corpus)
    read = [each for each in corpus.articles() if isinstance(each, Article)]
    assert read
    return index(*read, now=max(each.published for each in read).timestamp(), taxonomy=corpus.taxonomy)


def feeds_of(stock: Index, *queries: Query) -> list[Feed]:
    return [compose(SITE, stock, select(stock, query)) for query in queries]


def everything(stock: Index) -> list[Feed]:
    topics = [Query(topic.slug) for topic in stock.listings.topics()]
    providers = [Query("", provider.slug) for provider in stock.listings.providers()]
    both = [Query(topic.topic, provider.provider) for topic in topics for provider in providers]
    feeds = feeds_of(stock, Query(limit=200), *topics, *providers)
    return feeds + [feed for feed in feeds_of(stock, *both) if feed.articles]


@pytest.mark.slow
def test_every_feed_is_valid_and_says_the_same_in_every_format(stock: Index) -> None:
    feeds = everything(stock)
    assert len({feed.id for feed in feeds}) == len(feeds)
    for feed in feeds:
        bodies = {extension: made.render(feed) for extension, made in FORMATS.items()}
        channels = {extension: READ[extension](body) for extension, body in bodies.items()}
        agree(list(channels.values()))
        for channel in channels.values():
            assert [item.id for item in channel.items] == [each.id for each in feed.articles]
            assert all(item.title and item.content and item.authors for item in channel.items)
        VALIDATOR.validate(json.loads(bodies["json"]))


def test_no_address_is_relative_and_every_picture_has_a_type(stock: Index) -> None:
    (feed,) = feeds_of(stock, Query(limit=200))
    for extension in XML:
        document = parse(FORMATS[extension].render(feed))
        addresses = find(document, "//link/text() | //@url | //@href")
        assert all(address.startswith(("https://", "http://")) for address in addresses)
        assert all(kind.startswith("image/") for kind in find(document, "//media:content/@type"))


def test_encrypted_parts_of_the_corpus_are_in_no_feed(stock: Index, real_corpus: Path) -> None:
    blobs = {
        line.partition(":")[2].strip(" '\"")[:40].encode()
        for file in real_corpus.glob("_*/**/*.md")
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.startswith("secured:")
    } - {b""}
    assert blobs
    for feed in feeds_of(stock, Query(limit=200)):
        for made in FORMATS.values():
            body = made.render(feed)
            assert not any(blob in body for blob in blobs)
