"""The feeds that a change touches, compared with those found among all feeds on offer."""

import sys
from collections.abc import Callable, Sequence
from types import FrameType

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from feeds.article import Provider, Taxonomy, Topic
from feeds.errors import GoneFeed, UnknownFeed
from feeds.feed.directory import on_offer
from feeds.feed.site import NamedQuery, Site
from feeds.formats import FOR_READERS
from feeds.index import Index
from feeds.index.changed_facets import EVERYTHING, ChangedFacets, changed_facets
from feeds.push.evaluation import is_touched
from feeds.push.topics import FeedTopic
from feeds.push.touched_feeds import touched_addresses
from feeds.query.grammar import read
from feeds.query.parameters.author import AUTHOR
from tests.builders import LATER, article, index

SITE = Site(
    "https://feeds.example",
    title="Example",
    authority="example.org",
    named=tuple(
        NamedQuery(msgspec.structs.replace(read(asked), name=name), name)
        for name, asked in [
            ("sea", "feed?topic=oceans"),
            ("hot", "feed?sort=heat"),
            ("lost", "feed?topic=lost"),
        ]
    ),
)
TAXONOMY = Taxonomy(
    topics=(
        Topic("oceans", "Oceans", aliases=("seas",)),
        Topic("reefs", "Reefs", parent="oceans"),
        Topic("old", "Old", gone=True),
        Topic("empty", "Empty"),
    ),
    organizations=(Provider("silent.example", "Silent"),),
)
TOPICS = ("oceans", "seas", "reefs", "old", "empty", "art", "lost")
PROVIDERS = ("a.example", "b.example", "silent.example")
AUTHORS = ("Ada", "Bo", "Cy")
facets = st.one_of(
    st.tuples(st.just("topic"), st.sampled_from(TOPICS)),
    st.tuples(st.just("provider"), st.sampled_from(PROVIDERS)),
    st.tuples(st.just("author"), st.sampled_from([each.lower() for each in AUTHORS])),
    st.tuples(st.just("type"), st.just("video")),
)
changes = st.just(EVERYTHING) | st.builds(
    lambda found, articles, ratings: ChangedFacets(found if articles else frozenset(), articles, ratings),
    st.frozensets(facets),
    st.booleans(),
    st.booleans(),
)
ASKED = (
    "feed?topic=art",
    "feed?topic=seas&lang=en",
    "feed?collapse=story",
    "feed?author=ada",
    "feed?topic=x",
)


def topics_of(asked: str) -> list[FeedTopic]:
    query = read(asked)
    return [FeedTopic(f"{SITE.url}{query.address('atom')}", query, "atom")]


@st.composite
def indexes(draw: st.DrawFn) -> Index:
    return index(
        *(
            article(
                number,
                topics=tuple(draw(st.lists(st.sampled_from(TOPICS), max_size=2))),
                authors=tuple(draw(st.lists(st.sampled_from(AUTHORS), max_size=2, unique=True))),
                provider=draw(st.none() | st.sampled_from(PROVIDERS).map(lambda it: Provider(it, it))),
            )
            for number in range(draw(st.integers(0, 6)))
        ),
        taxonomy=TAXONOMY,
    )


def by_a_look_at_all(index: Index, changes: ChangedFacets, subscribed: Sequence[FeedTopic]) -> list[str]:
    offered = [
        FeedTopic(SITE.url + query.address(each.extension), query, each.extension)
        for query in on_offer(SITE, index)
        for each in FOR_READERS
    ]
    unique = {each.address: each for each in (*offered, *subscribed)}
    return [address for address, topic in unique.items() if touches(index, topic, changes)]


def touches(index: Index, topic: FeedTopic, changes: ChangedFacets) -> bool:
    try:
        return changes.any and is_touched(index, topic, changes)
    except (UnknownFeed, GoneFeed):
        return False


@given(indexes(), changes, st.lists(st.sampled_from(ASKED), max_size=3, unique=True))
def test_the_feeds_are_those_of_a_look_at_all_on_offer(
    made: Index, changed: ChangedFacets, asked: list[str]
) -> None:
    subscribed = [topic for each in asked for topic in topics_of(each)]
    found = touched_addresses(made, changed, SITE, subscribed)
    assert found == by_a_look_at_all(made, changed, subscribed)


def test_a_change_of_an_article_touches_its_feeds_and_no_other_of_one_value() -> None:
    made = index(article(1, topics=("Art",)), article(2, topics=("Oceans",)), taxonomy=TAXONOMY)
    since = int(article(1).published.timestamp())
    found = touched_addresses(made, changed_facets(made, since), SITE, ())
    feeds = ["feed", "f/sea", "f/hot", "topics/oceans", "providers/example.org"]
    assert [each for each in found if each.endswith(".atom")] == [f"{SITE.url}/{it}.atom" for it in feeds]


def test_the_work_does_not_grow_with_the_number_of_feeds_on_offer() -> None:
    site = msgspec.structs.replace(SITE, named=())
    changed = ChangedFacets(frozenset({("topic", "t1"), ("provider", "p1.example")}), articles=True)
    few, many = (
        index(
            *(
                article(n, topics=(f"T{n}",), provider=Provider(f"p{n}.example", "P"))
                for n in range(count)
            )
        )
        for count in (10, 200)
    )
    assert calls(lambda: touched_addresses(few, changed, site, ())) == calls(
        lambda: touched_addresses(many, changed, site, ())
    )


def calls(work: Callable[[], object]) -> int:
    """The number of Python functions that *work* calls, after it was done once."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    work()
    former = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(former)
    return count


def test_the_listed_authors_are_those_with_the_most_articles_of_all() -> None:
    """Authors with equally many articles are in the order of their names."""
    made = index(
        *(
            article(number, authors=tuple(f"Author {n}" for n in range(number % 3, 150, 1 + number)))
            for number in range(1, 6)
        ),
        now=LATER,
    )
    every = AUTHOR.offered(made)
    assert len(every) > AUTHOR.max_listed
    assert AUTHOR.listed(made) == every[: AUTHOR.max_listed]
    some = {each.slug for each in every[90:110]}
    assert AUTHOR.listed_among(made, some) == every[90 : AUTHOR.max_listed]
