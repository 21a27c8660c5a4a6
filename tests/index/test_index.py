"""The Index, compared with a list of articles that is searched one by one."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from feeds.article import Article, Provider, Taxonomy, Topic, slugify, tombstone_facets
from feeds.errors import StoreError, UnknownFeed
from feeds.index import Index
from feeds.index.articles import article as decoded
from feeds.index.articles import headlines
from feeds.index.builder import apply, build, release
from feeds.index.documents import MIN_SCATTERED
from feeds.index.search_cache import MAX_CACHED_SEARCHES
from feeds.query import Query
from feeds.query.selection import select
from feeds.store import Record, Snapshot, Tombstone, address
from tests.builders import LATER, NOON, article, index, record, snapshot
from tests.examples import examples
from tests.table import for_each, pairs

TAXONOMY = Taxonomy(
    topics=(
        Topic("ai", "Artificial Intelligence", aliases=("artificial-intelligence",)),
        Topic("gpt", "Transformers", parent="ml", aliases=("go-pt", "ml")),  # "ml" is a topic itself
        Topic("ml", "Machine Learning", parent="ai"),
        Topic("empty", "Nothing Yet"),
    ),
    organizations=(Provider("a.example", "The A"), Provider("silent.example", "Silent")),
)
PARENTS = {"ai": [], "ml": ["ai"], "gpt": ["ml", "ai"]}
ALIASES = {"artificial-intelligence": "ai", "go-pt": "gpt"}

TOPICS = ["AI", "Artificial Intelligence", "ML", "GPT", "Go PT", "Go", "go", "GO!", "Rust"]
PROVIDERS = [
    None, Provider("a.example", "A"), Provider("b.example", "B"), Provider("b.example", "Bee"),
    Provider("b.example", "B", "https://b.example/"),
]  # fmt: skip
PLACES = [
    (topic, provider)
    for topic in ("", "ai", "artificial-intelligence", "ml", "gpt", "go-pt", "go", "rust", "empty", "no")
    for provider in ("", "a.example", "b.example", "silent.example", "no.example")
]
QUERIES = [Query(*place, limit) for place, limit in pairs(PLACES, (3, 200))]


class Naive:
    """A list of articles that is searched one by one: the reference implementation."""

    def __init__(self, records: dict[str, Record], now: float) -> None:
        self.articles = sorted(
            (decoded(each) for each in records.values() if each.published <= now),
            key=lambda each: (each.published, each.id),
            reverse=True,
        )
        self.due = min(
            (each.published for each in records.values() if each.published > now), default=None
        )

    def matching(self, query: Query) -> list[str]:
        return [
            each.id
            for each in self.articles
            if (not query.topic or ALIASES.get(query.topic, query.topic) in topics_of(each))
            and (not query.provider or (each.provider and each.provider.domain == query.provider))
        ]


def topics_of(article: Article) -> set[str]:
    named = {ALIASES.get(slugify(name), slugify(name)) for name in article.topics}
    return named.union(*(PARENTS.get(slug, []) for slug in named))


def asked(index: Index, query: Query) -> tuple[Any, ...]:
    """The result of *query* on *index*, as comparable values."""
    try:
        found = select(index, query)
    except UnknownFeed as error:
        return ("unknown", error.nearest)
    return ([each.id for each in found.records], found.total, found.modified, found.query)


def seen(index: Index) -> list[Any]:
    """All observable results of *index*."""
    listings = index.listings
    return [
        len(index), index.revision, index.due,
        listings.topics(), listings.providers(), listings.authors(),
        [asked(index, query) for query in QUERIES],
        [listings.provider(f"{name}.example") for name in ("a", "b", "silent", "no")],
        sorted(listings.known("type")),
    ]  # fmt: skip


class Step(NamedTuple):
    """A change of the corpus, *later* seconds after the one before it."""

    put: list[Article]
    removed: list[str]
    later: int
    whole: bool


numbers = st.integers(0, 25)
articles = st.builds(
    lambda number, second, topics, provider, type_, authors: article(
        number,
        published=NOON + timedelta(seconds=second),
        updated=NOON + timedelta(seconds=second),
        topics=tuple(topics),
        provider=provider,
        type=type_,
        authors=tuple(authors),
    ),
    numbers,
    st.integers(0, 60),
    st.lists(st.sampled_from(TOPICS), max_size=3),
    st.sampled_from(PROVIDERS),
    st.sampled_from(["", "news", "learning"]),
    st.lists(st.sampled_from(["Ada", "ADA", "José", "Jose <jose@example.org>"]), max_size=2),
)
steps = st.builds(
    Step,
    st.lists(articles, max_size=6, unique_by=lambda each: each.id),
    st.lists(numbers.map(lambda number: f"tag:example.org,2020:{number}"), max_size=2),
    st.integers(0, 25),
    st.sampled_from([False] * 9 + [True]),
)


@settings(max_examples=examples(10))
@given(st.lists(steps, max_size=8), st.randoms(use_true_random=False))
def test_an_updated_index_equals_one_built_whole(steps: list[Step], shuffled: random.Random) -> None:
    records: dict[str, Record] = {}
    tombstones: list[Tombstone] = []
    now = NOON.timestamp()
    made = build(snapshot(taxonomy=TAXONOMY), now)
    former = [(made, seen(made))]
    for revision, step in enumerate(steps, 2):
        now += step.later
        made = release(made, now)
        put = [record(each, changed=int(now)) for each in step.put]
        touched = step.removed + [each.id for each in put]
        left = [
            Tombstone(int(now), tombstone_facets(decoded(records[id_])))
            for id_ in touched
            if id_ in records and records[id_].published <= now
        ]
        tombstones += left
        removed = [id_ for id_ in step.removed if id_ not in {each.id for each in put}]
        for id_ in removed:
            records.pop(id_, None)
        records.update((each.id, each) for each in put)
        listed = list(records.values())
        shuffled.shuffle(listed)
        everything = Snapshot(
            revision=revision, records=listed, removed=[], tombstones=tombstones,
            taxonomy=TAXONOMY, partial=False,
        )  # fmt: skip
        changes = Snapshot(
            revision=revision, records=put, removed=removed, tombstones=left,
            taxonomy=TAXONOMY, partial=True,
        )  # fmt: skip
        made = apply(made, everything if step.whole else changes, now)
        made_seen = seen(made)
        assert made_seen == seen(build(everything, now))
        naive = Naive(records, now)
        assert made.due == naive.due
        for query in QUERIES:
            answer = asked(made, query)
            if answer[0] != "unknown":
                expected = naive.matching(query)
                assert answer[:2] == (expected[: query.limit], len(expected))
            else:
                assert not naive.matching(query)
        former.append((made, made_seen))
    assert all(seen(earlier) == then for earlier, then in former), "an earlier index has changed"


def test_articles_between_two_others_always_find_room() -> None:
    """All positions are renewed if none is free between two articles."""
    made = index(article(0), article(1))
    for number in range(2, 80):
        published = NOON + timedelta(seconds=80 - number)
        made = apply(made, partial(article(number, published=published)), LATER)
    assert numbers_of(made) == [1, *range(2, 80), 0]


def test_neighbours_that_change_together_keep_their_positions() -> None:
    """New positions would copy the whole index, which forked processes share."""
    articles = [article(n, published=NOON + timedelta(seconds=n)) for n in range(50)]
    made = index(*articles)
    edited = [msgspec.structs.replace(each, title="Edited") for each in articles[10:40]]
    new = [article(n, published=NOON + timedelta(seconds=n % 3 + 20)) for n in range(60, 63)]
    after = apply(made, partial(*edited, *new), LATER)
    assert [after.position(record(each)) for each in articles] == [
        made.position(record(e)) for e in articles
    ]
    assert len(after) == 53
    assert numbers_of(after) == numbers_of(index(*articles[:10], *edited, *articles[40:], *new))


def partial(*articles: Article, **fields: Any) -> Snapshot:
    return snapshot(*articles, partial=True, **{"revision": 2} | fields)


def numbers_of(made: Index, query: Query = Query(limit=200)) -> list[int]:  # noqa: B008
    return [int(each.id.rpartition(":")[2]) for each in select(made, query).records]


URLS = [f"https://example.org/{name}" for name in ("plumless", "buckeroo", "other")]  # two of one CRC-32


@settings(max_examples=examples(20))
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 80), st.sampled_from([None, *URLS])), max_size=4), max_size=6
    )
)
def test_an_article_is_found_by_its_id_and_its_url_the_newest_of_several(
    changes: list[list[tuple[int, str | None]]],
) -> None:
    """An index and its successor share the array of addresses, which lacks the articles that changed."""
    assert address(URLS[0]) == address(URLS[1])
    known = {number: URLS[number % 2] for number in range(0, 80, 2)}
    made = index(*(article(number, url=url) for number, url in known.items()))
    for each in changes:
        put = {number: url for number, url in each if url}
        gone = {number for number, url in each if not url} - {*put}
        known = {number: url for number, url in known.items() if number not in gone} | put
        made = apply(
            made,
            partial(
                *(article(number, url=url) for number, url in put.items()),
                removed=[article(number).id for number in gone],
            ),
            LATER,
        )
        for url in (*URLS, "https://example.org/nowhere"):
            newest = max((number for number in known if known[number] == url), default=None)
            found = made.find(url)
            assert (found and found.id) == (None if newest is None else article(newest).id)
        assert {number for number in range(81) if made.find(article(number).id)} == {*known}


@for_each("count", [0, 1, 30, 60])
def test_few_and_many_articles_are_ranked_alike(count: int) -> None:
    """The 40 values are looked up for 60 articles; 30 articles are fewer, and are read."""
    heats = [(number % 40) - 5 for number in range(60)]
    made = index(*(article(number, heat=heat) for number, heat in enumerate(heats)))
    some = sorted(random.Random(count).sample(range(60), count))
    found = [
        sorted(int(each.id.rpartition(":")[2]) for each in made.records(part))
        for part in made.ranked(BitMap(made.position(record(article(number))) for number in some), "heat")
    ]
    values = sorted({heats[number] for number in some}, reverse=True)
    assert found == [[number for number in some if heats[number] == value] for value in values]


def test_the_order_of_the_input_does_not_matter() -> None:
    all_ = [
        article(n, published=NOON + timedelta(days=n // 3), topics=(f"Topic {n % 4}",)) for n in range(30)
    ]
    backwards = index(*reversed(all_))
    assert seen(index(*all_)) == seen(backwards)
    assert numbers_of(index(*all_), Query("topic-1")) == numbers_of(backwards, Query("topic-1"))


def test_articles_of_one_second_are_in_the_order_of_their_ids() -> None:
    assert numbers_of(index(*(article(n, published=NOON) for n in (2, 3, 1)))) == [3, 2, 1]


def test_a_topic_is_called_as_the_taxonomy_has_it_else_as_most_articles_do() -> None:
    made = index(
        article(1, topics=("go", "ml")), article(2, topics=("Go",)), article(3, topics=("Go", "ML")),
        taxonomy=TAXONOMY,
    )  # fmt: skip
    assert (made.listings.topic("go").name, made.listings.topic("go").count) == ("Go", 2 + 1)
    assert made.listings.topic("ml").name == "Machine Learning"
    assert made.listings.topic("ml").parent == "ai"
    assert made.listings.topic("ai").count == 2


def test_a_slug_is_known_if_it_is_one_of_the_known_slugs() -> None:
    gone = msgspec.structs.replace(TAXONOMY.topics[0], gone=True)
    taxonomy = msgspec.structs.replace(TAXONOMY, topics=(gone, *TAXONOMY.topics[1:]))
    listings = index(
        article(1, topics=("AI", "Go"), authors=("Ada",), type="news"), article(2, provider=PROVIDERS[2]),
        taxonomy=taxonomy,
    ).listings  # fmt: skip
    kinds = ("topic", "provider", "author", "type", "lang", "has")
    slugs = {slug for kind in kinds for slug in listings.known(kind)} | {"ai", "never"}
    for kind in kinds:
        assert {slug for slug in slugs if listings.is_known(kind, slug)} == listings.known(kind)


def test_an_article_that_repeats_itself_has_one_voice() -> None:
    made = index(
        article(1, topics=("GO", "GO", "go!")), article(2, topics=("Go",)), article(3, topics=("Go",))
    )
    assert (made.listings.topic("go").name, made.listings.topic("go").count) == ("Go", 3)


def test_the_name_of_a_topic_changes_with_the_articles_that_leave() -> None:
    made = index(article(1, topics=("GO",)), article(2, topics=("Go",)), article(3, topics=("Go",)))
    assert made.listings.topic("go").name == "Go"
    made = apply(made, partial(removed=[article(2).id, article(3).id]), LATER)
    assert made.listings.topic("go").name == "GO"


def test_a_provider_is_as_the_taxonomy_has_it_else_as_most_articles_do() -> None:
    made = index(
        *(article(n, provider=provider) for n, provider in enumerate(PROVIDERS)),
        article(9, provider=PROVIDERS[2]), taxonomy=TAXONOMY,
    )  # fmt: skip
    assert made.listings.provider("a.example").name == "The A"
    assert made.listings.provider("b.example") == PROVIDERS[2]
    assert [(each.slug, each.count) for each in made.listings.providers()] == [
        ("b.example", 4),
        ("a.example", 1),
    ]


def test_a_topic_is_its_own_before_it_is_an_alias_of_another() -> None:
    made = index(article(1, topics=("ML",)), taxonomy=TAXONOMY)
    assert made.canonical("topic", "ml") == "ml"
    assert numbers_of(made, Query("gpt")) == []


def test_an_empty_topic_of_the_taxonomy_is_on_offer_and_an_empty_provider_is_not() -> None:
    made = index(taxonomy=TAXONOMY)
    assert [each.slug for each in made.listings.topics()] == ["ai", "ml", "empty", "gpt"]
    assert {each.newest for each in made.listings.topics()} == {0}
    assert made.listings.providers() == []


def test_a_listing_tells_when_its_newest_article_was_published() -> None:
    (topic,) = index(article(3), article(5), article(4)).listings.topics()
    assert topic.newest == int(article(5).published.timestamp())


@for_each("early", [0, 1])
def test_a_scheduled_article_appears_at_its_instant(early: int) -> None:
    instant = article(5).published.timestamp()
    made = index(article(1), article(5), now=instant - 10)
    assert made.due == instant
    later = release(made, instant - early)
    assert len(later) == (1 if early else 2)
    assert later.due == (instant if early else None)
    assert len(made) == 1


def test_a_change_brings_what_was_due_with_it() -> None:
    instant = article(5).published.timestamp()
    made = apply(index(article(5), now=instant - 10), partial(article(1)), instant)
    assert numbers_of(made) == [5, 1]
    assert made.due is None


def test_a_scheduled_article_may_be_put_off_or_withdrawn() -> None:
    now = NOON.timestamp()
    made = index(article(5), article(6), now=now)
    made = apply(made, partial(article(5, published=article(7).published), removed=[article(6).id]), now)
    assert made.due == article(7).published.timestamp()
    assert numbers_of(release(made, LATER)) == [5]


def test_removing_what_is_not_there_changes_nothing() -> None:
    made = index(article(1))
    assert seen(apply(made, partial(removed=["nobody"], revision=1), LATER)) == seen(made)


def test_a_site_of_many_authors_goes_by_its_domain() -> None:
    one, two = Provider("tube.example", "Ada"), Provider("tube.example", "Grace")
    several = index(article(1, provider=one), article(2, provider=two), article(3, provider=one))
    assert several.listings.provider("tube.example").name == "Ada"
    even = index(article(1, provider=one), article(2, provider=two))
    assert even.listings.provider("tube.example").name == "tube.example"


class Answering:
    """A search that finds *numbers*, and records its calls."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.asked: list[tuple[Sequence[tuple[str, ...]], bool]] = []

    def __call__(self, phrases: Sequence[tuple[str, ...]], titles: bool) -> list[int]:
        self.asked.append((phrases, titles))
        return self.numbers


