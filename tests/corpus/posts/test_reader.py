"""Posts of other site generators become articles by one mapping of their fields."""

import pickle
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from feeds.article import Article, Image, Provider
from feeds.corpus import problems
from feeds.corpus.dialects import Dialect
from feeds.corpus.dialects.registry import BY_NAME
from feeds.corpus.header_syntax import split_any
from feeds.corpus.reading import Withheld
from feeds.corpus.site import Defaults, SourceSite
from feeds.errors import ArticleError, Code, PassedOver
from tests.corpus.posts.posting import (
    PATH,
    SITE,
    Files,
    article,
    head,
    read,
    read_with_warnings,
    schema_of,
)
from tests.table import for_each


def test_a_post_becomes_an_article_with_all_its_fields() -> None:
    made = article(
        """
title: "High *tide*"
date: 2024-05-06 10:30:00 +0200
updated: 2024-05-07
author: Ada Lovelace
tags: [Moon, Sea]
categories: News
description: The **moon** pulls.
lang: en_GB
image: https://tide.example/moon.png
""",
        "# High tide\n\nWater rises.\n",
    )
    assert made.title == "High tide"
    assert made.url == f"https://tide.example/{PATH}"
    assert made.id == "tag:tide.example,2020:_posts/2024-05-06-high-tide"
    assert made.published == datetime(2024, 5, 6, 8, 30, tzinfo=UTC)
    assert made.updated == datetime(2024, 5, 7, tzinfo=UTC)
    assert made.authors == ("Ada Lovelace",)
    assert made.topics == ("Moon", "Sea", "News")
    assert made.summary == "The moon pulls."
    assert made.html == "<p>Water rises.</p>"
    assert made.language == "en-GB"
    assert made.images == (Image("https://tide.example/moon.png", type="image/png"),)
    assert made.provider == Provider("tide.example", "Tide Notes", "https://tide.example/")


@for_each(
    ("fields", "title"),
    [
        ("title: Tide", "Tide"),
        ("Title: Tide", "Tide"),
        ("seo_title: Tide", "Tide"),
        ("title: ''\nname: Tide", "Tide"),
        ("title: null\nname: Tide", "Tide"),
        ("title: 2024", "2024"),
        ("title: [Tide]", "Tide"),
        ("params: {title: Tide}", "Tide"),
        ("extra:\n  title: Tide", "Tide"),
        ("params: {title: Other}\ntitle: Tide", "Tide"),
    ],
)
def test_the_title_is_the_first_usable_key(fields: str, title: str) -> None:
    assert article(fields).title == title


@for_each(
    ("body", "title", "html"),
    [
        ("# Low tide\n\nWords.", "Low tide", "<p>Words.</p>"),
        ("Low tide\n========\n\nWords.", "Low tide", "<p>Words.</p>"),
        ("<h1 class='x'>Low <em>tide</em></h1>\n\nWords.", "Low tide", "<p>Words.</p>"),
        ("## Section\n\nWords.", "High tide", "<h2>Section</h2>\n<p>Words.</p>"),
        ("```\n# comment\n```\n", "High tide", "<pre><code># comment\n</code></pre>"),
        ("Words.", "High tide", "<p>Words.</p>"),
    ],
)
def test_without_a_title_the_first_heading_is_the_title_and_else_the_name(
    body: str, title: str, html: str
) -> None:
    made = article("draft: false", body)
    assert (made.title, made.html) == (title, html)


@for_each(
    ("path", "title"),
    [
        ("_posts/2024-05-06-high-tide.md", "High tide"),
        ("2024/05/06-high-tide.txt", "High tide"),
        ("2024-05-06/high-tide.md.md", "High tide"),
        ("posts/2024-05-06-high-tide/index.md", "High tide"),
        ("posts/2024-05-06-high-tide/index.de.md", "High tide"),
        ("Journal/2024-05-06 High Tide.md", "High Tide"),
        ("posts/2024-05-06-12-seals.md", "12 seals"),
    ],
)
def test_the_title_may_be_in_the_path(path: str, title: str) -> None:
    assert article(path=path, site=replace(SITE, languages=("de",))).title == title


def test_a_name_without_letters_is_no_title() -> None:
    assert article("", "A seal!", path="_posts/2024-05-06-1530.md").title == "A seal!"
    assert article("title: '{{ title }}'").title == "High tide"


