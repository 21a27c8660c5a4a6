"""A folder of Markdown -> articles."""

import os
import re
import threading
import time
from datetime import UTC, datetime
from hashlib import blake2b
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.article import Article, Image, Provider, Related
from feeds.article.hashes import content_hash
from feeds.corpus import ARTICLES, Corpus, Source, Stamp, Withheld, problems
from feeds.corpus.files import contents
from feeds.corpus.problems import UNPUBLISHED
from feeds.errors import ArticleError, CorpusError, PassedOver, UnreadableFile
from tests.builders import write_article
from tests.corpus.open_files import no_open_files
from tests.corpus.problem_texts import without_remedy
from tests.table import for_each

ONE = "_news/2026-01-02-one.md"


def read(root: Path, body: str = "", path: str = ONE, **fields: Any) -> Any:
    """The reading of an article with *fields*."""
    name = fields.pop("name", None)
    file = write_article(root, path, body, **fields)
    if name is not None:  # in write_article, *name* is that of the file
        line = f"\nname: {msgspec.json.encode(name).decode()}\n---\n"
        file.write_text(file.read_text(encoding="utf-8").replace("\n---\n", line, 1), encoding="utf-8")
    return Corpus(root).read(path)


def written(root: Path, content: str | bytes, name: str = ONE) -> Any:
    (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return Corpus(root).read(name)


def outcomes(corpus: Corpus) -> dict[str, str]:
    """The outcome of every reading, by path or id."""
    readings = {}
    for reading in corpus.articles():
        match reading:
            case Article():
                readings[reading.id.rpartition(":")[2]] = "article"
            case Withheld():
                readings[reading.path] = reading.reason
            case ArticleError():
                readings[reading.path] = reading.reason
    return readings


def test_a_file_is_an_article(corpus: Path) -> None:
    made = read(
        corpus,
        "A *body*.",
        title="A &amp; B",
        excerpt="The &lt;excerpt&gt;",
        modifiedDateTime="2026-01-03T00:00:00Z",
        authors=[{"name": "nobody"}],
        provider={"name": "Post", "domain": "post.example", "authors": [{"name": "Ada"}]},
        topics=["Oceans", "no", "!"],
        images=[{"url": "/a.png", "width": 640, "height": 480}],
        language="en_GB",
        type="Video",
        quality=7,
        heat="8",
        related=[{"title": "R &amp; S", "webUrl": "/r", "provider": {"name": "Q"}}, {"title": "nowhere"}],
    )
    assert made == Article(
        id="tag:corpus.example,2020:news/2026-01-02-one",
        title="A & B",
        url="https://example.org/2026-01-02-one",
        published=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        updated=datetime(2026, 1, 3, tzinfo=UTC),
        provider=Provider("post.example", "Post", "https://post.example/"),
        authors=("Ada",),
        topics=("Oceans", "no"),
        summary="The <excerpt>",
        html="<p>A <em>body</em>.</p>",
        images=(Image("https://corpus.example/a.png", 640, 480, "image/png"),),
        language="en-GB",
        type="video",
        related=(Related("R & S", "https://corpus.example/r", "Q"),),
        quality=7,
        heat=8,
    )


@for_each(
    ("web", "original", "expected"),
    [
        ("https://a.example/w", "https://a.example/o", "https://a.example/w"),
        (None, "https://a.example/o", "https://a.example/o"),
        ("", "https://a.example/o", "https://a.example/o"),
        ("//a.example/w", None, "https://a.example/w"),
        ("/w", None, "https://corpus.example/w"),
    ],
)
def test_a_link_is_the_web_url_or_else_the_original_url(corpus, web, original, expected) -> None:
    assert read(corpus, webUrl=web, originalUrl=original).url == expected


@for_each(
    ("fields", "expected"),
    [
        ({"title": "T", "name": "N"}, "T"),
        ({"title": None, "name": "N"}, "N"),
        ({"title": " ", "name": "N &amp;amp; M"}, "N &amp; M"),
        ({"title": "no"}, "no"),
        ({"title": "two\n lines"}, "two lines"),
    ],
)
def test_a_title_is_the_title_or_else_the_name(corpus, fields, expected) -> None:
    assert read(corpus, **fields).title == expected


@pytest.mark.parametrize(
    ("name", "published", "expected"),
    [
        (ONE, "2026-05-06T07:08:09Z", datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)),
        (ONE, None, datetime(2026, 1, 2, tzinfo=UTC)),
        ("_news/2026-01-02.md", "", datetime(2026, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_date_is_the_field_or_else_in_the_files_name(corpus, name, published, expected) -> None:
    assert read(corpus, path=name, publishedDateTime=published).published == expected


@pytest.mark.parametrize("name", ["one", "2026-02-30-one", "2026-01-021", "x-2026-01-02", "0000-00-00-x"])
def test_an_article_without_any_date_is_bad(corpus: Path, name: str) -> None:
    made = read(corpus, path=f"_news/{name}.md", publishedDateTime=None)
    assert without_remedy(made) == (
        f"_news/{name}.md:1: publishedDateTime: missing, and no date at the start of the file name"
    )


def test_a_date_at_the_edge_of_time_makes_a_bad_article_and_no_exception(corpus: Path) -> None:
    name = "_news/0001-01-01-x.md"
    write_article(corpus, name, publishedDateTime=None)
    assert "no date at the start of the file name" in str(
        Corpus(corpus, zone=ZoneInfo("Asia/Tokyo")).read(name)
    )


def test_an_article_with_a_bad_date_is_bad_even_if_its_name_has_a_date(corpus: Path) -> None:
    assert without_remedy(read(corpus, publishedDateTime="soon")) == (
        f"{ONE}:4: publishedDateTime: not a date: 'soon'"
    )


def test_a_date_without_a_zone_is_in_the_zone_set(corpus: Path) -> None:
    write_article(corpus, ONE, publishedDateTime="2026-01-02 03:04", modifiedDateTime="2026-07-02")
    made = Corpus(corpus, zone=ZoneInfo("Europe/Berlin")).read(ONE)
    assert isinstance(made, Article)
    assert made.published == datetime(2026, 1, 2, 2, 4, tzinfo=UTC)
    assert made.updated == datetime(2026, 7, 1, 22, tzinfo=UTC)


def test_nothing_is_updated_before_it_is_published(corpus: Path) -> None:
    made = read(corpus, modifiedDateTime="2020-01-01")
    assert made.updated == made.published


def test_the_address_set_takes_the_place_of_the_corpus_own(corpus: Path) -> None:
    write_article(corpus, ONE, webUrl="/a")
    assert Corpus(corpus, url="https://set.example/b").read(ONE).url == "https://set.example/b/a"


def test_a_fallback_address_stands_in_where_there_is_none(corpus: Path) -> None:
    (corpus / "_config.yml").unlink()
    write_article(corpus, ONE, webUrl="/a")
    made = Corpus(corpus, fallback_url="https://here.example")
    assert made.read(ONE).url == "https://here.example/a"
    assert made.read(ONE).id.startswith("tag:localhost,"), "ids are never made of where a server is"


def test_relative_addresses_are_below_the_base_url(corpus: Path) -> None:
    (corpus / "_config.yml").write_text("url: https://a.example\nbaseurl: /b\n")
    made = read(
        corpus, images=[{"url": "/c.png"}, {"url": "//d.example/e.png"}, {"url": "data:image/png,x"}]
    )
    assert [image.url for image in made.images] == [
        "https://a.example/b/c.png",
        "https://d.example/e.png",
    ]


@for_each(
    ("domain", "expected"),
    [
        ("post.example", "post.example"),
        (" WWW.Post.Example", "post.example"),
        ("post.example.", "post.example"),
        (None, "example.org"),
        ("", "example.org"),
    ],
)
def test_a_provider_is_known_by_its_domain_or_else_by_the_links(corpus, domain, expected) -> None:
    made = read(corpus, provider={"name": "Post", "domain": domain})
    assert made.provider == Provider(expected, "Post", f"https://{expected}/")


@for_each(
    "domain",
    [
        "https://post.example/", "//post.example", "post.example/news", "post.example:443", "a b",
        "ada@post.example", '"><script>', "post..example",
    ],
)  # fmt: skip
def test_an_invalid_domain_is_refused_and_not_replaced_by_the_host_of_the_link(corpus, domain) -> None:
    """The article would be in the feed of another provider."""
    error = read(corpus, provider={"name": "Post", "domain": domain})
    assert isinstance(error, ArticleError)
    assert (error.subject, error.code, error.line) == ("provider.domain", problems.NOT_A_DOMAIN, 6)


def test_a_provider_needs_a_domain_if_the_link_has_none(corpus: Path) -> None:
    error = read(corpus, webUrl="https://[2001:db8::1]/a", provider={"name": "Post"})
    assert isinstance(error, ArticleError)
    assert (error.subject, error.code) == ("provider.domain", problems.NO_DOMAIN)


def test_a_provider_of_a_link_with_a_trailing_dot_is_the_one_without(corpus: Path) -> None:
    made = read(corpus, webUrl="https://www.post.example./a", provider={"name": "Post"})
    assert made.provider.domain == "post.example"


@for_each("written", ["www.post.example/a", "N/A", "[x](https://x.example)", "https//x.example/"])
@for_each("key", ["webUrl", "originalUrl"])
def test_an_address_that_would_lead_to_this_server_by_mistake_is_refused(corpus, key, written) -> None:
    error = read(corpus, **{"webUrl": None, key: written})
    assert isinstance(error, ArticleError)
    assert (error.subject, error.code) == (key, problems.NOT_AN_ADDRESS)


def test_a_picture_that_would_be_looked_for_on_this_server_by_mistake_is_refused(corpus: Path) -> None:
    error = read(corpus, images=[{"url": "cdn.post.example/a.png"}])
    assert isinstance(error, ArticleError)
    assert (error.subject, error.code) == ("images[0].url", problems.NOT_A_PICTURE_ADDRESS)


def test_every_address_of_an_article_leads_to_the_host_that_browsers_open(corpus: Path) -> None:
    """A host with ß or ς is another site than the one with ss or σ (IDNA 2008)."""
    made = read(
        corpus,
        webUrl="https://straße.example/x",
        images=[{"url": "https://straße.example/p.png"}],
        provider={"name": "F", "domain": "faß.example"},
        body='[a](https://faß.example/) <a href="https://faß.example/">b</a>'
        ' <img src="https://straße.example/p.png">',
    )
    assert made.url == "https://xn--strae-oqa.example/x"
    assert made.images[0].url == "https://xn--strae-oqa.example/p.png"
    assert made.provider.url == "https://xn--fa-hia.example/"
    assert made.html.count("https://xn--fa-hia.example/") == 2
    assert "https://xn--strae-oqa.example/p.png" in made.html


def test_a_providers_address_is_ascii(corpus: Path) -> None:
    made = read(corpus, provider={"domain": "bücher.example"})
    assert made.provider == Provider("bücher.example", "bücher.example", "https://xn--bcher-kva.example/")


def test_an_organization_tells_more_of_a_provider(corpus: Path) -> None:
    folder = corpus / "_data" / "organizations"
    folder.mkdir(parents=True)
    (folder / "post.md").write_text(
        "---\ndomain: www.post.example\nname: The Post\nimages: [{url: /logo.png, width: 50}]\n---\n"
    )
    logo = Image("https://corpus.example/logo.png", 50, 0, "image/png")
    assert read(corpus, provider={"domain": "post.example"}).provider == Provider(
        "post.example", "The Post", "https://post.example/", logo
    )
    own = {"name": "Post's Own", "domain": "www.post.example", "images": [{"url": "/own.png"}]}
    made = read(corpus, provider=own)
    assert (made.provider.name, made.provider.logo) == ("Post's Own", logo)


def test_a_provider_may_bring_its_own_logo(corpus: Path) -> None:
    made = read(corpus, provider={"domain": "p.example", "images": [{"url": "/b.png", "width": 9}]})
    assert made.provider.logo == Image("https://corpus.example/b.png", 9, 0, "image/png")


def test_an_article_may_have_neither_provider_nor_topics_nor_pictures(corpus: Path) -> None:
    made = read(corpus, provider=None, topics=None, excerpt=None, images=None)
    assert (made.provider, made.topics, made.summary, made.images) == (None, (), "", ())


def test_featured_content_stands_above_the_body(corpus: Path) -> None:
    made = read(corpus, "Below.", featuredContent="<p onclick=x>Above.</p><script>y</script>")
    assert made.html == "<p>Above.</p>\n<p>Below.</p>"


def test_a_summary_is_the_excerpt_or_else_the_first_words(corpus: Path) -> None:
    assert read(corpus, "A *body*.").summary == "An excerpt."
    assert read(corpus, "A *body* &amp;amp; more.", excerpt=None).summary == "A body &amp; more."


@for_each(
    ("own", "expected"),
    [
        ("tag:a.example,2019:x", "tag:a.example,2019:x"),
        ("urn:uuid:1", "urn:uuid:1"),
        ("urn:uuid:1\n", "urn:uuid:1"),
        ("my own id", "tag:corpus.example,2020:my%20own%20id"),
        ("a:b c", "tag:corpus.example,2020:a%3Ab%20c"),
        ("é", "tag:corpus.example,2020:%C3%A9"),
        ("~", "tag:corpus.example,2020:news/2026-01-02-one"),
    ],
)
def test_an_id_is_the_articles_own_or_made_of_its_path(corpus, own, expected) -> None:
    assert read(corpus, id=own).id == expected


@for_each(
    ("fields", "reason"),
    [
        ({"published": False}, "published: false"),
        ({"published": "no"}, "published: false"),
        ({"removed": True}, "removed: true"),
        ({"removed": True, "published": True, "title": None, "publishedDateTime": "?"}, "removed: true"),
    ],
)
def test_a_file_that_says_so_is_withheld(corpus, fields, reason) -> None:
    made = read(corpus, **fields)
    assert isinstance(made, Withheld)
    assert (made.path, made.reason) == (ONE, reason)


@for_each("fields", [{"published": True}, {"removed": False}, {"published": None}])
def test_a_file_is_not_withheld_by_default(corpus, fields) -> None:
    assert isinstance(read(corpus, **fields), Article)


def test_a_bad_flag_is_reported_and_never_guessed(corpus: Path) -> None:
    assert (
        without_remedy(read(corpus, published="flase")) == f"{ONE}:8: published: not a boolean: 'flase'"
    )


@for_each(
    ("fields", "line", "reason"),
    [
        ({"title": None}, 1, "title: missing"),
        ({"title": ""}, 2, "title: missing"),
        ({"title": "x" * 1001}, 2, "title: 1,001 characters (limit 1,000)"),
        ({"title": ["a"]}, 2, "title: not text, but a list"),
        ({"excerpt": {"a": "b"}}, 3, "excerpt: not text, but a mapping"),
        ({"publishedDateTime": ["a"]}, 4, "publishedDateTime: not text, but a list"),
        ({"webUrl": "javascript:x"}, 5, "webUrl: not an http or https address: 'javascript:x'"),
        ({"webUrl": ["a"]}, 5, "webUrl: not text, but a list"),
        ({"webUrl": None}, 1, "webUrl: missing"),
        ({"provider": "Post"}, 6, "provider: not a mapping, but 'Post'"),
        ({"provider": ["Post"]}, 6, "provider: not a mapping, but a list"),
        ({"provider": {"name": ["a"]}}, 6, "provider.name: not text, but a list"),
        ({"provider": {"images": {}}}, 6, "provider.images: not a list, but a mapping"),
        (
            {"provider": {"authors": ["a"]}},
            6,
            "provider.authors: list with 'a' instead of a mapping",
        ),
        ({"topics": {"a": "b"}}, 7, "topics: not a list, but a mapping"),
        ({"topics": [["a"]]}, 7, "topics: list with a list instead of a name"),
        ({"topics": ["a"] * 201}, 7, "topics: list of 201 (limit 200)"),
        ({"topics": ["a"] * 30_000}, 7, "topics: list of 30,000 (limit 200)"),
        ({"images": "a.png"}, 8, "images: not a list, but 'a.png'"),
        ({"images": [{"url": "x:y"}]}, 8, "images[0].url: not the address of a picture: 'x:y'"),
        ({"language": "Klingon!"}, 8, "language: not a language tag: 'Klingon!'"),
        ({"type": []}, 8, "type: not text, but a list"),
        ({"quality": "high"}, 8, "quality: not a number: 'high'"),
        ({"heat": [1]}, 8, "heat: not text, but a list"),
        (
            {"modifiedDateTime": "x"},
            8,
            "modifiedDateTime: not a date: 'x'",
        ),
        ({"related": ["a"]}, 8, "related: list with 'a' instead of a mapping"),
        ({"related": [{"title": [1]}]}, 8, "related[0].title: not text, but a list"),
        ({"featuredContent": []}, 8, "featuredContent: not text, but a list"),
        ({"id": {}}, 8, "id: not text, but a mapping"),
        ({"removed": "maybe"}, 8, "removed: not a boolean: 'maybe'"),
    ],
)
def test_a_field_that_makes_no_sense_is_reported_with_its_line(corpus, fields, line, reason) -> None:
    made = read(corpus, **fields)
    assert isinstance(made, ArticleError)
    assert (made.path, made.line, made.reason) == (ONE, line, reason)


MANY = {
    "publishedDateTime": "soon",
    "webUrl": "javascript:x",
    "images": [{"url": "x:y"}, {"url": "/a.png", "width": "wide"}],
}


def test_all_problems_of_a_file_are_reported_each_with_its_line(corpus: Path) -> None:
    made = read(corpus, "<div>" * 30_000, **MANY)
    assert [without_remedy(each) for each in made.each()] == [
        f"{ONE}:4: publishedDateTime: not a date: 'soon'",
        f"{ONE}:5: webUrl: not an http or https address: 'javascript:x'",
        f"{ONE}:8: images[0].url: not the address of a picture: 'x:y'",
        f"{ONE}:8: images[1].width: not a number: 'wide'",
        f"{ONE}:10: body: HTML with too many nested tags",
    ]


@for_each(
    ("fields", "subjects"),
    [
        ({"title": ["a"]}, ["title"]),
        ({"title": None, "name": ["a"]}, ["name"]),
        ({"webUrl": ["a"]}, ["webUrl"]),
        ({"webUrl": None, "originalUrl": ["a"]}, ["originalUrl"]),
        ({"webUrl": "x:y", "originalUrl": "https://a.example/"}, ["webUrl"]),
        ({"publishedDateTime": ["a"]}, ["publishedDateTime"]),
        ({"provider": {"name": ["a"], "domain": ["b"]}}, ["provider.name", "provider.domain"]),
        ({"title": None, "webUrl": None}, ["title", "webUrl"]),
    ],
)  # fmt: skip
def test_no_problem_is_reported_that_follows_from_another(corpus, fields, subjects) -> None:
    assert [each.subject for each in read(corpus, **fields).each()] == subjects


@for_each(
    ("fields", "subjects"),
    [
        ({"removed": "maybe", "published": False}, ["removed"]),
        ({"removed": "maybe", "heat": "hot"}, ["removed", "heat"]),
        ({"published": "maybe", "heat": "hot"}, ["published", "heat"]),
    ],
)
def test_a_file_that_may_be_withheld_is_bad(corpus, fields, subjects) -> None:
    assert {each.subject for each in read(corpus, **fields).each()} == set(subjects)


@for_each("said", [{"removed": True}, {"published": False}])
def test_no_other_field_of_a_withheld_file_is_read(corpus, said) -> None:
    assert isinstance(read(corpus, **said, heat="hot", webUrl="x:y"), Withheld)


@for_each(
    ("fields", "reason"),
    [
        ({"draft": True}, "draft: true"), ({"draft": "yes"}, "draft: yes"),
        ({"deleted": True}, "deleted: true"),
        ({"isDraft": True}, "isDraft: true"), ({"Draft": "True"}, "Draft: True"),
        ({"Published": False}, "Published: false"), ({"publish": False}, "publish: false"),
        ({"hidden": True}, "hidden: true"), ({"private": 1}, "private: 1"),
        ({"unlisted": True}, "unlisted: true"),
        ({"is_public": False}, "is_public: false"), ({"unpublished": True}, "unpublished: true"),
        ({"status": "draft"}, "status: draft"), ({"status": "Private "}, "status: Private"),
        ({"post_status": "trash"}, "post_status: trash"),
        ({"visibility": "hidden"}, "visibility: hidden"),
        ({"draft": True, "published": True}, "draft: true"), ({"feed": False}, "feed: false"),
        ({"excludeFromFeed": True}, "excludeFromFeed: true"),
    ],
)  # fmt: skip
def test_an_article_is_withheld_in_the_words_of_other_programs_too(corpus, fields, reason) -> None:
    found = read(corpus, **fields)
    assert isinstance(found, Withheld)
    assert found.reason == reason


@for_each(
    "fields",
    [
        {"draft": False}, {"deleted": "no"}, {"draft": None}, {"published": True},
        {"status": "published"},
        {"private": "Ada's diary"}, {"hidden": ["a"]}, {"visibility": {"a": "b"}}, {"public": "City"},
        {"state": "Hawaii"}, {"archived": True}, {"feed": "https://a.example/feed"}, {"rss": True},
    ],
)  # fmt: skip
def test_a_field_with_another_value_withholds_nothing(corpus, fields) -> None:
    assert isinstance(read(corpus, **fields), Article)


@for_each("key", ["draft", "deleted"])
def test_an_article_with_an_invalid_draft_field_is_bad(corpus, key) -> None:
    error = read(corpus, **{key: "almost"})
    assert isinstance(error, ArticleError)
    assert (error.subject, error.code) == (key, problems.NOT_A_FLAG)


def test_an_article_and_its_people_may_be_called_null(corpus: Path) -> None:
    provider = {"name": "Null", "domain": "p.example", "authors": [{"name": "Null"}]}
    made = read(corpus, title="Null", excerpt="null", provider=provider, topics="~")
    assert (made.title, made.summary, made.authors, made.topics) == ("Null", "null", ("Null",), ())
    assert made.provider.name == "Null"


def test_no_spelling_of_nothing_is_an_id_or_an_address(corpus: Path) -> None:
    """Ids never change: articles with such an id were named by their paths from the beginning."""
    made = read(corpus, id="null", webUrl="null", originalUrl="https://a.example/o")
    assert (made.id, made.url) == (read(corpus).id, "https://a.example/o")


def warnings(root: Path, **fields: Any) -> list[tuple[str, str, int]]:
    """The field, the code and the line of each warning of an article with *fields*."""
    write_article(root, ONE, **fields)
    source = Corpus(root).read_source(ONE)
    assert source
    assert isinstance(source.reading, Article)
    return [(each.subject, each.code.name, each.line) for each in source.warnings]


def test_misspelt_fields_of_an_article_are_warned_of(corpus: Path) -> None:
    images = [{"url": "/a.png", "heigth": 3}]
    provider = {"name": "P", "domian": "p.example", "authors": [{"Name": "Ada"}]}
    found = warnings(corpus, topic="Go", images=images, provider=provider, secured={"webURL": "x"})
    assert found == [
        ("provider.domian", "similar-field", 6),
        ("provider.authors[0].Name", "similar-field", 6),
        ("topic", "similar-field", 8),
        ("images[0].heigth", "similar-field", 9),
    ]
    assert warnings(corpus) == []


def test_warnings_on_one_line_are_in_the_order_of_the_fields(corpus: Path) -> None:
    """Otherwise the log of one corpus would differ between processes."""
    names = ["heigth", "widht", "titel", "contentTyp", "URL"]
    found = warnings(corpus, images=[{"url": "/a.png", **dict.fromkeys(names, "1")}])
    assert [subject for subject, _, _ in found] == [f"images[0].{name}" for name in names]


def test_pictures_and_related_articles_that_are_left_out_are_warned_of(corpus: Path) -> None:
    images = [{"src": "/a.png"}, {"url": "data:image/png;base64,AAAA"}, {"url": "/b.png"}]
    related = [{"title": "R"}, {"webUrl": "/r"}, {"title": "R", "webUrl": "www.r.example"}]
    assert warnings(corpus, images=images, related=related) == [
        ("images[0].url", "no-picture-address", 8),
        ("images[1].url", "not-a-picture-address", 8),
        ("related[0].webUrl", "no-address", 9),
        ("related[1].title", "no-title", 9),
        ("related[2].webUrl", "not-an-address", 9),
    ]


def test_a_bad_field_of_a_related_article_is_not_missing_too(corpus: Path) -> None:
    error = read(corpus, related=[{"title": "R", "webUrl": "/r"}, {"title": [1], "originalUrl": [2]}])
    assert isinstance(error, ArticleError)
    assert [(each.subject, each.code) for each in error.each()] == [
        ("related[1].title", problems.NOT_TEXT),
        ("related[1].originalUrl", problems.NOT_TEXT),
    ]


def test_a_misspelt_field_is_reported_with_the_problem_that_it_causes(corpus: Path) -> None:
    error = read(corpus, webUrl=None, webURL="https://a.example/", topics=["a", ["b"]])
    assert isinstance(error, ArticleError)
    assert [(each.subject, each.code.name) for each in error.each()] == [
        ("webUrl", "no-address"),
        ("topics", "not-names"),
        ("webURL", "similar-field"),
    ]


def test_secured_and_unknown_fields_reach_no_article(corpus: Path) -> None:
    plain = read(corpus)
    made = read(corpus, secured="HIDDEN", unknown={"HIDDEN": ["HIDDEN"]}, layout="HIDDEN")
    assert made == plain
    assert content_hash(made) == content_hash(plain)
    assert b"HIDDEN" not in msgspec.msgpack.encode(made)


def test_a_bomb_of_aliases_goes_off_nowhere(corpus: Path) -> None:
    bomb = "\n".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]" for n in range(1, 30))
    began = time.process_time()
    made = written(
        corpus,
        f"---\nb0: &b0 [lol]\n{bomb}\ntitle: A\nwebUrl: /a\nrelated: [{{title: b, webUrl: /c,"
        " provider: {name: *b29}}]\n---\n",
    )
    assert made.reason == "related[0].provider.name: not text, but a list"
    assert time.process_time() - began < 2


def test_a_title_of_ten_megabytes_is_reported_and_not_kept(corpus: Path) -> None:
    write_article(corpus, ONE, title="x" * 10_000_000)
    assert without_remedy(Corpus(corpus).read(ONE)) == f"{ONE}: larger than 4,194,304 bytes"
    made = Corpus(corpus, max_bytes=100_000_000).read(ONE)
    assert str(made).startswith(f"{ONE}:1: front matter of 10,")
    assert len(str(made)) < 200


def test_a_body_that_would_take_forever_is_reported_with_its_line(corpus: Path) -> None:
    made = read(corpus, "<div>" * 30_000)
    assert without_remedy(made) == f"{ONE}:9: body: HTML with too many nested tags"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", f"{ONE}:1: no front matter"),
        (b"---\ntitle: A\nexcerpt: half wri", f"{ONE}:1: front matter not closed"),
        (b"---\ntitle: A\n---\nbody \xe9\n", f"{ONE}:4: not UTF-8: byte 0xe9"),
        (b"---\r\ntitle: A\r\nb: \xff\r\n---\r\n", f"{ONE}:3: not UTF-8: byte 0xff"),
        (b"---\na: " + b"[" * 10_000 + b"\n---\n", f"{ONE}:2: front matter "),  # by PyYAML, or by us
        (b"\x00" * 100, f"{ONE}:1: no front matter"),
    ],
)
def test_one_bad_file_does_not_hide_the_others(corpus: Path, content: bytes, problem: str) -> None:
    write_article(corpus, "_news/2026-01-01-before.md")
    write_article(corpus, "_news/2026-01-03-after.md")
    assert str(written(corpus, content)).startswith(problem)
    readings = list(Corpus(corpus).articles())
    assert [type(reading) for reading in readings] == [Article, ArticleError, Article]


@for_each("end", ["\n", "\r\n", "\r"])
@for_each("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_make_no_difference(corpus: Path, end: str, mark: str) -> None:
    lines = ["---", "title: A", "webUrl: https://a.example/", "---", "One", "", "two"]
    made = written(corpus, mark + end.join(lines))
    assert (made.title, made.html) == ("A", "<p>One</p>\n<p>two</p>")


def test_a_corpus_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such folder"):
        Corpus(tmp_path / "missing")
    (tmp_path / "file").touch()
    with pytest.raises(CorpusError, match="not a folder"):
        Corpus(tmp_path / "file")


def test_articles_are_markdown_below_folders_that_are_not_the_generators(corpus: Path) -> None:
    names = ["top.md", "_news/a.md", "learning/deep/er/b.md"]
    others = [
        "README.md", "_news/README.md", "_news/a.txt", "_data/x.md", "_drafts/a.md", "_includes/a.md",
        ".git/a.md", "_news/.hidden/a.md", "node_modules/x/a.md", "_site/a.md", "_news/_drafts/a.md",
        "README.markdown", "_drafts/a.markdown", "_news/a.mdx",
    ]  # fmt: skip
    for name in names + others:
        write_article(corpus, name)
    made = Corpus(corpus)
    assert [found[0] for found in made.files() if isinstance(found, tuple)] == names
    assert [name for name in names + others if made.holds(name)] == names


@pytest.mark.parametrize(
    "name", ["markdown", "mdown", "mdtext", "mdtxt", "mdwn", "mkd", "mkdn", "MD", "Markdown"]
)
def test_markdown_has_several_extensions_and_an_id_for_each(corpus: Path, name: str) -> None:
    write_article(corpus, "_news/a.md")
    write_article(corpus, f"_news/a.{name}")
    assert outcomes(Corpus(corpus)) == {"news/a": "article", f"news/a.{name}": "article"}


def test_a_pattern_of_md_excludes_the_other_extensions_too(corpus: Path) -> None:
    made = Corpus(corpus, articles=("*.md", "!/old.md", "!*.mkd"))
    assert [name for name in ("a.markdown", "old.markdown", "a.mkd") if made.holds(name)] == [
        "a.markdown"
    ]


HIDDEN = [
    "_news/.half-written.md",
    "_news/._a.md",
    "_news/.#a.md",
    "_news/~$a.md",
    "_news/.a/b.md",
    ".a.md",
]


def test_hidden_files_and_lock_files_of_editors_are_no_articles(corpus: Path) -> None:
    write_article(corpus, "_news/a.md")
    for name in HIDDEN:
        (corpus / name).parent.mkdir(exist_ok=True)
        (corpus / name).write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
    (corpus / "_news/.#b.md").symlink_to("nobody@host.1234:1")
    assert outcomes(Corpus(corpus)) == {"news/a": "article"}
    made = Corpus(corpus, articles=("**/*.md",))
    assert outcomes(made) == {"news/a": "article"}, "patterns of others forget them"
    assert not any(made.holds(name) for name in HIDDEN)


@pytest.mark.parametrize("pattern", [".well/*.md", "/.well/", "a/.well/*.md"])
def test_a_pattern_may_name_hidden_files(corpus: Path, pattern: str) -> None:
    write_article(corpus, f"{pattern.strip('/').removesuffix('/*.md')}/b.md")
    (reading,) = Corpus(corpus, articles=(pattern,)).articles()
    assert isinstance(reading, Article)


@pytest.mark.parametrize(
    "content",
    [
        "", "# Changes\n", "---\ntitle: About\nlayout: page\n---\n", "---\ntitle: 'About\n---\n",
        "---\ntitle: About\npublished: false\n---\n", "# How to\n\nwebUrl: https://a.example\n",
        "---\ntitle: A\n---\nwebUrl: https://a.example\n", b"Caf\xe9\n", "x" * 2000, "\0\0",
    ],
)  # fmt: skip
def test_a_file_in_the_root_without_a_field_of_ours_is_passed_over(corpus, content) -> None:
    write_article(corpus, "hello.md")
    (corpus / "CHANGES.md").write_bytes(content if isinstance(content, bytes) else content.encode())
    made = Corpus(corpus, max_bytes=1000)
    assert isinstance(made.read("CHANGES.md"), PassedOver)
    assert isinstance(made.read("hello.md"), Article)


@pytest.mark.parametrize(
    "content",
    [
        "---\ntitle: A\nwebUrl: https://a.example\n",
        "---\ntitle: 'A\npublishedDateTime: 2026-01-01\n---\n",
        "title: A\nwebUrl: https://a.example\n\nText\n", "---\r\ntitle: A\r\nweb_url: b\r\n---\r\n",
        "\ufeff---\rtitle: A\rWebURL: b\r---\r", "---\n'originalUrl': https://a.example\n---\n",
        "---\ntitle: A\nwebUrl: b\n---\n".encode("utf-16"),
    ],
)  # fmt: skip
def test_a_file_in_the_root_that_is_meant_as_an_article_is_bad(corpus, content) -> None:
    error = written(corpus, content, "hello.md")
    assert isinstance(error, ArticleError)
    assert not isinstance(error, PassedOver)


def test_a_folder_in_which_no_pattern_matches_names_the_files(corpus: Path) -> None:
    for name in ("_news/b.md", "a.markdown", "_news/c.MD", "_news/d.mdx"):
        write_article(corpus, name)
    (corpus / "_news/e.txt").touch()
    made = Corpus(corpus, articles=("/articles/*.md",))
    (error,) = made.articles()
    assert str(error) == (
        ".: 4 Markdown files match no pattern in corpus.articles: a.markdown, _news/b.md, _news/c.MD, …; "
        'add a pattern for them, such as "*.md"'
    )
    assert made.aside() == ["a.markdown", "_news/b.md", "_news/c.MD", "_news/d.mdx"]
    write_article(corpus, "articles/a.md")
    assert outcomes(made) == {"articles/a": "article"}
    assert len(made.aside()) == 4


def test_excluded_files_are_left_aside_on_purpose(corpus: Path) -> None:
    for name in ("_drafts/a.md", "README.md", ".obsidian/b.md"):
        write_article(corpus, name)
    assert (outcomes(Corpus(corpus)), Corpus(corpus).aside()) == ({}, [])


def test_the_default_patterns_are_no_new_setting_for_a_store_of_the_former_ones(corpus: Path) -> None:
    """Otherwise every article that a new version reads differently would count as changed."""
    former = ("*/**/*.md", *ARTICLES[1:])
    assert Corpus(corpus).fingerprint == Corpus(corpus, articles=former).fingerprint


def test_which_files_are_articles_can_be_set(corpus: Path) -> None:
    for name in ("a.md", "_news/b.md", "_news/c.markdown"):
        write_article(corpus, name)
    made = Corpus(corpus, articles=("*.markdown", "/a.md"))
    assert outcomes(made) == {"a": "article", "news/c.markdown": "article"}


@pytest.mark.parametrize(
    "patterns",
    [
        ARTICLES,
        ("*.md", "!_data/", "_data/kept.md"),
        ("*.md", "!_data/", "*.markdown", "!x/", "", "# all", "!README.md"),
        ("*.md", "!a*/", "!_data/*/", "!/_news/x/"),
        ("**/*.md", "!x/", "x/"),
        ("_news/", "!_news/.old/", "!**/x/"),
        (".old/*.md", "!x/"),
        ("!x/", "!.*/"),
        (r"\!a/*.md", "!_data/"),
    ],
)
def test_a_listing_has_the_files_whose_last_matching_pattern_includes_them(corpus, patterns) -> None:
    folders = ["", "_data/", "_data/x/", "_news/", "_news/x/y/", "_news/.old/", ".old/", "a/b/", "!a/"]
    paths = sorted(
        f"{folder}{name}"
        for folder in folders
        for name in ("a.md", "kept.md", "README.md", "b.markdown", ".c.md", "~$d.md")
    )
    for path in paths:
        write_article(corpus, path)
    made = Corpus(corpus, articles=patterns)
    held = [path for path in paths if made.holds(path)]
    for below in ["", *(folder.removesuffix("/") for folder in folders[1:])]:
        listed = [found[0] for found in made.files(below) if isinstance(found, tuple)]
        assert sorted(listed) == [path for path in held if path.startswith(below and f"{below}/")], below


def test_files_come_in_the_same_order_everywhere(corpus: Path) -> None:
    names = [
        "_news/b.md",
        "_news/a.md",
        "_news/B.md",
        "_a/z/y.md",
        "_news/a/b.md",
        "_news/ä.md",
        "_news/a b.md",
    ]
    for name in names:
        write_article(corpus, name)
    paths = [name.removesuffix(".md").lstrip("_") for name in sorted(names)]
    ids = [reading.id for reading in Corpus(corpus).articles() if isinstance(reading, Article)]
    assert ids == [Corpus(corpus).id_of(f"_{path}.md") for path in paths]


def test_the_first_path_of_two_files_with_one_id_is_syndicated(corpus: Path) -> None:
    write_article(corpus, "_news/b.md", id="same", title="B")
    write_article(corpus, "_news/a.md", id="same", title="A")
    write_article(corpus, "_news/0.md", id="same", published=False)
    withheld, winner, other = Corpus(corpus).articles()
    assert withheld == Withheld("_news/0.md", UNPUBLISHED)
    assert winner.title == "A"
    assert without_remedy(other) == "_news/b.md:1: same id as _news/a.md"


def test_links_are_followed_once_and_a_folder_keeps_its_own_name(corpus: Path) -> None:
    write_article(corpus, "_news/deep/a.md")
    (corpus / "_alias").symlink_to("_news")
    (corpus / "_news" / "deep" / "up").symlink_to("..")
    (corpus / "_news" / "self").symlink_to("self")
    (corpus / "_news" / "gone.md").symlink_to("nowhere")
    (corpus / "_news" / "gone.txt").symlink_to("nowhere")
    (corpus / "_news" / "b.md").symlink_to("deep/a.md")
    assert outcomes(Corpus(corpus)) == {
        "news/deep/a": "article",
        "news/b": "article",
        "_alias": "link to a folder that is read already",
        "_news/deep/up": "link to a folder that is read already",
        "_news/self": "cannot be read: too many levels of symbolic links",
        "_news/gone.md": "link to a missing file",
    }


def test_a_folder_outside_is_read_through_a_link(corpus: Path, tmp_path: Path) -> None:
    write_article(tmp_path / "outside", "a.md")
    (corpus / "_linked").symlink_to(tmp_path / "outside")
    assert outcomes(Corpus(corpus)) == {"linked/a": "article"}


def test_a_pipe_is_reported_without_waiting_for_it(corpus: Path) -> None:
    os.mkfifo(corpus / "_news" / "pipe.md")
    made = Corpus(corpus)
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(made.read("_news/pipe.md")), daemon=True)
    thread.start()
    thread.join(10)
    assert [without_remedy(answer) for answer in answers] == ["_news/pipe.md: not a regular file"]
    assert outcomes(made) == {"_news/pipe.md": "not a regular file"}
    assert made.stamp("_news/pipe.md") is None


def test_a_name_that_is_not_utf_8_is_reported_in_ascii(corpus: Path) -> None:
    write_article(corpus)
    for folder in ("_news", "_data/topics"):
        (corpus / folder).mkdir(parents=True, exist_ok=True)
        (Path(os.fsdecode(os.fsencode(corpus / folder) + b"/caf\xe9.md"))).touch()
    (Path(os.fsdecode(os.fsencode(corpus / "_data/topics") + b"/caf\xe9.yaml"))).touch()
    made = Corpus(corpus)
    reason = "file name not in UTF-8"
    assert outcomes(made) == {
        "news/2026-01-02-one": "article",
        "_news/caf\\udce9.md": reason,
        "_data/topics/caf\\udce9.yaml": reason,
    }
    assert without_remedy(made.read("_news/caf\udce9.md")) == f"_news/caf\\udce9.md: {reason}"
    assert made.stamp("_news/caf\udce9.md") is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_without_permission_are_reported(corpus: Path) -> None:
    write_article(corpus).chmod(0)
    write_article(corpus, "_shut/a.md").parent.chmod(0)
    assert outcomes(Corpus(corpus)) == {
        ONE: "cannot be read: permission denied",
        "_shut": "cannot be read: permission denied",
    }
    (corpus / "_shut").chmod(0o700)


def test_a_file_that_is_gone_is_nothing(corpus: Path) -> None:
    assert Corpus(corpus).read("_news/gone.md") is None
    assert Corpus(corpus).stamp("_news/gone.md") is None
    assert without_remedy(Corpus(corpus).read("_news")) == "_news: cannot be read: is a directory"


def test_an_error_keeps_no_content_of_its_file_in_memory(corpus: Path) -> None:
    made = Corpus(corpus)
    for name, content in ("bad", b"---\ntitle: [\n---\n"), ("latin", b"---\ntitle: \xff\n---\n"):
        (corpus / "_news" / f"{name}.md").write_bytes(content)
        error = made.read(f"_news/{name}.md")
        assert isinstance(error, ArticleError)
        assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)


