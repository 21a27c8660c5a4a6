"""Form fields as data, so that a page renders a query parameter without knowing it."""

from msgspec import Struct


class Option(Struct, frozen=True):
    """One line of a list: *count* articles have *value*, None if that is unknown."""

    value: str
    name: str
    count: int | None
    depth: int = 0


class ListField(Struct, frozen=True):
    """A list of boxes, each to be wanted or excluded. Texts are keys of the page's texts.

    If *combines*, an article may have several values, so that all of some can be required. If
    *complete*, the list is short and keeps its order, whatever is ticked. *filter* labels the search
    field of the list.
    """

    group: str
    legend: str
    hint: str = ""
    filter: str = ""
    combines: bool = False
    complete: bool = False


class TextField(Struct, frozen=True):
    """A line of text, with *suggestions*. *example* is the key of a text, or a number."""

    group: str
    label: str
    hint: str = ""
    example: str = ""
    suggestions: tuple[str, ...] = ()
    number: bool = False


class SelectField(Struct, frozen=True):
    """One of *values*, the default first; the text of each is *prefix* and the value."""

    group: str
    label: str
    values: tuple[str, ...]
    prefix: str


class CheckField(Struct, frozen=True):
    """One box that sends *value*."""

    group: str
    label: str
    value: str


Field = ListField | TextField | SelectField | CheckField