def numbered(*articles: Article, **fields: Any) -> Snapshot:
    """A snapshot of *articles* with numbers in the store: article 3 has number 3."""
    made = snapshot(**fields)
    made.records = [record(each, number=int(each.id.rpartition(":")[2])) for each in articles]
    return made


def matches(made: Index, *phrase: str, titles: bool = False) -> list[int]:
    return [each.number for each in made.newest(made.matching((phrase,), titles), 200)]


def test_matches_are_the_positions_of_the_numbers_found() -> None:
    search = Answering(2, 3, 5)
    made = build(numbered(article(5), article(1), article(3), article(2)), LATER, search)
    assert matches(made, "two", "words", titles=True) == [5, 3, 2]
    assert search.asked == [((("two", "words"),), True)]


@for_each("share", [0.1, 0.45, 0.7, 1])
def test_any_share_of_many_articles_may_match(share: float) -> None:
    many = range(1, 3 * MIN_SCATTERED)
    shuffled = random.Random(7).sample(many, len(many))
    kept, one = snapshot(), record(article(1))
    kept.records = [
        msgspec.structs.replace(one, id=f"tag:{number}", number=number, published=second)
        for number, second in zip(many, shuffled, strict=True)
    ]
    wanted = sorted(random.Random(8).sample(many, int(share * len(many))))
    made = build(kept, LATER, Answering(*wanted))
    found = made.records(made.matching((("tests",),), False))
    assert [each.published for each in found] == sorted(shuffled[number - 1] for number in wanted)