def test_a_file_that_cannot_be_opened_now_is_unreadable_and_not_bad(corpus: Path) -> None:
    write_article(corpus)
    made = Corpus(corpus)
    with no_open_files():
        source = made.read_source(ONE)
    assert source
    assert (type(source.reading), source.digest) == (UnreadableFile, b"")
    assert without_remedy(source.reading) == f"{ONE}: cannot be read: too many open files"
    assert isinstance(made.read(ONE), Article)


@pytest.mark.parametrize(
    ("make", "kind", "reason"),
    [
        (Path.mkdir, UnreadableFile, "cannot be read: is a directory"),
        (lambda path: path.symlink_to(path), UnreadableFile, "cannot be read: too many levels of"),
        (lambda path: path.write_bytes(b"x" * 101), ArticleError, "larger than 100 bytes"),
        (lambda path: path.write_bytes(b"---\ntitle: \xff\n---\n"), ArticleError, "not UTF-8"),
        (os.mkfifo, ArticleError, "not a regular file"),
    ],
    ids=["folder", "loop", "too large", "not UTF-8", "pipe"],
)
def test_only_what_the_system_refuses_is_unreadable(corpus: Path, make, kind, reason) -> None:
    (corpus / "_news").mkdir(exist_ok=True)
    make(corpus / ONE)
    error = Corpus(corpus, max_bytes=100).read(ONE)
    assert type(error) is kind
    assert error.reason.startswith(reason)


