"""Atom (RFC 4287), rule by rule."""

import re
from datetime import datetime
from typing import Any

from feeds.article import Related
from feeds.formats import FORMATS
from tests.builders import NOON, article, image
from tests.formats.articles import ARTICLES, FEEDS, LOGO, feed_of
from tests.formats.reading import NAMESPACES, find, parse, text
from tests.table import for_each

render = FORMATS["atom"].render

FEED = parse(render(FEEDS["every-feature"]))
ENTRIES = find(FEED, "atom:entry")
ATOM = f"{{{NAMESPACES['atom']}}}"


def one(**fields: Any) -> Any:
    """The entry of an article with *fields*."""
    (entry,) = find(parse(render(feed_of(article(1, **fields)))), "atom:entry")
    return entry


@for_each("name", ["id", "title", "updated", "author", "subtitle", "generator"])
def test_a_feed_has_each_of_these_once(name: str) -> None:
    assert len(find(FEED, f"atom:{name}")) == 1
    assert text(FEED, f"atom:{name}").strip()


@for_each("name", ["id", "title", "updated", "published", "content"])
def test_an_entry_has_each_of_these_once(name: str) -> None:
    assert all(text(entry, f"atom:{name}").strip() for entry in ENTRIES)


@for_each("name", ["summary", "source"])
def test_an_entry_has_each_of_these_once_at_most(name: str) -> None:
    assert {len(find(entry, f"atom:{name}")) for entry in ENTRIES} == {0, 1}


def test_the_feed_describes_itself_before_its_first_entry() -> None:
    names = [child.tag for child in FEED]
    assert names.index(f"{ATOM}entry") == len(names) - len(ENTRIES)


def test_every_entry_names_its_own_author() -> None:
    """Otherwise, some readers show the author of the feed, and some none."""
    assert all(find(entry, "atom:author/atom:name/text()") for entry in ENTRIES)
    assert text(one(provider=None), "atom:author").strip() == "Söhne & <Töchter>"


def test_a_person_has_one_name() -> None:
    for author in FEED.iter(f"{ATOM}author"):
        assert text(author, "atom:name").strip()


def test_the_author_of_every_feed_is_who_publishes_it() -> None:
    feed = parse(render(FEEDS["topic-of-provider"]))
    assert text(feed, "atom:author/atom:name") == "Söhne & <Töchter>"


@for_each("path", [".", "atom:entry"])
def test_there_is_one_alternate_link_and_it_is_the_first(path: str) -> None:
    for element in find(FEED, path):
        relations = [link.get("rel") for link in find(element, "atom:link")]
        assert relations[0] == "alternate"
        assert relations.count("alternate") == 1
        assert None not in relations  # which would be another alternate


def test_the_feed_links_to_itself() -> None:
    (link,) = find(FEED, "atom:link[@rel='self']")
    assert link.get("href") == "https://feeds.example/feed.atom"
    assert link.get("type") == "application/atom+xml"


def test_every_picture_is_an_enclosure_with_a_type_and_no_invented_length() -> None:
    for entry, each in zip(ENTRIES, ARTICLES.values(), strict=True):
        enclosures = find(entry, "atom:link[@rel='enclosure']")
        assert [dict(link.attrib) for link in enclosures] == [
            {"rel": "enclosure", "type": picture.type, "href": picture.url}
            | ({"length": str(picture.length)} if picture.length else {})
            for picture in each.images
        ]


def test_dates_are_those_of_rfc_3339() -> None:
    dates = find(FEED, "//atom:updated/text() | //atom:published/text()")
    assert len(dates) > 50
    for date in dates:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", date)


def test_nothing_is_updated_before_it_is_published_nor_after_its_feed() -> None:
    whole = datetime.fromisoformat(text(FEED, "atom:updated"))
    for entry in ENTRIES:
        published, updated = (
            datetime.fromisoformat(text(entry, f"atom:{name}")) for name in ("published", "updated")
        )
        assert published <= updated <= whole


def test_the_feed_is_updated_when_its_articles_are() -> None:
    feed = feed_of(article(1, updated=NOON.replace(month=6)), article(2))
    assert text(parse(render(feed)), "atom:updated") == "2026-06-01T12:00:00+00:00"
    assert text(parse(render(feed_of())), "atom:updated") == "2020-01-01T00:00:00+00:00"


