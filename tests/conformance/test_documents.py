"""Every rule of every format, over feeds of invented articles and of a real corpus."""

from itertools import product
from pathlib import Path

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.feed import compose
from feeds.feed.site import Site
from feeds.formats import FORMATS
from feeds.query import Query
from feeds.query.selection import select
from tests.builders import index
from tests.conformance.checklist import violations
from tests.conformance.documents import LISTS, invented, lists
from tests.conformance.rules import Made
from tests.formats.articles import FEEDS
from tests.table import for_each, pairs

DOCUMENTS = [(name, extension) for extension in FORMATS for name in FEEDS]
DOCUMENTS += [(name, "opml") for name in LISTS]


@for_each(("name", "extension"), DOCUMENTS)
def test_a_document_of_invented_articles_keeps_every_rule(name: str, extension: str) -> None:
    assert violations(invented(name, extension)) == []


@pytest.fixture(scope="module")
def real(real_corpus: Path) -> list[Made]:
    """Every feed, every archive and every list of a real corpus; the feed of all in every format."""
    corpus = Corpus(real_corpus)
    read = [each for each in corpus.articles() if isinstance(each, Article)]
    newest = max(each.published for each in read).timestamp()
    stock = index(*read, now=newest, taxonomy=corpus.taxonomy)
    site = Site("https://feeds.example")
    queries = [Query(), Query(limit=200), Query(content="summary"), Query(content="title")]
    whole = len(queries)
    queries += [Query(topic.slug) for topic in stock.listings.topics()]
    queries += [Query("", provider.slug) for provider in stock.listings.providers()]
    for query in list(queries):
        older = select(stock, query).older
        while older:
            queries.append(query.archive_of(older))
            older = select(stock, queries[-1]).older
    feeds = [compose(site, stock, select(stock, query)) for query in queries]
    made = [*product(feeds[:whole], FORMATS), *pairs(feeds[whole:], FORMATS)]
    return [Made(e, FORMATS[e].render(feed), feed) for feed, e in made] + lists(stock, site)


def test_the_documents_of_a_real_corpus_keep_every_rule(real: list[Made]) -> None:
    assert [broken for made in real for broken in violations(made)] == []
