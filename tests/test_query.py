"""What is asked for, in one canonical form."""

from datetime import timedelta

import pytest

from feeds.article import Facets, Provider, Taxonomy, Topic, facets
from feeds.errors import QueryError, UnknownFeed
from feeds.index import Index
from feeds.query import LIMIT, MOST, Query, parse, select
from feeds.store import Departure
from tests.conftest import LATER, NOON, article, index, record, snapshot

TAXONOMY = Taxonomy(
    topics=(
        Topic("ai", "Artificial Intelligence", aliases=("artificial-intelligence",)),
        Topic("ml", "Machine Learning", parent="ai"),
        Topic("empty", "Nothing Yet"),
    ),
    organizations=(Provider("silent.example", "Silent"),),
)
BELL = Provider("bell.example", "Bell")


def stock() -> Index:
    return index(
        article(1, topics=("AI",)),
        article(2, topics=("ML",), provider=BELL),
        article(3, topics=("Tests",), provider=BELL),
        taxonomy=TAXONOMY,
    )


def ids(index: Index, query: Query) -> list[int]:
    return [int(each.id.rpartition(":")[2]) for each in select(index, query).records]


@pytest.mark.parametrize("limit", ["1", "50", "200", "007"])
def test_a_limit_is_a_whole_number(limit: str) -> None:
    assert parse("", "", {"limit": limit}).limit == int(limit)


@pytest.mark.parametrize(
    "limit",
    [
        "",
        "0",
        "-1",
        "201",
        "1e2",
        "5.0",
        " 5",
        "+5",
        "0x5",
        "٥",
        "²",
        "1_0",
        "ten",
        "1" * 5000,
        "0" * 8 + "19999",
    ],
)
def test_any_other_limit_is_refused_by_name(limit: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse("", "", {"limit": limit})
    assert str(caught.value) == f"limit: {limit[:80]!r} is not a whole number from 1 to {MOST}"
    assert caught.value.parameter == "limit"


def test_arguments_that_mean_nothing_are_ignored() -> None:
    assert parse("", "", {"utm_source": "x", "Limit": "0"}) == Query()
    assert Query().limit == LIMIT


@pytest.mark.parametrize("written", ["AI & ML", "ai-and-ml", "Ai--AND-ml ", "ai and ml"])
def test_a_topic_may_be_written_in_any_way(written: str) -> None:
    assert parse(written, "", {}) == Query("ai-and-ml")


def test_a_provider_is_a_domain_and_those_have_no_case() -> None:
    assert parse("", "Bell.Example", {}) == Query("", "bell.example")


@pytest.mark.parametrize("written", ["!!!", "-", "🎉", " "])
def test_a_topic_without_a_letter_is_unknown_rather_than_everything(written: str) -> None:
    with pytest.raises(UnknownFeed):
        parse(written, "", {})


@pytest.mark.parametrize(
    ("query", "path", "address"),
    [
        (Query(), "/", "/feed.rss"),
        (Query(limit=10), "/", "/feed.rss?limit=10"),
        (Query("ai"), "/topics/ai", "/topics/ai.rss"),
        (Query("", "bell.example"), "/providers/bell.example", "/providers/bell.example.rss"),
        (
            Query("ai", "bell.example", 200),
            "/topics/ai/providers/bell.example",
            "/topics/ai/providers/bell.example.rss?limit=200",
        ),
        (Query("größe"), "/topics/gr%C3%B6%C3%9Fe", "/topics/gr%C3%B6%C3%9Fe.rss"),
    ],
)
def test_an_address_says_all_that_was_asked_and_only_that(query: Query, path: str, address: str) -> None:
    assert query.path == path
    assert query.address("rss") == address


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), [3, 2, 1]),
        (Query(limit=2), [3, 2]),
        (Query("ai"), [2, 1]),
        (Query("ml"), [2]),
        (Query("", "bell.example"), [3, 2]),
        (Query("ai", "bell.example"), [2]),
        (Query("tests", "example.org"), []),
        (Query("empty"), []),
        (Query("", "silent.example"), []),
    ],
)
def test_the_newest_of_what_was_asked_for(query: Query, expected: list[int]) -> None:
    assert ids(stock(), query) == expected


def test_how_many_there_are_counts_those_beyond_the_limit() -> None:
    selection = select(stock(), Query(limit=2))
    assert (len(selection.records), selection.total) == (2, 3)


