"""The podcast that a feed is."""

import msgspec

from feeds.article import Enclosure, Provider, Taxonomy, Topic
from feeds.article.podcast import Podcast, guid_of
from feeds.feed import Feed, compose, content_key, head
from feeds.feed.site import NamedQuery, Site
from feeds.index import Index
from feeds.query import Query
from feeds.query.clause import Clause
from feeds.query.grammar import read
from feeds.query.selection import select
from tests.builders import article, index
from tests.table import for_each

SHOW = Podcast(image="https://example.org/artwork.jpg", category=("Science",), explicit=False)
BELL = Provider("bell.example", "Bell", "https://bell.example/")
TAXONOMY = Taxonomy(
    title="The Sea",
    topics=(Topic("tides", "Tides", podcast=SHOW), Topic("ships", "Ships", parent="tides")),
    organizations=(msgspec.structs.replace(BELL, podcast=SHOW),),
)
SITE = Site(
    "https://feeds.example",
    named=(
        NamedQuery(msgspec.structs.replace(read("has=audio"), name="talks"), "Talks", "All talks", SHOW),
        NamedQuery(msgspec.structs.replace(read("has=audio"), name="best"), "The Best"),
    ),
)


def stock(taxonomy: Taxonomy = TAXONOMY) -> Index:
    sound = Enclosure("https://example.org/1.mp3", "audio/mpeg", 1)
    return index(
        article(1, topics=("Tides",), provider=BELL, enclosures=(sound,)),
        article(2, topics=("Ships",)),
        taxonomy=taxonomy,
    )


def made(query: Query, taxonomy: Taxonomy = TAXONOMY) -> Feed:
    stocked = stock(taxonomy)
    named = next((each.query for each in SITE.named if each.query.name == query.name), query)
    return compose(SITE, stocked, select(stocked, named))


def named(name: str, **fields: str) -> Query:
    return msgspec.structs.replace(read("has=audio"), name=name, **fields)


@for_each(
    "query",
    [
        Query("tides"),
        Query("tides", limit=200),
        Query("tides", content="summary"),
        Query("", "bell.example"),
        named("talks"),
    ],
)
def test_a_feed_is_the_podcast_that_its_description_declares(query: Query) -> None:
    found = made(query).podcast
    assert isinstance(found, Podcast)
    assert (found.image, found.category, found.explicit) == (SHOW.image, SHOW.category, SHOW.explicit)


@for_each(
    "query",
    [
        Query(),
        Query("ships"),
        Query("tides", "bell.example"),
        Query("tides", archive="2026-01"),
        Query("tides", digest="daily"),
        Query("tides", sort="heat"),
        Query.of([Clause("topic", False, ("tides",)), Clause("has", False, ("audio",))]),
        Query.of([Clause("author", False, ("ada",))]),
        named("best"),
    ],
)
def test_another_selection_of_articles_is_no_podcast(query: Query) -> None:
    stocked = stock()
    chosen = msgspec.structs.replace(select(stocked, Query()), query=query)
    assert not head(SITE, stocked, chosen).podcast


def test_archives_and_digests_of_a_feed_with_a_name_are_no_podcasts() -> None:
    stocked = stock()
    for query in (named("talks", archive="2026-01"), named("talks", digest="daily")):
        assert not head(
            SITE, stocked, msgspec.structs.replace(select(stocked, Query()), query=query)
        ).podcast


def test_the_feed_fills_in_what_a_podcast_does_not_declare() -> None:
    feed = made(Query("tides"))
    assert feed.podcast == msgspec.structs.replace(
        SHOW,
        title="Tides",
        description="The newest articles on Tides",
        author="The Sea",
        guid=guid_of("https://feeds.example/topics/tides.rss"),
    )
    assert (feed.title, feed.description) == ("Tides", "The newest articles on Tides")
    talks = made(named("talks"))
    assert (talks.title, talks.description) == ("Talks", "All talks")


def test_a_podcast_has_one_guid_for_every_limit_and_content() -> None:
    guids = {
        made(query).podcast.guid
        for query in (Query("tides"), Query("tides", limit=200), Query("tides", content="title"))
    }
    assert guids == {guid_of("https://feeds.example/topics/tides.rss")}


def test_declared_values_have_precedence_over_those_of_the_feed() -> None:
    show = Podcast("T", "D", author="A", guid="01234567-89ab-5def-8123-456789abcdef")
    feed = made(Query("tides"), Taxonomy(topics=(Topic("tides", "Tides", podcast=show),)))
    assert (feed.title, feed.description, feed.podcast) == ("T", "D", show)


def test_the_podcast_of_a_feed_changes_no_etag_of_another() -> None:
    plain = msgspec.structs.replace(TAXONOMY, topics=(Topic("tides", "Tides"), TAXONOMY.topics[1]))
    for query, is_same in ((Query("ships"), True), (Query("tides"), False)):
        keys = set()
        for taxonomy in (TAXONOMY, plain):
            stocked = stock(taxonomy)
            chosen = select(stocked, query)
            keys.add(content_key(head(SITE, stocked, chosen), chosen))
        assert (len(keys) == 1) == is_same


def test_articles_do_not_contain_the_podcast_of_their_provider() -> None:
    (shown,) = made(Query("", "bell.example")).articles
    assert shown.provider == BELL
