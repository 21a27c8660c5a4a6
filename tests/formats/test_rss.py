"""RSS 2.0 and its Best Practices Profile, rule by rule."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from feeds.article import Image, Related
from feeds.formats import FORMATS
from feeds.query import Query
from tests.builders import NOON, article, image
from tests.formats.articles import ARTICLES, FEEDS, LOGO, feed_of
from tests.formats.reading import find, parse, text
from tests.table import for_each

render = FORMATS["rss"].render

ALL = render(FEEDS["every-feature"])
DOCUMENT = parse(ALL)
CHANNEL = DOCUMENT.find("channel")
ITEMS = CHANNEL.findall("item")


def one(**fields: Any) -> Any:
    """The item of an article with *fields*."""
    return parse(render(feed_of(article(1, **fields)))).find("channel/item")


def raw(path: str, document: bytes) -> str:
    """The first element at *path*, as written."""
    found = re.search(rf"<{path}[^>]*>(.*?)</{path}>", document.decode(), re.DOTALL)
    assert found
    return found[1]


def test_the_version_is_2_0_and_core_elements_have_no_namespace() -> None:
    assert DOCUMENT.tag == "rss"
    assert DOCUMENT.get("version") == "2.0"
    assert len(DOCUMENT) == 1


@for_each("name", ["title", "link", "description", "language", "lastBuildDate"])
def test_a_channel_has_each_of_these_once(name: str) -> None:
    assert len(CHANNEL.findall(name)) == 1
    assert CHANNEL.find(name).text.strip()


def test_the_channel_s_link_is_the_page_and_its_atom_link_the_feed() -> None:
    assert text(CHANNEL, "link") == "https://feeds.example/"
    (link,) = find(CHANNEL, "atom:link")
    assert dict(link.attrib) == {
        "href": "https://feeds.example/feed.rss", "rel": "self", "type": "application/rss+xml",
    }  # fmt: skip


def test_the_channel_describes_itself_before_its_first_item() -> None:
    names = [child.tag for child in CHANNEL]
    assert names.index("item") == len(names) - len(ITEMS)


def test_a_feed_without_items_is_a_feed() -> None:
    channel = parse(render(FEEDS["empty"])).find("channel")
    assert channel.find("item") is None
    assert text(channel, "lastBuildDate") == "Wed, 01 Jan 2020 00:00:00 GMT"


@for_each("path", ["lastBuildDate", "item/pubDate"])
def test_dates_are_those_of_rfc_822_with_four_digit_years(path: str) -> None:
    for date in CHANNEL.findall(path):
        assert re.fullmatch(
            r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
            r" \d{4} \d\d:\d\d:\d\d GMT",
            date.text,
        )
        assert f"{parsedate_to_datetime(date.text):%a}" == date.text[:3]


def test_the_channel_was_built_when_its_articles_last_changed() -> None:
    feed = feed_of(article(1, updated=NOON.replace(month=6)), article(2))
    assert raw("lastBuildDate", render(feed)) == "Mon, 01 Jun 2026 12:00:00 GMT"
    assert render(feed) == render(feed)


def test_the_image_is_called_like_the_channel_and_leads_to_its_page() -> None:
    channel = parse(render(FEEDS["topic-of-provider"])).find("channel")
    assert {child.tag: child.text for child in channel.find("image")} == {
        "url": LOGO.url,
        "title": text(channel, "title"),
        "link": text(channel, "link"),
        "width": "128",
        "height": "64",
    }


@for_each(
    "icon",
    [
        None,
        Image("https://example.org/wide.png", 145, 64, "image/png"),
        Image("https://example.org/high.png", 64, 401, "image/png"),
        Image("https://example.org/logo.svg", 64, 64, "image/svg+xml"),
        Image("https://example.org/logo.webp", 64, 64, "image/webp"),
    ],
)
def test_there_is_no_image_rather_than_one_the_specification_forbids(icon: Image | None) -> None:
    feed = msgspec.structs.replace(FEEDS["every-feature"], icon=icon)
    assert parse(render(feed)).find("channel/image") is None


def test_an_item_has_at_most_one_enclosure_whose_length_is_a_number() -> None:
    for item, each in zip(ITEMS, ARTICLES.values(), strict=True):
        enclosures = item.findall("enclosure")
        assert len(enclosures) == bool(each.images)
        for enclosure in enclosures:
            assert enclosure.get("url").startswith("https://")
            assert enclosure.get("length") == str(each.image.length)  # 0 if it is unknown
            assert re.fullmatch(r"image/[\w+.-]+", enclosure.get("type"))


def test_the_first_media_content_repeats_the_enclosure() -> None:
    for item in ITEMS:
        for enclosure in item.findall("enclosure"):
            assert find(item, "media:content/@url")[0] == enclosure.get("url")
            assert find(item, "media:content/@type")[0] == enclosure.get("type")


def test_pictures_are_not_grouped_and_the_thumbnail_is_inside_the_first() -> None:
    """A group of one is an error; beside the enclosure, Miniflux takes a thumbnail for another one."""
    assert not find(DOCUMENT, "//media:group")
    assert not find(DOCUMENT, "//item/media:thumbnail")
    for item in ITEMS:
        counts = [len(find(content, "media:thumbnail")) for content in find(item, "media:content")]
        assert counts == [1, 0, 0][: len(counts)]


def test_sizes_of_pictures_are_left_out_where_unknown() -> None:
    (content,) = find(one(images=(image(width=0, height=0),)), "media:content")
    assert not {"width", "height", "fileSize"} & set(content.keys())
    (thumbnail,) = find(content, "media:thumbnail")
    assert thumbnail.keys() == ["url"]
    assert all(int(size) > 0 for size in find(DOCUMENT, "//@width | //@height"))


def test_a_picture_s_description_is_its_alternative_text() -> None:
    item = one(images=(image(alt="A <cat>"), image("b.png")))
    assert text(item, "media:content/media:description") == "A <cat>"


def test_the_guid_is_the_article_s_id_and_says_that_it_is_no_address() -> None:
    guids = [(guid.text, guid.get("isPermaLink")) for guid in DOCUMENT.iter("guid")]
    assert guids == [(each.id, "false") for each in ARTICLES.values()]


def test_names_are_creators_because_an_author_needs_an_e_mail_address() -> None:
    assert not list(DOCUMENT.iter("author", "managingEditor", "webMaster"))
    item = one(authors=("Ada", "Grace"))
    assert [each.text for each in find(item, "dc:creator")] == ["Ada", "Grace", "Example"]


def test_an_article_of_nobody_is_the_site_s() -> None:
    """rss2email would show ``<author>``."""
    item = one(provider=None)
    assert text(item, "dc:creator") == "Söhne & <Töchter>"
    assert item.find("source") is None


def test_the_source_is_the_provider_s_feed() -> None:
    (source,) = one().findall("source")
    assert source.text == "Example"
    assert source.get("url") == "https://feeds.example/providers/example.org.rss"


@for_each("pair", [("author", "dc:creator"), ("category", "dc:subject"), ("guid", "atom:id")])
def test_nothing_is_said_twice_in_two_vocabularies(pair: tuple[str, str]) -> None:
    for item in ITEMS:
        assert not all(find(item, path) for path in pair)


def test_categories_are_not_empty() -> None:
    assert all(text(category, ".").strip() for category in DOCUMENT.iter("category"))


def test_the_description_comes_before_the_content_and_both_are_always_there() -> None:
    for item in ITEMS:
        names = [child.tag for child in item]
        content = names.index("{http://purl.org/rss/1.0/modules/content/}encoded")
        assert names.index("description") < content
        assert names.count("description") == 1
        assert text(item, "content:encoded").strip()


def test_long_text_comes_after_all_that_is_said_about_it_but_before_pictures() -> None:
    names = [
        child.tag for child in one(images=(image(),), language="en", updated=NOON.replace(year=2027))
    ]
    assert [name.rpartition("}")[2] for name in names] == [
        "title", "link", "guid", "category", "enclosure", "source", "pubDate", "updated", "creator",
        "language", "description", "encoded", "content",
    ]  # fmt: skip


@for_each(
    ("written", "expected"),
    [
        ("AT&T <b>", "AT&#x26;T &#x3C;b&gt;"),
        ("a ]]> b", "a ]]&gt; b"),
        ("&amp;", "&#x26;amp;"),
        ("&&<<", "&#x26;&#x26;&#x3C;&#x3C;"),
        ("plain", "plain"),
        ("<", "&#x3C;"),
    ],
)
def test_plain_text_has_hexadecimal_references(written: str, expected: str) -> None:
    """Readers that decode twice or strip tags leave these references alone (rssboard.org/rss-profile)."""
    document = render(
        feed_of(
            article(1, title=written, topics=(written,), authors=(written,), provider=None),
            title=written,
            description=written,
        )
    )
    assert raw("title", document) == expected
    assert raw("description", document) == expected
    assert raw("image", document).count(f"<title>{expected}</title>") == 1
    item = document[document.index(b"<item>") :]
    assert raw("title", item) == expected
    assert raw("category", item) == expected
    assert raw("dc:creator", item) == expected


def test_a_summary_is_escaped_as_the_html_it_is_taken_for() -> None:
    assert text(one(summary="a < b & c > d &amp; <b>"), "description") == (
        "a &lt; b &amp; c &gt; d &amp;amp; &lt;b&gt;"
    )


def test_content_is_readable_as_it_stands() -> None:
    body = render(feed_of(article(1, html="<p>One &amp; <b>two</b></p>"))).decode()
    assert "<content:encoded><![CDATA[<p>One &amp; <b>two</b></p>]]></content:encoded>" in body


def test_every_address_is_an_absolute_ascii_uri() -> None:
    addresses = find(DOCUMENT, "//link/text() | //@url | //@href | //url/text()")
    assert len(addresses) > 40
    assert all(re.fullmatch(r"https?://[!-~]+", address) for address in addresses)
    contents = " ".join(text(item, "content:encoded") for item in ITEMS)
    assert all(
        re.match("https?://", address) for address in re.findall(r'(?:src|href)="([^"]*)', contents)
    )


def test_a_later_change_is_told_beside_the_date_of_publication() -> None:
    later = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    item = one(updated=later)
    assert text(item, "pubDate") == "Fri, 02 Jan 2026 12:00:00 GMT"
    assert text(item, "atom:updated") == later.isoformat()
    assert not find(one(), "atom:updated")


def test_the_address_of_a_shorter_feed_says_so() -> None:
    feed = feed_of(query=Query("r-d", limit=10))
    (link,) = find(parse(render(feed)), "channel/atom:link/@href")
    assert link == "https://feeds.example/topics/r-d.rss?limit=10"


def test_related_articles_are_atom_links_after_the_item_s_own() -> None:
    """The profile allows them; readers that look for a link find the one without a prefix."""
    item = one(related=(Related("A & <b>", "https://a.example/?a&b", "A"),))
    (link,) = find(item, "atom:link")
    assert dict(link.attrib) == {
        "rel": "related", "type": "text/html", "href": "https://a.example/?a&b", "title": "A & <b>",
    }  # fmt: skip
    names = [child.tag.rpartition("}")[2] for child in item]
    assert [name for name in names if name in ("link", "description")] == ["link", "link", "description"]
    assert text(item, "link") == "https://example.org/1"
