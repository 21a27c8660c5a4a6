"""The YAML of most front matter, read by lines in less than half of the time of a YAML parser.

It is a subset: mappings and lists in block style with one value on each line. A value is plain, in
quotes, or a list or mapping of such in brackets. tests/corpus/test_yaml_lines.py compares ``load`` with
the parser.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from feeds.article.expressions import expression
from feeds.corpus.yaml_as_written import NOTHING, Quoted

_KEY = r"[A-Za-z_][A-Za-z0-9_-]{0,99}"
_FIRST = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]"  # of a plain text: no sign with a meaning in YAML
_QUOTED = r"""(?:"[^"\\\n]*+(?:\\["\\][^"\\\n]*+)*+"|'[^'\n]*+(?:''[^'\n]*+)*+') *+"""
_PLAIN = rf"{_FIRST}[^:#\n]*+(?:(?::(?=[^ \n])|(?<! )#)[^:#\n]*+)*+"
_ITEM = rf"(?:{_FIRST}[^,:#?\"'\[\]{{}}\n]*+|{_QUOTED})"  # in brackets
_PAIR = rf"{_KEY}: ++{_ITEM}"
_ITEMS = rf"\[ *+(?:{_ITEM}(?:, *+{_ITEM})*+)?\] *+"
_PAIRS = rf"\{{ *+(?:{_PAIR}(?:, *+{_PAIR})*+)?\}} *+"

# Each list or mapping needs a column more than the second one above it: 20 columns keep MAX_DEPTH.
_LINE = expression(
    rf"( {{0,20}}+)((?:- ++)?)(?:({_KEY}):(?: ++|\Z))?(?:({_PLAIN})|({_QUOTED})|({_ITEMS}|{_PAIRS}))?"
)
_EACH_ITEM = expression(_ITEM)
_EACH_PAIR = expression(rf"({_KEY}): ++({_ITEM})")
_ESCAPED = expression(r"\\(.)")


MAX_COMMON_LINE = 60  # characters; few headers have a longer line in common


class _Declined(Exception):
    """The document is not in the subset."""


_Line = tuple[int, int, str, str, str, bool]
"""The column, the width of a dash with its spaces, the key, the text, the brackets; True if no value."""


def load(text: str) -> dict[str, Any] | None:
    """The mapping in *text*, or None if *text* is not in the subset, or repeats a key."""
    *lines, rest = text.split("\n")
    try:
        read = [_common_line(each) if len(each) <= MAX_COMMON_LINE else _line(each) for each in lines]
        return None if rest else _fields(read) or None
    except _Declined:
        return None


def _line(written: str) -> _Line:
    """Read the line *written*. Raises _Declined."""
    found = _LINE.fullmatch(written)
    if not found or not written.isprintable():  # tabs, and characters that YAML refuses
        raise _Declined
    indentation, dash, key, plain, quoted, brackets = found.groups("")
    text = _text(quoted) if quoted else plain.rstrip(" ")
    return len(indentation), len(dash), key, text, brackets, not (plain or quoted or brackets)


_common_line = lru_cache(1 << 12)(_line)


def _fields(lines: Iterable[_Line]) -> dict[str, Any]:
    """The mapping in *lines*. Raises _Declined."""
    fields: dict[str, Any] = {}
    inner: Any = fields  # the list or mapping of the present line, which begins at *column*
    column, outer, open_key = 0, list[tuple[Any, int]](), ""
    for at, dash, key, text, brackets, is_empty in lines:
        if is_empty and not key and not dash:
            continue
        if dash or at != column or type(inner) is list:  # not one more field of this mapping
            if open_key and (at > column or (dash and at == column)):
                outer.append((inner, column))
                inner[open_key] = [] if dash else {}
                inner, column = inner[open_key], at
            while at < column or (at == column and not dash and type(inner) is list):
                inner, column = outer.pop()
            if at != column or bool(dash) != (type(inner) is list):
                raise _Declined  # a text on several lines, or an error
            if dash and not key:
                if is_empty:
                    raise _Declined  # a list in a list, or an empty member
                inner.append(_value(brackets) if brackets else text)
                open_key = ""
                continue
            if dash:
                outer.append((inner, column))
                inner.append({})
                inner, column = inner[-1], at + dash
        if not key or key in inner:
            raise _Declined
        inner[key] = _value(brackets) if brackets else text
        open_key = key if is_empty else ""
    return fields


def _value(brackets: str) -> list[str] | dict[str, str]:
    if brackets[0] == "[":
        return [_text(item) for item in _EACH_ITEM.findall(brackets, 1)]
    pairs = _EACH_PAIR.findall(brackets)
    fields = {key: _text(item) for key, item in pairs}
    if len(fields) < len(pairs):
        raise _Declined
    return fields


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
