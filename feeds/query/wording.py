"""Phrases about queries in one language: in English here, which feeds have in every corpus.

A subclass translates the English phrases, as gettext does, and writes lists, dates and languages.
"""

from collections.abc import Iterable
from datetime import date

from feeds.period import MONTHS


class Wording:
    """The English phrases."""

    def __call__(self, phrase: str, /, **values: str) -> str:
        """Translate *phrase*, then fill in *values*."""
        return self.translated(phrase).format(**values)

    def plural(self, one: str, other: str, count: int) -> str:
        """The phrase for *count*: *one* or *other*, which names the phrase to translate."""
        return (one if count == 1 else other).format(count=count)

    def translated(self, phrase: str) -> str:
        """The translation of *phrase*, with the same placeholders."""
        return phrase

    def either(self, names: Iterable[str]) -> str:
        """Join *names*: ``AI, Go or Rust``."""
        return _listed(names, "or")

    def every(self, names: Iterable[str]) -> str:
        """Join *names*: ``AI, Go and Rust``."""
        return _listed(names, "and")

    def month(self, day: date) -> str:
        """The month and year of *day*: ``March 2026``."""
        return f"{MONTHS[day.month - 1]} {day.year:04}"

    def day(self, day: date) -> str:
        """Write *day*: ``5 March 2026``."""
        return f"{day.day} {self.month(day)}"

    def language(self, tag: str) -> str:  # noqa: ARG002
        """The name of the language *tag*, empty to use the English name."""
        return ""


ENGLISH = Wording()


def _listed(names: Iterable[str], conjunction: str) -> str:
    *others, last = names
    return f"{', '.join(others)} {conjunction} {last}" if others else last