def test_a_folder_that_cannot_be_listed_is_named(corpus: Path) -> None:
    write_article(corpus)
    write_article(corpus, "_other/a.md")
    made = Corpus(corpus)
    with no_open_files():
        everything = list(made.files())
        below = list(made.files("_news"))
    assert [(type(each), without_remedy(each)) for each in everything] == [
        (UnreadableFile, ".: cannot be read: too many open files")
    ]
    assert [(type(each), each.path) for each in below] == [(UnreadableFile, "_news")]
    assert [each[0] for each in made.files()] == [ONE, "_other/a.md"]


def test_a_file_whose_name_is_not_ascii_is_named_as_it_is(corpus: Path) -> None:
    (corpus / "_news" / "é.md").symlink_to("é.md")
    (found,) = Corpus(corpus).files()
    assert (type(found), found.path) == (UnreadableFile, "_news/é.md")


def test_a_source_is_the_reading_with_a_digest_of_the_bytes(corpus: Path) -> None:
    file = write_article(corpus)
    made = Corpus(corpus)
    assert made.read_source(ONE) == Source(
        blake2b(file.read_bytes(), digest_size=16).digest(), made.read(ONE)
    )
    before = made.read_source(ONE)
    os.utime(file, ns=(1, 1))
    file.write_bytes(content := file.read_bytes())
    assert made.read_source(ONE) == before
    file.write_bytes(content + b"\n")
    assert made.read_source(ONE).digest != before.digest
    assert made.read_source("_news/gone.md") is None