def test_another_name_of_a_topic_leads_to_the_topic() -> None:
    selection = select(stock(), Query("artificial-intelligence", limit=7))
    assert selection.query == Query("ai", limit=7)
    assert selection == select(stock(), Query("ai", limit=7))


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        (Query("emtpy"), ("empty",)),
        (Query("test"), ("tests",)),
        (Query("", "bel.example"), ("bell.example",)),
        (Query("zzz"), ()),
    ],
)
def test_an_unknown_feed_names_the_nearest(query: Query, nearest: tuple[str, ...]) -> None:
    with pytest.raises(UnknownFeed) as caught:
        select(stock(), query)
    assert caught.value.nearest[: len(nearest)] == nearest
    hint = f"; nearest: {nearest[0]}" if nearest else ""
    assert str(caught.value).startswith(
        f"no such {caught.value.kind}: {query.topic or query.provider}{hint}"
    )


def test_an_article_to_come_is_in_no_feed_no_count_and_no_hint() -> None:
    made = index(
        article(1), article(2, topics=("Secret",), published=NOON + timedelta(days=9)),
        now=(NOON + timedelta(days=8)).timestamp(),
    )  # fmt: skip
    assert select(made, Query()).total == 1
    with pytest.raises(UnknownFeed) as caught:
        select(made, Query("secrets"))
    assert "secret" not in caught.value.nearest


def left(at: int, **fields: object) -> Departure:
    return Departure(at, facets(article(1, **fields)))


def test_a_feed_whose_last_article_left_is_empty_and_no_longer_on_offer() -> None:
    made = index(departures=[left(7, topics=("Secret",))])
    assert select(made, Query("secret")).records == ()
    assert select(made, Query("", "example.org")).records == ()
    assert [topic.slug for topic in made.topics()] == []
    with pytest.raises(UnknownFeed) as caught:
        select(made, Query("secrets"))
    assert caught.value.nearest == ()


AT = int(LATER) + 1000


@pytest.mark.parametrize(
    ("query", "moved"),
    [
        (Query(), True),
        (Query("ml"), True),
        (Query("ai"), True),  # a parent's feed has its children's articles
        (Query("artificial-intelligence"), True),
        (Query("", "bell.example"), True),
        (Query("ml", "bell.example"), True),
        (Query("tests"), False),
        (Query("", "example.org"), False),
        (Query("ml", "example.org"), False),
        (Query("tests", "bell.example"), False),
    ],
)
def test_a_feed_is_modified_when_an_article_leaves_it_and_no_other_is(query: Query, moved: bool) -> None:
    before = stock()
    removal = snapshot(
        revision=2,
        partial=True,
        removed=["tag:example.org,2020:2"],
        departures=[left(AT, topics=("ML",), provider=BELL)],
    )
    after = before.apply(removal, LATER)
    was, now = select(before, query).modified, select(after, query).modified
    assert now == (AT if moved else was)


def test_a_departure_from_every_feed_modifies_every_feed() -> None:
    made = stock().apply(snapshot(revision=2, partial=True, departures=[Departure(AT, None)]), LATER)
    assert {select(made, query).modified for query in (Query(), Query("tests"), Query("empty"))} == {AT}


def test_departures_are_remembered_by_the_latest() -> None:
    made = index(departures=[left(AT + 5), Departure(AT + 3, None), left(AT)])
    assert select(made, Query("tests")).modified == AT + 5
    assert made.departed(Facets(("other",))) == AT + 3


def test_an_edit_modifies_the_feeds_that_hold_the_article_from_within_their_limit() -> None:
    edited = record(article(1, title="Edited", topics=("AI",)), changed=AT)
    change = snapshot(revision=2, partial=True)
    change.records.append(edited)
    after = stock().apply(change, LATER)
    assert select(after, Query("ai")).modified == AT
    assert select(after, Query(limit=2)).modified < AT
    assert select(after, Query("tests")).modified < AT


def test_a_scheduled_article_modifies_its_feed_at_its_instant() -> None:
    day = NOON + timedelta(days=9)
    made = index(article(1), now=NOON.timestamp() + 5 * 86400)
    change = snapshot(revision=2, partial=True)
    change.records.append(record(article(2, published=day), changed=5))
    after = made.apply(change, day.timestamp())
    assert select(after, Query()).modified == int(day.timestamp())


def test_a_feed_that_was_always_empty_was_never_modified() -> None:
    assert select(index(), Query()).modified == 0
