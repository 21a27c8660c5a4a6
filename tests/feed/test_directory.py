"""The feeds on offer, in lists and in the overview."""

from bisect import bisect_right
from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import Provider, Taxonomy, Topic, slugify
from feeds.errors import GoneFeed, UnknownFeed
from feeds.feed.directory import (
    MAX_TOPIC_LEVELS,
    Directory,
    FeedSummary,
    Offer,
    Overview,
    directory,
    on_offer,
    overview,
    still_offered,
)
from feeds.feed.site import NamedQuery, Site
from feeds.feed.update_frequency import WEEKS, PublicationRate, weeks
from feeds.index import Index
from feeds.index.builder import apply
from feeds.query import Query
from feeds.query.grammar import read
from feeds.store import Snapshot
from tests import large_directory
from tests.builders import LATER, NOON, article, index, snapshot
from tests.examples import examples
from tests.store.edited import EditedStore, Step, steps
from tests.table import for_each

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
    return directory(SITE, made, queries or on_offer(SITE, made, kind))


def test_everything_comes_first_then_topics_then_providers_by_name() -> None:
    assert [offer.query for offer in listed().offers] == [
        Query(), Query("zoo"), Query("ai"), Query("ml"), Query("old-news"), Query("older"),
        Query("vision"), Query("", "bell.example"), Query("", "example.org"),
    ]  # fmt: skip


@for_each(("kind", "count"), [("topics", 6), ("providers", 2), ("", 9)])
def test_one_kind_of_feeds_or_every_one(kind: str, count: int) -> None:
    assert len(listed(kind=kind).offers) == count


@for_each("kind", ["topic", "Topics", "tags", " "])
def test_there_are_no_other_kinds(kind: str) -> None:
    with pytest.raises(UnknownFeed) as caught:
        on_offer(SITE, stock(), kind)
    assert caught.value.nearest == ("named", "topics", "providers", "authors")


def test_an_offer_says_how_much_there_is_and_how_new() -> None:
    offers = {offer.query: offer for offer in listed().offers}
    assert (offers[Query("ai")].articles, offers[Query("ai")].newest) == (2, NOON + timedelta(days=3))
    assert (offers[Query("older")].articles, offers[Query("older")].newest) == (0, None)
    assert offers[Query()].articles == 3
    assert offers[Query()].feed.addresses["rss"] == "https://feeds.example/feed.rss"


BOTH = Query("go", "a.example", name="both")
WITH_NAMED = msgspec.structs.replace(SITE, named=(NamedQuery(BOTH, "Both"),))


@settings(max_examples=examples(60))
@given(st.lists(steps, max_size=12))
def test_offers_kept_for_the_next_index_are_those_that_would_be_made(done: list[Step]) -> None:
    stored = EditedStore()
    made, known = stored.index, dict[Query, Offer]()
    for step in done:
        following = stored.followed_by(step, made)
        known, made = still_offered(known, made, following), following
        queries = on_offer(WITH_NAMED, made)
        assert directory(WITH_NAMED, made, queries, known) == directory(WITH_NAMED, made, queries)
        assert {*known} <= {*queries}


FIRST, SECOND = article(1, topics=("Go",)), article(2, topics=("Rust",), provider=BELL)


@for_each(
    "change",
    [
        snapshot(msgspec.structs.replace(FIRST, title="Another"), revision=2, partial=True),
        snapshot(revision=2, removed=[FIRST.id], partial=True),
    ],
)
def test_a_change_leaves_the_offers_of_other_topics_and_providers(change: Snapshot) -> None:
    made, known = index(FIRST, SECOND), dict[Query, Offer]()
    before = {offer.query: offer for offer in directory(SITE, made, on_offer(SITE, made), known).offers}
    changed = apply(made, change, LATER)
    kept = still_offered(known, made, changed)
    assert [*kept] == [Query("rust"), Query("", "bell.example")]
    assert all(before[query] is offer for query, offer in kept.items())
    assert still_offered(kept, changed, made) == {}


