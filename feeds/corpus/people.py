"""The names of authors by key, from the files in which sites describe them."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from feeds.article.expressions import expression
from feeds.corpus.site_values import person_in

_KEYS = ("key", "id", "slug", "username", "handle", "short_name", "nickname", "nick", "github", "twitter")
_ABOUT_PEOPLE = expression(
    r"(?i)(?:^|[/._-])(?:authors?|people|members|team|staff|contributors|writers)(?:[/._]|$)"
)
_LISTS = ("authors", "people", "members", "team", "author")


def is_about_people(path: str) -> bool:
    """True if the name of the file or of a folder in *path* says that it describes people."""
    return bool(_ABOUT_PEOPLE.search(path))


def people_in(path: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the key and the name of each person in the file at *path* with the literals *values*."""
    *_, folder, name = ["", *path.split("/")]
    stem = name.lstrip(".").partition(".")[0]
    is_own_file = isinstance(values.get("name"), str) or name.endswith((".md", ".mdx", ".markdown"))
    if is_own_file:
        key = folder if stem in ("_index", "index") else stem
        yield from _one(key, values)
        return
    inner: Any = values.get("", values)
    for key in _LISTS:
        if isinstance(inner, dict) and _are_people(inner.get(key)):
            inner = inner[key]
            break
    if isinstance(inner, dict):
        for key, value in inner.items():
            yield from _one(key, value)
    for member in inner if isinstance(inner, list) else ():
        if isinstance(member, dict):
            yield from _one("", member)


def _are_people(value: Any) -> bool:
    """True if *value* describes several people, and is not the person called ``team``."""
    if isinstance(value, dict):
        return not person_in(value) and any(isinstance(member, dict) for member in value.values())
    return isinstance(value, list) and any(isinstance(member, dict) for member in value)


def _one(key: str, value: Any) -> Iterator[tuple[str, str]]:
    name = person_in(value)
    keys = [key, *(value[other] for other in _KEYS if isinstance(value, dict) and other in value)]
    for each in keys:
        if name and isinstance(each, str) and (text := _last_part(each)):
            yield text, name


def _last_part(key: str) -> str:
    """*key* without ``@``; of an address, the name at its end: ``https://git.example/ann`` -> ``ann``."""
    if "://" in key:
        key = urlsplit(key).path.rstrip("/").rpartition("/")[2]
    return key.lstrip("@")
