"""Which feeds are on offer."""

from datetime import timedelta

import msgspec
import pytest

from feeds.article import Provider, Taxonomy, Topic
from feeds.directory import Directory, directory, on_offer
from feeds.errors import GoneFeed, UnknownFeed
from feeds.feed import Named, Site
from feeds.index import Index
from feeds.query import Query, read
from feeds.render import FORMATS
from tests.conftest import NOON, article, index

SITE = Site("https://feeds.example", title="Example", authority="example.org")
BELL = Provider("bell.example", "Bell")
TAXONOMY = Taxonomy(
    topics=(
        Topic("zoo", "Animals"),
        Topic("ai", "Artificial Intelligence", aliases=("machine-minds",)),
        Topic("ml", "Machine Learning", parent="ai"),
        Topic("vision", "Vision", parent="ml"),
        Topic("old", "Old News", gone=True),
        Topic("older", "Older News", parent="old"),
    ),
    organizations=(Provider("silent.example", "Silent"),),
)


def stock() -> Index:
    return index(
        article(1, topics=("Vision",)),
        article(2, topics=("Old News", "old", "Zoo"), provider=BELL),
        article(3, topics=("ML",), provider=BELL),
        taxonomy=TAXONOMY,
    )


def listed(*queries: Query, kind: str = "") -> Directory:
    made = stock()
    return directory(SITE, made, tuple(FORMATS), queries or on_offer(SITE, made, kind))


def test_everything_comes_first_then_topics_then_providers_by_name() -> None:
    assert [offer.query for offer in listed().offers] == [
        Query(), Query("zoo"), Query("ai"), Query("ml"), Query("old-news"), Query("older"),
        Query("vision"), Query("", "bell.example"), Query("", "example.org"),
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "count"), [("topics", 6), ("providers", 2), ("", 9)])
def test_one_kind_of_feeds_or_every_one(kind: str, count: int) -> None:
    assert len(listed(kind=kind).offers) == count


@pytest.mark.parametrize("kind", ["topic", "Topics", "tags", " "])
def test_there_are_no_other_kinds(kind: str) -> None:
    with pytest.raises(UnknownFeed) as caught:
        on_offer(SITE, stock(), kind)
    assert caught.value.nearest == ("named", "topics", "providers")


def test_an_offer_says_how_much_there_is_and_how_new() -> None:
    offers = {offer.query: offer for offer in listed().offers}
    assert (offers[Query("ai")].articles, offers[Query("ai")].newest) == (2, NOON + timedelta(days=3))
    assert (offers[Query("older")].articles, offers[Query("older")].newest) == (0, None)
    assert offers[Query()].articles == 3
    assert offers[Query()].feed.addresses["rss"] == "https://feeds.example/feed.rss"


def test_topics_are_below_their_parents() -> None:
    made = listed()
    tree = {
        parent: [offer.query.topic for offer in made.of_topics(parent)] for parent in ("", "ai", "ml")
    }
    assert tree == {"": ["zoo", "ai", "old-news", "older"], "ai": ["ml"], "ml": ["vision"]}


def test_a_topic_that_was_ended_is_in_no_list_nor_anybodys_parent() -> None:
    assert "old" not in {offer.query.topic for offer in listed().offers}
    assert "old" not in {offer.parent for offer in listed().offers}
    with pytest.raises(GoneFeed):
        listed(Query("old"))


def test_a_topic_whose_parent_is_not_chosen_is_below_none() -> None:
    assert [offer.query.topic for offer in listed(Query("vision"), Query("ai")).of_topics()] == [
        "vision",
        "ai",
    ]


def test_what_is_chosen_twice_or_by_another_name_is_offered_once_in_the_order_chosen() -> None:
    made = listed(
        Query("", "bell.example"), Query("machine-minds"), Query("ai"), Query("", "bell.example")
    )
    assert [offer.query for offer in made.offers] == [Query("", "bell.example"), Query("ai")]


def test_a_topic_of_one_provider_is_among_the_providers_and_named_by_both() -> None:
    pair = Query("ai", "bell.example")
    made = listed(Query("ai"), pair, Query("ml"))
    assert [offer.query for offer in made.of_topics()] == [Query("ai")]
    assert [offer.query for offer in made.of_topics("ai")] == [Query("ml")]
    assert [(offer.name, offer.query) for offer in made.of_providers()] == [
        ("Artificial Intelligence · Bell", pair)
    ]


@pytest.mark.parametrize("unknown", [Query("nothing"), Query("", "nobody.example")])
def test_what_does_not_exist_cannot_be_chosen(unknown: Query) -> None:
    with pytest.raises(UnknownFeed):
        listed(Query("ai"), unknown)


def naming(**queries: str) -> Site:
    """A site with feeds of its own, each called after its name."""
    made = tuple(
        Named(msgspec.structs.replace(read(query), name=name), name.title())
        for name, query in queries.items()
    )
    return msgspec.structs.replace(SITE, named=made)


def test_named_feeds_are_on_offer_after_everything_in_the_order_of_the_settings() -> None:
    site = naming(zebras="topics/zoo?has=-image", best="min_quality=0")
    names = [each.query for each in site.named]
    assert on_offer(site, stock(), "named") == names
    assert on_offer(site, stock())[:4] == [Query(), *names, Query("zoo")]
    made = directory(site, stock(), tuple(FORMATS), on_offer(site, stock()))
    assert [offer.name for offer in made.of_others()] == ["Example", "Zebras", "Best"]
    assert [offer.feed.page for offer in made.of_others()][1:] == [
        "https://feeds.example/f/zebras",
        "https://feeds.example/f/best",
    ]
    assert len(list(made.of_topics())) == len(list(listed().of_topics()))


def test_a_named_feed_of_a_topic_alone_is_no_topic() -> None:
    site = naming(minds="topics/machine-minds")
    made = directory(site, stock(), tuple(FORMATS), on_offer(site, stock()))
    assert [offer.name for offer in made.of_others()] == ["Example", "Minds"]
    assert [offer.query.topic for offer in made.of_topics()].count("ai") == 1


@pytest.mark.parametrize("query", ["topics/nothing", "topics/old", "providers/nobody.example", "type=xx"])
def test_a_named_feed_that_asks_for_what_there_is_not_is_skipped(query: str) -> None:
    site = naming(best="min_quality=0", broken=query)
    assert on_offer(site, stock(), "named") == [site.named[0].query]


def test_there_may_be_no_named_feeds() -> None:
    assert on_offer(SITE, stock(), "named") == []
