"""Names and descriptions of feeds, made from their queries."""

import msgspec

from feeds.article import Provider, Taxonomy, Topic
from feeds.feed import head
from feeds.feed.site import NamedQuery, Site
from feeds.index import Index
from feeds.query.describe import describe, describe_clause, feed_name
from feeds.query.grammar import parse, read
from feeds.query.parameters import PARAMETERS
from feeds.query.parameters.lang import language
from feeds.query.selection import select
from tests.builders import article, index
from tests.table import for_each

BELL = Provider("bell.example", "Bell")
TAXONOMY = Taxonomy(
    title="The Corpus", description="All of it", topics=(Topic("ai", "AI"), Topic("ios", "iOS"))
)


def stock() -> Index:
    return index(
        article(1, topics=("AI",), provider=BELL, type="news", language="en", authors=("Bo Díaz",)),
        article(2, authors=("Ada",), topics=("iOS", "Go"), type="video", language="pt-BR"),
        article(3, topics=("Go",), type="news", language="haw"),
        taxonomy=TAXONOMY,
    )


# Clauses and their descriptions, in the order of the parameters.
WORDED = [
    ("topic=ai", "on AI"),
    ("topic=ai,ios,go", "on AI, Go or iOS"),
    ("topic=-ai", "not on AI"),
    ("topic=-ai,-ios", "not on AI or iOS"),
    ("provider=bell.example", "from Bell"),
    ("provider=bell.example,example.org", "from Bell or Example"),
    ("provider=-bell.example", "not from bell.example"),
    ("author=BO_DIAZ", "by Bo Díaz"),
    ("author=ada,bo-diaz", "by Ada or Bo Díaz"),
    ("author=-bo-diaz", "not by bo-diaz"),
    ("q=Climate", "mentioning “climate”"),
    ('q="climate change"', "mentioning “climate change”"),
    ("q=climate solar", "mentioning “climate” and “solar”"),
    ('q=climate,"solar power"', "mentioning “solar power” or “climate”"),
    ("q=-climate", "without “climate”"),
    ("title=solar", "with “solar” in the title"),
    ("title=-solar", "without “solar” in the title"),
    ("type=video", "of type video"),
    ("type=news,video", "of type news or video"),
    ("type=-video", "not of type video"),
    ("lang=en", "in English"),
    ("lang=en,pt-br", "in English or Portuguese (BR)"),
    ("lang=-en", "not in English"),
    ("lang=haw", "in haw"),
    ("since=2021", "published since 2021"),
    ("since=2021-12-05", "published since 5 December 2021"),
    ("since=2021-12-05T14", "published since 14:00 UTC on 5 December 2021"),
    ("since=7d", "published in the last 7 days"),
    ("since=1d", "published in the last day"),
    ("since=1h", "published in the last hour"),
    ("since=2w", "published in the last 14 days"),
    ("until=2021-12", "published until December 2021"),
    ("until=2021-12-05T14", "published before 15:00 UTC on 5 December 2021"),
    ("until=30h", "older than 30 hours"),
    ("until=1d", "older than a day"),
    ("until=1h", "older than an hour"),
    ("min_quality=80", "with a quality of 80 or more"),
    ("min_quality=top10", "among the best 10%"),
    ("min_heat=5", "with a heat of 5 or more"),
    ("min_heat=top1%", "among the hottest 1%"),
    ("has=image", "with pictures"),
    ("has=full,video", "with full text or videos"),
    ("has=audio", "with audio"),
    ("has=-image", "without pictures"),
]


@for_each(("written", "words"), WORDED)
def test_one_thing_that_is_asked_for_in_words(written: str, words: str) -> None:
    (clause,) = parse([tuple(written.split("=", 1))]).all_clauses
    assert describe_clause(stock(), clause) == words


def test_everything_that_can_be_asked_for_has_words() -> None:
    assert list(dict.fromkeys(written.partition("=")[0] for written, _ in WORDED)) == list(PARAMETERS)