def test_a_bad_source_has_a_digest(corpus: Path) -> None:
    (corpus / ONE).parent.mkdir(exist_ok=True)
    (corpus / ONE).write_bytes(b"no front matter")
    source = Corpus(corpus).read_source(ONE)
    assert source.digest == blake2b(b"no front matter", digest_size=16).digest()
    assert isinstance(source.reading, ArticleError)


@pytest.mark.parametrize("path", ["_news/a\x00b.md", "_news/" + "x" * 5000 + ".md"])
def test_a_path_that_no_file_can_have_raises_nothing(corpus: Path, path: str) -> None:
    assert isinstance(Corpus(corpus).read(path), ArticleError)
    assert Corpus(corpus).stamp(path) is None


def test_a_stamp_changes_with_the_file(corpus: Path) -> None:
    file = write_article(corpus)
    made = Corpus(corpus)
    before = made.stamp(ONE)
    assert before == Stamp(file.stat().st_mtime_ns, file.stat().st_size, file.stat().st_ino)
    os.utime(file, ns=(1, 1))
    assert made.stamp(ONE) not in (None, before)
    assert made.stamp("_news") is None


def test_descriptions_are_read_again_when_they_changed(corpus: Path) -> None:
    made = Corpus(corpus)
    before = made.fingerprint
    made.reload()
    assert made.fingerprint == before
    (corpus / "_data" / "topics").mkdir(parents=True)
    (corpus / "_data" / "topics" / "a.yaml").write_text("name: A")
    (corpus / "_config.yml").write_text("title: Another\nurl: https://other.example\n")
    made.reload()
    assert made.fingerprint != before
    assert (made.taxonomy.title, made.url, made.authority) == (
        "Another",
        "https://other.example",
        "other.example",
    )
    assert [topic.name for topic in made.taxonomy.topics] == ["A"]


