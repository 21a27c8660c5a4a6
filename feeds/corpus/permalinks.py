"""Patterns of addresses: the values of files in place of the placeholders."""

import re
from collections.abc import Callable, Mapping

from feeds.article.expressions import expression
from feeds.corpus import slugs
from feeds.corpus.english_dates import in_english
from feeds.corpus.placeholders import OPTIONAL, Facts, Placeholder

MAX_PATTERN_LENGTH = 1000

_COLON = expression(r":([A-Za-z_]+|\d+)(?:\[([^\]/]*)\])?|(?<=[a-z])\.\*")
_BRACE = expression(r"\{(\w+)(?::([^{}]*))?\}")
_TEMPLATE = expression(r"\{\{-?([^{}]*?)-?\}\}")
_FILTER = expression(r"""\s*(\w+)\s*(?:[:(]\s*["']([^"']*)["']\s*\)?)?\s*""")
_SLASHES = expression(r"//+")
_DELIMITERS = str.maketrans({"?": "%3F", "#": "%23"})


def expand(pattern: str, placeholders: Mapping[str, Placeholder], facts: Facts) -> str:
    """*pattern* with the values of *facts*, as a path from the root of the site.

    Placeholders are ``:name``, ``{name}``, ``{date:%Y}`` and ``{{ name | filter }}``. Raises ValueError
    for an unknown one, and for one without a value, such as the year of a file without date.
    """
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise ValueError("too long")
    if "{{" in pattern or "{%" in pattern:
        text = _TEMPLATE.sub(lambda found: _templated(found[1], facts), pattern)
    elif "{" in pattern:
        text = _BRACE.sub(lambda found: _braced(found, placeholders, facts), pattern)
    else:
        text = _COLON.sub(lambda found: _value(found, placeholders, facts), pattern)
    if "{" in text or "}" in text:
        raise ValueError(f"not a pattern: {pattern}")
    return _SLASHES.sub("/", f"/{text}")


def names_in(pattern: str) -> frozenset[str]:
    """The names of the placeholders in *pattern*."""
    if "{{" in pattern:
        return frozenset(found[1].split("|")[0].strip() for found in _TEMPLATE.finditer(pattern))
    expression = _BRACE if "{" in pattern else _COLON
    return frozenset(found[1] for found in expression.finditer(pattern) if found[1])


def _value(found: re.Match[str], placeholders: Mapping[str, Placeholder], facts: Facts) -> str:
    """The value of ``:name``; of ``:year_`` the year, and of ``.*`` in Bridgetown the extension."""
    name, rest = found[1], ""
    if name is None:
        return ".html"
    if name not in placeholders and name not in facts.head.fields:
        shorter = name.rstrip("_")
        name, rest = shorter, name[len(shorter) :]
    value = _named(name, placeholders, facts)
    return (_slice(value, found[2]) if found[2] else value) + rest


def _named(name: str, placeholders: Mapping[str, Placeholder], facts: Facts) -> str:
    if name in placeholders:
        value = placeholders[name](facts)
    elif name in facts.head.fields:
        value = facts.head.fields[name]
    else:
        raise ValueError(f"unknown placeholder: {name}")
    if not value and name not in OPTIONAL:
        raise ValueError(f"no value: {name}")
    return value.translate(_DELIMITERS)


def _braced(found: re.Match[str], placeholders: Mapping[str, Placeholder], facts: Facts) -> str:
    name, form = found[1], found[2]
    if form is None:
        return _named(name, placeholders, facts)
    if name != "date" or not facts.date:
        raise ValueError(f"no date: {found[0]}")
    return in_english(facts.date, form)


def _slice(value: str, selection: str) -> str:
    """The selected parts of ``:sections`` in Hugo: ``[0]``, ``[last]``, ``[1:]`` or ``[:last]``."""
    parts = value.split("/")
    first, colon, last = (each.strip() for each in selection.partition(":"))
    if not colon:
        number = len(parts) - 1 if first == "last" else int(first)
        return parts[number] if number < len(parts) else ""
    end = len(parts) - 1 if last == "last" else int(last or len(parts))
    return "/".join(parts[int(first or 0) : end])


# The values and filters of templates in Liquid and Nunjucks that addresses are made of.
_TEMPLATE_VALUES: Mapping[str, Callable[[Facts], str]] = {
    "page.fileSlug": lambda facts: facts.place.undated,
    "page.filePathStem": lambda facts: f"/{facts.path}" + "/index" * facts.place.is_index,
    "page.lang": lambda facts: facts.language or facts.head.language,
    "title": lambda facts: facts.head.title,
    "slug": lambda facts: facts.head.slug,
    "lang": lambda facts: facts.language or facts.head.language,
    "page.date": lambda facts: facts.date.isoformat() if facts.date else "",
    "date": lambda facts: facts.date.isoformat() if facts.date else "",
}

_FILTERS: Mapping[str, Callable[[str, str, Facts], str]] = {
    "slugify": lambda value, _, __: slugs.eleventy(value),
    "slug": lambda value, _, __: slugs.eleventy(value),
    "downcase": lambda value, _, __: value.lower(),
    "lower": lambda value, _, __: value.lower(),
    "date": lambda _, form, facts: in_english(facts.date, form) if facts.date and "%" in form else "",
}


def _templated(expression: str, facts: Facts) -> str:
    """The value of an *expression* such as ``title | slugify``."""
    name, *filters = (each.strip() for each in expression.split("|"))
    known = _TEMPLATE_VALUES.get(name)
    value = known(facts) if known else facts.head.fields.get(name, "")
    for written in filters:
        found = _FILTER.fullmatch(written)
        if not found or found[1] not in _FILTERS:
            raise ValueError(f"unknown filter: {written}")
        value = _FILTERS[found[1]](value, found[2] or "", facts)
    if not value or (name in ("date", "page.date") and not filters):
        raise ValueError(f"no value: {expression}")
    return value.translate(_DELIMITERS)
