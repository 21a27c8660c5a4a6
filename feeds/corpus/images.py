"""Conversion of pictures in front matter to Images."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from feeds.article import Image
from feeds.corpus.front_matter import Header
from feeds.corpus.problems import NOT_A_PICTURE_ADDRESS
from feeds.corpus.urls import written_address

# Media types by extension; a picture without a known extension is most likely a JPEG.
IMAGE_TYPES = {
    "apng": "image/apng",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
    "ico": "image/vnd.microsoft.icon",
    "jfif": "image/jpeg",
    "jpe": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "jxl": "image/jxl",
    "pjpeg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "webp": "image/webp",
}


def media_type(url: str) -> str:
    """The media type of the picture at *url*, by its extension or a ``format=`` in its query."""
    parts = urlsplit(url)
    extension = parts.path.rpartition("/")[2].rpartition(".")[2].lower()
    if extension in IMAGE_TYPES:
        return IMAGE_TYPES[extension]
    query = parse_qs(parts.query)
    for name in ("format", "fm", "fmt", "ext"):
        for value in query.get(name, ()):
            if value.lower() in IMAGE_TYPES:
                return IMAGE_TYPES[value.lower()]
    return "image/jpeg"


def read_images(
    header: Header, items: Iterable[Mapping[str, Any]], base: str, key: str = "images"
) -> tuple[Image, ...]:
    """The images of *items* that have a web URL, the lead image first."""
    images: dict[str, Image] = {}
    for position, item in enumerate(items):
        prefix = f"{key}[{position}]."
        written = header.text("url", item, prefix)
        if not written or written.strip().lower().startswith("data:"):
            continue  # a data: URL cannot be an enclosure
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
                _declared(header.text("contentType", item, prefix)) or media_type(url),
                " ".join(alt.split()),
            ),
        )
    return tuple(images.values())


def _declared(written: str) -> str:
    return written if re.fullmatch(r"image/[\w.+-]+", written) else ""