def test_topics_are_below_their_parents() -> None:
    made = listed()
    tree = {
        parent: [offer.query.topic for offer in offers] for parent, offers in made.by_parent().items()
    }
    assert tree == {"": ["zoo", "ai", "old-news", "older"], "ai": ["ml"], "ml": ["vision"]}


def test_a_topic_that_was_ended_is_in_no_list_nor_anybodys_parent() -> None:
    assert "old" not in {offer.query.topic for offer in listed().offers}
    assert "old" not in {offer.parent for offer in listed().offers}
    with pytest.raises(GoneFeed):
        listed(Query("old"))


def test_a_topic_whose_parent_is_not_chosen_is_below_none() -> None:
    below = listed(Query("vision"), Query("ai")).by_parent()
    assert [offer.query.topic for offer in below[""]] == ["vision", "ai"]


def test_feeds_chosen_twice_are_offered_once_in_order() -> None:
    made = listed(
        Query("", "bell.example"), Query("machine-minds"), Query("ai"), Query("", "bell.example")
    )
    assert [offer.query for offer in made.offers] == [Query("", "bell.example"), Query("ai")]


def test_a_topic_of_one_provider_is_among_the_providers_and_named_by_both() -> None:
    pair = Query("ai", "bell.example")
    made = listed(Query("ai"), pair, Query("ml"))
    assert [offer.query for offer in made.by_parent()[""]] == [Query("ai")]
    assert [offer.query for offer in made.by_parent()["ai"]] == [Query("ml")]
    ((kind, offers),) = made.of_kinds()
    assert kind == "providers"
    assert [(offer.name, offer.query) for offer in offers] == [("Artificial Intelligence · Bell", pair)]


@for_each("unknown", [Query("nothing"), Query("", "nobody.example")])
def test_an_unknown_feed_cannot_be_chosen(unknown: Query) -> None:
    with pytest.raises(UnknownFeed):
        listed(Query("ai"), unknown)


def naming(**queries: str) -> Site:
    """A site with named feeds, each titled by its name."""
    made = tuple(
        NamedQuery(msgspec.structs.replace(read(query), name=name), name.title())
        for name, query in queries.items()
    )
    return msgspec.structs.replace(SITE, named=made)


def test_named_feeds_are_on_offer_after_everything_in_the_order_of_the_settings() -> None:
    site = naming(zebras="topics/zoo?has=-image", best="min_quality=0")
    names = [each.query for each in site.named]
    assert on_offer(site, stock(), "named") == names
    assert on_offer(site, stock())[:4] == [Query(), *names, Query("zoo")]
    made = directory(site, stock(), on_offer(site, stock()))
    assert [offer.name for offer in made.of_others()] == ["Example", "Zebras", "Best"]
    assert [offer.feed.page for offer in made.of_others()][1:] == [
        "https://feeds.example/f/zebras",
        "https://feeds.example/f/best",
    ]
    assert len(made.by_parent()[""]) == len(listed().by_parent()[""])


def test_a_named_feed_of_a_topic_alone_is_no_topic() -> None:
    site = naming(minds="topics/machine-minds")
    made = directory(site, stock(), on_offer(site, stock()))
    assert [offer.name for offer in made.of_others()] == ["Example", "Minds"]
    assert [offer.query.topic for offer in made.by_parent()[""]].count("ai") == 1


@for_each("query", ["topics/nothing", "topics/old", "providers/nobody.example", "type=xx"])
def test_a_named_feed_that_asks_for_what_there_is_not_is_skipped(query: str) -> None:
    site = naming(best="min_quality=0", broken=query)
    assert on_offer(site, stock(), "named") == [site.named[0].query]


def test_there_may_be_no_named_feeds() -> None:
    assert on_offer(SITE, stock(), "named") == []


# Overview


def providers(made: Overview) -> tuple[FeedSummary, ...]:
    """The summaries of providers, the only kind beside topics and named feeds."""
    (group,) = made.groups
    assert (group.kind, group.brief) == ("providers", False)
    return group.feeds


def seen(*queries: Query) -> list[FeedSummary]:
    """The summaries of *queries* in the overview of the stock."""
    made = overview(naming(minds="topics/ai"), stock())
    known = {each.query: each for each in (*made.named, *made.all_topics(), *providers(made))}
    return [known[query] for query in queries]