@pytest.mark.parametrize(
    "setting",
    [
        {"url": "https://a.example"}, {"authority": "a.example"}, {"since": 2019}, {"max_bytes": 9},
        {"zone": ZoneInfo("Asia/Tokyo")}, {"articles": ("*.md",)},
    ],
)  # fmt: skip
def test_a_setting_that_changes_what_is_read_changes_the_fingerprint(corpus, setting) -> None:
    assert Corpus(corpus).fingerprint == Corpus(corpus).fingerprint
    assert Corpus(corpus, **setting).fingerprint != Corpus(corpus).fingerprint


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("_config.yml", True),
        ("_data/topics/a.yaml", True),
        ("_data/topics/a.yml", True),
        ("_data/organizations/a.md", True),
        ("_news/_config.yml", False),
        ("_data/other/a.md", False),
        ("_news/a.md", False),
    ],
)
def test_some_files_concern_every_article(corpus, path, expected) -> None:
    assert Corpus(corpus).concerns_all(path) is expected


HEAD = b"---\ntitle: A\nwebUrl: https://a.example/\n"
ANY_ROOT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY_ROOT
@given(
    st.one_of(
        st.binary(),
        st.binary().map(lambda noise: b"---\n" + noise + b"\n---\n"),
        st.binary().map(lambda noise: HEAD + noise + b"\n---\n"),
        st.text().map(lambda text: HEAD + b"---\n" + text.encode("utf-8", "replace")),
        st.text("<>/\"'=-! \n`*_[](){}|~#&;aibpimgsrchref", max_size=300).map(
            lambda text: HEAD + b"---\n" + text.encode()
        ),
    )
)
def test_any_content_of_a_file_is_read_or_reported(corpus: Path, content: bytes) -> None:
    made = written(corpus, content)
    assert isinstance(made, Article | Withheld | ArticleError)
    if isinstance(made, ArticleError):
        assert made.path == ONE
        assert made.reason
    if isinstance(made, Article):
        msgspec.msgpack.encode(made)


