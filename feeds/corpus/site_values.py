"""The values of a site's configuration, normalised: address, language, zone, folders, flags."""

import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import join, normpath
from typing import Any
from urllib.parse import urlsplit

from feeds.article.expressions import expression
from feeds.corpus.dates import zone_named
from feeds.corpus.literals import value_at
from feeds.corpus.urls import absolute, names_this_machine

# A template, or the name of another value in Lume.
_TEMPLATE = expression(r"\A=[\w.]+\Z|\{\{|\{%|<%|\$\{|\$[A-Z_]{2}")
_LANGUAGE = expression(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_TAG = expression(r"(?!ui$)[a-z]{2}(?:[-_][A-Za-z]{2,4})?")
_NAMES = ("name", "display_name", "displayName", "full_name", "fullname", "title", "value")
_PICTURES = ("url", "src", "path", "image", "light", "href")


def texts_at(values: Mapping[str, Any], keys: Iterable[str], language: str = "") -> Iterator[str]:
    """Yield the texts of the dotted *keys*; of values by language, the one in *language* first."""
    for key in keys:
        yield from texts_in(value_at(values, key), language)


def texts_in(value: Any, language: str = "") -> Iterator[str]:
    """Yield the texts in *value*: a text, a list, a mapping with a name, or one by language."""
    match value:
        case str():
            if value.strip() and not _TEMPLATE.search(value):
                yield value.strip()
        case list():
            for member in value:
                yield from texts_in(member, language)
        case dict():
            by_name = next((value[name] for name in _NAMES if value.get(name)), None)
            is_by_language = by_name is None and all(map(_LANGUAGE.fullmatch, value))
            names = sorted(value, key=lambda name: name != language) if is_by_language else ()
            yield from texts_in(by_name, language)
            for name in names:
                yield from texts_in(value[name], language)


def person_in(value: Any) -> str:
    """The name of the person that *value* describes, or empty."""
    if isinstance(value, dict):
        parts = [value.get(name) for name in ("first_name", "last_name")]
        parts = parts if any(parts) else [value.get(name) for name in ("first", "last")]
        whole = " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
        return next(texts_in({name: value[name] for name in _NAMES if name in value}), whole)
    return next(texts_in(value), "")


def picture_in(value: Any) -> str:
    """The address of the picture that *value* describes as it is written, or empty."""
    if isinstance(value, dict):
        value = next((value[name] for name in _PICTURES if value.get(name)), "")
    return next(texts_in(value), "")


def url_of(written: str) -> str:
    """*written* as an absolute address without a slash at the end; empty for one of this machine.

    A host without a scheme counts as one with https. Raises ValueError for any other text.
    """
    text = written.strip()
    if (text.startswith("/") and not text.startswith("//")) or text in ("", ".", "./"):
        return ""
    if names_this_machine(text):
        return ""
    if not re.match(r"(?i)(?:https?:)?//", text):
        host = text.partition("/")[0]
        if "." not in host or ":/" in text or re.search(r"\s", text):
            raise ValueError(written)
        text = f"https://{text}"
    return re.split(r"[?#]", absolute(text, ""))[0].rstrip("/")


def with_base(url: str, base: str) -> str:
    """*url* with the path *base*, unless *url* has a path that ends with it."""
    path = base.strip().strip("/")
    if not url or not path or re.match(r"(?i)https?:|\.", path):
        return url
    if urlsplit(url).path.rstrip("/").endswith(f"/{path}"):
        return url
    return absolute(f"{url}/{path}", "")


def language_of(written: str) -> str:
    """The language tag (RFC 5646) in *written*, such as ``zh_CN.UTF-8``. Raises ValueError."""
    tag = written.strip().partition(".")[0]
    if tag.lower() == "default":
        return ""
    if not _LANGUAGE.fullmatch(tag):
        raise ValueError(written)
    return tag.replace("_", "-")


def zone_of(written: str) -> str:
    """The name of the time zone that is *written*. Raises ValueError for an unknown one."""
    if not zone_named(written):
        raise ValueError(written)
    return written.strip()


def tags_in(value: Any) -> list[str]:
    """The language tags in *value*: a text, a list, or a mapping by language."""
    members = value if isinstance(value, list | dict) else [value]
    return [each.replace("_", "-") for each in members if isinstance(each, str)]


def languages_named(paths: Iterable[str]) -> list[str]:
    """The languages by which files of translations at *paths* are named, if there are several."""
    stems = (path.rpartition("/")[2].partition(".")[0] for path in paths)
    tags = [stem.replace("_", "-") for stem in stems if _TAG.fullmatch(stem)]
    return tags if len(tags) > 1 else []


def folder_in(folder: str, written: str) -> str | None:
    """The folder *written* in the configuration of *folder*, or None if it is outside of the root."""
    path = normpath(join(folder or ".", written.strip().lstrip("/") or "."))
    return None if path.startswith("..") else "" if path == "." else path
