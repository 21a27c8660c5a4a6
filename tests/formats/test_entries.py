"""Entries of RSS and Atom, byte for byte as feedgen and its extensions write them."""

from pathlib import Path

import msgspec
from hypothesis import given, settings

from feeds.article import CONTENTS, Article
from feeds.corpus import Corpus
from feeds.feed.site import Site
from feeds.formats import FORMATS
from feeds.sample import write_sample
from tests.examples import examples
from tests.formats.articles import ARTICLES, EPISODES, SITE
from tests.formats.definition import DEFINITION
from tests.formats.generated import SITES, whole_articles
from tests.formats.reading import XML
from tests.table import for_each

GOLDEN = ARTICLES | {f"podcast: {name}": each for name, each in EPISODES.items()}


def differing(articles: list[Article], site: Site = SITE) -> list[tuple[str, bytes, bytes]]:
    """The entries that differ from their definition, each with the id of its article."""
    entries = (
        (each.id, FORMATS[extension].entry(each, site, content), define(each, site, content))
        for each in articles
        for extension, define in DEFINITION.items()
        for content in ("", *CONTENTS)
    )
    return [(id_, written, defined) for id_, written, defined in entries if written != defined]


def articles_of(corpus: Path) -> list[Article]:
    return [each for each in Corpus(corpus).articles() if isinstance(each, Article)]


def test_every_xml_format_has_a_definition() -> None:
    assert set(DEFINITION) == set(XML)


@for_each("name", GOLDEN)
def test_an_entry_with_any_feature_is_as_defined(name: str) -> None:
    assert not differing([GOLDEN[name]])


@settings(max_examples=examples(25))
@given(whole_articles(), SITES)
def test_an_entry_with_any_value_in_any_field_is_as_defined(made: Article, site: Site) -> None:
    assert not differing([made], site)


def test_entries_of_the_sample_are_as_defined(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", 40, 1, lambda _done: None)
    articles = articles_of(tmp_path / "sample")
    assert len(articles) > 20
    assert not differing(articles)


def test_entries_of_a_real_corpus_are_as_defined(real_corpus: Path) -> None:
    articles = articles_of(real_corpus)
    assert articles
    assert not differing(articles)


def test_a_date_of_rss_is_the_same_on_any_day_of_the_year() -> None:
    first = ARTICLES["plain"]
    days = [
        msgspec.structs.replace(first, published=first.published.replace(month=month, day=day))
        for month in range(1, 13)
        for day in (1, 9, 10, 28)
    ]
    assert not differing(days)
