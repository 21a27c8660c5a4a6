"""The arguments of tags, shortcodes and components, in any of their syntaxes."""

import re
from collections.abc import Callable

from msgspec import Struct

from feeds.article.expressions import expression

_ARGUMENT = expression(
    r"""(?xs)
    (?:(?P<name>[\w.:-]++)\s*[=:]\s*+)?+
    (?: "(?P<double>(?:[^"\\]|\\.)*+)" | '(?P<single>(?:[^'\\]|\\.)*+)' | `(?P<back>[^`]*+)`
      | (?P<braces>\{[^{}]*+\}) | (?P<list>\[[^\[\]]*+\]) | (?P<word>[^\s,"'`()]++) )"""
)
_EXPRESSION = expression(r"""\s*(?:"([^"]*)"|'([^']*)'|`([^`]*)`|(-?[\w.]+))\s*""")

_TOO_LONG = 2000  # characters


class TagArguments(Struct, frozen=True):
    """The arguments of a tag: those without a name in order, and the others by name in lower case."""

    plain: tuple[str, ...] = ()
    named: dict[str, str] = {}

    def first(self, *keys: str | int) -> str:
        """The first argument that is not empty, by name or position."""
        for key in keys:
            if isinstance(key, int):
                value = self.plain[key] if key < len(self.plain) else ""
            else:
                value = self.named.get(key, "")
            if value:
                return value
        return ""


def arguments_of(text: str, resolve: Callable[[str], str] = str) -> TagArguments:
    """Parse *text*: ``a "b c" d="e"``, ``a, d: 'e'``, ``(d="e")`` and ``d={"e"}``.

    *resolve* returns the value of a word without quotes.
    """
    plain, named = list[str](), dict[str, str]()
    for found in _ARGUMENT.finditer(text[:_TOO_LONG]):
        value = _value(found, resolve)
        if value is None:
            continue
        if name := found["name"]:
            named.setdefault(name.lower(), value)
        else:
            plain.append(value)
    return TagArguments(tuple(plain), named)


def _value(found: re.Match[str], resolve: Callable[[str], str]) -> str | None:
    if found["list"] is not None:  # of widths or formats
        return None
    for kind in ("double", "single"):
        if (quoted := found[kind]) is not None:
            return re.sub(r"\\(.)", r"\1", quoted)
    if (literal := found["braces"]) is not None:
        inner = _EXPRESSION.fullmatch(literal[1:-1])
        return next((each for each in inner.groups() if each is not None), "") if inner else None
    return found["back"] if found["back"] is not None else resolve(found["word"])