def test_a_heading_leaves_the_body_only_if_it_repeats_the_title() -> None:
    assert article("title: High Tide!", "# High tide\n\nWords.").html == "<p>Words.</p>"
    assert article("title: High tide", "# Other\n\nWords.").html == "<h1>Other</h1>\n<p>Words.</p>"


def test_where_most_posts_have_no_title_the_first_words_are_the_title() -> None:
    made = article("", "Saw a seal today. " * 9, survey=Files(is_untitled=True))
    assert made.title == "Saw a seal today. Saw a seal today. Saw a seal today. Saw a seal…"


@for_each(
    ("path", "fields", "day", "by_name"),
    [
        ("a/x.md", "date: 2024-05-06", "2024-05-06", False),
        ("a/x.md", "pubDate: 2024-05-06", "2024-05-06", False),
        ("a/x.md", "publish_date: 2024-05-06", "2024-05-06", False),
        ("a/x.md", "date:\n  created: 2024-05-06\n  updated: 2024-05-07", "2024-05-06", False),
        ("a/x.md", "published: true\ncreated: 2024-05-06", "2024-05-06", False),
        ("a/2024-05-06-x.md", "date: Created", "2024-05-06", True),
        ("a/2024-05-06-x.md", "date: 2017-02-29", "2024-05-06", True),
        ("a/2024-05-06-x.md", "date: 2023-01-01", "2023-01-01", False),
        ("a/2024-05-06-x/index.md", "title: x", "2024-05-06", True),
        ("a/2024/05/06/x.md", "title: x", "2024-05-06", True),
        ("a/2024/05-06-x.md", "title: x", "2024-05-06", True),
        ("a/x.md", "path: 2024/05/06/x", "2024-05-06", False),
        ("a/x.md", "permalink: /2024/5/6/x.html", "2024-05-06", False),
        ("a/2024-05-06-x.md", "permalink: /2023/1/2/x.html", "2024-05-06", True),
    ],
)
def test_the_date_is_the_first_that_is_one(path: str, fields: str, day: str, by_name: bool) -> None:
    found = head(fields, path=path)
    assert found.date
    assert (found.date.isoformat()[:10], found.is_dated_by_name) == (day, by_name)


