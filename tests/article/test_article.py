"""Articles, independent of feed formats: their fields, digests and fingerprints."""

from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from feeds.article import (
    Article,
    Enclosure,
    NamedFile,
    Provider,
    Related,
    TombstoneFacets,
    fingerprint,
    slugify,
    tombstone_facets,
)
from feeds.article.hashes import SYNDICATED, content_hash
from tests.builders import NOON, article, image
from tests.table import for_each

OTHERWISE: dict[str, Any] = {
    "id": "tag:example.org,2020:other",
    "title": "Another",
    "url": "https://example.org/other",
    "published": NOON,
    "updated": NOON + timedelta(days=99),
    "provider": Provider("other.example", "Other"),
    "authors": ("Ada",),
    "topics": ("Others",),
    "summary": "Another summary",
    "html": "<p>Other</p>",
    "images": (image("b.png"),),
    "language": "de",
    "type": "video",
    "related": (Related("Other", "https://example.org/related"),),
    "also": (Related("Elsewhere", "https://example.org/also"),),
    "quality": 7,
    "heat": 9,
    "enclosures": (Enclosure("https://example.org/a.mp3", "audio/mpeg"),),
    "local": (NamedFile("a.png", "a.md", "a.png", "0123456789", "image/png"),),
    "probed": (image("b.png"),),
    "typed": ("https://example.org/b.png",),
}


def test_every_field_of_an_article_is_looked_at_here() -> None:
    assert set(OTHERWISE) == set(Article.__struct_fields__)


@for_each("field", OTHERWISE)
def test_a_digest_covers_what_is_syndicated_and_nothing_else(field: str) -> None:
    one, other = article(1), msgspec.structs.replace(article(1), **{field: OTHERWISE[field]})
    assert (content_hash(one) != content_hash(other)) == (field in SYNDICATED)


def test_a_digest_is_the_same_in_any_process() -> None:
    """Were it to change, every article of every store would be taken for edited."""
    assert content_hash(article(1)).hex() == "cffcc7975d7b81f8a0c21ad063a56f18"


def test_what_is_composed_and_not_read_leaves_the_digest_alone() -> None:
    also = (Related("Elsewhere", "https://example.org/also"),)
    assert content_hash(article(1, also=also)) == content_hash(article(1))


def test_a_digest_survives_the_store() -> None:
    one = article(1, images=(image(),), authors=("Ada",), related=(Related("A", "https://a.example/"),))
    assert content_hash(
        msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Article)
    ) == content_hash(one)


def test_a_fingerprint_tells_where_one_text_ends() -> None:
    assert len(fingerprint(["ab", "c"])) == 16
    assert fingerprint(["ab", "c"]) != fingerprint(["a", "bc"])


def test_the_first_image_leads() -> None:
    assert article(1, images=(image("a.png"), image("b.png"))).image == image("a.png")
    assert article(1).image is None


@for_each(
    ("authors", "provider", "expected"),
    [
        (("Ada", "Grace"), Provider("a.example", "Post"), ("Ada", "Grace", "Post")),
        (("Ada", "Post"), Provider("a.example", "Post"), ("Ada", "Post")),
        ((), Provider("a.example", "Post"), ("Post",)),
        (("Ada",), None, ("Ada",)),
        ((), None, ()),
    ],
)
def test_a_byline_names_the_authors_and_then_the_provider(
    authors: tuple[str, ...], provider: Provider | None, expected: tuple[str, ...]
) -> None:
    assert article(1, authors=authors, provider=provider).byline == expected


def test_facets_are_the_feeds_an_article_is_in() -> None:
    one = article(1, topics=("Canvas Apps", "C++"), provider=Provider("a.example", "A"), type="video")
    assert tombstone_facets(one) == TombstoneFacets(("canvas-apps", "c-plus-plus"), "a.example", "video")
    assert tombstone_facets(article(1, topics=(), provider=None)) == TombstoneFacets()


@for_each(
    ("name", "expected"),
    [
        ("Canvas Apps", "canvas-apps"),
        ("canvas-apps", "canvas-apps"),
        ("  Model–driven  /  apps! ", "model-driven-apps"),
        ("snake_case", "snake-case"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("C", "c"),
        ("R&D in Café C++", "r-and-d-in-cafe-c-plus-plus"),
        (".NET", "net"),
        ("20:30", "20-30"),
        ("no", "no"),
        ("0123", "0123"),
        ("1e3", "1e3"),
        ("Straße", "strasse"),
        ("Ångström", "angstrom"),
        ("A\u030angstro\u0308m", "angstrom"),
        ("ﬁne ①", "fine-1"),
        ("ＦＵＬＬ", "full"),
        ("日本 語", "日本-語"),
        ("Москва", "москва"),
        ("한국어", "한국어"),
        ("\u1112\u1161\u11ab국어", "한국어"),
        ("हिन्दी", "हिन्दी"),
        ("हिन्दी भाषा", "हिन्दी-भाषा"),
        ("ภาษาไทย", "ภาษาไทย"),
        ("ガ\u30ab\u3099", "ガガ"),
        ("𝐀𝐁", "ab"),
        ("❤\ufe0f 1\ufe0f\u20e3", "1"),
        ("ÉCOLE", "ecole"),
        ("İstanbul", "istanbul"),
        ("~", ""),
        ("!?", ""),
        ("🎉", ""),
        ("", ""),
    ],
)
def test_a_slug(name: str, expected: str) -> None:
    assert slugify(name) == expected


@given(st.text(st.characters(codec="ascii")))
def test_a_name_in_ascii_has_the_slug_that_the_rules_for_all_scripts_give_it(name: str) -> None:
    assert slugify(name) == slugify(f"{name}\ufe0f")  # a variation selector has no part in a slug


@given(st.text())
def test_a_slug_is_its_own_slug_and_can_stand_in_an_address(name: str) -> None:
    slug = slugify(name)
    assert slugify(slug) == slug
    assert not set(slug) & set(" /?#%&+._<>\"'\\")
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert slugify(slug.upper().lower()) == slugify(slug.upper())
