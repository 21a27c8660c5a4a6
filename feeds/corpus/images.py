"""Conversion of pictures in front matter to Images."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from feeds.article import Image
from feeds.article.expressions import expression
from feeds.corpus.front_matter import Header
from feeds.corpus.media_types import media_type
from feeds.corpus.plain_text import plain_excerpt
from feeds.corpus.problems import NO_PICTURE_ADDRESS, NOT_A_PICTURE_ADDRESS
from feeds.corpus.urls import written_address

_TYPE = expression(r"image/[\w.+-]+")


def read_images(
    header: Header, items: Iterable[Mapping[str, Any]], base: str, key: str = "images"
) -> tuple[Image, ...]:
    """The images of *items*, the lead image first; see ``written_images``."""
    return with_types(written_images(header, items, base, key))


def with_types(images: Iterable[Image]) -> tuple[Image, ...]:
    """*images*, those without a type with the type that their address suggests."""
    return tuple(image if image.type else replace(image, type=media_type(image.url)) for image in images)


def written_images(
    header: Header, items: Iterable[Mapping[str, Any]], base: str, key: str = "images"
) -> tuple[Image, ...]:
    """The images of *items* as they are written: without a type if none is written.

    Warns of an item without an address or with a ``data:`` URL; reports any other invalid address.
    """
    images: dict[str, Image] = {}
    for position, item in enumerate(items):
        prefix = f"{key}[{position}]."
        written = header.word("url", item, prefix)
        if not written:
            if not header.is_bad(f"{prefix}url"):
                header.warn(f"{prefix}url", NO_PICTURE_ADDRESS)
            continue
        if written.strip().lower().startswith("data:"):  # cannot be an enclosure
            header.warn(f"{prefix}url", NOT_A_PICTURE_ADDRESS, written=written[:80])
            continue
        try:
            url = written_address(written, base)
        except ValueError:
            header.report(f"{prefix}url", NOT_A_PICTURE_ADDRESS, written=written[:80])
            url = ""
        alt = header.text("alt", item, prefix) or header.text("title", item, prefix)
        images.setdefault(
            url,
            Image(
                url,
                max(0, header.number("width", item, prefix)),
                max(0, header.number("height", item, prefix)),
                _declared(header.word("contentType", item, prefix)),
                plain_excerpt(alt),
            ),
        )
    return tuple(images.values())


def _declared(written: str) -> str:
    return written if _TYPE.fullmatch(written) else ""