def test_a_date_without_a_zone_is_in_the_zone_of_the_site_or_else_of_the_setting() -> None:
    tokyo = replace(SITE, zone="Asia/Tokyo")
    assert article("date: 2024-05-06", site=tokyo).published == datetime(2024, 5, 5, 15, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    assert article("date: 2024-05-06", zone=berlin).published == datetime(2024, 5, 5, 22, tzinfo=UTC)
    unknown = replace(SITE, zone="US/Pacific-New")
    assert article("date: 2024-05-06", site=unknown).published == datetime(2024, 5, 6, tzinfo=UTC)


def test_an_address_with_a_day_that_does_not_exist_dates_no_post() -> None:
    assert head("permalink: /2024/2/30/x.html", path="a/x.md").date is None


def test_a_later_date_of_publication_has_precedence_over_the_date() -> None:
    assert article("date: 2024-05-06\npublishDate: 2024-06-01").published.month == 6
    assert article("date: 2024-05-06\npublishDate: 2024-04-01").published.month == 5


def test_a_change_before_the_publication_is_ignored() -> None:
    made = article("date: 2024-05-06\nlastmod: 2023-01-01")
    assert made.updated == made.published


@for_each(
    ("fields", "code", "reason"),
    [
        ("draft: true", problems.DRAFT, "draft: true"),
        ("Draft: 'Yes '", problems.DRAFT, "Draft: Yes"),
        ("published: false", problems.DRAFT, "published: false"),
        ("publish: no", problems.DRAFT, "publish: no"),
        ("status: private", problems.DRAFT, "status: private"),
        ("Status: skip", problems.DRAFT, "Status: skip"),
        ("status: who knows", problems.DRAFT, "status: who knows"),
        ("unlisted: true", problems.DRAFT, "unlisted: true"),
        ("hidden: true", problems.DRAFT, "hidden: true"),
        ("removed: true", problems.DRAFT, "removed: true"),
        ("permalink: false", problems.DRAFT, "permalink: false"),
        ("eleventyExcludeFromCollections: true", problems.DRAFT, "eleventyExcludeFromCollections: true"),
        ("params: {draft: true}", problems.DRAFT, "params.draft: true"),
        ("build: {render: never}", problems.DRAFT, "build.render: never"),
        ("_build: {list: false}", problems.DRAFT, "_build.list: false"),
        ("password: sesame", problems.PROTECTED, "password: has a value"),
        ("draft: perhaps", problems.UNCLEAR, "draft: perhaps, which is neither true nor false"),
        (
            "published: 2024-13-01",
            problems.UNCLEAR,
            "published: 2024-13-01, which is neither true nor false",
        ),
        ("expiryDate: 2025-12-31", problems.EXPIRED, "expired on 2025-12-31 00:00 UTC"),
    ],
)
def test_a_field_withholds_a_post_and_is_named(fields: str, code: Code, reason: str) -> None:
    found = read(fields)
    assert isinstance(found, Withheld)
    assert (found.code, found.reason) == (code, reason)
    assert head(fields).status == ("" if code is problems.EXPIRED else "draft")


@for_each(
    "fields",
    [
        "draft: false", "Draft: 'No '", "published: 2024-05-06", "published: true", "publish: yes",
        "status: published", "status: featured", "visibility: public", "hide: [toc]", "rss: /feed.xml",
        "expiryDate: 2026-01-02", "password: ''", "permalink: /x/", "draft:",
        "build: {render: always, list: always}",
    ],
)  # fmt: skip
def test_other_values_withhold_nothing(fields: str) -> None:
    assert article(fields).title == "High tide"


def test_drafts_pages_and_undated_posts_have_their_reasons() -> None:
    assert read(survey=Files(all_are="draft")) == Withheld(PATH, problems.IN_DRAFTS)
    assert read("title: x", path="posts/x.md") == Withheld("posts/x.md", problems.UNDATED)
    found = read("date: 01/02/2020", path="posts/x.md")
    assert isinstance(found, Withheld)
    assert found.reason == "not a date: '01/02/2020'"
    with pytest.raises(PassedOver) as raised:
        read(survey=Files(all_are="page"))
    assert raised.value.code is problems.A_PAGE


@for_each(
    ("fields", "status"),
    [("type: page", "page"), ("layout: page", "page"), ("layout: page\ndate: 2024-05-06", ""), ("", "")],
)
def test_a_page_says_so_and_has_no_date(fields: str, status: str) -> None:
    assert head(fields, path="about.md").status == status


@for_each(
    ("fields", "topics"),
    [
        ("tags: [Go, 'C++, really']", ("Go", "C++, really")),
        ("tags: Go, Rust", ("Go", "Rust")),
        ("tags: Go; Rust, the language", ("Go", "Rust, the language")),
        ("tags: Dolphins &amp; Whales", ("Dolphins & Whales",)),
        ("tags: two words", ("two words",)),
        ("category: two words", ("two words",)),
        ("categories: [[News, Sea], [Moon]]", ("News", "Sea", "Moon")),
        ("tags: [{label: Go}, {name: Rust}]", ("Go", "Rust")),
        ("tags: [Go, go, GO]", ("Go",)),
        ("tags: [{slug: x}, {url: /y/}, {name: Go}]", ("Go",)),
        ("tags: [Go]\ncategories: [News]\nseries: Tides\nkeywords: [x]", ("Go", "News", "Tides")),
        ("keywords: a, b", ("a", "b")),
        ("taxonomies: {tags: [Go], categories: [News]}", ("Go", "News")),
        ("categories: [Uncategorized, Misc]", ()),
        ("tags: []", ()),
    ],
)
def test_topics_are_tags_and_categories(fields: str, topics: tuple[str, ...]) -> None:
    assert article(fields).topics == topics


def test_a_dialect_may_separate_tags_by_spaces() -> None:
    words = Dialect(name="jekyll", title="Jekyll", words_in_tags=True)
    assert article("tags: go rust\ncategory: two words", dialect=words).topics == (
        "go", "rust", "two words",
    )  # fmt: skip


def test_folders_above_posts_are_topics_of_jekyll() -> None:
    words = Dialect(name="jekyll", title="Jekyll", words_in_tags=True)
    site = replace(SITE, folder="docs", content=("docs",))
    path = "docs/deep/sea/_posts/2024-05-06-x.md"
    assert article("tags: Sea", path=path, site=site, dialect=words).topics == ("Sea", "deep")
    assert article("tags: Sea", path=path, site=site).topics == ("Sea",)


def test_topics_that_say_nothing_are_dropped_and_the_commonest_spelling_counts() -> None:
    survey = Files(dropped_topics=frozenset({"post"}), topic_names={"go": "Go"})
    assert article("tags: [post, GO]", survey=survey).topics == ("Go",)


def test_a_dialect_may_have_tags_of_collections_and_of_drafts() -> None:
    dialect = Dialect(name="x", title="X", collections=("nav", "note"), draft_tags=("draft", "private"))
    assert article("tags: [Note, Sea]", dialect=dialect).topics == ("Sea",)
    found = read("tags: sea, draft", dialect=dialect)
    assert isinstance(found, Withheld)
    assert found.reason == "tags: draft"
    assert article("tags: sea, draft").topics == ("sea", "draft")


def test_a_post_without_topics_has_its_section_if_there_are_several() -> None:
    site = replace(SITE, content=("content",))
    several = Files(sections=frozenset({"", "deep-sea"}))
    path = "content/deep-sea/2024-05-06-x.md"
    assert article(path=path, site=site, survey=several).topics == ("Deep Sea",)
    assert article("tags: [Go]", path=path, site=site, survey=several).topics == ("Go",)
    assert article(path=path, site=site).topics == ()


def test_authors_come_from_the_file_or_else_from_the_site() -> None:
    site = replace(SITE, people={"Ada": "Ada Lovelace"}, authors=("Tide Team",))
    assert article("authors: [ada, grace]", site=site).authors == ("Ada Lovelace", "grace")
    assert article("author: ''", site=site).authors == ("Tide Team",)
    assert article("authors: {twitter: x}\nauthor: ada", site=site).authors == ("Ada Lovelace",)
    default = replace(SITE, people={"default": "Ada Lovelace"})
    assert article(site=default).authors == ("Ada Lovelace",)


def test_the_provider_is_the_site_or_that_of_a_canonical_address_elsewhere() -> None:
    www = replace(SITE, url="https://www.tide.example/blog", title="")
    assert article(site=www).provider == Provider(
        "tide.example", "tide.example", "https://www.tide.example/blog/"
    )
    made = article("canonical_url: https://www.other.example/x")
    assert made.url == "https://www.other.example/x"
    assert made.provider == Provider("other.example", "other.example", "https://www.other.example/")
    assert article("canonical_url: https://tide.example/x").provider == article().provider
    assert article(site=SourceSite(dialect="bare")).provider is None


@for_each(
    ("fields", "permalink", "canonical"),
    [
        ("permalink: /x/", "/x/", ""),
        ("permalink: /:categories/:title/", "/:categories/:title/", ""),
        ("url: post/x", "post/x", ""),
        ("link: /2011/07/x/", "/2011/07/x/", ""),
        ("url: https://tide.example/x", "https://tide.example/x", ""),
        ("slug: https://tide.example/x", "https://tide.example/x", ""),
        ("canonical_url: https://www.tide.example/x", "https://www.tide.example/x", ""),
        ("canonical: https://other.example/x", "", "https://other.example/x"),
        ("external_url: https://tide.example/x", "https://tide.example/x", ""),
        ("link: 'http://['", "", ""),
        ("canonical: /x/", "", ""),
        ("link: https://other.example/x", "", ""),
        ("link: see below", "", ""),
        ("link: mailto:ada@tide.example", "", ""),
        ("permalink: false", "", ""),
        ("permalink: {build: /x/}", "/x/", ""),
    ],
)
def test_addresses_are_own_places_or_originals_elsewhere(
    fields: str, permalink: str, canonical: str
) -> None:
    found = head(fields)
    assert (found.permalink, found.canonical) == (permalink, canonical)


@for_each("address", ["ftp://other.example/x", "'http://['"])
def test_a_canonical_address_that_is_none_is_a_warning(address: str) -> None:
    made, warnings = read_with_warnings(f"title: High tide\ncanonical_url: {address}")
    assert made == article("title: High tide")
    assert [(each.code, each.subject, each.line) for each in warnings] == [
        (problems.NOT_AN_ADDRESS, "canonical_url", 3)
    ]


@for_each("key", ["external_url", "link_url", "link", "url"])
def test_a_link_post_begins_with_the_link_and_keeps_its_own_address(key: str) -> None:
    made = article(f"{key}: https://www.other.example/x/")
    assert made.url == f"https://tide.example/{PATH}"
    assert made.html.startswith('<p><a href="https://www.other.example/x/"')
    assert ">other.example/x</a></p>" in made.html


def test_an_article_without_a_known_address_has_none() -> None:
    assert article(survey=Files(has_addresses=False)).url == ""


@for_each(
    ("path", "fields", "name"),
    [
        ("a/x.md", "", "a/x"),
        ("a/x/index.md", "", "a/x"),
        ("a/x.html", "", "a/x"),
        ("a/x.md.md", "", "a/x.md"),
        ("a/x.en.md", "", "a/x"),
        ("a/x.pt-BR.md", "", "a/x.pt-BR"),
        ("a/x/index.pt-BR.md", "", "a/x.pt-BR"),
        ("a/x.js.md", "", "a/x.js"),
        ("a/x.md", "id: 7", "a/x"),
        ("a/b c.md", "", "a/b%20c"),
    ],
)
def test_the_id_is_made_from_the_path(path: str, fields: str, name: str) -> None:
    site = replace(SITE, language="en", languages=("en", "pt-BR"))
    made = article(f"date: 2024-05-06\n{fields}", path=path, site=site)
    assert made.id == f"tag:tide.example,2020:{name}"


def test_a_uri_in_the_file_is_the_id() -> None:
    assert article("guid: https://tide.example/?p=1").id == "https://tide.example/?p=1"
    assert article("id: urn:uuid:1234").id == "urn:uuid:1234"


@for_each(
    ("path", "fields", "language"),
    [
        ("a/x.md", "", "en"),
        ("a/x.md", "lang: zh_CN", "zh-CN"),
        ("a/x.pt-br.md", "", "pt-BR"),
        ("content/pt-BR/x.md", "", "pt-BR"),
        ("a/x.md", "lang: English", "en"),
    ],
)
def test_the_language_comes_from_the_file_its_path_or_the_site(
    path: str, fields: str, language: str
) -> None:
    site = replace(SITE, language="en", languages=("en", "pt-BR"))
    assert article(f"date: 2024-05-06\n{fields}", path=path, site=site).language == language


def test_pictures_are_found_or_dropped_with_a_warning() -> None:
    found = Image("https://feeds.example/media/1/a.png", 4, 3, "image/png", length=9)
    fields = "image: {path: a.png, alt: A seal}\ncover: lost.png\nthumbnail: true"
    made, warnings = read_with_warnings(fields, pictures={"a.png": found})
    assert made == replace(article("title: High tide"), images=(replace(found, alt="A seal"),))
    assert [(each.code, each.subject) for each in warnings] == [(problems.NO_SUCH_PICTURE, "cover")]


@for_each(
    ("fields", "urls"),
    [
        ("images: [https://a.example/1.png, https://a.example/2.png]", ["1.png", "2.png"]),
        ("images: [{src: https://a.example/1.png, width: 4}]", ["1.png"]),
        ("header: {teaser: https://a.example/1.png}", ["1.png"]),
        ("featured_image: https://a.example/1.png\nimage: https://a.example/2.png", ["2.png", "1.png"]),
        ("cover: '#fff'\nhero: Some words", []),
        ("images: [{alt: A seal}, {src: https://a.example/1.png}]", ["1.png"]),
        ("image: 'http://['\ncover: https://a.example/1.png", ["1.png"]),
        ("image: https://a.example/1.png\nthumb: https://a.example/1.png", ["1.png"]),
    ],
)
def test_pictures_elsewhere_are_kept_as_they_are_written(fields: str, urls: list[str]) -> None:
    assert [image.url for image in article(fields).images] == [f"https://a.example/{u}" for u in urls]


def test_a_post_without_pictures_has_the_first_of_its_body() -> None:
    made = article("", "![A seal](https://a.example/1.png)\n\n" + "Words. " * 60)
    assert made.images == (Image("https://a.example/1.png", type="image/png", alt="A seal"),)


def test_a_lede_is_a_picture_or_a_summary() -> None:
    assert article("lede: The tide turns.").summary == "The tide turns."
    assert article("lede: https://a.example/1.png").summary == "Words."


@for_each("text", ["true", "{{ site.description }}", "{% include x %}", "", "<br>"])
def test_flags_templates_and_texts_without_words_are_no_summary(text: str) -> None:
    assert article(f'excerpt: "{text}"\ndescription: Tides').summary == "Tides"


def test_a_bad_date_is_passed_over_with_a_warning() -> None:
    made, warnings = read_with_warnings("date: 2010-14-24")
    assert made == article("title: High tide")
    assert [(each.code, each.line) for each in warnings] == [(problems.NOT_A_DATE, 2)]


def test_defaults_of_the_site_count_where_a_file_has_no_value() -> None:
    defaults = (
        Defaults("/_posts/", {"author": "Ada", "tags": ["Sea"]}),
        Defaults("/_posts/x/", {"author": "Grace"}),
    )
    site = replace(SITE, defaults=defaults)
    assert article("tags: [Moon]", site=site).authors == ("Ada",)
    assert article("tags: [Moon]", site=site).topics == ("Moon",)
    assert article(path="_posts/x/2024-05-06-y.md", site=site).authors == ("Grace",)
    assert article(path="other/2024-05-06-y.md", site=site).authors == ()
    nested = replace(SITE, defaults=(Defaults("*", {"params": {"author": "Ada", "tags": ["Sea"]}}),))
    made = article("params: {tags: [Moon]}", site=nested)
    assert (made.authors, made.topics) == (("Ada",), ("Moon",))


def test_a_default_that_is_bad_is_no_problem_of_each_file() -> None:
    site = replace(SITE, defaults=(Defaults("*", {"image": "/lost.png", "date": "2010-14-24"}),))
    assert read_with_warnings("image_alt: x", site=site)[1] == ()


def test_the_schema_of_a_site_can_be_sent_to_other_processes() -> None:
    site = replace(SITE, defaults=(Defaults("/_posts/", {"author": "Ada"}),))
    copied = pickle.loads(pickle.dumps(schema_of(site)))
    header, _ = split_any(PATH, b"Words.")
    assert copied.fields_of(PATH, header).text("authors") == "Ada"


def test_a_setting_names_more_keys_of_a_field() -> None:
    keys = {"title": ["headline"], "published": ["on"], "topics": ["subjects"]}
    made = article("headline: Tide\non: 2023-01-02\nsubjects: [Sea]\ntitle: x", keys=keys)
    assert (made.title, made.published.year, made.topics) == ("Tide", 2023, ("Sea",))


def test_a_body_that_is_too_long_is_an_error() -> None:
    with pytest.raises(ArticleError) as raised:
        read("title: x", "x" * 200_001)
    assert raised.value.code is problems.BODY_TOO_LONG


def test_a_title_that_is_too_long_is_an_error_at_its_line() -> None:
    with pytest.raises(ArticleError) as raised:
        read(f"date: 2024-05-06\ntitle: {'x' * 1001}")
    assert (raised.value.code, raised.value.line) == (problems.TITLE_TOO_LONG, 3)


@for_each(("logo", "found"), [("/logo.png", True), ("http://[", False), ("", False)])
def test_the_logo_of_the_site_is_that_of_the_provider_if_its_address_is_one(
    logo: str, found: bool
) -> None:
    provider = article(site=replace(SITE, logo=logo)).provider
    expected = Image("https://tide.example/logo.png", type="image/png") if found else None
    assert provider
    assert provider.logo == expected


def test_the_type_is_that_of_the_file_unless_it_says_post() -> None:
    assert article("type: Podcast").type == "podcast"
    assert article("type: post").type == ""


def test_former_addresses_are_kept_in_the_head() -> None:
    assert head("aliases: [/a/, /b/]\nredirect_from: /c/").aliases == ("/a/", "/b/", "/c/")


@for_each(
    ("name", "body", "line"),
    [
        ("jekyll", "Words.\n\n{% chart x %}\n", 7),
        ("jekyll", "# High tide\n\nWords.\n\n{%- chart x -%} and {{ page.depth | sum }}\n", 9),
        ("jekyll", "Words.\r\n\r\n{{ page.depth\r\n | sum }}\r\n", 7),
        ("jekyll", "```\n{% chart x %}\n```\n\n`{% chart x %}`\n\n- a\n- {% chart y %}\n", 12),
        ("jekyll", "> ```\n> {% chart x %}\n> ```\n\n{% chart %}\n", 9),
        ("hugo", "Words.\n\n\n{{<chart\n  x >}}\n", 8),
        ("hugo", "{{% chart %}}\n", 5),
        ("hugo", "{{< highlight go >}}\n{{< chart >}}\n{{< /highlight >}}\n\n{{< chart >}}\n", 9),
        ("docusaurus", "import Chart from './chart';\n\nWords.\n\n<Chart\n  of='x' />\n", 9),
        ("docusaurus", "<div>\n    <Chart>\n  Words.\n  </Chart>\n</div>\n", 6),
    ],
)
def test_a_warning_of_removed_tags_names_the_line_of_the_first(name: str, body: str, line: int) -> None:
    made, warnings = read_with_warnings("title: High tide\ndate: 2026-01-02", body, dialect=BY_NAME[name])
    assert isinstance(made, Article)
    assert [(each.code, each.line, each.subject) for each in warnings] == [
        (problems.TAGS_REMOVED, line, "body")
    ]
