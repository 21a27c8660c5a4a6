"""Form fields as data, so that pages render all query parameters with the same code."""

from typing import ClassVar

from msgspec import Struct


class Option(Struct, frozen=True):
    """One line of a list. *count* is the number of articles with *value*, None if it is unknown."""

    value: str
    name: str
    count: int | None
    depth: int = 0


class ListField(Struct, frozen=True):
    """A list of values, each to be included or excluded; *group* names a part of the form.

    *legend*, *hint*, *filter* (the label of the search field) and *more* (the request for values that a
    long list omits) are keys of page texts. If *combines*, an article may have several values, so that
    a query can require all of them. *prefix* and a value make the key of the value's text, if it has one.
    """

    kind: ClassVar[str] = "list"
    group: str
    legend: str
    hint: str = ""
    filter: str = ""
    more: str = "build.beyond"
    combines: bool = False
    position: int = 0
    prefix: str = ""


class TextField(Struct, frozen=True):
    """A line of text, with *suggestions*. *example* is a number or the key of a page text.

    *position* orders the fields of a group; fields with equal positions are in parameter order.
    """

    kind: ClassVar[str] = "text"
    group: str
    label: str
    hint: str = ""
    example: str = ""
    suggestions: tuple[str, ...] = ()
    number: bool = False
    position: int = 0


class SelectField(Struct, frozen=True):
    """One of *values*, the default first; *prefix* and a value make the key of the value's text."""

    kind: ClassVar[str] = "select"
    group: str
    label: str
    values: tuple[str, ...]
    prefix: str
    position: int = 0


class CheckField(Struct, frozen=True):
    """One checkbox that sends *value*."""

    kind: ClassVar[str] = "check"
    group: str
    label: str
    value: str
    position: int = 0


Field = ListField | TextField | SelectField | CheckField
