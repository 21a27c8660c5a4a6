"""Boxes of Markdown: ``:::note``, ``!!! note "Title"``, ``=== "Tab"`` and ``/// note``."""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus.bodies.aside import Aside
from feeds.corpus.bodies.titles import heading, kind_of

_COLONS = expression(r"(?P<lead>[ \t>]*)(?P<sign>:{3,}|/{3,})[ \t]*(?P<rest>.*)")
_LEAF = expression(r"([ \t>]*)::(?!:)([A-Za-z][\w-]*)(?:\[([^\]\n]*)\])?(\{[^}\n]*\})?[ \t]*")
_INDENTED = expression(
    r"""(?x)(?P<lead>[ \t>]*)
    (?: (?:!!!|\?\?\?\+?)[ ]*(?P<kind>[\w -]*?)[ ]*(?P<title>"[^"\n]*")?
      | ===[!+]?[ ]+"(?P<tab>[^"\n]+)" )[ \t]*"""
)
_OPENING = expression(r"(?:\{[ ]*)?\.?([\w-]+)\}?[ \t]*(.*)")
_LABEL = expression(r"^\[([^\]\n]*)\]")
_NAMED = expression(r"(?:title|label|summary)[ ]*=[ ]*(?:\"([^\"]*)\"|'([^']*)')")
_ATTRIBUTES = expression(r"\{[^{}\n]*\}")
_SIGNS = expression(r'(?m)^[ \t>]*(?::::|///|!!!|\?\?\?|===[!+]?[ ]+"|::[A-Za-z])')


_LONGEST_LINE = 500  # characters of a line that opens a box


class _Box(Struct):
    lead: str
    is_shown: bool
    indent: int = -1  # of the content; -1 for a box with an end of its own
    shift: int = 0  # of lines of the content to the left


def with_quotations(text: str, aside: Aside, has_indented: bool) -> str:
    """Replace the boxes in *text* by quotations with a bold title.

    With *has_indented*, there are also the boxes ``!!! note`` and ``=== "Tab"``, whose lines are indented
    by four, and ``/// note``. *aside* has the marks of code, which moves with its box.
    """
    return "\n".join(_Boxes(aside, has_indented).lines(text)) if _SIGNS.search(text) else text


class _Boxes:
    """The boxes around the present line, and how many of them have an end of their own."""

    def __init__(self, aside: Aside, has_indented: bool) -> None:
        self._aside = aside
        self._has_indented = has_indented
        self._opened = list[_Box]()
        self._ended_by_sign = 0

    def lines(self, text: str) -> Iterator[str]:
        """The lines of *text* with quotations instead of boxes."""
        for line in text.split("\n"):
            indent = len(line) - len(line.lstrip(" \t>"))
            while self._opened and -1 < self._opened[-1].indent > indent and line.strip():
                yield from self._end()
            shift = self._opened[-1].shift if self._opened else 0
            yield from self._line(_shifted(line, shift, self._aside) if shift else line, shift)
        while self._opened:
            yield from self._end()

    def _line(self, line: str, shift: int) -> Iterator[str]:
        if len(line) > _LONGEST_LINE:
            yield line
        elif self._has_indented and (found := _INDENTED.fullmatch(line)):
            title = _indented_title(found)
            yield from self._begin(
                _Box(found["lead"], True, len(found["lead"]) + shift + 4, shift + 4), title
            )
        elif (found := _COLONS.fullmatch(line)) and (self._has_indented or found["sign"][0] == ":"):
            if found["rest"].strip(": \t"):
                title, is_shown = _colon_title(found["rest"])
                yield from self._begin(_Box(found["lead"], is_shown, shift=shift), title)
                self._ended_by_sign += 1
            elif self._ended_by_sign:
                while self._opened[-1].indent >= 0:
                    yield from self._end()
                yield from self._end()
        elif found := _LEAF.fullmatch(line):
            yield found[1] + (found[3] or "")
        else:
            yield line

    def _begin(self, box: _Box, title: str) -> Iterator[str]:
        self._opened.append(box)
        yield ""
        if box.is_shown:
            yield from (f"{box.lead}<blockquote>", "")
        if title:
            yield from (f"{box.lead}{title}", "")

    def _end(self) -> Iterator[str]:
        box = self._opened.pop()
        self._ended_by_sign -= box.indent < 0
        yield ""
        if box.is_shown:
            yield from (f"{box.lead}</blockquote>", "")


def _shifted(line: str, columns: int, aside: Aside) -> str:
    change = _without_indent(columns)
    return change(aside.changed(line, lambda piece: "\n".join(map(change, piece.split("\n")))))


def _without_indent(columns: int) -> Callable[[str], str]:
    def change(line: str) -> str:
        text = line.lstrip(" \t")
        indent = len(line[: len(line) - len(text)].expandtabs(4))
        return " " * max(0, indent - columns) + text

    return change


def _indented_title(found: re.Match[str]) -> str:
    if found["tab"]:
        return heading("", found["tab"])
    written = found["title"]
    kind = next(iter((found["kind"] or "").split()), "")
    if written == '""':
        return ""
    return heading(kind, written or "") or heading("", kind.capitalize())


def _colon_title(rest: str) -> tuple[str, bool]:
    """The title of a box that opens with *rest*, and False if it is not more than a place for styles."""
    opening = _OPENING.fullmatch(rest.strip(": \t")) or re.fullmatch("()(.*)", rest)
    assert opening
    kind, after = opening[1], opening[2]
    named = _NAMED.search(after)
    label = _LABEL.match(after)
    title = (named[1] or named[2] or "") if named else label[1] if label else ""
    title = title or _ATTRIBUTES.sub("", _LABEL.sub("", after)).strip(" {}|")
    if named and not label:
        title = named[1] or named[2] or ""
    is_shown = bool(kind_of(kind) or title or kind == "details")
    return heading(kind, title), is_shown
