"""Form fields as data, so that a page renders a query parameter without knowing it."""

from typing import ClassVar

from msgspec import Struct


class Option(Struct, frozen=True):
    """One line of a list: *count* articles have *value*, None if that is unknown."""

    value: str
    name: str
    count: int | None
    depth: int = 0


class ListField(Struct, frozen=True):
    """A list of boxes, each to be wanted or excluded; *group* names a part of the form.

    The texts are keys of the texts of pages. *more* asks for the values that a long list leaves out. If
    *combines*, an article may have several values, so that all of some can be required. If *complete*,
    the list is short and keeps its order, whatever is ticked. *filter* labels its search field.
    """

    kind: ClassVar[str] = "list"
    group: str
    legend: str
    hint: str = ""
    filter: str = ""
    more: str = "build.beyond"
    combines: bool = False
    complete: bool = False
    position: int = 0


class TextField(Struct, frozen=True):
    """A line of text, with *suggestions*. *example* is the key of a text, or a number.

    *position* orders the fields of a group; those with the same keep the order of their parameters.
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
    """One of *values*, the default first; the text of each is *prefix* and the value."""

    kind: ClassVar[str] = "select"
    group: str
    label: str
    values: tuple[str, ...]
    prefix: str
    position: int = 0


class CheckField(Struct, frozen=True):
    """One box that sends *value*."""

    kind: ClassVar[str] = "check"
    group: str
    label: str
    value: str
    position: int = 0


Field = ListField | TextField | SelectField | CheckField
