"""JSON Feed 1.1."""

import json
from typing import Any

import msgspec

from feeds.article import Provider, Related
from feeds.formats import FORMATS
from tests.builders import NOON, article, image
from tests.formats.articles import FEEDS, LOGO, SITE, feed_of
from tests.formats.json_schema import VALIDATOR
from tests.table import for_each

render = FORMATS["json"].render


def one(**fields: Any) -> Any:
    """The item of an article with *fields*."""
    (item,) = json.loads(render(feed_of(article(1, **fields))))["items"]
    return item


@for_each("name", FEEDS)
def test_every_document_is_valid(name: str) -> None:
    VALIDATOR.validate(json.loads(render(FEEDS[name])))


@for_each(
    "broken",
    [
        {"id": 1},
        {"id": " "},
        {"content_html": None},
        {"date_published": "2026-01-02"},
        {"authors": [{}]},
        {"attachments": [{"url": "https://example.org/a.png"}]},
        {"author": {"name": "Ada"}},
        {"url": "/relative"},
    ],
)
def test_the_schema_would_notice(broken: dict[str, Any]) -> None:
    document = json.loads(render(FEEDS["every-feature"]))
    document["items"][0] |= broken
    assert not VALIDATOR.is_valid(document)


def test_the_version_comes_first_and_the_items_last() -> None:
    members = list(json.loads(render(FEEDS["every-feature"])))
    assert members[0] == "version"
    assert members[-1] == "items"


def test_a_feed_without_items_has_an_empty_list_of_them() -> None:
    assert json.loads(render(FEEDS["empty"]))["items"] == []


def test_it_is_utf_8_without_a_mark_and_without_escapes_nobody_needs() -> None:
    body = render(FEEDS["every-feature"])
    assert body.startswith(b'{\n  "version"')
    assert "🎉 Parties" in body.decode("utf-8")
    assert b"\\ud" not in body


def test_no_member_is_empty_or_null() -> None:
    def members(value: Any) -> Any:
        if isinstance(value, dict):
            for name, member in value.items():
                yield name, member
                yield from members(member)
        elif isinstance(value, list):
            for member in value:
                yield from members(member)

    document = json.loads(render(FEEDS["every-feature"]))
    assert all(member not in (None, "", [], {}) for _, member in members(document))


def test_authors_belong_to_items_and_the_provider_has_an_address() -> None:
    """Some readers join the feed's own authors with an item's."""
    assert "authors" not in json.loads(render(FEEDS["every-feature"]))
    assert one(authors=("Ada",))["authors"] == [
        {"name": "Ada"}, {"name": "Example", "url": "https://example.org/"},
    ]  # fmt: skip
    assert one(provider=Provider("a.example", "A"))["authors"] == [{"name": "A"}]
    assert one(provider=None)["authors"] == [{"name": "Söhne & <Töchter>"}]


def test_the_lead_image_is_named_and_attached_with_all_others() -> None:
    item = one(images=(image(), image("b.webp", type="image/webp")))
    assert item["image"] == "https://example.org/a.png"
    assert item["attachments"] == [
        {"url": "https://example.org/a.png", "mime_type": "image/png"},
        {"url": "https://example.org/b.webp", "mime_type": "image/webp"},
    ]
    known = one(images=(image(length=67),))["attachments"]
    assert known == [{"url": "https://example.org/a.png", "mime_type": "image/png", "size_in_bytes": 67}]
    assert "banner_image" not in item  # it would be one that is not in the content


def test_plain_text_is_not_escaped() -> None:
    item = one(title="a <b> & c", summary="d < e &amp; f", topics=("R&D",))
    assert (item["title"], item["summary"], item["tags"]) == ("a <b> & c", "d < e &amp; f", ["R&D"])


def test_the_icon_is_the_provider_s_logo_where_square_else_the_site_s() -> None:
    assert json.loads(render(FEEDS["every-feature"]))["icon"] == "https://feeds.example/icon.png"
    assert json.loads(render(FEEDS["topic-of-provider"]))["icon"] == "https://feeds.example/icon.png"
    square = msgspec.structs.replace(LOGO, width=64)
    assert json.loads(render(feed_of(icon=square)))["favicon"] == LOGO.url


def test_a_feed_without_an_icon_has_the_icon_of_this_program_in_two_sizes() -> None:
    feed = json.loads(render(feed_of(icon=None, site=msgspec.structs.replace(SITE, icon=""))))
    assert feed["icon"] == "https://feeds.example/static/icon-512.png"
    assert feed["favicon"] == "https://feeds.example/static/icon-64.png"


def test_a_language_is_on_the_feed_and_on_items_that_have_one() -> None:
    assert json.loads(render(FEEDS["every-feature"]))["language"] == "en-GB"
    assert one(language="he")["language"] == "he"
    assert "language" not in one()


def test_related_articles_are_an_extension_that_says_what_it_is() -> None:
    item = one(
        also=(Related("A & <b>", "https://a.example/?a&b", "A", NOON),),
        related=(Related("B", "https://b.example/"),),
    )
    assert item["_related"] == {
        "about": "https://www.rfc-editor.org/rfc/rfc4287#section-4.2.7.2",
        "items": [
            {
                "title": "A & <b>",
                "url": "https://a.example/?a&b",
                "provider": "A",
                "date_published": "2026-01-01T12:00:00Z",
            },
            {"title": "B", "url": "https://b.example/"},
        ],
    }
    assert "_related" not in one()
