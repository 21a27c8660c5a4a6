"""Detection of articles on one event."""

import random
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations, groupby

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.article import Article, Provider, Related
from feeds.store.clusters import (
    HOUR,
    MAX_ADDRESS_GAP,
    MAX_COLUMN_GAP,
    MAX_TITLE_GAP,
    Join,
    Member,
    Occurrence,
    joins,
    keys,
    pairs,
    publisher,
    reach,
    windows,
)
from tests.builders import NOON, article
from tests.table import for_each

FERRY = "Ferry runs aground off the north coast"
HERE, THERE = Provider("here.example", "Here"), Provider("there.example", "There")


def article_after(number: int, hours: float = 0, **fields: object) -> Article:
    """Article *number*, published *hours* after the others, by its own provider."""
    published = NOON + timedelta(hours=hours)
    provider = Provider(f"{number}.example", f"Provider {number}")
    return article(number, **{"published": published, "provider": provider} | fields)


def naming(*urls: str) -> dict[str, object]:
    return {"related": tuple(Related("Another", url) for url in urls)}


def joined(*articles: Article) -> list[set[int]]:
    """The connected components of *articles*, as positions."""
    rows = sorted(
        (key, Occurrence(int(each.published.timestamp()), place, publisher(each)))
        for place, each in enumerate(articles)
        for key in keys(each)
    )
    found = [{place} for place in range(len(articles))]
    for key, members in groupby(rows, key=lambda row: row[0]):
        for one, other in pairs(key, (occurrence for _, occurrence in members)):
            first = next(each for each in found if one in each)
            second = next(each for each in found if other in each)
            if first is not second:
                first |= second
                found.remove(second)
    return sorted(found, key=min)


def are_one(*articles: Article) -> bool:
    return len(joined(*articles)) == 1


def test_two_on_different_matters_are_two() -> None:
    assert not are_one(
        article_after(1, title=FERRY), article_after(2, title="Bakers count their cider presses by hand")
    )


def test_an_article_that_links_to_another_joins_its_story_in_any_order() -> None:
    follow_up = naming("https://example.org/1")
    assert are_one(article_after(1), article_after(2, 5, **follow_up))
    assert are_one(article_after(1, 5), article_after(2, **follow_up))


def test_two_that_name_the_same_third_tell_its_story() -> None:
    assert are_one(
        article_after(1, **naming("https://x.org/a")), article_after(2, **naming("https://x.org/a"))
    )


def test_two_of_one_address_tell_one_story() -> None:
    assert are_one(article_after(1), article_after(2, url="https://example.org/1"))


@for_each(
    "address",
    [
        "http://example.org/a/b",
        "https://www.example.org/a/b",
        "https://EXAMPLE.org/a/b/",
        "https://example.org/a/b#comments",
        "https://example.org/a/b/?utm_source=feed&utm_medium=rss#top",
    ],
)
def test_an_address_is_the_same_however_it_is_written(address: str) -> None:
    assert are_one(article_after(1, url="https://example.org/a/b"), article_after(2, **naming(address)))


@for_each(
    "address",
    [
        "https://example.org/a",
        "https://example.org/a/B",
        "https://sub.example.org/a/b",
        "https://example.org/a/b?page=2",
        "https://example.org",
        "https://[broken/a/b",
        "",
    ],
)
def test_another_address_is_another(address: str) -> None:
    assert not are_one(
        article_after(1, url="https://example.org/a/b"), article_after(2, **naming(address))
    )


def test_an_argument_tells_pages_apart_and_an_order_in_them_is_kept() -> None:
    one = article_after(1, url="https://example.org/watch?v=1")
    assert are_one(one, article_after(2, **naming("https://www.example.org/watch?utm_campaign=x&v=1")))
    assert not are_one(one, article_after(2, **naming("https://example.org/watch?v=2")))


def test_the_front_page_of_a_site_is_no_story() -> None:
    assert not are_one(
        article_after(1, **naming("https://x.org/")), article_after(2, **naming("https://www.x.org"))
    )


