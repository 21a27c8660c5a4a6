"""The format-neutral feed, the input of all formats; ids and addresses."""

from datetime import UTC, datetime

import msgspec

from feeds.article import Image, Provider, Taxonomy, Topic
from feeds.feed import Feed, compose, content_key, fill, head
from feeds.feed.site import Site, feed_id
from feeds.index import Index
from feeds.query import Query
from feeds.query.selection import select
from tests.builders import NOON, article, index
from tests.table import for_each

LOGO = Image("https://bell.example/logo.png", 100, 50, "image/png")
BELL = Provider("bell.example", "Bell", "https://bell.example/", LOGO)
TAXONOMY = Taxonomy(
    title="The corpus", description="All of it", url="https://corpus.example", language="en_us",
    topics=(Topic("ml", "Machine Learning"),),
)  # fmt: skip
SITE = Site("https://feeds.example", authority="example.org", icon="https://feeds.example/icon.png")


def stock(taxonomy: Taxonomy = TAXONOMY) -> Index:
    return index(article(1, topics=("ML",), provider=BELL), article(2), taxonomy=taxonomy)


def made(query: Query = Query(), site: Site = SITE, taxonomy: Taxonomy = TAXONOMY) -> Feed:  # noqa: B008
    stocked = stock(taxonomy)
    return compose(site, stocked, select(stocked, query))


@for_each(
    ("query", "title", "description"),
    [
        (Query(), "The corpus", "All of it"),
        (Query("ml"), "Machine Learning · The corpus", "The newest articles on Machine Learning"),
        (Query("tests"), "Tests · The corpus", "The newest articles on Tests"),
        (Query("", "bell.example"), "Bell · The corpus", "The newest articles from Bell"),
        (
            Query("ml", "bell.example"),
            "Machine Learning · Bell · The corpus",
            "The newest articles on Machine Learning from Bell",
        ),
    ],
)
def test_a_feed_is_called_after_what_it_holds(query: Query, title: str, description: str) -> None:
    feed = made(query)
    assert (feed.title, feed.description) == (title, description)


@for_each(
    ("site", "taxonomy", "title", "description", "language"),
    [
        (SITE, TAXONOMY, "The corpus", "All of it", "en-US"),
        (SITE, Taxonomy(), "Feeds", "The newest articles of Feeds", "en"),
        (SITE, Taxonomy(title="C"), "C", "The newest articles of C", "en"),
        (
            msgspec.structs.replace(SITE, title="S", description="D", language="PT_br"),
            TAXONOMY, "S", "D", "pt-BR",
        ),
        (
            msgspec.structs.replace(SITE, title="S", language="zh-Hant-tw"),
            TAXONOMY, "S", "All of it", "zh-Hant-TW",
        ),
    ],
)  # fmt: skip
def test_empty_values_of_the_site_are_taken_from_the_corpus(
    site: Site, taxonomy: Taxonomy, title: str, description: str, language: str
) -> None:
    feed = made(site=site, taxonomy=taxonomy)
    assert (feed.title, feed.description, feed.language) == (title, description, language)
    assert (feed.site.title, feed.site.language) == (title, language)


@for_each("query", [Query(), Query("ml"), Query("ml", "bell.example", 7)])
def test_an_id_depends_neither_on_where_the_server_is_nor_on_how_much_is_asked(query: Query) -> None:
    elsewhere = msgspec.structs.replace(SITE, url="http://other.example:8080", title="Other")
    fewer = msgspec.structs.replace(query, limit=3)
    assert made(query).id == made(query, elsewhere).id == made(fewer).id


def test_the_authority_of_the_taxonomy_goes_before_that_of_the_site() -> None:
    feed = made(Query("ml"), taxonomy=msgspec.structs.replace(TAXONOMY, authority="fixed.example"))
    assert feed.id == "tag:fixed.example,2020:feeds/topics/ml"
    assert feed.site.authority == "fixed.example"


@for_each("taxonomy", [TAXONOMY, msgspec.structs.replace(TAXONOMY, authority="example.org")])
def test_an_authority_that_is_said_twice_changes_no_byte(taxonomy: Taxonomy) -> None:
    stocked = stock(taxonomy)
    assert key(stocked) == key(stock())
    assert made(taxonomy=taxonomy) == made()


def test_no_two_feeds_share_an_id() -> None:
    queries = [Query(), Query("ml"), Query("", "bell.example"), Query("ml", "bell.example")]
    assert len({made(query).id for query in queries}) == len(queries)


def test_an_id_is_a_tag_uri() -> None:
    assert feed_id(SITE, "/") == "tag:example.org,2020:feeds"
    assert feed_id(SITE, Query("größe").path) == "tag:example.org,2020:feeds/topics/gr%C3%B6%C3%9Fe"


def test_a_feed_has_an_address_in_every_format_and_one_for_people() -> None:
    feed = made(Query("ml", limit=10))
    assert feed.page == "https://feeds.example/topics/ml"
    assert feed.addresses["rss"] == "https://feeds.example/topics/ml.rss?limit=10"
    assert feed.addresses["json"] == "https://feeds.example/topics/ml.json?limit=10"


def test_a_provider_s_feed_has_its_logo_any_other_the_site_s_icon() -> None:
    assert made(Query("ml", "bell.example")).icon == LOGO
    assert made(Query("", "example.org")).icon == Image("https://feeds.example/icon.png")
    assert made(site=msgspec.structs.replace(SITE, icon="")).icon is None


def test_a_feed_was_updated_when_the_last_of_its_articles_was() -> None:
    late = NOON.replace(month=8)
    stocked = index(article(1, updated=late), article(2))
    assert compose(SITE, stocked, select(stocked, Query())).updated == late
    assert compose(SITE, stocked, select(stocked, Query(limit=1))).updated < late


def test_an_empty_feed_was_updated_when_ids_began() -> None:
    empty = index()
    feed = compose(SITE, empty, select(empty, Query()))
    assert feed.articles == ()
    assert feed.updated == datetime(2020, 1, 1, tzinfo=UTC)


def test_a_head_filled_is_the_whole() -> None:
    stocked = stock()
    selection = select(stocked, Query("ml"))
    begun = head(SITE, stocked, selection)
    assert begun.articles == ()
    assert fill(begun, selection) == compose(SITE, stocked, selection) == made(Query("ml"))


def key(stocked: Index, query: Query = Query(), site: Site = SITE) -> bytes:  # noqa: B008
    selection = select(stocked, query)
    return content_key(head(site, stocked, selection), selection)


def test_the_key_is_of_the_content_and_nothing_else() -> None:
    one, two = article(1), article(2)
    assert key(index(one, two)) == key(index(two, one, revision=9, now=NOON.timestamp() + 10**6))
    far, farther = article(-90), article(-91)
    assert key(index(far, one, two), Query(limit=1)) != key(index(two), Query(limit=1))
    assert key(index(farther, far, one, two), Query(limit=1)) != key(index(far, two), Query(limit=1))


@for_each(
    "other",
    [
        key(index(article(1, title="Edited"))),
        key(index(article(1, updated=NOON.replace(year=2027)))),
        key(index(article(1), article(2))),
        key(index()),
        key(index(article(1)), Query("tests")),
        key(index(article(1)), Query(limit=7)),
        key(index(article(1)), site=msgspec.structs.replace(SITE, title="Other")),
        key(index(article(1), taxonomy=Taxonomy(title="Other"))),
    ],
)
def test_the_key_differs_where_anything_that_shows_does(other: bytes) -> None:
    assert other != key(index(article(1)))
