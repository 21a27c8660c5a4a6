"""OPML 2.0."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.article import Article, Provider, Taxonomy, Topic
from feeds.feed.directory import directory, on_offer
from feeds.feed.site import Site
from feeds.formats import FORMATS, opml
from feeds.index import Index
from feeds.query import Query
from tests.builders import article, index
from tests.table import for_each

SITE = Site("https://feeds.example", title="Example & <Sons>", authority="example.org")
TAXONOMY = Taxonomy(
    topics=(
        Topic("ai", "Artificial Intelligence"),
        Topic("ml", "Machine Learning", parent="ai"),
        Topic("vision", "Vision", parent="ml"),
        Topic("zoo", "Animals"),
    )
)
ARTICLES = (
    article(1, topics=("Vision",)),
    article(2, topics=("Zoo",), provider=Provider("bell.example", "Bell")),
    article(3, topics=("海",)),
)
NAMES = ("ai", "ml", "vision", "zoo", "海")
DOMAINS = ("bell.example", "example.org")


def made(index: Index, *queries: Query, extension: str = "rss", kind: str = "") -> bytes:
    listed = directory(SITE, index, queries or on_offer(SITE, index, kind))
    return opml.render(listed, extension)


def stock(*articles: Article) -> Index:
    return index(*(articles or ARTICLES), taxonomy=TAXONOMY)


def read(document: bytes) -> etree._Element:
    """Parse *document*, and check it against the specification."""
    root = etree.fromstring(document)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert [child.tag for child in root] == ["head", "body"]
    assert root.find("head/title").text
    assert len(root.find("body")), "there must be an outline"
    for outline in root.find("body").iter("outline"):
        assert outline.get("text")
        if outline.get("type"):
            assert outline.get("type") == "rss"
            assert outline.get("xmlUrl", "").startswith("https://feeds.example/")
            assert len(outline) == 0, "importers do not look for feeds inside of feeds"
    assert {element.tag for element in root.iter()} <= {"opml", "head", "title", "body", "outline"}
    return root


def shape(outline: etree._Element) -> object:
    if outline.get("xmlUrl"):
        return outline.get("xmlUrl").removeprefix("https://feeds.example")
    return outline.get("text"), [shape(child) for child in outline]


def test_topics_stand_below_their_parents_and_providers_by_themselves() -> None:
    assert [shape(outline) for outline in read(made(stock())).find("body")] == [
        "/feed.rss",
        (
            "Topics",
            [
                "/topics/zoo.rss",
                (
                    "Artificial Intelligence",
                    [
                        "/topics/ai.rss",
                        ("Machine Learning", ["/topics/ml.rss", "/topics/vision.rss"]),
                    ],
                ),
                "/topics/%E6%B5%B7.rss",
            ],
        ),
        ("Providers", ["/providers/bell.example.rss", "/providers/example.org.rss"]),
    ]


@for_each("extension", FORMATS)
def test_feeds_may_be_listed_in_any_format(extension: str) -> None:
    addresses = read(made(stock(), extension=extension)).xpath("//@xmlUrl")
    assert len(addresses) == 8
    assert all(address.endswith(f".{extension}") for address in addresses)


@for_each(("kind", "count"), [("", 8), ("topics", 5), ("providers", 2)])
def test_every_feed_is_listed_once(kind: str, count: int) -> None:
    addresses = read(made(stock(), kind=kind)).xpath("//@xmlUrl")
    assert len(addresses) == len(set(addresses)) == count


def test_the_list_is_the_same_in_whatever_order_articles_came() -> None:
    assert len({made(stock(*order)) for order in permutations(ARTICLES)}) == 1


def test_the_list_does_not_change_with_every_article() -> None:
    assert made(stock(*ARTICLES, article(9))) == made(stock(*ARTICLES, article(9), article(10)))


@given(
    st.lists(
        st.one_of(
            st.just(Query()),
            st.sampled_from(NAMES).map(Query),
            st.sampled_from(DOMAINS).map(lambda domain: Query("", domain)),
            st.tuples(st.sampled_from(NAMES), st.sampled_from(DOMAINS)).map(lambda pair: Query(*pair)),
        ),
        min_size=1,
    ),
    st.sampled_from(list(FORMATS)),
)
def test_any_selection_is_listed_whole_and_once(queries: list[Query], extension: str) -> None:
    addresses = read(made(stock(), *queries, extension=extension)).xpath("//@xmlUrl")
    assert sorted(addresses) == sorted({f"{SITE.url}{query.address(extension)}" for query in queries})


HOSTILE = st.text(min_size=1).filter(lambda name: any(c.isalnum() for c in name))


@given(HOSTILE, HOSTILE)
def test_no_name_breaks_the_list(topic: str, provider: str) -> None:
    stocked = index(article(1, topics=(topic,), provider=Provider("bell.example", provider)))
    assert len(read(made(stocked)).xpath("//@xmlUrl")) == 3


@for_each("name", ['"/><outline/>', "a\0b", "]]>x", "<b>&amp;", "a\nb\tc", "\u202ex"])
def test_names_are_shown_as_they_are(name: str) -> None:
    stocked = index(article(1, provider=Provider("bell.example", name)))
    shown = read(made(stocked, Query("", "bell.example"))).xpath("//outline[@xmlUrl]/@text")
    assert shown == [name.replace("\0", "")]


@for_each("name", [" ", "\0", "\x07\x08"])
def test_a_name_of_which_nothing_can_be_shown_becomes_the_address(name: str) -> None:
    stocked = index(article(1, provider=Provider("bell.example", name)))
    shown = read(made(stocked, Query("", "bell.example"))).xpath("//outline[@xmlUrl]/@text")
    assert shown == ["https://feeds.example/providers/bell.example"]


def test_a_list_without_feeds_is_valid() -> None:
    body = read(made(index(), kind="topics")).find("body")
    assert [shape(outline) for outline in body] == [("Example & <Sons>", [])]
