"""The fields of one post, found by any key that holds them in any dialect."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from feeds.corpus.field_names import PARENTS, by_name, folded
from feeds.corpus.front_matter import Header
from feeds.corpus.posts.keys import Keys
from feeds.corpus.yaml_as_written import NOTHING
from feeds.errors import Code


class Value(Struct, frozen=True):
    """A value of front matter with its *key* as it is written."""

    key: str
    value: Any


class PostFields:
    """The fields of *header*, and *defaults* for those that it lacks, by *keys*."""

    def __init__(self, header: Header, defaults: Mapping[str, Any], keys: Keys) -> None:
        self.header = header
        self._keys = keys
        self._by_name = by_name(_with_defaults(header.fields, defaults) if defaults else header.fields)

    def __iter__(self) -> Iterator[tuple[str, Value]]:
        """Yield every value with its folded name."""
        for name, found in self._by_name.items():
            yield from ((name, Value(key, value)) for key, value in found if not is_missing(value))

    def values(self, field: str) -> Iterator[Value]:
        """Yield the values of *field* in the order of precedence."""
        for name in self._keys[field]:
            yield from self.named(name)

    def named(self, name: str) -> Iterator[Value]:
        """Yield the values of the fields called *name*, which may be ``a.b``."""
        found = self._by_name.get(folded(name), ())
        yield from (Value(key, value) for key, value in found if not is_missing(value))

    def texts(self, field: str) -> Iterator[tuple[str, str]]:
        """Yield the keys and texts of *field* in the order of precedence."""
        for found in self.values(field):
            if text := text_of(found.value):
                yield found.key, text

    def text(self, field: str) -> str:
        """The first text of *field*, or empty."""
        return next((text for _, text in self.texts(field)), "")

    def warn(self, key: str, code: Code, **values: str | int) -> None:
        """Report a problem of *key* that does not prevent publication, unless it is a default field."""
        if re.split(r"[.\[]", key)[0] in self.header.fields:
            self.header.warn(key, code, **values)


def _with_defaults(own: Mapping[str, Any], defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    """The *own* fields, then the *defaults* of others."""
    names = {folded(key): key for key in own}
    fields = dict(own)
    for key, value in defaults.items():
        name = folded(key)
        if name not in names:
            fields[key] = value
        elif name in PARENTS and isinstance(value, dict) and isinstance(inner := own[names[name]], dict):
            fields[names[name]] = _with_defaults(inner, value)
    return fields


def is_missing(value: Any) -> bool:
    """True if *value* says nothing: empty, or ``null`` without quotes."""
    if isinstance(value, str):
        return not value.strip() or (type(value) is str and value in NOTHING)
    return not value


def text_of(value: Any) -> str:
    """The text of *value*, a text or a list of one text, else empty."""
    match value:
        case str():
            return value.strip()
        case [str() as only]:
            return only.strip()
    return ""