@for_each(
    "title",
    [
        FERRY,
        "FERRY RUNS AGROUND: off the north coast!",
        "Férry runs aground off the north coast",
        "A ferry runs aground off the north coast",
        "Ferry runs aground off north coast",
        "Ferry runs aground off the south coast",
        "Off the north coast, ferry runs aground",
    ],
)
def test_titles_of_the_same_words_but_one_are_of_one_story(title: str) -> None:
    assert are_one(article_after(1, title=FERRY), article_after(2, title=title))


@for_each(
    "title",
    [
        "Two ferries run aground off the coast",
        "Ferry runs aground off the coast of Marrow Bay",
        "Ferry runs aground off the north coast, 14 hurt and 2 missing",
        "",
    ],
)
def test_titles_that_differ_in_more_are_not(title: str) -> None:
    assert not are_one(article_after(1, title=FERRY), article_after(2, title=title))


@for_each(
    ("one", "other"),
    [
        ("What we know so far", "What they know so far"),
        ("Watch it live", "Watch it live"),
        ("Weather, weather, weather and more weather", "More weather and weather"),
    ],
)
def test_fewer_than_five_words_in_common_are_a_phrase(one: str, other: str) -> None:
    assert not are_one(article_after(1, title=one), article_after(2, title=other))


@for_each(
    ("one", "other"),
    [
        ("This week in small harbours 430", "This week in small harbours 431"),
        ("This week in small harbours", "This week in small harbours 431"),
        ("Release notes for version v3 of Tide", "Release notes for version v4 of Tide"),
        ("Harbour prices in the spring of 2025", "Harbour prices in the spring of late"),
        ("Tide tables for the ٣ of May", "Tide tables for the ٤ of May"),
    ],
)
def test_a_word_with_a_digit_tells_two_editions_apart(one: str, other: str) -> None:
    assert not are_one(article_after(1, title=one), article_after(2, title=other))


def test_no_word_bridges_two_editions() -> None:
    title = "This week in our small harbours"
    numbered = [article_after(n, title=f"{title} {430 + n}") for n in (1, 2)]
    between = [
        article_after(3, title=title),
        article_after(4, title=f"{title} again"),
        article_after(5, title=f"{title} 431 again"),
    ]
    assert joined(*numbered, *between) == [{0, 4}, {1}, {2, 3}]


def test_in_scripts_without_spaces_only_the_same_title_is_the_same_story() -> None:
    assert are_one(article_after(1, title="渡轮在北海岸搁浅"), article_after(2, title="渡轮在北海岸搁浅"))
    assert not are_one(
        article_after(1, title="渡轮在北海岸搁浅"), article_after(2, title="渡轮在南海岸搁浅")
    )


@pytest.mark.parametrize(
    ("fields", "within"),
    [
        ((naming("https://x.org/a"), naming("https://x.org/a")), MAX_ADDRESS_GAP),
        (({"title": FERRY}, {"title": FERRY}), MAX_TITLE_GAP),
        (({"title": FERRY, "provider": HERE}, {"title": FERRY, "provider": HERE}), MAX_COLUMN_GAP),
        (({"title": FERRY, "provider": None},) * 2, MAX_COLUMN_GAP),
    ],
    ids=["related", "titles", "titles of one provider", "titles of one site"],
)
def test_they_were_published_near_each_other(
    fields: tuple[dict[str, object], dict[str, object]], within: int
) -> None:
    one = article_after(1, **fields[0])
    assert are_one(one, article_after(2, within / HOUR, **fields[1]))
    assert are_one(article_after(1, within / HOUR, **fields[0]), article_after(2, **fields[1]))
    assert not are_one(one, article_after(2, within / HOUR + 1 / HOUR, **fields[1]))


def test_a_column_that_has_the_same_title_every_day_is_a_story_a_day() -> None:
    daily = [article_after(day, day * 24 - day % 3, title=FERRY, provider=HERE) for day in range(8)]
    assert len(joined(*daily)) == 8


