"""Queries have one canonical form, and each has one address."""

import random
from datetime import timedelta
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.article import Provider, Taxonomy, Topic, tombstone_facets
from feeds.errors import QueryError, UnknownFeed
from feeds.index import Index
from feeds.index.builder import apply
from feeds.query import Query
from feeds.query.grammar import parse, parse_list, read
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.query.parameters.window import DEFAULT_LIMIT, MAX_ENTRIES_PER_FEED
from feeds.query.selection import select
from feeds.query.spelling import MAX_COMPARED, nearest
from feeds.store import Tombstone
from tests.builders import LATER, NOON, article, index, record, snapshot
from tests.query_strategies import WINDOWS, questions
from tests.table import for_each

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


@for_each("limit", ["1", "50", "200", "007"])
def test_a_limit_is_a_whole_number(limit: str) -> None:
    assert parse({"limit": limit}.items()).limit == int(limit)


@for_each(
    "limit",
    [
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
        parse({"limit": limit}.items())
    assert (
        str(caught.value)
        == f"limit: not a whole number from 1 to {MAX_ENTRIES_PER_FEED}: {limit[:80]!r}; use limit=20"
    )
    assert caught.value.parameter == "limit"


def test_arguments_that_mean_nothing_are_ignored() -> None:
    assert parse({"utm_source": "x", "LIM": "0"}.items()) == Query()
    assert Query().limit == DEFAULT_LIMIT


@for_each("written", ["AI & ML", "ai-and-ml", "Ai--AND-ml ", "ai and ml"])
def test_a_topic_may_be_written_in_any_way(written: str) -> None:
    assert parse([], {"topic": written}) == Query("ai-and-ml")


def test_a_provider_is_a_domain_and_those_have_no_case() -> None:
    assert parse([], {"provider": "Bell.Example"}) == Query("", "bell.example")


@for_each("written", ["!!!", "-", "🎉", " "])
def test_a_topic_without_a_letter_is_unknown_rather_than_everything(written: str) -> None:
    with pytest.raises(UnknownFeed):
        parse([], {"topic": written})


@for_each(
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


@for_each(
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


WORDS = [f"{one}{two}" for one in "blmnrstv" for two in "aeio"]


@for_each(
    ("query", "near"),
    [
        (Query("emtpy"), ("empty",)),
        (Query("test"), ("tests",)),
        (Query("", "bel.example"), ("bell.example",)),
        (Query("zzz"), ()),
    ],
)
def test_an_unknown_feed_names_the_nearest(query: Query, near: tuple[str, ...]) -> None:
    with pytest.raises(UnknownFeed) as caught:
        select(stock(), query)
    assert caught.value.nearest[: len(near)] == near
    remedy = f"did you mean {near[0]}" if near else "see the feeds at / or with feeds list"
    assert str(caught.value).startswith(
        f"{caught.value.kind} {query.topic or query.provider!r}: not found; {remedy}"
    )


def test_of_many_names_those_of_nearly_the_same_letters_are_suggested() -> None:
    names = [
        f"{first}{second}{third}-tales" for first in "abcdefg" for second in WORDS for third in WORDS
    ]
    assert len(names) > 10 * MAX_COMPARED
    for each in random.Random(4).sample(names, 20):
        assert each in nearest(f"{each[:-1]}z", names)
    assert nearest("0", names) == nearest("zzz", names) == ()


def test_an_article_to_come_is_in_no_feed_no_count_and_no_hint() -> None:
    made = index(
        article(1), article(2, topics=("Secret",), published=NOON + timedelta(days=9)),
        now=(NOON + timedelta(days=8)).timestamp(),
    )  # fmt: skip
    assert select(made, Query()).total == 1
    with pytest.raises(UnknownFeed) as caught:
        select(made, Query("secrets"))
    assert "secret" not in caught.value.nearest


def left(at: int, **fields: object) -> Tombstone:
    return Tombstone(at, tombstone_facets(article(1, **fields)))


def test_a_feed_whose_last_article_left_is_empty_and_no_longer_on_offer() -> None:
    made = index(tombstones=[left(7, topics=("Secret",))])
    assert select(made, Query("secret")).records == ()
    assert select(made, Query("", "example.org")).records == ()
    assert [topic.slug for topic in made.listings.topics()] == []
    with pytest.raises(UnknownFeed) as caught:
        select(made, Query("secrets"))
    assert caught.value.nearest == ()


AT = int(LATER) + 1000


@for_each(
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
        tombstones=[left(AT, topics=("ML",), provider=BELL)],
    )
    after = apply(before, removal, LATER)
    was, now = select(before, query).modified, select(after, query).modified
    assert now == (AT if moved else was)


def test_a_departure_from_every_feed_modifies_every_feed() -> None:
    made = apply(stock(), snapshot(revision=2, partial=True, tombstones=[Tombstone(AT, None)]), LATER)
    assert {select(made, query).modified for query in (Query(), Query("tests"), Query("empty"))} == {AT}


def test_departures_are_remembered_by_the_latest() -> None:
    made = index(tombstones=[left(AT), Tombstone(AT + 3, None), left(AT + 5)])
    assert select(made, Query("tests")).modified == AT + 5
    assert made.last_removal([frozenset({("topic", "other")})]) == AT + 3


def test_an_edit_modifies_the_feeds_that_hold_the_article_from_within_their_limit() -> None:
    edited = record(article(1, title="Edited", topics=("AI",)), changed=AT)
    change = snapshot(revision=2, partial=True)
    change.records.append(edited)
    after = apply(stock(), change, LATER)
    assert select(after, Query("ai")).modified == AT
    assert select(after, Query(limit=2)).modified < AT
    assert select(after, Query("tests")).modified < AT


def test_a_scheduled_article_modifies_its_feed_at_its_instant() -> None:
    day = NOON + timedelta(days=9)
    made = index(article(1), now=NOON.timestamp() + 5 * 86400)
    change = snapshot(revision=2, partial=True)
    change.records.append(record(article(2, published=day), changed=5))
    after = apply(made, change, day.timestamp())
    assert select(after, Query()).modified == int(day.timestamp())


def test_a_feed_that_was_always_empty_was_never_modified() -> None:
    assert select(index(), Query()).modified == 0


def written(query: Query) -> list[tuple[str, str]]:
    """The arguments in *query*'s own address."""
    return parse_qsl(query.arguments.removeprefix("?"))


def place_of(query: Query) -> dict[str, str]:
    """The terms in the path of *query*'s own address."""
    return {clause.key: clause.value for clause in query.place}


@given(questions())
def test_a_canonical_query_is_its_own_canonical_form(arguments: list[tuple[str, str]]) -> None:
    query = parse(arguments)
    assert parse(written(query), place_of(query)) == query
    assert read(query.address("rss").replace(".rss", "", 1)) == query


@given(questions(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_makes_another_question(
    arguments: list[tuple[str, str]], shuffled: random.Random
) -> None:
    mixed = []
    for key, value in arguments:
        terms = value.split(",")
        terms += shuffled.choices(terms, k=2) if len(terms) > 1 else []
        shuffled.shuffle(terms)
        mixed.append((key, ",".join(terms) if key not in WINDOWS else value))
    mixed += shuffled.choices(mixed, k=2) if mixed else []
    shuffled.shuffle(mixed)
    assert parse(mixed) == parse(arguments)


@for_each(
    ("asked", "address"),
    [
        ("", "/feed.rss"),
        ("?topic=AI", "/topics/ai.rss"),
        ("topics/ai?topic=ai", "/topics/ai.rss"),
        ("topics/go?topic=ai", "/topics/ai.rss?topic=go"),
        ("?topic=go,ai", "/feed.rss?topic=ai,go"),
        ("?topic=go&topic=ai&topic=-rust,-c", "/topics/ai.rss?topic=go&topic=-c,-rust"),
        ("?provider=-Example.com&topic=ai", "/topics/ai.rss?provider=-example.com"),
        ("?provider=b.org&topic=ai", "/topics/ai/providers/b.org.rss"),
        ("?q=Climate+CHANGE", "/feed.rss?q=change+climate"),
        ('?q="Climate+change"&q=-"solar', "/feed.rss?q=%22climate+change%22&q=-solar"),
        ("?q=power+-solar,Café", "/feed.rss?q=cafe,power&q=-solar"),
        ("?title=C%2B%2B,,", "/feed.rss?title=%22c+plus+plus%22"),
        ("?lang=PT_br", "/feed.rss?lang=pt-br"),
        ("?since=02w&until=2026-01-02t14", "/feed.rss?since=14d&until=2026-01-02T14"),
        ("?min_heat=TOP07&min_quality=050", "/feed.rss?min_quality=50&min_heat=top7%25"),
        ("?has=video,-full,image", "/feed.rss?has=image,video&has=-full"),
        ("?limit=50&sort=newest&content=", "/feed.rss"),
        ("?limit=5&sort=heat&collapse=story&per_provider=3&content=full",
         "/feed.rss?collapse=story&sort=heat&per_provider=3&limit=5&content=full"),
        ("topics/ai/daily?sort=heat&collapse=story&limit=7", "/topics/ai/daily.rss?limit=7"),
        ("topics/ai/2026-01?sort=heat&limit=7&lang=en", "/topics/ai/2026-01.rss?lang=en"),
        ("feed/weekly?q=x&utm_source=y&_=1", "/feed/weekly.rss?q=x"),
        ("q=x&lang=en", "/feed.rss?q=x&lang=en"),
    ],
)  # fmt: skip
def test_a_question_has_one_address(asked: str, address: str) -> None:
    assert read(asked).address("rss") == address


@for_each(
    ("asked", "said"),
    [
        ("topic=!!!", "topic: not the name of a topic: '!!!'; use topic=oceans,cities"),
        ("topic=ai,-", "topic: not the name of a topic: 'ai,-'; use topic=oceans,cities"),
        ('provider=0,"', "provider: not a domain: '0,\"'; use provider=tidalpost.example"),
        ("provider=our house", "provider: not a domain: 'our house'; use provider=tidalpost.example"),
        ("lang=english", "lang: not a language tag: 'english'; use lang=en"),
        ("q=...", "q: no words: '...'; use q=tide \"oyster reefs\" -storm"),
        ("title=-", "title: no words: '-'; use title=harbour"),
        ("since=yesterday", "since: not a date or a span: 'yesterday'; use since=2026-01"),
        ("since=2021-13", "since: not a date or a span: '2021-13'; use since=2026-01"),
        ("until=0d", "until: not a date or a span: '0d'; use until=7d"),
        ("since=2021,2022", "since: not a date or a span: '2021,2022'; use since=2026-01"),
        ("min_heat=hot", "min_heat: not a whole number or a share: 'hot'; use min_heat=50"),
        ("min_heat=top0%", "min_heat: not a whole number or a share: 'top0%'; use min_heat=50"),
        ("min_quality=top101%",
         "min_quality: not a whole number or a share: 'top101%'; use min_quality=top10%"),
        ("has=pictures",
         "has: not one of image, audio, video, full: 'pictures'; use has=image,audio,video,full"),
        ("sort=best", "sort: not one of newest, heat, quality: 'best'; use sort=heat"),
        ("collapse=yes", "collapse: not story: 'yes'; use collapse=story"),
        ("per_provider=0", "per_provider: not a whole number from 1 to 200: '0'; use per_provider=3"),
        ("limit=5&limit=6", "limit: two values, 5 and 6; use one of them"),
        ("min_qualty=5", "min_qualty: unknown parameter; did you mean min_quality?"),
        ("topics=ai", "topics: unknown parameter; did you mean topic?"),
        ("query=tide", 'query: unknown parameter; use q, such as q=tide "oyster reefs" -storm'),
        ("Search=tide", "Search: unknown parameter; use q, such as"),
        ("s=tide", "s: unknown parameter; use q, such as"),
        ("keyword=", "keyword: unknown parameter; use q, such as"),
        ("tag=ai", "tag: unknown parameter; use topic, such as topic=oceans,cities"),
        ("tags=ai", "tags: unknown parameter; use topic, such as"),
        ("category=ai", "category: unknown parameter; use topic, such as"),
        ("cat=ai", "cat: unknown parameter; use topic, such as"),
        ("per_page=9", "per_page: unknown parameter; use limit, such as limit=20"),
        ("size=9", "size: unknown parameter; use limit, such as limit=20"),
        ("order=asc", "order: unknown parameter; use sort, such as sort=heat"),
        ("language=en", "language: unknown parameter; use lang, such as lang=en"),
        ("after=2026", "after: unknown parameter; use since, such as since=2026-01"),
        ("before=2026", "before: unknown parameter; use until, such as until=7d"),
        ("page=2", "page: unknown parameter; use limit=200 for more entries, an archive such as"),
        ("offset=20", "offset: unknown parameter; use limit=200 for more entries, an archive such as"),
        ("start=20", "start: unknown parameter; use limit=200"),
        ("skip=20", "skip: unknown parameter; use limit=200"),
        ("q=" + "x" * 501, "q: longer than 500 characters; shorten the value"),
        ("q=" + "+".join(f"w{n}" for n in range(65)), "q: too many terms (limit 64); shorten the query"),
        ("topic=" + ",".join(f"t{n}" for n in range(65)),
         "topic: too many terms (limit 64); shorten the query"),
        ("&".join(f"min_heat={n}" for n in range(65)),
         "min_heat: too many terms (limit 64); shorten the query"),
        ("topics/ai/providers/b/c/d",
         "feed: not a feed: 'topics/ai/providers/b/c/d'; use feed, topics/NAME"),
    ],
)  # fmt: skip
def test_a_malformed_query_is_refused_with_the_remedy(asked: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(asked)
    assert str(caught.value).startswith(said)


@for_each("provider", ["-b.org", "a.org,b.org", '"', "our house"])
def test_no_provider_is_called_by_what_is_no_domain(provider: str) -> None:
    with pytest.raises(UnknownFeed):
        parse([("provider", "!")], {"provider": provider})


TEXTS = st.text(max_size=60) | st.text(alphabet="aÄ0\",-. '%/?#", max_size=12)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
@example("", '0,"', "", "")
@example("", "!", "", "-b.org")
def test_any_query_is_read_or_refused(key: str, value: str, topic: str, provider: str) -> None:
    for name in (key, *PARAMETERS, *WINDOW):
        try:
            query = parse([(name, value)], {"topic": topic, "provider": provider})
        except (QueryError, UnknownFeed):
            continue
        assert parse(written(query), place_of(query)) == query
        assert read(query.address("rss").replace(".rss", "", 1)) == query


def test_a_named_feed_keeps_its_address_as_long_as_nothing_else_is_asked() -> None:
    named = {"best": msgspec.structs.replace(read("topics/ai?min_quality=80&limit=20"), name="best")}
    assert read("f/best", named).address("rss") == "/f/best.rss"
    assert read("f/best?utm_source=x&limit=20&topic=ai", named).address("rss") == "/f/best.rss"
    assert read("f/best/2026-01", named).address("rss") == "/f/best/2026-01.rss"
    assert read("f/best/daily", named).page == "/f/best/daily"
    other = read("f/best?limit=5", named)
    assert other.address("rss") == "/topics/ai.rss?min_quality=80&limit=5"
    with pytest.raises(UnknownFeed) as caught:
        read("f/bst", named)
    assert caught.value.nearest == ("best",)


@for_each(
    ("asked", "addresses"),
    [
        ("", []),
        ("utm_source=x", []),
        ("topic=ai,go&provider=b.org", ["/topics/ai.rss", "/topics/go.rss", "/providers/b.org.rss"]),
        (
            "topic=ai&topic=go,ai&topic=-rust",
            ["/topics/ai.rss?topic=-rust", "/topics/go.rss?topic=-rust"],
        ),
        ("topic=ai&min_heat=50&limit=5", ["/topics/ai.rss?min_heat=50&limit=5"]),
        ("q=x,y", ["/feed.rss?q=x,y"]),
        ("provider=-b.org", ["/feed.rss?provider=-b.org"]),
    ],
)
def test_a_list_has_a_feed_for_each_topic_and_provider_that_is_named(
    asked: str, addresses: list[str]
) -> None:
    assert [query.address("rss") for query in parse_list(parse_qsl(asked))] == addresses


@for_each(
    ("written", "topic"),
    [
        ("topic=C++", "c-plus-plus"), ("feed?topic=C++&limit=5", "c-plus-plus"), ("topic=R&D", "r-and-d"),
        ("topic=machine+learning", "machine-learning"), ("topic=C%2B%2B", "c-plus-plus"),
    ],
)  # fmt: skip
def test_a_name_is_read_as_it_was_typed(written: str, topic: str) -> None:
    assert read(written).topic == topic