def test_without_a_search_nothing_matches() -> None:
    assert matches(index(article(1)), "tests") == []


def test_numbers_that_the_index_does_not_know_of_are_left_out() -> None:
    """Such numbers are of newer, scheduled or unrecorded articles."""
    search = Answering(0, 1, 2, 3, 4, 9, 1000)
    now = article(3).published.timestamp() - 1
    made = build(numbered(article(1), article(3), article(4)), now, search)
    assert matches(made, "tests") == [1]
    assert matches(release(made, now + 1), "tests") == [3, 1]
    assert matches(made, "tests") == [1]
    unrecorded = build(snapshot(article(1), article(2)), now, search)
    assert matches(unrecorded, "tests") == []
    assert matches(apply(unrecorded, numbered(article(3), partial=True), LATER), "tests") == [3]


def test_an_answer_is_remembered_until_something_changes() -> None:
    search = Answering(1, 2)
    made = build(numbered(article(1)), LATER, search)
    for _ in range(3):
        assert matches(made, "a") == matches(made, "a", titles=True) == [1]
    assert len(search.asked) == 2
    after = apply(made, numbered(article(2), partial=True), LATER)
    assert (matches(after, "a"), matches(made, "a")) == ([2, 1], [1])
    assert len(search.asked) == 3


def test_only_the_last_answers_are_remembered() -> None:
    search = Answering(1)
    made = build(numbered(article(1)), LATER, search)
    for number in range(MAX_CACHED_SEARCHES + 1):
        made.matching(((str(number),),), False)
    made.matching(((str(MAX_CACHED_SEARCHES),),), False)
    assert len(search.asked) == MAX_CACHED_SEARCHES + 1
    made.matching((("0",),), False)
    assert len(search.asked) == MAX_CACHED_SEARCHES + 2


