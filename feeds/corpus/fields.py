"""The fields of front matter that are read, and warnings of similar fields, which are not read."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from feeds.article.expressions import expression
from feeds.corpus import enclosures, withholding
from feeds.corpus.characters import with_line_feeds
from feeds.corpus.front_matter import Header
from feeds.corpus.problems import SIMILAR_FIELD

ARTICLE_FIELDS = frozenset((
    "title", "name", "webUrl", "originalUrl", "publishedDateTime", "modifiedDateTime", "id", "excerpt",
    "topics", "provider", "images", "featuredContent", "related", "language", "lang", "locale", "type",
    "quality", "heat", *enclosures.ENCLOSURE_KEYS, *withholding.OWN_FLAGS, *withholding.OTHER_FLAGS,
))  # fmt: skip
PROVIDER_FIELDS = frozenset({"name", "domain", "images", "authors"})
AUTHOR_FIELDS = frozenset({"name"})
IMAGE_FIELDS = frozenset({"url", "width", "height", "alt", "title", "contentType"})
ENCLOSURE_FIELDS = frozenset((
    "url", "type", "length", "duration", "title", "episode", "season", "episodeType", "explicit",
    "transcript", "chapters", "image", *enclosures.ALIASES,
))  # fmt: skip
RELATED_FIELDS = frozenset({"title", "webUrl", "originalUrl", "provider", "publishedDateTime"})

MIN_SIMILARITY = 0.85  # topic and topics have 0.91, ampWebUrl and webUrl 0.8
# The fields that distinguish an article from another Markdown file, also in other spellings.
_OWN_FIELD = expression(
    rb"""(?im)^["']?(?:web[_-]?url|original[_-]?url|published[_-]?date[_-]?time)["']?[ \t]*:"""
)
_UNRELATED = {"publisher"}
_DATE = expression(r"(?:publish|modif)\w*(?:at|date|on|time|utc)|date(?:publish|modif)\w+")


def has_own_fields(content: bytes) -> bool:
    """Return whether *content* begins with a field of an article, also if misspelt or unreadable."""
    content = with_line_feeds(content).lstrip()
    end = b"\n---" if content.startswith(b"---") else b"\n\n"
    return bool(_OWN_FIELD.search(content.partition(end)[0]))


def warn_of_misspelt(header: Header) -> None:
    """Report every field of the article in *header* that is not read, but similar to one that is."""
    fields = header.fields
    _compare(header, fields, ARTICLE_FIELDS)
    _compare_each(header, fields, "images", IMAGE_FIELDS)
    _compare_each(header, fields, "related", RELATED_FIELDS)
    for key in enclosures.ENCLOSURE_KEYS:
        _compare_each(header, fields, key, ENCLOSURE_FIELDS)
        if isinstance(value := fields.get(key), dict):
            _compare(header, value, ENCLOSURE_FIELDS, f"{key}.")
    provider = fields.get("provider")
    if isinstance(provider, dict):
        _compare(header, provider, PROVIDER_FIELDS, "provider.")
        _compare_each(header, provider, "images", IMAGE_FIELDS, "provider.")
        _compare_each(header, provider, "authors", AUTHOR_FIELDS, "provider.")


def _compare(header: Header, fields: Mapping[str, Any], known: frozenset[str], prefix: str = "") -> None:
    if fields.keys() <= known:
        return
    for key in fields:
        if key not in known and (name := similar(key, known)):
            header.warn(f"{prefix}{key}", SIMILAR_FIELD, known=prefix + name)


def _compare_each(
    header: Header, fields: Mapping[str, Any], key: str, known: frozenset[str], prefix: str = ""
) -> None:
    members = fields.get(key)
    for position, member in enumerate(members if isinstance(members, list) else ()):
        if isinstance(member, dict):
            _compare(header, member, known, f"{prefix}{key}[{position}].")


@lru_cache(1 << 12)
def similar(key: str, known: frozenset[str]) -> str:
    """The *known* field that *key* most likely stands for, or empty if none is similar enough."""
    letters = withholding.letters(key)
    if letters in _UNRELATED or withholding.is_withholding(key):
        return ""
    if date := _DATE.fullmatch(letters):
        name = "publishedDateTime" if "publish" in date[0] else "modifiedDateTime"
        return name if name in known else ""
    likeness, name = max(_candidates(letters, known))
    return name if likeness >= MIN_SIMILARITY else ""


def _candidates(letters: str, known: frozenset[str]) -> Iterator[tuple[float, str]]:
    for name in known:
        other = withholding.letters(name)
        is_same = sorted(letters) == sorted(other)  # or two letters changed places
        yield 1.0 if is_same else SequenceMatcher(None, letters, other).ratio(), name
