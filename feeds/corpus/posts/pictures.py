"""The pictures that the front matter of a post names."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from feeds.article import Image
from feeds.corpus import problems
from feeds.corpus.field_names import folded
from feeds.corpus.media_types import is_picture, media_type
from feeds.corpus.plain_text import plain_excerpt
from feeds.corpus.posts.fields import PostFields, is_missing
from feeds.corpus.urls import SCHEME, absolute

MAX_PICTURES = 50

_ADDRESS_KEYS = ("url", "src", "path", "image", "feature", "file", "filename", "default")
_ALT_KEYS = ("alt", "title", "caption")
_TEXT_OR_PICTURE = frozenset(
    {"lede", "hero", "header", "banner", "cover"}
)  # a picture if it ends like one


class Pictures(Protocol):
    """The picture files of a corpus."""

    def find(self, written: str, path: str) -> Image | None:
        """The picture that *written* names in the file at *path*, at its address, or None."""


class NoPictures:
    """Pictures of a corpus without picture files."""

    def find(self, written: str, path: str) -> Image | None:  # noqa: ARG002
        """Return None."""
        return None


class _Named(Struct, frozen=True):
    key: str
    written: str
    fields: Mapping[str, Any] = {}


def images_of(path: str, fields: PostFields, pictures: Pictures) -> tuple[Image, ...]:
    """The pictures that *fields* of the post at *path* name, the lead picture first.

    Drops a picture that is on no other site and in no file, with a warning.
    """
    images: dict[str, Image] = {}
    for found in fields.values("images"):
        for named in _named(found.key, found.value):
            if _is_text(named):
                continue
            if image := _image(path, named, pictures):
                images.setdefault(image.url, image)
            else:
                fields.warn(named.key, problems.NO_SUCH_PICTURE, written=named.written[:80])
    return tuple(images.values())[:MAX_PICTURES]


def _named(key: str, value: Any) -> Iterator[_Named]:
    match value:
        case str() if not is_missing(value):
            yield _Named(key, value.strip())
        case list():
            for member in value:
                yield from _named(key, member)
        case dict():
            by_key = {folded(str(name)): each for name, each in value.items()}
            texts = (each for name in _ADDRESS_KEYS if isinstance(each := by_key.get(name), str))
            if written := next((each.strip() for each in texts if not is_missing(each)), ""):
                yield _Named(key, written, by_key)


def _is_text(named: _Named) -> bool:
    """True if the value is a flag, a colour or words instead of the name of a picture."""
    written = named.written
    if SCHEME.match(written) or is_picture(written.partition("?")[0]):
        return False
    is_place = "/" in written and " " not in written
    return folded(named.key) in _TEXT_OR_PICTURE or not is_place


def _image(path: str, named: _Named, pictures: Pictures) -> Image | None:
    alt = next((text for key in _ALT_KEYS if isinstance(text := named.fields.get(key), str)), "")
    if named.written.lower().startswith(("http://", "https://", "//")):
        try:
            url = absolute(named.written, "")
        except (ValueError, UnicodeError):
            return None
        width, height = (_size(named.fields.get(key)) for key in ("width", "height"))
        return Image(url, width, height, media_type(url), plain_excerpt(alt))
    found = pictures.find(named.written, path)
    return found and replace(found, alt=plain_excerpt(alt) or found.alt)


def _size(written: Any) -> int:
    return int(written) if isinstance(written, str) and re.fullmatch(r"[0-9]{1,6}", written) else 0