def test_a_store_that_cannot_be_read_is_not_remembered() -> None:
    failing = [True]

    def search(phrases: Sequence[tuple[str, ...]], titles: bool) -> list[int]:
        if failing.pop():
            raise StoreError("store.db", "not now", "wait")
        return [1]

    made = build(numbered(article(1)), LATER, search)
    with pytest.raises(StoreError):
        made.matching((("a",),), False)
    failing.append(False)
    assert matches(made, "a") == [1]


def test_any_number_of_threads_may_ask() -> None:
    made = build(numbered(article(1), article(2)), LATER, Answering(1, 2))
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(matches, made, str(number % 50)) for number in range(500)]
        assert all(each.result() == [2, 1] for each in asked)


@settings(max_examples=examples(30))
@given(st.lists(steps, max_size=8))
def test_a_number_leads_to_its_article_after_any_changes(steps: list[Step]) -> None:
    """The search finds all numbers, including those of removed articles."""
    search = Answering(*range(30))
    made = build(numbered(), NOON.timestamp(), search)
    now = NOON.timestamp()
    held: dict[str, Article] = {}
    for revision, step in enumerate(steps, 2):
        now += step.later
        put = [each for each in step.put if not each.id.endswith(":0")]
        for id_ in step.removed:
            held.pop(id_, None)
        held.update((each.id, each) for each in put)
        removed = [id_ for id_ in step.removed if id_ not in held]
        if step.whole:
            made = apply(made, numbered(*held.values(), revision=revision), now)
        else:
            made = apply(made, numbered(*put, revision=revision, removed=removed, partial=True), now)
        assert made.matching((("any",),), False) == made.everything
        assert matches(made, "any") == numbers_of(made)


@given(
    st.lists(st.integers(0, 60), max_size=40),
    st.lists(st.integers(-5, 70), max_size=8).map(sorted),
)
def test_a_mark_stands_before_all_of_its_second_and_later(days: list[int], marked: list[int]) -> None:
    made = index(*(dated(number, day) for number, day in enumerate(days)))
    seconds = [int((NOON + timedelta(days=day)).timestamp()) for day in marked]
    for day, mark in zip(marked, made.marks(seconds), strict=True):
        assert len([position for position in made.everything if position >= mark]) == sum(
            d >= day for d in days
        )


def dated(number: int, day: int) -> Article:
    published = NOON + timedelta(days=day)
    return article(number, published=published, updated=published)


def test_a_headline_is_read_with_its_language() -> None:
    made = index(article(1, title="Une journée", language="fr"), article(2))
    assert list(headlines(made.newest(made.everything, 2))) == [
        ("Title 2", ""),
        ("Une journée", "fr"),
    ]
