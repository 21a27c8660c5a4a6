"""The fields of one post, found by any key that holds them in any dialect."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from feeds.corpus.front_matter import Header
from feeds.corpus.posts.keys import Keys, folded
from feeds.corpus.yaml_as_written import NOTHING
from feeds.errors import Code

# Mappings whose fields count as fields of the file: Hugo's params, Zola's extra and taxonomies.
_INNER = ("params", "extra", "taxonomies")


class Value(Struct, frozen=True):
    """A value of front matter with its *key* as it is written."""

    key: str
    value: Any


class PostFields:
    """The fields of *header*, and *defaults* for those that it lacks, by *keys*."""

    def __init__(self, header: Header, defaults: Mapping[str, Any], keys: Keys) -> None:
        self.header = header
        self._keys = keys
        self._values: dict[str, Value] = {}
        for fields in (header.fields, defaults):
            self._add("", fields)
            for key, value in fields.items():
                if isinstance(value, dict) and folded(key) in _INNER:
                    self._add(f"{key}.", value)

    def _add(self, prefix: str, fields: Mapping[str, Any]) -> None:
        for key, value in fields.items():
            if not is_missing(value):
                self._values.setdefault(folded(str(key)), Value(f"{prefix}{key}", value))

    def __iter__(self) -> Iterator[tuple[str, Value]]:
        """Yield every value with its folded key."""
        return iter(self._values.items())

    def values(self, field: str) -> Iterator[Value]:
        """Yield the values of *field* in the order of precedence."""
        for key in self._keys[field]:
            if found := self.get(key):
                yield found

    def get(self, key: str) -> Value | None:
        """The value of *key*, which may be ``a.b``."""
        top, *inner = key.split(".")
        found = self._values.get(folded(top))
        for each in inner:
            found = found and _member(found, folded(each))
        return found

    def texts(self, field: str) -> Iterator[tuple[str, str]]:
        """Yield the keys and texts of *field* in the order of precedence."""
        for found in self.values(field):
            if text := text_of(found.value):
                yield found.key, text

    def text(self, field: str) -> str:
        """The first text of *field*, or empty."""
        return next((text for _, text in self.texts(field)), "")

    def warn(self, key: str, code: Code, **values: str | int) -> None:
        """Report a problem of *key* that does not prevent publication."""
        self.header.warn(key, code, **values)


def _member(found: Value, key: str) -> Value | None:
    if not isinstance(found.value, dict):
        return None
    for name, value in found.value.items():
        if folded(str(name)) == key and not is_missing(value):
            return Value(f"{found.key}.{name}", value)
    return None


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
