"""The YAML of most front matter, read by lines in less than half of the time of a YAML parser.

It is a subset: mappings and lists in block style with one value on each line. A value is plain, in
quotes, or a list or mapping of such in brackets. tests/corpus/test_yaml_lines.py compares ``load`` with
the parser.
"""

from collections.abc import Iterable
from typing import Any

from feeds.article.expressions import expression
from feeds.corpus.yaml_as_written import NOTHING, Quoted

_KEY = r"[A-Za-z_][A-Za-z0-9_-]{0,99}"
_FIRST = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]"  # of a plain text: no sign with a meaning in YAML
_QUOTED = r"""(?:"[^"\\\n]*+(?:\\["\\][^"\\\n]*+)*+"|'[^'\n]*+(?:''[^'\n]*+)*+') *+"""
_TEXT = rf"(?:{_FIRST}[^:#\n]*+(?:(?::(?=[^ \n])|(?<! )#)[^:#\n]*+)*+|{_QUOTED})"
_ITEM = rf"(?:{_FIRST}[^,:#?\"'\[\]{{}}\n]*+|{_QUOTED})"  # in brackets
_PAIR = rf"{_KEY}: ++{_ITEM}"
_ITEMS = rf"\[ *+(?:{_ITEM}(?:, *+{_ITEM})*+)?\] *+"
_PAIRS = rf"\{{ *+(?:{_PAIR}(?:, *+{_PAIR})*+)?\}} *+"

# Each list or mapping needs a column more than the second one above it: 20 columns keep MAX_DEPTH.
_LINE = expression(rf"(?m)^( {{0,20}}+)((?:- ++)?)(?:({_KEY}):(?: ++|$))?({_TEXT}|{_ITEMS}|{_PAIRS})?\n")
_EACH_ITEM = expression(_ITEM)
_EACH_PAIR = expression(rf"({_KEY}): ++({_ITEM})")
_ESCAPED = expression(r"\\(.)")

_Line = tuple[str, str, str, str]
"""The indentation, the dash with the spaces after it, the key and the value."""


class _Declined(Exception):
    """The document is not in the subset."""


def load(text: str) -> dict[str, Any] | None:
    """The mapping in *text*, or None if *text* is not in the subset, or repeats a key."""
    if not text.replace("\n", "").isprintable():  # tabs, and characters that YAML refuses
        return None
    lines: list[_Line] = _LINE.findall(text)
    if len(lines) != text.count("\n") or not text.endswith("\n"):
        return None
    try:
        return _fields(lines) or None
    except _Declined:
        return None


def _fields(lines: Iterable[_Line]) -> dict[str, Any]:
    """The mapping in *lines*. Raises _Declined."""
    fields: dict[str, Any] = {}
    inner: Any = fields  # the list or mapping of the present line, which begins at *column*
    column, outer, open_key = 0, list[tuple[Any, int]](), ""
    for indentation, dash, key, written in lines:
        if not (dash or key or written):
            continue
        at = len(indentation)
        if open_key and (at > column or (dash and at == column)):
            outer.append((inner, column))
            inner[open_key] = [] if dash else {}
            inner, column = inner[open_key], at
        while at < column or (at == column and not dash and type(inner) is list):
            inner, column = outer.pop()
        if at != column or bool(dash) != (type(inner) is list):
            raise _Declined  # a text on several lines, or an error
        if dash and not key:
            inner.append(_value(written))
        elif dash:
            outer.append((inner, column))
            inner.append({})
            inner, column = inner[-1], at + len(dash)
        elif key in inner:
            raise _Declined
        if key:
            inner[key] = _value(written) if written else ""
        elif not dash:
            raise _Declined
        open_key = "" if written else key
    return fields


def _value(written: str) -> Any:
    match written[:1]:
        case "":
            raise _Declined  # a list in a list, or an empty member
        case "[":
            return [_text(item) for item in _EACH_ITEM.findall(written, 1)]
        case "{":
            pairs = _EACH_PAIR.findall(written)
            fields = {key: _text(item) for key, item in pairs}
            if len(fields) < len(pairs):
                raise _Declined
            return fields
    return _text(written)


def _text(written: str) -> str:
    written = written.rstrip(" ")
    match written[0]:
        case '"':
            text = _ESCAPED.sub(r"\1", written[1:-1]) if "\\" in written else written[1:-1]
        case "'":
            text = written[1:-1].replace("''", "'")
        case _:
            return written
    return Quoted(text) if text in NOTHING else text