def test_a_cluster_connects_any_number_of_articles() -> None:
    chain = [article_after(n, 100 * n, **naming(f"https://example.org/{n - 1}")) for n in range(1, 9)]
    assert are_one(*chain)


def test_a_long_title_has_one_key() -> None:
    """A whole text in place of a title would have thousands of keys."""
    words = " ".join(f"word{'x' * n}" for n in range(5000))
    assert len(keys(article_after(1, title=words))) == 2


def near(one: Occurrence, other: Occurrence) -> bool:
    within = MAX_COLUMN_GAP if one.provider == other.provider else MAX_TITLE_GAP
    return abs(one.published - other.published) <= within


SECONDS = st.builds(lambda hours, more: hours * HOUR + more, st.integers(0, 9 * 24), st.integers(-1, 1))


@given(
    st.lists(
        st.tuples(st.integers(0, 45).map(lambda n: n * 4 * HOUR) | SECONDS, st.integers(0, 4)),
        max_size=25,
    )
)
def test_one_pass_finds_all_that_hang_together(times: list[tuple[int, int]]) -> None:
    """The pass gives the same result as a comparison of all pairs, and is quicker."""
    occurrences = sorted(Occurrence(at, place, provider) for place, (at, provider) in enumerate(times))
    every = [(a.article, b.article) for a, b in combinations(occurrences, 2) if near(a, b)]
    found = list(pairs(1, occurrences))
    assert set(found) <= set(every)
    assert components(found, len(times)) == components(every, len(times))


@given(st.lists(st.tuples(SECONDS, st.integers(0, 4)), max_size=25), st.integers(1, 5))
def test_articles_that_come_in_any_order_join_as_if_they_came_at_once(
    times: list[tuple[int, int]], batch: int
) -> None:
    rows = [(1, at, place, provider) for place, (at, provider) in enumerate(times)]
    every = [
        (a[2], b[2]) for a, b in combinations(rows, 2) if near(Occurrence(*a[1:]), Occurrence(*b[1:]))
    ]
    members = [Member(at, f"{place:02}", place, "") for _, at, place, _ in rows]
    for begin in range(0, len(rows), batch):
        known = sorted(rows[: begin + batch])
        [(_, low, high)] = windows(rows[begin : begin + batch])
        window = [row for row in known if low <= row[1] <= high]
        named = {each.id: each for each in members}
        for join in joins(window, members.__getitem__, named.__getitem__):
            members = [with_cluster(each, join) for each in members]
    expected = components(every, len(times))
    assert partition([each.cluster or each.id for each in members]) == partition(expected)


def with_cluster(member: Member, join: Join) -> Member:
    is_joined = member.number in join.numbers or member.cluster in join.merged
    return msgspec.structs.replace(member, cluster=join.cluster) if is_joined else member


def partition(names: Sequence[object]) -> list[int]:
    """For each position, the first position with the same name."""
    return [names.index(each) for each in names]


def components(found: list[tuple[int, int]], size: int) -> list[int]:
    """For each position, the lowest position in its component."""
    least = list(range(size))
    for _ in range(size):
        for one, other in found:
            least[one] = least[other] = min(least[one], least[other])
    return least


@pytest.mark.parametrize("providers", [1, 3, 3_000])
def test_a_flood_of_one_title_takes_no_longer_than_as_many_titles(providers: int) -> None:
    rng = random.Random(1)
    flood = sorted(
        Occurrence(rng.randrange(MAX_TITLE_GAP), n, rng.randrange(providers)) for n in range(3_000)
    )
    assert len(list(pairs(1, flood))) < 10_000


def test_keys_fit_what_a_database_calls_a_number() -> None:
    for key in keys(article_after(1, title=FERRY)):
        assert 0 <= key < 1 << 63
        assert reach(key) in (MAX_ADDRESS_GAP, MAX_TITLE_GAP)
    assert publisher(article_after(1)) < 1 << 32
