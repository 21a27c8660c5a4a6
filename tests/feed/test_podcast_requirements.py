"""The requirements of Apple Podcasts that a podcast misses."""

from typing import Any

import msgspec

from feeds.article import Article, Enclosure, Image, Provider, Taxonomy, Topic
from feeds.article.podcast import Podcast
from feeds.errors import ArticleError
from feeds.feed.podcast_requirements import CheckedPodcast, checked, podcast_queries
from feeds.feed.site import NamedQuery, Site
from feeds.query import Query
from feeds.query.grammar import read
from tests.builders import article, image, index
from tests.table import for_each

ARTWORK = "https://example.org/artwork.jpg"
SHOW = Podcast(image=ARTWORK, category=("News",), explicit=False)


def sound(number: int = 1, **facts: Any) -> Enclosure:
    """A file to play that keeps every rule, except for *facts*."""
    return Enclosure(
        **{"url": f"https://example.org/{number}.mp3", "type": "audio/mpeg", "length": 9} | facts
    )


def episode(number: int = 1, **facts: Any) -> Article:
    return article(number, enclosures=(sound(number, **facts),))


def check(
    *articles: Article, show: Podcast = SHOW, query: str = "feed", picture: Image | None = None
) -> CheckedPodcast:
    """Check the podcast *show* with the articles of *query*."""
    named = msgspec.structs.replace(read(query), name="tides")
    site = Site("https://feeds.example", named=(NamedQuery(named, "Tides", podcast=show),))
    paths = {each.id: f"_news/{each.id.rpartition(':')[2]}.md" for each in articles}
    return checked(site, index(*articles), named, lambda url: picture if url == ARTWORK else None, paths)


def said(errors: list[ArticleError]) -> list[str]:
    return [f"{each.where}: {each.problem}" for each in errors]


def test_a_podcast_that_keeps_every_rule_misses_nothing() -> None:
    fit = Image(ARTWORK, 3000, 3000, "image/png")
    whole = msgspec.structs.replace(SHOW, owner="Ada", email="ada@example.org")
    assert check(episode(1), episode(2), show=whole, picture=fit) == CheckedPodcast(
        "Tides", "/f/tides.rss", 2, []
    )


@for_each(
    ("fields", "missed"),
    [
        ({"image": ""}, "podcast.image: missing"),
        ({"image": "https://example.org/artwork.webp"}, "podcast.image: image/webp"),
        ({"category": ()}, "podcast.category: missing"),
        ({"explicit": None}, "podcast.explicit: missing"),
        ({"owner": "Ada"}, "podcast.email: missing, so that no owner is shown"),
    ],
)
def test_a_missing_or_bad_fact_of_the_show_is_named(fields: dict[str, Any], missed: str) -> None:
    show = msgspec.structs.replace(SHOW, **fields)
    assert said(check(episode(), show=show).missed) == [f"/f/tides.rss: {missed}"]


@for_each(
    ("picture", "found"),
    [
        (Image(ARTWORK, 1400, 1400), ""),
        (Image(ARTWORK, 1399, 1399), "1399 x 1399 pixels"),
        (Image(ARTWORK, 3001, 3001), "3001 x 3001 pixels"),
        (Image(ARTWORK, 3000, 1400), "3000 x 1400 pixels"),
        (Image(ARTWORK, 3000, 3000, "image/webp"), "image/webp"),
        (Image(ARTWORK), ""),
        (None, ""),
    ],
)
def test_artwork_is_judged_by_what_is_known_of_it(picture: Image | None, found: str) -> None:
    expected = [f"/f/tides.rss: podcast.image: {found}"] if found else []
    assert said(check(episode(), picture=picture).missed) == expected


@for_each(
    ("articles", "missed"),
    [
        ([episode(1, length=0)], ["_news/1.md: length: missing for https://example.org/1.mp3"]),
        ([episode(1, type="audio/ogg")], ["_news/1.md: type: not played by Apple Podcasts: audio/ogg"]),
        ([episode(1), article(2)], ["_news/2.md: neither audio nor video to play"]),
        ([episode(1), article(2, images=(image(),))], ["_news/2.md: neither audio nor video to play"]),
        (
            [episode(1), episode(2, url="https://example.org/1.mp3")],
            [
                "_news/1.md: url: same audio or video file as _news/2.md, which Apple Podcasts shows "
                "as one episode"
            ],
        ),
        ([article(1), article(2)], ["/f/tides.rss: no article with audio or video"]),
        ([], ["/f/tides.rss: no article with audio or video"]),
    ],
)
def test_a_bad_episode_is_named_by_its_file(articles: list[Article], missed: list[str]) -> None:
    assert said(check(*articles).missed) == missed


def test_only_the_file_that_is_the_enclosure_of_rss_counts() -> None:
    both = article(1, enclosures=(sound(), sound(url="https://example.org/1.ogg", type="audio/ogg")))
    assert check(both).missed == []


def test_only_articles_in_the_feed_count() -> None:
    articles = [episode(1), article(2), episode(3)]
    assert check(*articles, query="has=audio").missed == []
    found = check(*articles, query="has=audio&limit=1")
    assert said(found.missed) == ["/f/tides.rss: only 1 of 2 articles, and podcast apps show no others"]
    assert found.episodes == 1


def test_a_feed_that_does_not_exist_has_no_episodes() -> None:
    found = check(episode(), query="topics/nowhere")
    assert said(found.missed) == ["/f/tides.rss: no article with audio or video"]


def test_every_declared_podcast_is_checked() -> None:
    taxonomy = Taxonomy(
        topics=(Topic("tides", "Tides", podcast=SHOW), Topic("ships", "Ships"),
                Topic("gone", "Gone", gone=True, podcast=SHOW)),
        organizations=(Provider("a.example", "A", podcast=SHOW), Provider("b.example", "B")),
    )  # fmt: skip
    named = msgspec.structs.replace(read("has=audio"), name="talks")
    site = Site(named=(NamedQuery(named, "Talks", podcast=SHOW), NamedQuery(read("feed"), "Best")))
    assert podcast_queries(site, taxonomy) == [named, Query("tides"), Query(provider="a.example")]