@for_each(
    ("written", "title", "description"),
    [
        ("feed", "", ""),
        ("limit=7&content=title", "", ""),
        ("topics/ai", "AI", "The newest articles on AI"),
        ("topics/ai/providers/bell.example", "AI · Bell", "The newest articles on AI from Bell"),
        ("authors/ada", "Ada", "The newest articles by Ada"),
        (
            "topics/ai?author=ada&provider=bell.example&q=x",
            "AI · Bell · Ada · “x”",
            "The newest articles on AI from Bell by Ada mentioning “x”",
        ),
        ("topics/ai?lang=en", "AI · in English", "The newest articles on AI in English"),
        ("topic=ios,go", "Go or iOS", "The newest articles on Go or iOS"),
        ("topic=ios&topic=ai", "AI and iOS", "The newest articles on both AI and iOS"),
        ("topic=ios&topic=ai&topic=go", "AI, Go and iOS", "The newest articles on AI, Go and iOS"),
        ("topic=ios,go&topic=ai", "AI · Go or iOS", "The newest articles on AI and on Go or iOS"),
        ("author=ada&author=bo-diaz", "Ada and Bo Díaz", "The newest articles by both Ada and Bo Díaz"),
        ("q=solar&q=x", "“solar” · “x”", "The newest articles mentioning “solar” and “x”"),
        ("q=a,b&q=x", "“a” or “b” · “x”", "The newest articles mentioning “a” or “b” and mentioning “x”"),
        ("topic=-ios", "Everything except iOS", "The newest articles except those on iOS"),
        (
            "topic=-ios,-ai&lang=en",
            "Everything except AI and iOS · in English",
            "The newest articles in English, except those on AI or iOS",
        ),
        ("q=-power", "Everything without “power”", "The newest articles without “power”"),
        ("lang=-en", "Everything not in English", "The newest articles except those in English"),
        ("type=news", "News", "The newest articles of type news"),
        (
            "topics/ai?topic=-go&provider=-bell.example&author=-ada&has=-image",
            "AI · except go · except bell.example · except ada · without pictures",
            "The newest articles on AI without pictures, except those on go, from bell.example or by ada",
        ),
        (
            "topics/ai?topic=-go&provider=bell.example,example.org",
            "AI · Bell or Example · except go",
            "The newest articles on AI from Bell or Example except those on go",
        ),
        (
            'q="climate change"&has=image',
            "“climate change” · with pictures",
            "The newest articles mentioning “climate change”, with pictures",
        ),
        (
            "topics/ai?q=solar -power",
            "AI · “solar” · without “power”",
            "The newest articles on AI mentioning “solar”, without “power”",
        ),
        ("since=7d", "Last 7 days", "The newest articles published in the last 7 days"),
        (
            "since=2026-01&until=7d",
            "Since January 2026 · older than 7 days",
            "The newest articles published since January 2026, older than 7 days",
        ),
        ("min_quality=top10", "Best 10%", "The newest articles among the best 10%"),
        (
            "topics/ai?min_heat=5&lang=en",
            "AI · in English · heat 5 or more",
            "The newest articles on AI in English, with a heat of 5 or more",
        ),
        ("sort=heat", "Hottest articles", "The hottest articles"),
        ("topics/ai?sort=quality", "AI · best articles", "The best articles on AI"),
        ("collapse=story", "One entry per story", "The newest articles, one entry per story"),
        (
            "topics/ai?collapse=story&per_provider=2&sort=heat",
            "AI · one entry per story · at most 2 per provider · hottest articles",
            "The hottest articles on AI, one entry per story, at most 2 per provider",
        ),
        ("feed/daily", "Daily digest", "A daily digest of the hottest articles"),
        ("topics/ai/weekly", "AI · weekly digest", "A weekly digest of the hottest articles on AI"),
        (
            "topics/ai/daily?lang=en",
            "AI · in English · daily digest",
            "A daily digest of the hottest articles on AI in English",
        ),
    ],
)
def test_a_feed_is_called_and_described_after_what_it_holds(
    written: str, title: str, description: str
) -> None:
    made, query = stock(), read(written)
    assert feed_name(made, query) == title
    assert describe(made, query) == description
    feed = head(Site(), made, select(made, query))
    assert feed.name == title
    assert feed.title == (f"{title} · The Corpus" if title else "The Corpus")
    assert feed.description == (description or "All of it")


@for_each(
    ("written", "title", "published"),
    [
        ("since=2026-03-02&until=2026-03-08", "2 to 8 March 2026", "from 2 to 8 March 2026"),
        ("since=2026-03-05&until=2026-03-05", "5 March 2026", "on 5 March 2026"),
        (
            "since=2026-03-30&until=2026-04-05",
            "30 March to 5 April 2026",
            "from 30 March to 5 April 2026",
        ),
        (
            "since=2025-12-29&until=2026-01-04",
            "29 December 2025 to 4 January 2026",
            "from 29 December 2025 to 4 January 2026",
        ),
        ("since=2026-01&until=2026-03", "January to March 2026", "from January to March 2026"),
        ("since=2026-01&until=2026-01", "January 2026", "in January 2026"),
        ("since=2025&until=2026", "2025 to 2026", "from 2025 to 2026"),
        (
            "since=2026-01&until=2026-03-05",
            "January 2026 to 5 March 2026",
            "from January 2026 to 5 March 2026",
        ),
    ],
)
def test_two_dates_are_described_as_one_interval(written: str, title: str, published: str) -> None:
    made, query = stock(), read(written)
    assert feed_name(made, query) == title
    assert describe(made, query) == f"The newest articles published {published}"


@for_each(
    "written",
    [
        "since=2026-03&until=2026-02",
        "since=2026-03-05T14&until=2026-03-08",
        "since=2026&since=2025-01&until=2027",
    ],
)
def test_dates_that_form_no_interval_are_described_one_by_one(written: str) -> None:
    words = describe(stock(), read(written))
    assert "published since" in words
    assert "published until" in words


def test_a_name_keeps_its_small_letter() -> None:
    assert feed_name(stock(), read("topics/ios?lang=en")) == "iOS · in English"


@for_each(
    ("tag", "name"),
    [
        ("en", "English"),
        ("EN_us", "English (US)"),
        ("zh-Hant-tw", "Chinese (Hant-TW)"),
        ("haw", "haw"),
        ("gsw-ch", "gsw-ch"),
    ],
)
def test_a_language_is_called_by_its_name_where_it_is_common(tag: str, name: str) -> None:
    assert language(tag) == name


def named(written: str, title: str, description: str = "") -> NamedQuery:
    return NamedQuery(msgspec.structs.replace(read(written), name="best"), title, description)


@for_each(
    ("archive", "title"),
    [("", "The Best"), ("daily", "The Best · daily digest"), ("2026-01", "The Best")],
)
def test_a_named_feed_is_called_as_it_is_named_and_its_digest_after_it(archive: str, title: str) -> None:
    best = named("lang=en", " The Best ", "Good")
    made = stock()
    asked = parse([], archive=archive, named=best.query)
    feed = head(Site(named=(best,)), made, select(made, asked))
    assert (feed.name, feed.description) == (title, "Good")


def test_a_named_feed_without_a_description_is_described_by_what_it_asks_for() -> None:
    best = named("topics/ai?lang=en", "The Best")
    made = stock()
    feed = head(Site(named=(best,)), made, select(made, best.query))
    assert (feed.name, feed.description) == ("The Best", "The newest articles on AI in English")