FIELDS = [
    "title", "name", "excerpt", "publishedDateTime", "modifiedDateTime", "webUrl", "originalUrl",
    "provider", "topics", "images", "language", "lang", "locale", "type", "related", "quality", "heat",
    "featuredContent", "id", "published", "removed",
]  # fmt: skip
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.just("https://a.example/b")
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["name", "domain", "url", "width", "title", "webUrl", "images", "authors", "provider"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


@ANY_ROOT
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6))
def test_any_content_of_a_field_is_read_or_reported_with_its_line(
    corpus: Path, fields: dict[str, Any]
) -> None:
    made = read(corpus, **fields)
    assert isinstance(made, Article | Withheld | ArticleError)
    if isinstance(made, ArticleError):
        assert made.line >= 1
        assert re.match(r"(front matter|\w+[\w.\[\]]*: |body: )", made.reason)
    if isinstance(made, Article):
        assert made.published.tzinfo is UTC
        assert made.title
        for url in (made.url, *(image.url for image in made.images), *(one.url for one in made.related)):
            assert urlsplit(url).scheme in ("http", "https")


class _Addresses(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "cite")]


def _addresses(article: Article) -> list[str]:
    provider = article.provider
    return [
        article.url,
        *(image.url for image in article.images),
        *(one.url for one in article.related),
        *((provider.url, provider.logo.url) if provider and provider.logo else ()),
        *_Addresses(article.html).found,
    ]


