"""Phrases about queries in the language of a page: the texts ``words.`` of a language, and CLDR."""

from collections.abc import Iterable
from datetime import date
from functools import cache

from feeds.query.wording import ENGLISH, Wording
from feeds.web.cldr import language_name, listed, written_date
from feeds.web.texts import FALLBACK, Texts, texts


class Translated(Wording):
    """The phrases in the language of texts *t*, which have a translation of each."""

    def __init__(self, t: Texts) -> None:
        self._t = t

    def translated(self, phrase: str) -> str:
        return self._t.phrase(phrase)

    def plural(self, one: str, other: str, count: int) -> str:
        try:
            return self._t(f"words.{other}", count)
        except KeyError:
            return super().plural(one, other, count)

    def either(self, names: Iterable[str]) -> str:
        return listed(self._t.language, "or", names)

    def every(self, names: Iterable[str]) -> str:
        return listed(self._t.language, "standard", names)

    def month(self, day: date) -> str:
        return written_date(self._t.language, day, "yMMMM")

    def day(self, day: date) -> str:
        return written_date(self._t.language, day, "yMMMMd")

    def language(self, tag: str) -> str:
        return language_name(self._t.language, tag)


@cache
def wording(language: str) -> Wording:
    """The phrases in *language*, one of those of pages."""
    return ENGLISH if language == FALLBACK else Translated(texts(language))
