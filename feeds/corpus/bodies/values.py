"""Values in templates: ``{{ site.baseurl }}``, ``{{ "/a" | relative_url }}``."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from feeds.article.expressions import expression

_NAME = expression(r"[A-Za-z_$][\w$-]*(?:\.[A-Za-z_$][\w$-]*|\[[\"'][\w$-]+[\"']\])*")
_QUOTED = expression(r"""\s*(?:"([^"]*)"|'([^']*)')\s*""")
_TOO_LONG = 1000  # characters of an expression

Values = Mapping[str, Any]


def value_of(expression: str, values: Values) -> str | None:
    """The text that *expression* of Liquid or Nunjucks stands for, None if it is unknown."""
    if len(expression) > _TOO_LONG:
        return None
    head, *filters = _parts(expression)
    value = _operand(head, values)
    for each in filters:
        name, _, argument = re.sub(r"\(", ":", each.strip().rstrip(")"), count=1).partition(":")
        change = _FILTERS.get(name.strip())
        operands = [_operand(text, values) or "" for text in argument.split(",")]
        if name.strip() == "default":
            value = value or operands[0]
        elif value is not None and change:
            value = change(value, operands, values)
    return value


def looked_up(name: str, values: Values) -> str | None:
    """The text with the dotted *name* in *values*."""
    found: Any = values
    for key in re.split(r"[.\[\]\"']+", name.strip("[]\"'")):
        found = found.get(key) if isinstance(found, Mapping) else None
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else None


def _parts(expression: str) -> list[str]:
    """*expression* split at the bars outside of quotes."""
    parts, start, quote = list[str](), 0, ""
    for position, character in enumerate(expression):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "|":
            parts.append(expression[start:position])
            start = position + 1
    return [*parts, expression[start:]]


def _operand(text: str, values: Values) -> str | None:
    if found := _QUOTED.fullmatch(text):
        return found[1] or found[2] or ""
    name = text.strip().removeprefix("$")
    if name.isdigit():
        return name
    return looked_up(name, values) if _NAME.fullmatch(name) else None


def _relative_url(value: str, _: list[str], values: Values) -> str:
    base = (looked_up("site.baseurl", values) or "").rstrip("/")
    is_path = "://" not in value and not value.startswith((base + "/", "#"))
    return base + "/" + value.lstrip("/") if is_path else value


def _absolute_url(value: str, arguments: list[str], values: Values) -> str:
    path = _relative_url(value, arguments, values)
    return path if "://" in path else (looked_up("site.url", values) or "").rstrip("/") + path


def _replaced(value: str, arguments: list[str], _: Values) -> str:
    return value.replace(arguments[0], arguments[1]) if len(arguments) > 1 and arguments[0] else value


_FILTERS: dict[str, Callable[[str, list[str], Values], str]] = {
    "relative_url": _relative_url,
    "prepend_base": _relative_url,
    "url": _relative_url,
    "url_for": _relative_url,
    "absolute_url": _absolute_url,
    "prepend": lambda value, arguments, _: arguments[0] + value,
    "append": lambda value, arguments, _: value + arguments[0],
    "replace": _replaced,
    "remove": lambda value, arguments, _: value.replace(arguments[0], "") if arguments[0] else value,
    "upcase": lambda value, _, __: value.upper(),
    "upper": lambda value, _, __: value.upper(),
    "downcase": lambda value, _, __: value.lower(),
    "lower": lambda value, _, __: value.lower(),
    "capitalize": lambda value, _, __: value.capitalize(),
    "strip": lambda value, _, __: value.strip(),
    "trim": lambda value, _, __: value.strip(),
}