def test_every_file_of_a_real_corpus_is_accounted_for(real_corpus: Path) -> None:
    corpus = Corpus(real_corpus)
    files = [found[0] for found in corpus.files() if isinstance(found, tuple)]
    readings = list(corpus.articles())
    assert corpus.problems == []
    assert len(readings) == len(files) > 100
    for reading in readings:
        assert isinstance(reading, Article) or reading.reason
    articles = [reading for reading in readings if isinstance(reading, Article)]
    assert len({article.id for article in articles}) == len(articles) > 0


def test_no_address_of_a_real_corpus_is_relative(real_corpus: Path) -> None:
    addresses = [
        address
        for reading in Corpus(real_corpus).articles()
        if isinstance(reading, Article)
        for address in _addresses(reading)
    ]
    assert len(addresses) > 100
    assert [address for address in addresses if not re.match(r"(https?://[^/]|mailto:)", address)] == []


def test_no_article_of_a_real_corpus_shows_its_seams(real_corpus: Path) -> None:
    for reading in Corpus(real_corpus).articles():
        if isinstance(reading, Article):
            for shown in (reading.title, reading.summary):
                assert not re.search(r"</?\w+>|\s\s|^\s|\s$|\ufffd", shown), reading.id
            assert not re.search(
                r"(?i)<iframe|<script| style=| on\w+=|<p>(&nbsp;|\s)*</p>", reading.html
            ), reading.id


