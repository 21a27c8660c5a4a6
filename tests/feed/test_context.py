"""The context of a feed, compared with simple counts."""

from collections import Counter

import pytest

from feeds.article import Provider, Taxonomy, Topic
from feeds.feed.context import MAX_NEIGHBOURS, feed_context
from feeds.index import Index
from feeds.query.grammar import read
from tests.builders import article, index
from tests.large_directory import articles, taxonomy

TIDAL, BELL = Provider("tidal.example", "Tidal Post"), Provider("bell.example", "Bell")
TAXONOMY = Taxonomy(
    topics=(
        Topic("nature", "Nature"),
        Topic("oceans", "Oceans", parent="nature"),
        Topic("reefs", "Reefs", parent="oceans"),
        Topic("dunes", "Dunes", parent="oceans"),
    )
)


@pytest.fixture
def known() -> Index:
    """An index of three articles from two providers."""
    return index(
        article(1, topics=("Oceans",), provider=TIDAL),
        article(2, topics=("Reefs",), provider=BELL),
        article(3, topics=("Reefs", "Cities"), provider=TIDAL),
        taxonomy=TAXONOMY,
    )


def names(several) -> list[tuple[str, str, int]]:
    return [(each.name, each.query.page, each.articles) for each in several]


def test_a_topic_has_its_parent_its_parts_and_its_providers(known: Index) -> None:
    found = feed_context(known, read("topics/oceans"), "Oceans")
    assert names(found.above) == [("Nature", "/topics/nature", 3)]
    assert names(found.below) == [("Reefs", "/topics/reefs", 2)]  # of Dunes there is nothing
    assert names(found.providers) == [
        ("Tidal Post", "/topics/oceans/providers/tidal.example", 2),
        ("Bell", "/topics/oceans/providers/bell.example", 1),
    ]
    assert found.topics == ()
    assert [each.page for each in found.digests] == ["/topics/oceans/daily", "/topics/oceans/weekly"]


def test_a_provider_has_its_topics(known: Index) -> None:
    found = feed_context(known, read("providers/tidal.example"), "Tidal Post")
    assert names(found.topics)[0] == ("Nature", "/topics/nature/providers/tidal.example", 2)
    assert ("Cities", "/topics/cities/providers/tidal.example", 1) in names(found.topics)
    assert (found.above, found.below, found.providers) == ((), (), ())


def test_a_topic_of_one_provider_is_part_of_both(known: Index) -> None:
    found = feed_context(known, read("topics/oceans/providers/tidal.example"), "Oceans · Tidal Post")
    assert [each.query.page for each in found.above] == [
        "/topics/nature/providers/tidal.example", "/topics/oceans", "/providers/tidal.example",
    ]  # fmt: skip


@pytest.mark.parametrize("asked", ["feed", "q=tide", "topics/oceans?lang=en"])
def test_a_question_stands_alone(asked: str, known: Index) -> None:
    found = feed_context(known, read(asked), "")
    assert (found.above, found.below, found.topics, found.providers) == ((), (), (), ())


def test_months_are_those_with_articles_the_newest_first() -> None:
    some, first = list(articles()), taxonomy().topics[0]
    children = {each.name for each in taxonomy().topics if each.parent == first.slug} | {first.name}
    counted = Counter(f"{each.published:%Y-%m}" for each in some if children & set(each.topics))
    found = feed_context(
        index(*some, taxonomy=taxonomy()), read(f"topics/{first.slug}"), first.name
    ).months
    assert [(each.query.archive, each.articles) for each in found] == sorted(
        counted.items(), reverse=True
    )
    assert all(f"{each.begin:%Y-%m}" == each.query.archive for each in found)


def test_no_more_than_a_few_stand_beside_the_busiest_first() -> None:
    some = [
        article(n, topics=("Oceans",), provider=Provider(f"p{n % 20:02}.example", f"P{n % 20:02}"))
        for n in range(1, 70)
    ]
    found = feed_context(index(*some), read("topics/oceans"), "Oceans").providers
    assert len(found) == MAX_NEIGHBOURS
    assert [each.articles for each in found] == sorted((each.articles for each in found), reverse=True)


def test_an_empty_index_has_no_context() -> None:
    found = feed_context(index(taxonomy=TAXONOMY), read("topics/reefs"), "Reefs")
    assert (found.months, found.providers, found.seen.articles) == ((), (), 0)
