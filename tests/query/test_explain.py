"""Explanations name the reasons why an article is in a feed or not."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from feeds.article import Article, Provider, Taxonomy, Topic
from feeds.errors import GoneFeed, UnknownFeed
from feeds.index import Index
from feeds.index.builder import apply, build, release
from feeds.query.explain import Explanation, explain
from feeds.query.grammar import read
from feeds.query.selection import MAX_DIGEST_ARTICLES, select
from tests.builders import LATER, NOON, article, image, index, record, snapshot
from tests.table import for_each

BELL = Provider("bell.example", "Bell")
TAXONOMY = Taxonomy(
    language="en_US",
    topics=(
        Topic("ai", "AI"),
        Topic("ml", "Machine Learning", parent="ai"),
        Topic("vision", "Vision", parent="ml"),
        Topic("ended", "Ended", gone=True),
    ),
)
DAY = timedelta(days=1)


def stock(*articles: Article, **fields: Any) -> Index:
    return index(*articles, taxonomy=TAXONOMY, **fields)


def clustered(*articles: Article, story: str = "tag:example.org,2020:story") -> Index:
    """An index of *articles* in one cluster, and of a newer article in none."""
    made = snapshot(article(20), taxonomy=TAXONOMY)
    made.records += [msgspec.structs.replace(record(each), cluster=story) for each in articles]
    return build(made, LATER)


def said(made: Index, written: str, number: int) -> Explanation:
    found = explain(made, read(written), f"tag:example.org,2020:{number}", "rss")
    assert found
    return found


def test_it_is_found_by_id_and_by_address() -> None:
    made = stock(article(1), article(2))
    for named in "tag:example.org,2020:1", "https://example.org/1":
        found = explain(made, read("feed"), named, "rss")
        assert found
        assert (found.article, found.title) == ("tag:example.org,2020:1", "Title 1")
        assert str(found) == "in: Title 1 (tag:example.org,2020:1)\nentry 2 of 2"


@for_each("named", ["", "1", "Title 1", "https://example.org/", "tag:example.org,2020:9"])
def test_an_unknown_article_is_not_explained(named: str) -> None:
    assert explain(stock(article(1)), read("feed"), named, "rss") is None


def test_a_scheduled_article_is_not_explained_before_its_time() -> None:
    later = NOON + timedelta(days=900)
    made = stock(article(1), article(2, published=later))
    assert explain(made, read("feed"), "tag:example.org,2020:2", "rss") is None
    assert explain(release(made, later.timestamp()), read("feed"), "tag:example.org,2020:2", "rss")


def test_two_addresses_that_look_alike_to_the_index_are_told_apart() -> None:
    names = ["https://example.org/plumless", "https://example.org/buckeroo"]
    one, other = (article(number, url=name) for number, name in enumerate(names, 1))
    assert record(one).address == record(other).address
    made = stock(one, other)
    assert [explained(made, name) for name in names] == [one.id, other.id]
    assert made.scheduled(names[0]) is None
    assert stock(one, other, now=NOON.timestamp()).scheduled(names[1]) == other.published.timestamp()


def explained(made: Index, named: str) -> str:
    found = explain(made, read("feed"), named, "rss")
    return found.article if found else ""


def test_the_newest_of_several_articles_at_one_address_is_explained() -> None:
    made = stock(article(1, url="https://example.org/x"), article(2, url="https://example.org/x"))
    found = explain(made, read("feed"), "https://example.org/x", "rss")
    assert found
    assert found.title == "Title 2"


# Queries, and the first reason for or against article 1 below.
FACTS = [
    ("topics/ai", "yes: on AI; it is on Vision (part of Machine Learning, AI), Go"),
    ("topic=-ml", "no: not on Machine Learning; it is on Vision (part of Machine Learning, AI), Go"),
    ("topic=tests,go", "yes: on Go or Tests; it is on Vision (part of Machine Learning, AI), Go"),
    ("providers/bell.example", "yes: from Bell; it is from bell.example"),
    ("provider=-bell.example", "no: not from bell.example; it is from bell.example"),
    ("type=news", "no: of type news; it is of type video"),
    ("type=-news", "yes: not of type news; it is of type video"),
    ("lang=en", "no: in English; it is in German"),
    ("lang=-en", "yes: not in English; it is in German"),
    ("has=image", "yes: with pictures; it has pictures and videos"),
    ("has=full", "no: with full text; it has pictures and videos"),
    ("has=-audio", "yes: without audio; it has pictures and videos"),
    ("since=2026-01-03", "no: published since 3 January 2026; it was published 2026-01-02 12:00 UTC"),
    ("until=2026-01", "yes: published until January 2026; it was published 2026-01-02 12:00 UTC"),
    (
        "since=1d",
        "no: published in the last day; it was published 2026-01-02 12:00 UTC, "
        "the newest article 2026-01-10 12:00 UTC",
    ),
    ("min_quality=80", "no: with a quality of 80 or more; its quality is 7"),
    ("min_quality=top100", "yes: among the best 100%; its quality is 7"),
    ("min_heat=top50", "no: among the hottest 50%; its heat is -3"),
    ("q=title", "no: mentioning “title”"),  # there is no store to search
    ("title=-other", "yes: without “other” in the title"),
]


@for_each(("written", "reason"), FACTS)
def test_each_condition_is_answered_with_what_the_article_has(written: str, reason: str) -> None:
    made = stock(
        article(
            1, topics=("Vision", "Go"), provider=BELL, type="video", language="de", images=(image(),),
            quality=7, heat=-3,
        ),
        article(9, type="news", language="en", quality=90, heat=9, html="x" * 400),
    )  # fmt: skip
    found = said(made, written, 1)
    assert found.reasons[0] == reason
    assert found.verdict == ("in" if reason.startswith("yes") else "out")
    assert (found.verdict == "in") == ("entry" in found.reasons[-1])


@for_each(
    ("written", "reason"),
    [
        ("topics/ai", "no: on AI; it has no topic"),
        ("providers/example.org", "no: from Example; it has no provider"),
        ("type=news", "no: of type news; it has no type"),
        ("lang=en", "yes: in English; it names no language, so English (US) is assumed"),
        ("has=image", "no: with pictures; it has none of pictures, audio, videos and full text"),
    ],
)
def test_a_property_that_the_article_lacks_is_named(written: str, reason: str) -> None:
    made = stock(article(1, topics=(), provider=None), article(2, type="news"))
    assert said(made, written, 1).reasons[0] == reason


def test_no_language_is_assumed() -> None:
    made = index(article(1), article(2, language="en"))
    assert said(made, "lang=en", 1).reasons == ("no: in English; it names no language",)


def test_every_condition_is_answered_not_only_the_first_that_fails() -> None:
    made = stock(article(1, heat=5), article(2, topics=("AI",), type="news", heat=9))
    found = said(made, "topics/ai?type=news&min_heat=5&min_quality=0", 1)
    assert found.verdict == "out"
    assert [reason.partition(":")[0] for reason in found.reasons] == ["no", "no", "yes", "yes"]


def test_a_share_is_one_of_what_has_everything_else() -> None:
    made = stock(article(1, type="news", heat=1), article(2, heat=9), article(3, heat=8))
    assert said(made, "min_heat=top30", 1).verdict == "out"
    assert said(made, "min_heat=top30&type=news", 1).verdict == "in"


def test_an_unknown_feed_is_raised_and_one_that_was_ended() -> None:
    made = stock(article(1))
    for written, error in (("topics/nothing", UnknownFeed), ("topics/ended", GoneFeed)):
        with pytest.raises(error):
            said(made, written, 1)


def test_by_another_name_of_a_topic_the_same_is_said() -> None:
    taxonomy = Taxonomy(topics=(Topic("ai", "AI", aliases=("machine-minds",)),))
    made = index(article(1, topics=("Machine Minds",)), taxonomy=taxonomy)
    assert said(made, "topics/machine-minds", 1) == said(made, "topics/ai", 1)


def test_an_article_beyond_the_limit_is_in_the_archive_that_is_named() -> None:
    made = stock(*(article(number) for number in range(1, 6)))
    found = said(made, "limit=3&lang=en", 2)
    assert found.verdict == "cut"
    assert found.reasons[-1] == "the feed shows 3 of 5; it is in /feed/2026-01.rss?lang=en"
    assert said(made, "limit=3&lang=en", 3).verdict == "in"


def in_archive(made: Index, found: Explanation) -> bool:
    """True if the archive named in *found* contains the article."""
    address = found.reasons[-1].rpartition("it is in /")[2]
    path, _, arguments = address.partition("?")
    archive = select(made, read(f"{path.removesuffix('.rss')}?{arguments}"))
    return any(each.id == found.article for item in archive.items for each in item.records)


def test_the_archive_that_is_named_holds_it_even_where_months_are_in_parts() -> None:
    many = [article(n, published=NOON + timedelta(minutes=10 * n)) for n in range(500)]
    made = stock(*many)
    for number in 0, 100, 300:
        found = said(made, "sort=heat&limit=1&per_provider=9", number)
        assert found.verdict == "cut"
        assert in_archive(made, found)


@for_each("written", ["feed/2026-01", "topics/tests/2026-01?lang=en"])
def test_an_article_of_another_archive_is_explained_with_its_archive(written: str) -> None:
    made = stock(article(1), article(40))
    assert said(made, written, 1).verdict == "in"
    found = said(made, written, 40)
    assert found.verdict == "out"
    assert found.reasons[-1].startswith("it was published 2026-02-10 12:00 UTC, so it is in /")
    assert in_archive(made, found)


def test_an_article_beyond_the_limit_of_its_provider_is_cut() -> None:
    made = stock(article(1, provider=BELL), article(2, provider=BELL), article(3))
    found = said(made, "per_provider=1", 1)
    assert found.verdict == "cut"
    assert found.reasons == ("its provider already has 1 in the feed; it is in /feed/2026-01.rss",)
    assert said(made, "per_provider=1", 2).verdict == "in"


def test_in_a_feed_with_room_left_only_the_provider_can_be_to_blame() -> None:
    made = stock(*(article(number, provider=BELL) for number in range(1, 9)))
    found = said(made, "per_provider=1&limit=5", 1)
    assert found.reasons == ("its provider already has 1 in the feed; it is in /feed/2026-01.rss",)


def test_an_article_beyond_both_limits_is_cut_by_the_limit() -> None:
    made = stock(article(1, provider=BELL), *(article(n, provider=None) for n in range(2, 9)))
    found = said(made, "per_provider=1&limit=5", 1)
    assert found.reasons == ("the feed shows 5 of 8; it is in /feed/2026-01.rss",)


def test_a_story_collapses_under_the_best_of_it() -> None:
    made = clustered(article(1), article(2, quality=9), article(3))
    best, other = said(made, "collapse=story", 2), said(made, "collapse=story", 3)
    assert (best.verdict, best.reasons) == ("in", ("entry 2 of 2",))
    assert other.verdict == "collapsed"
    assert other.reasons == ("its story is entry 2 of 2, shown as “Title 2”",)
    assert said(made, "feed", 3).verdict == "in"


def test_a_story_beyond_the_limit_is_in_the_archive_of_its_newest_article() -> None:
    made = clustered(article(1), article(1, id="tag:example.org,2020:x", published=NOON + 40 * DAY))
    new = article(60)
    changed = snapshot(new, revision=2, partial=True)
    made = apply(made, changed, LATER)
    found = said(made, "collapse=story&limit=1", 1)
    assert found.verdict == "cut"
    assert found.reasons == ("the feed shows 1 of 3; it is in /feed/2026-02.rss?collapse=story",)
    assert in_archive(made, found)


def test_a_digest_has_its_hottest_and_says_why_not_the_others() -> None:
    day = [
        article(n, published=NOON + n * timedelta(minutes=1), heat=n)
        for n in range(MAX_DIGEST_ARTICLES + 2)
    ]
    made = stock(*day, article(50))
    hot, cold = said(made, "feed/daily", MAX_DIGEST_ARTICLES + 1), said(made, "feed/daily", 1)
    assert (hot.verdict, hot.reasons) == ("in", ("entry 1 of 1, the digest of 2026-01-01",))
    assert (cold.verdict, cold.reasons) == (
        "cut",
        (f"not among the {MAX_DIGEST_ARTICLES} hottest of 2026-01-01",),
    )
    weekly = said(made, "feed/weekly", MAX_DIGEST_ARTICLES + 1)
    assert weekly.reasons == ("entry 1 of 1, the digest of 2026-W01",)


@for_each(("digest", "period"), [("daily", "2026-01-06"), ("weekly", "2026-W02")])
def test_a_period_without_a_later_article_is_not_over(digest: str, period: str) -> None:
    found = said(stock(article(1), article(5)), f"topics/tests/{digest}", 5)
    assert found.verdict == "cut"
    assert found.reasons[-1] == f"{period} is not over: no later article has appeared"


def test_a_digest_that_is_too_long_ago_is_said_to_be() -> None:
    made = stock(*(article(n) for n in range(1, 7)))
    found = said(made, "feed/daily?limit=2", 1)
    assert (found.verdict, found.reasons) == (
        "cut",
        ("2026-01-02 is older than the 2 digests of the feed",),
    )


def test_an_article_of_another_topic_is_out_of_a_digest() -> None:
    found = said(stock(article(1), article(2, topics=("AI",))), "topics/ai/daily", 1)
    assert (found.verdict, found.reasons) == ("out", ("no: on AI; it is on Tests",))


def test_an_explanation_has_one_line_for_each_reason() -> None:
    made = stock(article(1, title="a\nin: b\u2028c\x07", provider=Provider("x\ny", "X\nY"), type="video"))
    lines = str(said(made, "type=video", 1))
    assert len(lines.splitlines()) == 3
    assert lines.startswith("in: a in: b c\\x07 (")