def test_a_real_corpus_describes_its_topics_and_providers(real_corpus: Path) -> None:
    taxonomy = Corpus(real_corpus).taxonomy
    slugs = {topic.slug for topic in taxonomy.topics}
    assert {topic.parent for topic in taxonomy.topics} - {""} <= slugs
    assert any(topic.parent for topic in taxonomy.topics)
    assert all(provider.logo for provider in taxonomy.organizations)


def test_a_file_that_disappears_while_all_are_read_is_passed_over(corpus: Path) -> None:
    for number in range(3):
        write_article(corpus, f"_news/{number}.md", title=f"Article {number}")
    made = Corpus(corpus)
    sources = made.sources()
    first = next(sources)[0]
    (corpus / "_news/1.md").unlink()
    assert [first, *(path for path, _ in sources)] == ["_news/0.md", "_news/2.md"]
    assert made.digest("_news/1.md") == b""


def test_a_link_to_itself_is_a_problem_of_the_file_alone(corpus: Path) -> None:
    write_article(corpus, ONE)
    (corpus / "_news/loop.md").symlink_to("loop.md")
    found = [*Corpus(corpus).files()]
    (problem,) = (each for each in found if isinstance(each, ArticleError))
    assert (problem.path, problem.reason) == (
        "_news/loop.md",
        "cannot be read: too many levels of symbolic links",
    )
    assert [each[0] for each in found if isinstance(each, tuple)] == [ONE]


def test_a_file_that_is_longer_than_the_system_says_is_read_to_its_end() -> None:
    version = Path("/proc/version")
    assert version.stat().st_size == 0
    assert contents("/proc", "version", 1000) == version.read_bytes() != b""
