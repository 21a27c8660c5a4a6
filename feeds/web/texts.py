"""The texts of pages, in one file for each language: texts/en.yaml."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from markupsafe import Markup

from feeds.http.content_language import LANGUAGES
from feeds.period import period, week
from feeds.web.cldr import (
    month_name,
    plural_category,
    text_direction,
    written_date,
    written_days,
    written_number,
)

FALLBACK = "en"

_FOLDER = Path(__file__).with_name("texts")


class Texts:
    """The texts of one *language*, by section and name: ``home.search``, and its dates and numbers.

    Unchanged after it was made, so that threads can share it.
    """

    def __init__(self, language: str, texts: dict[str, Any]) -> None:
        self.language = language
        self.direction = text_direction(language)
        self._texts = texts

    def __call__(self, name: str, /, count: int | None = None, **values: Any) -> str:
        """Return the text called *name* with *values* filled in.

        *count* chooses between the forms of the text, and is written as a number. Raises KeyError if
        there is no such text.
        """
        text = self._texts[name]
        if isinstance(text, dict):
            category = plural_category(self.language, 0 if count is None else count)
            text = text.get(category, text["other"])
        if count is not None:
            values["count"] = self.number(count)
        return str(text.format(**values))

    def phrase(self, english: str) -> str:
        """Return the translation of an *english* phrase about queries, or itself if there is none."""
        return str(self._texts.get(f"words.{english}", english))

    def forms(self, name: str) -> str:
        """Return the forms of a text with ``{count}`` unfilled, as JSON for scripts."""
        text = self._texts[name]
        return msgspec.json.encode(text if isinstance(text, dict) else {"other": text}).decode()

    def number(self, number: float) -> str:
        """Write *number*: ``1,234``."""
        return written_number(self.language, number)

    def day(self, moment: date) -> str:
        """Write the day of *moment*: ``Nov 20, 2026``."""
        return written_date(self.language, date(moment.year, moment.month, moment.day))

    def month(self, moment: date) -> str:
        """Write the month of *moment* without the year: ``November``."""
        return month_name(self.language, moment.month)

    def period(self, name: str) -> str:
        """Write the period of an archive or a digest: ``November 2026``, ``Nov 20, 2026, 14:00``."""
        if found := week(name):
            return written_days(self.language, day_at(found.begin), day_at(found.end - 1))
        if not period(name):
            return name
        day, _, clock = name.partition("T")
        if len(day) == len("2026-11"):
            return written_date(self.language, date.fromisoformat(f"{day}-01"), "yMMMM")
        shown = self.day(date.fromisoformat(day))
        return f"{shown} {clock[:2]}:{clock[2:] or '00'}" if clock else shown

    def lang(self, language: str) -> Markup:
        """Return the attribute for a text in *language*, empty for the language of the page."""
        same = not language or primary(language) == self.language
        return Markup() if same else Markup(' lang="{}"').format(language)


def day_at(second: int) -> date:
    """The day in UTC of *second*, which counts from 1970."""
    return datetime.fromtimestamp(second, UTC).date()


@cache
def texts(language: str) -> Texts:
    """Return the texts in *language*, a tag such as ``en-GB``, or in English if there are none."""
    known = languages()
    tag = primary(language)
    tag = tag if tag in known else FALLBACK
    return Texts(tag, known[FALLBACK] | known[tag])


def primary(language: str) -> str:
    """The first part of a language tag: ``en`` of ``en-GB``."""
    return language.lower().replace("_", "-").partition("-")[0]


@cache
def languages() -> dict[str, dict[str, Any]]:
    """Read the texts of all languages, once in a process, by language."""
    return {language: _read(_FOLDER / f"{language}.yaml") for language in LANGUAGES}


def names() -> dict[str, str]:
    """The languages by their tags, each called as its speakers do, in the order of these names."""
    found = {language: texts(language)("page.own_name") for language in LANGUAGES}
    return dict(sorted(found.items(), key=lambda each: each[1].casefold()))


def _read(file: Path) -> dict[str, Any]:
    sections = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    return {
        f"{section}.{name}": text for section, named in sections.items() for name, text in named.items()
    }
