"""The parameter ``lang``."""

import re

from pyroaring import BitMap

from feeds.index import Index
from feeds.index.articles import article
from feeds.query.clause import Clause
from feeds.query.parameters.field import ListField, Option
from feeds.query.parameters.parameter import Parameter, largest_first
from feeds.query.wording import Wording
from feeds.store import Record

# The most common languages of the web (w3techs.com). Other languages are shown as their tags.
_LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


class _Lang(Parameter, frozen=True, kw_only=True):
    def canonical(self, written: str) -> str:
        tag = written.lower().replace("_", "-")
        return tag if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", tag) else ""

    def postings(self, index: Index, clause: Clause, term: str, among: BitMap) -> BitMap:  # noqa: ARG002
        return index.postings("lang", term) or BitMap()

    def describe(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        return words("not in {names}" if clause.excluded else "in {names}", names=_names(clause, words))

    def exception(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        return words("in {names}", names=_names(clause, words))

    def fact(self, index: Index, record: Record, clause: Clause) -> str:  # noqa: ARG002
        if named := article(record).language:
            return f"it is in {language(named)}"
        assumed = f", so {language(index.language)} is assumed" if index.language else ""
        return f"it names no language{assumed}"

    def options(self, index: Index) -> list[Option]:
        return largest_first(
            Option(tag, language(tag), len(index.postings("lang", tag) or ()))
            for tag in index.listings.known("lang")
        )


def _names(clause: Clause, words: Wording) -> str:
    return words.either(words.language(tag) or language(tag) for tag in clause.terms)


def language(tag: str) -> str:
    """The English name of a language: ``English``, ``Portuguese (BR)``; *tag* if it is not listed."""
    primary, *rest = tag.lower().replace("_", "-").split("-")
    if primary not in _LANGUAGES:
        return tag
    parts = (part.upper() if len(part) == 2 else part.title() for part in rest)
    return f"{_LANGUAGES[primary]} ({'-'.join(parts)})" if rest else _LANGUAGES[primary]


LANG = _Lang(
    key="lang",
    problem="not a language tag",
    example="lang=en",
    meaning="languages, combined like topics; `en` includes `en-GB`",
    field=ListField("kinds", "build.lang"),
    synonyms=("language", "locale"),
)