def test_a_glance_shows_the_newest_and_how_much_there_is() -> None:
    ai, bell, older = seen(Query("ai"), Query("", "bell.example"), Query("older"))
    assert (ai.name, ai.articles, ai.headline) == ("Artificial Intelligence", 2, "Title 3")
    assert (bell.name, bell.articles, bell.newest) == ("Bell", 2, NOON + timedelta(days=3))
    assert (ai.weeks, ai.publication_rate) == ((0,) * (WEEKS - 1) + (2,), PublicationRate(2, "month"))
    assert (older.articles, older.headline, older.newest) == (0, "", None)
    assert older.publication_rate == PublicationRate(0, "")


def test_a_named_feed_of_a_renamed_topic_has_a_summary() -> None:
    (minds,) = overview(naming(minds="topics/machine-minds"), stock()).named
    assert minds.query == naming(minds="topics/ai").named[0].query
    assert (minds.name, minds.articles) == ("Minds", 2)


def test_topics_stand_below_their_parents_at_a_glance_as_in_lists() -> None:
    def tree(topics: tuple[FeedSummary, ...]) -> dict[str, object]:
        return {each.query.topic: tree(each.below) for each in topics}

    made = overview(SITE, stock())
    assert tree(made.topics) == {"zoo": {}, "ai": {"ml": {"vision": {}}}, "old-news": {}, "older": {}}
    assert [each.query.topic for each in made.all_topics()] == [
        "zoo", "ai", "ml", "vision", "old-news", "older",
    ]  # fmt: skip


def test_however_deep_topics_are_each_is_seen_once() -> None:
    deep = [Topic(f"t{n:04}", f"Topic {n}", parent=f"t{n - 1:04}" if n else "") for n in range(1200)]
    made = overview(SITE, index(article(1), taxonomy=Taxonomy(topics=tuple(deep))))
    slugs = [each.query.topic for each in made.all_topics()]
    assert slugs == ["tests", *(topic.slug for topic in deep)]
    level, below = 0, made.topics[1:]
    while below:
        level, below = level + 1, below[0].below
    assert level == MAX_TOPIC_LEVELS


def test_named_feeds_come_with_their_words_and_none_that_cannot_be() -> None:
    site = naming(best="min_quality=0", broken="topics/nothing")
    named = (msgspec.structs.replace(site.named[0], description="What is good"), site.named[1])
    made = overview(msgspec.structs.replace(site, named=named), stock())
    assert [(each.name, each.about, each.articles) for each in made.named] == [
        ("Best", "What is good", 3)
    ]


def test_an_overview_of_nothing_is_empty() -> None:
    assert overview(SITE, index()) == Overview(0, (), (), ())


def test_weeks_are_counted_as_if_every_article_were_looked_at() -> None:
    published = list(large_directory.articles())
    made = overview(SITE, index(*published, taxonomy=large_directory.taxonomy()))
    bounds = weeks(max(int(each.published.timestamp()) for each in published))
    expected: dict[Query, Counter[int]] = {}
    parents = {topic.name: topic.parent for topic in large_directory.topics()}
    for each in published:
        week = bisect_right(bounds, int(each.published.timestamp())) - 1
        above = [Query(parents[name]) for name in each.topics if parents[name]]
        for query in [Query(slugify(each.topics[0])), *above, Query("", each.provider.domain)]:
            expected.setdefault(query, Counter())[week] += 1
    found = {each.query: each.weeks for each in (*made.all_topics(), *providers(made))}
    assert len(found) == large_directory.TOPICS + large_directory.PROVIDERS
    assert found == {
        query: tuple(counts[week] for week in range(WEEKS)) for query, counts in expected.items()
    }
    assert made.articles == len(published)


def test_the_same_articles_are_the_same_overview_on_any_day() -> None:
    articles = [article(number, topics=("Zoo",)) for number in range(30)]
    assert overview(SITE, index(*articles)) == overview(SITE, index(*articles, now=LATER * 2))
