"""Every rule of every format, over feeds of invented articles and of a real corpus."""

from pathlib import Path

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.feed import Site, compose
from feeds.formats import FORMATS
from feeds.query import Query
from feeds.query.selection import select
from tests.builders import index
from tests.conformance.checklist import RULES, Rule
from tests.conformance.documents import LISTS, invented, lists
from tests.conformance.rules import Made
from tests.formats.articles import FEEDS


def cases() -> list[object]:
    return [
        pytest.param(each, name, extension, id=f"{each.id}-{name}.{extension}")
        for each in RULES for extension in each.formats
        for name in (LISTS if extension == "opml" else FEEDS)
    ]  # fmt: skip


@pytest.mark.parametrize(("rule", "name", "extension"), cases())
def test_feeds_of_invented_articles_keep(rule: Rule, name: str, extension: str) -> None:
    assert not rule.broken_by(invented(name, extension))


@pytest.fixture(scope="module")
def real(real_corpus: Path) -> list[Made]:
    """Every feed, every archive and every list of a real corpus, in every format."""
    corpus = Corpus(real_corpus)
    read = [each for each in corpus.articles() if isinstance(each, Article)]
    newest = max(each.published for each in read).timestamp()
    stock = index(*read, now=newest, taxonomy=corpus.taxonomy)
    site = Site("https://feeds.example")
    queries = [Query(), Query(limit=200), Query(content="summary"), Query(content="title")]
    queries += [Query(topic.slug) for topic in stock.listings.topics()]
    queries += [Query("", provider.slug) for provider in stock.listings.providers()]
    for query in list(queries):
        older = select(stock, query).older
        while older:
            queries.append(query.archive_of(older))
            older = select(stock, queries[-1]).older
    feeds = [compose(site, stock, select(stock, query)) for query in queries]
    return [Made(e, FORMATS[e].render(feed), feed) for feed in feeds for e in FORMATS] + lists(
        stock, site
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_feeds_of_a_real_corpus_keep(rule: Rule, real: list[Made]) -> None:
    for made in real:
        if made.extension in rule.formats:
            assert not rule.broken_by(made)
