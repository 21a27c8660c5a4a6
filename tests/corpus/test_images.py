"""Pictures in front matter -> Image."""

from typing import Any

import msgspec
import pytest

from feeds.article import Image
from feeds.corpus.front_matter import split
from feeds.corpus.images import read_images
from feeds.corpus.media_types import media_type
from feeds.errors import ArticleError
from tests.table import for_each


def images(*items: Any) -> tuple[Image, ...]:
    written = msgspec.json.encode(list(items)).decode()
    header, _ = split("a.md", f"---\ntitle: A\nimages: {written}\n---\n".encode())
    found = read_images(header, header.mappings("images"), "https://corpus.example/base")
    header.check()
    return found


def test_an_image_is_what_its_fields_say() -> None:
    item = {"url": "/a.png", "width": 640, "height": "480", "alt": " A\n view ", "isCached": True}
    assert images(item) == (Image("https://corpus.example/base/a.png", 640, 480, "image/png", "A view"),)


@for_each(
    ("url", "expected"),
    [
        ("//a.example/b.png", "https://a.example/b.png"),
        ("http://a.example/b.png", "http://a.example/b.png"),
        ("assets/b.png", "https://corpus.example/base/assets/b.png"),
        ("https://a.example/é b.png", "https://a.example/%C3%A9%20b.png"),
    ],
)
def test_an_images_address_is_made_absolute(url: str, expected: str) -> None:
    assert images({"url": url})[0].url == expected


@for_each("url", ["data:image/png;base64,AAAA", " DATA:image/gif,x", "", None])
def test_an_image_without_an_address_on_the_web_is_left_out(url: str | None) -> None:
    assert images({"url": url}, {"url": "/b.png"}, {"width": 3}) == images({"url": "/b.png"})


def test_an_image_is_named_once() -> None:
    assert images({"url": "/a.png", "width": 1}, {"url": "/b.png"}, {"url": "/a.png"}) == images(
        {"url": "/a.png", "width": 1}, {"url": "/b.png"}
    )


def test_a_title_stands_in_for_an_alternative_text() -> None:
    assert images({"url": "/a.png", "title": "T"})[0].alt == "T"
    assert images({"url": "/a.png", "title": "T", "alt": "A"})[0].alt == "A"


def test_a_size_below_nothing_is_unknown() -> None:
    assert images({"url": "/a.png", "width": -5, "height": -1}) == images({"url": "/a.png"})


@for_each(
    ("url", "expected"),
    [
        ("https://a.example/b.png", "image/png"),
        ("https://a.example/b.JPG", "image/jpeg"),
        ("https://a.example/b.webp?x=1", "image/webp"),
        ("https://a.example/b.svg#c", "image/svg+xml"),
        ("https://a.example/b?format=webp", "image/webp"),
        ("https://a.example/b?fm=AVIF", "image/avif"),
        ("https://a.example/b.php?format=exe", "image/jpeg"),
        ("https://a.example/png", "image/png"),
        ("https://a.example/", "image/jpeg"),
        ("https://a.example/v1.0/b", "image/jpeg"),
    ],
)
def test_the_address_decides_the_media_type(url: str, expected: str) -> None:
    assert media_type(url) == expected


@for_each(
    ("declared", "expected"),
    [
        ("image/webp", "image/webp"),
        ("text/html", "image/png"),
        ("image/", "image/png"),
        ('image/a"', "image/png"),
    ],
)
def test_a_declared_type_counts_if_it_is_one_of_an_image(declared: str, expected: str) -> None:
    assert images({"url": "/a.png", "contentType": declared})[0].type == expected


@for_each(
    ("item", "reason"),
    [
        ({"url": "javascript:x"}, "images[1].url: not the address of a picture: 'javascript:x'"),
        (
            {"url": "ftp://a.example/b"},
            "images[1].url: not the address of a picture: 'ftp://a.example/b'",
        ),
        ({"url": ["/a.png"]}, "images[1].url: not text, but a list"),
        ({"url": "/b.png", "width": "wide"}, "images[1].width: not a number: 'wide'"),
        ({"url": "/b.png", "alt": {}}, "images[1].alt: not text, but a mapping"),
        ("/b.png", "images: list with '/b.png' instead of a mapping"),
    ],
)
def test_an_image_that_makes_no_sense_is_refused_with_its_line(item: Any, reason: str) -> None:
    with pytest.raises(ArticleError) as caught:
        images({"url": "/a.png"}, item)
    assert caught.value.others == ()
    assert (caught.value.line, caught.value.reason) == (3, reason)
