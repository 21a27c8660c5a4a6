"""Dates, numbers and plural forms as CLDR has them (unicode.org/reports/tr35), with the digits 0 to 9."""

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from typing import Literal

from babel.core import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

UNGROUPED = 1000  # smaller whole numbers are written with digits alone in every language


def written_number(language: str, number: float) -> str:
    """*number* with the separators of *language*: ``1,234``."""
    if isinstance(number, int) and 0 <= number < UNGROUPED:
        return str(number)
    return _decimal(language, number)


@cache
def month_name(language: str, month: int) -> str:
    """The name of the *month* from 1 to 12 where it stands alone: ``November``."""
    return str(format_date(date(2000, month, 1), "LLLL", _locale(language)))


@lru_cache(4096)
def written_date(language: str, day: date, fields: str = "yMMMd") -> str:
    """*day* in *language* with *fields*, a skeleton of CLDR: ``Nov 20, 2026``."""
    return str(format_skeleton(fields, day, locale=_locale(language)))


def written_days(language: str, first: date, last: date) -> str:
    """The days from *first* to *last*: ``Mar 2 – 8, 2026``."""
    return str(format_interval(first, last, "yMMMd", locale=_locale(language)))


def listed(language: str, style: Literal["standard", "or"], names: Iterable[str]) -> str:
    """Join *names* as *language* does: ``AI, Go or Rust``."""
    return format_list(list(names), style, _locale(language))


def language_name(language: str, tag: str) -> str:
    """The name of the language *tag* in *language*: ``Portuguese (Brazil)``, empty if it has none."""
    primary, *rest = tag.replace("_", "-").split("-")
    locale = _locale(language)
    name = locale.languages.get(primary.lower(), "")
    parts = (
        locale.territories.get(each.upper()) or locale.scripts.get(each.title(), each) for each in rest
    )
    return f"{name} ({', '.join(parts)})" if name and rest else str(name)


def plural_category(language: str, count: int) -> str:
    """The category of the form of a noun with *count*: zero, one, two, few, many or other."""
    return str(_locale(language).plural_form(count))


def plural_categories(language: str) -> frozenset[str]:
    """The categories that *language* has."""
    return frozenset({*_locale(language).plural_form.tags, "other"})


def text_direction(language: str) -> str:
    """``ltr`` or ``rtl``."""
    return str(_locale(language).text_direction)


@cache
def _locale(language: str) -> Locale:
    """The data of *language*, read when it is first needed: about a megabyte each."""
    return Locale.parse(language)


@lru_cache(4096)
def _decimal(language: str, number: float) -> str:
    return str(format_decimal(number, locale=_locale(language)))
