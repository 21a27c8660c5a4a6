"""A Query in words, as its feed is called."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from feeds.index import Index
from feeds.query import Clause, Query, dated, phrases, span

HOLDINGS = {"image": "pictures", "video": "videos", "full": "full text"}
_SORTS = {"heat": ("hottest", "hottest first"), "quality": ("best", "best first")}
_RANKS = {"min_heat": ("heat", "hottest"), "min_quality": ("quality", "best")}
_DAYS = {"daily": "day", "weekly": "week"}
_NAMING = ("topic", "provider", "q")  # what a title has without "on", "from" and "with"

# Those that most of the web is written in (w3techs.com); of others, the tag has to do.
_LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def called(index: Index, query: Query) -> str:
    """The title of *query*'s feed: ``AI · Bell · in English``; empty where it asks for everything."""
    names = [_names(index, clause) for clause in query.asked if _is_naming(clause)]
    rest = [worded(index, clause) for clause in query.asked if not _is_naming(clause)]
    rest += _spread(query)
    if query.sort in _SORTS:
        rest.append(_SORTS[query.sort][1])
    if query.digest:
        rest.append(f"{query.digest} digest")
    title = " · ".join(names + rest)
    return title if names else title[:1].upper() + title[1:]


def described(index: Index, query: Query) -> str:
    """What is in *query*'s feed: ``The newest articles on AI from Bell, in English``.

    Empty where it asks for everything.
    """
    spread = list(_spread(query))
    if not (query.asked or spread or query.digest or query.sort in _SORTS):
        return ""
    first = "hottest" if query.digest else _SORTS.get(query.sort, ("newest",))[0]
    words = [f"The {first} articles"]
    if query.digest:
        words.append(f"of each {_DAYS[query.digest]}")
    for key in _NAMING:
        alike = [worded(index, c) for c in query.asked if c.key == key and _is_naming(c)]
        words += [" and ".join(alike)] if alike else []
    rest = [worded(index, clause) for clause in query.asked if not _is_naming(clause)]
    return ", ".join([" ".join(words), *rest, *spread])


def worded(index: Index, clause: Clause) -> str:
    """One thing that is asked for: ``on AI or Go``, ``not from bell.example``, ``the hottest 10%``."""
    term = clause.terms[0]
    no = "not " if clause.excluded else ""
    having = "without" if clause.excluded else "with"
    match clause.key:
        case "topic":
            return f"{no}on {_names(index, clause)}"
        case "provider":
            return f"{no}from {_names(index, clause)}"
        case "q":
            return f"{having} {_names(index, clause)}"
        case "title":
            return f"{having} {_either(map(_quoted, clause.terms))} in the title"
        case "type":
            return f"{no}of type {_either(clause.terms)}"
        case "lang":
            return f"{no}in {_either(map(language, clause.terms))}"
        case "has":
            return f"{having} {_either(HOLDINGS[each] for each in clause.terms)}"
        case "since":
            return f"of the last {_length(term)}" if span(term) else f"since {_begin(term)}"
        case "until":
            return f"older than {_length(term, 'a')}" if span(term) else _end(term)
    name, most = _RANKS[clause.key]
    share = term.removeprefix("top")
    return f"the {most} {share}" if share != term else f"{name} {term} or more"


def language(tag: str) -> str:
    """What the language is called: ``English``, ``Portuguese (BR)``, or the tag of a rare one."""
    primary, *rest = tag.lower().replace("_", "-").split("-")
    if primary not in _LANGUAGES:
        return tag
    parts = (part.upper() if len(part) == 2 else part.title() for part in rest)
    return f"{_LANGUAGES[primary]} ({'-'.join(parts)})" if rest else _LANGUAGES[primary]


def clock(second: int) -> str:
    """``2026-01-05 14:30 UTC``."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M} UTC"


def _is_naming(clause: Clause) -> bool:
    return clause.key in _NAMING and not clause.excluded


def _names(index: Index, clause: Clause) -> str:
    if clause.excluded and clause.key in ("topic", "provider"):
        # Not as articles call them: those are not in the feed, which must not change with them.
        known = {topic.slug: topic.name for topic in index.taxonomy.topics}
        return _either(known.get(term, term) for term in clause.terms)
    match clause.key:
        case "topic":
            return _either(index.topic(slug).name for slug in clause.terms)
        case "provider":
            return _either(index.provider(domain).name for domain in clause.terms)
    return _either(map(_quoted, clause.terms))


def _spread(query: Query) -> Iterator[str]:
    if query.collapse:
        yield "one entry per story"
    if query.per_provider:
        yield f"at most {query.per_provider} from each provider"


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _quoted(term: str) -> str:
    """Each word or phrase of *term* in quotation marks."""
    return " and ".join(f"“{' '.join(phrase.words)}”" for phrase in phrases(term))


def _begin(term: str) -> str:
    when = dated(term)
    return clock(when.begin) if when and "T" in term else term


def _end(term: str) -> str:
    """A day, a month and a year count to their end; that of an hour has to be said."""
    when = dated(term)
    return f"before {clock(when.end)}" if when and "T" in term else f"until {term}"


def _length(term: str, one: str = "") -> str:
    """``7 days``, or the one day or hour with the article *one*."""
    number, unit = term[:-1], "day" if term[-1] == "d" else "hour"
    if number != "1":
        return f"{number} {unit}s"
    return f"{one}{'n' * (unit == 'hour')} {unit}" if one else unit