def test_text_is_plain_but_for_the_content() -> None:
    for element in FEED.iter(f"{ATOM}title", f"{ATOM}summary", f"{ATOM}subtitle"):
        assert element.get("type", "text") == "text"
        assert len(element) == 0
    assert {content.get("type") for content in FEED.iter(f"{ATOM}content")} == {"html"}


def test_content_is_readable_as_it_stands() -> None:
    body = render(feed_of(article(1, html="<p>One &amp; <b>two</b></p>"))).decode()
    assert '<content type="html"><![CDATA[<p>One &amp; <b>two</b></p>]]></content>' in body


def test_a_category_is_readable_by_term_and_by_label() -> None:
    categories = find(one(topics=("R&D", "C++")), "atom:category")
    assert [dict(each.attrib) for each in categories] == [
        {"term": name, "label": name, "scheme": "https://feeds.example/topics"}
        for name in ("R&D", "C++")
    ]  # fmt: skip


def test_the_source_is_the_provider_s_feed() -> None:
    (source,) = find(one(), "atom:source")
    assert text(source, "atom:id") == "tag:example.org,2020:feeds/providers/example.org"
    assert text(source, "atom:title") == "Example"
    assert text(source, "atom:updated") == "2026-01-02T12:00:00+00:00"
    assert text(source, "atom:link[@rel='self']/@href") == (
        "https://feeds.example/providers/example.org.atom"
    )
    assert not find(one(provider=None), "atom:source")


def test_a_source_links_to_no_page() -> None:
    """QuiteRSS and RSS Guard 4 open the last alternate link of an entry, also that of its source."""
    assert [link.get("rel") for link in find(one(), "atom:source/atom:link")] == ["self"]


@for_each(("name", "declared"), [("every-feature", False), ("archive", True)])
def test_the_tombstone_namespace_is_declared_where_a_tombstone_is(name: str, declared: bool) -> None:
    assert bool(FEEDS[name].deleted) is declared
    assert (b"xmlns:at=" in render(FEEDS[name])) is declared


def test_a_source_has_the_id_of_the_feed_it_names() -> None:
    feed = FEEDS["topic-of-provider"]
    (source,) = find(parse(render(feed)), "atom:entry/atom:source/atom:id/text()")
    assert source == feed.id.replace("/topics/tests", "")


def test_the_language_is_on_the_feed_and_on_entries_that_have_one() -> None:
    assert text(FEED, "@xml:lang") == "en-GB"
    assert text(one(language="pt-BR"), "@xml:lang") == "pt-BR"
    assert text(one(), "@xml:lang") == ""


def test_a_logo_is_the_provider_s_an_icon_that_or_the_site_s() -> None:
    assert text(FEED, "atom:icon") == "https://feeds.example/icon.png"
    assert text(parse(render(FEEDS["topic-of-provider"])), "atom:logo") == LOGO.url
    assert not find(parse(render(feed_of(icon=None))), "atom:icon | atom:logo")


def test_every_address_is_absolute_and_nothing_sets_another_base() -> None:
    addresses = find(FEED, "//@href | //@url | //atom:icon/text()")
    assert len(addresses) > 60
    assert all(re.fullmatch(r"https?://[!-~]+", address) for address in addresses)
    assert not find(FEED, "//@xml:base")


def test_ids_are_absolute_and_no_two_entries_share_one() -> None:
    ids = find(FEED, "atom:entry/atom:id/text()")
    assert all(re.match(r"tag:[\w.-]+,\d{4}:", id_) for id_ in ids)
    assert len(set(ids)) == len(ids)


def test_long_text_comes_after_all_that_is_said_about_it_but_before_pictures() -> None:
    names = [child.tag.rpartition("}")[2] for child in one(images=(image(),))]
    assert names == [
        "id", "title", "updated", "author", "category", "published", "link", "link", "source",
        "summary", "content", "content",
    ]  # fmt: skip


def test_related_articles_are_links_after_the_enclosures_in_their_order() -> None:
    """Some readers take the first link for the page, and the first one after that for the picture."""
    entry = one(
        images=(image(),),
        also=(Related("A & <b>", "https://a.example/?a&b", "A"),),
        related=(Related("B", "https://b.example/"),),
    )
    links = [dict(link.attrib) for link in find(entry, "atom:link")]
    assert [link["rel"] for link in links] == ["alternate", "enclosure", "related", "related"]
    assert links[2:] == [
        {"rel": "related", "type": "text/html", "href": "https://a.example/?a&b", "title": "A & <b>"},
        {"rel": "related", "type": "text/html", "href": "https://b.example/", "title": "B"},
    ]
