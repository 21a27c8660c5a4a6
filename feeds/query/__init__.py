"""What is asked for: one grammar for addresses, settings and the command line, and one canonical form."""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

import msgspec
from msgspec import Struct

from feeds.article import CONTENTS, slugify
from feeds.errors import QueryError, UnknownFeed
from feeds.period import DAY, Period, period
from feeds.store.tokenize import tokenize

DEFAULT_LIMIT = 50
MAX_ENTRIES_PER_FEED = (
    200  # entries a feed may be asked for, and an archive document holds before it is split
)
MAX_TERMS = 64  # words, names and numbers in one question
MAX_VALUE_LENGTH = 500  # characters in one value

SORTS = ("newest", "heat", "quality")
DIGESTS = ("daily", "weekly")
HOLDINGS = ("image", "video", "full")


class Clause(Struct, frozen=True, order=True):
    """One thing that an article must be: what GRAMMAR calls *key* is one of *terms*.

    Where *excluded*, it is none of them. Terms are in canonical form, sorted, each there once.
    """

    key: str
    excluded: bool
    terms: tuple[str, ...]

    @property
    def value(self) -> str:
        """What is written after its key: ``ai,go``, ``-rust``."""
        return ",".join(f"-{term}" if self.excluded else term for term in self.terms)


class Query(Struct, frozen=True):
    """The first *limit* articles that match *topic*, *provider* and all of *clauses*, in order of *sort*.

    An empty *topic* or *provider* matches every article. No provider has more than *per_provider* of
    them, where that is not 0; ``story`` in *collapse* makes one entry of all that belong to a story.
    *content* is how much of each is shown: ``full``, ``summary``, ``title``, or as its provider has it.

    *archive* names the period of which all are asked for; *digest* asks for an entry for each ``daily``
    or ``weekly`` period. *name* is what the settings call this question, where it is one of theirs.
    """

    topic: str = ""
    provider: str = ""
    limit: int = DEFAULT_LIMIT
    content: str = ""
    archive: str = ""
    clauses: tuple[Clause, ...] = ()
    collapse: str = ""
    sort: str = SORTS[0]
    per_provider: int = 0
    digest: str = ""
    name: str = ""

    @property
    def path(self) -> str:
        """Where its page is, without arguments: ``/``, ``/topics/ai``, ``/f/best/daily``."""
        topic = f"/topics/{quote(self.topic)}" if self.topic else ""
        provider = f"/providers/{quote(self.provider)}" if self.provider else ""
        place = f"/f/{quote(self.name)}" if self.name else topic + provider
        return f"{place or '/feed'}/{self.digest}" if self.digest else place or "/"

    @property
    def arguments(self) -> str:
        """What follows the path in its address: the empty string, or such as ``?lang=en&limit=10``."""
        return self._arguments(WINDOW)

    @property
    def page(self) -> str:
        """Where its page is: the same however many entries are asked for, and however much of each."""
        return self.path + self._arguments([key for key in WINDOW if key not in ("limit", "content")])

    def _arguments(self, window: Iterable[str]) -> str:
        given = [] if self.name else [(clause.key, clause.value) for clause in self.clauses]
        for key in () if self.name else window:
            value = getattr(self, key)
            if value != getattr(_DEFAULT, key):
                given.append((key, str(value)))
        return f"?{urlencode(given, safe=',')}" if given else ""

    @property
    def question(self) -> list[tuple[str, str]]:
        """All that it asks for as arguments, without a place: ``[("topic", "ai"), ("limit", "10")]``."""
        order = list(GRAMMAR)
        asked = sorted(self.asked, key=lambda clause: order.index(clause.key))
        window = [(key, str(value)) for key, value in _window_of(self).items()]
        unlike = [(key, value) for key, value in window if value != str(getattr(_DEFAULT, key))]
        return [*((clause.key, clause.value) for clause in asked), *unlike]

    def address(self, extension: str) -> str:
        """Where its feed is in one format: ``/feed.rss``, ``/topics/ai/2021-12.rss?content=full``."""
        return self.addresses((extension,))[extension]

    def addresses(self, extensions: Iterable[str]) -> dict[str, str]:
        """Where its feed is in each format, by extension."""
        place, arguments = self.place, self.arguments
        return {extension: f"{place}.{extension}{arguments}" for extension in extensions}

    @property
    def place(self) -> str:
        """Where it is, but for format and arguments: ``/feed``, ``/topics/ai/2021-12``."""
        path = "/feed" if self.path == "/" else self.path
        return f"{path}/{self.archive}" if self.archive else path

    @property
    def asked(self) -> list[Clause]:
        """All that it asks of an article, what stands in its path included."""
        path = (("topic", self.topic), ("provider", self.provider))
        return [*(Clause(key, False, (term,)) for key, term in path if term), *self.clauses]

    def of(self, period: Period) -> "Query":
        """The archive of *period* of what this asks for: all of it, so in no order but that of dates."""
        return msgspec.structs.replace(self, archive=period.name, **_WHOLE)

    def during(self, first: str, last: str) -> "Query":
        """The hottest of what this asks for from the day *first* until the day *last*."""
        days = [Clause("since", False, (first,)), Clause("until", False, (last,))]
        window = {key: getattr(_DEFAULT, key) for key in WINDOW} | {"sort": "heat"}
        return _arranged([*self.asked, *days], window)

    @property
    def current(self) -> "Query":
        """The feed of which this is an archive or a digest."""
        return msgspec.structs.replace(self, archive="", digest="")

    @property
    def plain(self) -> bool:
        """Whether it asks for a topic, a provider, both or everything, and nothing else."""
        return self == Query(self.topic, self.provider, self.limit, self.content)

    @property
    def ranked(self) -> bool:
        """Whether heat or quality decide what is in its feed."""
        return self.sort != SORTS[0] or bool(self.collapse or self.digest) or self._asks(*_RANKS)

    @property
    def drifts(self) -> bool:
        """Whether an article may enter its feed without having changed: so nobody can say what is new."""
        late = any(c.key == "until" and span(c.terms[0]) for c in self.clauses)
        return self.ranked or self.per_provider > 0 or late

    @property
    def relative(self) -> bool:
        """Whether articles that do not match decide what is in its feed: the newest, or who joins two."""
        spans = (span(c.terms[0]) for c in self.clauses if c.key in _TIMES)
        return any(spans) or bool(self.digest or self.collapse)

    def _asks(self, *keys: str) -> bool:
        return any(clause.key in keys for clause in self.clauses)


_DEFAULT = Query()
_WHOLE: dict[str, Any] = {"limit": DEFAULT_LIMIT, "sort": SORTS[0], "per_provider": 0}


class Phrase(NamedTuple):
    """Words that follow one another."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        text = " ".join(self.words)
        return f'"{text}"' if len(self.words) > 1 else text


def phrases(text: str) -> tuple[Phrase, ...]:
    """What must all be in an article that matches the term *text* of ``q`` or ``title``."""
    found = {_phrase(written) for excludes, written in _TOKEN.findall(text) if not excludes}
    return tuple(sorted(phrase for phrase in found if phrase.words))


def span(term: str) -> int:
    """The seconds of a span such as ``7d``, 0 where *term* is a date."""
    return int(term[:-1]) * _UNITS[term[-1]] if term[-1] in _UNITS else 0


def dated(term: str) -> Period | None:
    """The period that a date names: a year, a month, a day, an hour or a minute, in UTC."""
    if re.fullmatch("[0-9]{4}", term):
        first, last = period(f"{term}-01"), period(f"{term}-12")
        return Period(first.begin, last.end, term) if first and last else None
    return period(term)


def parse(
    arguments: Iterable[tuple[str, str]],
    topic: str = "",
    provider: str = "",
    archive: str = "",
    named: Query | None = None,
) -> Query:
    """The question in *arguments* about the feed at an address of *topic* and *provider*, or *named*.

    *archive* is the last part of that address: a period, ``daily`` or ``weekly``. Empty arguments and
    those that mean nothing are ignored. Raises QueryError where one is malformed or looks like one that
    is misspelt, and UnknownFeed where no topic or provider can be called so, or no period *archive*.
    """
    if topic and not slugify(topic):
        raise UnknownFeed("topic", topic)
    if provider and not _domain(provider):
        raise UnknownFeed("provider", provider)
    if archive and archive not in DIGESTS and not period(archive):
        raise UnknownFeed("archive", archive)
    base = named or Query(slugify(topic), _domain(provider))
    clauses, window = _read(arguments)
    query = _arranged([*base.asked, *clauses], _window_of(base) | window)
    if named and query == msgspec.structs.replace(base, name=""):
        query = base
    if archive in DIGESTS:
        return msgspec.structs.replace(query, digest=archive, sort=SORTS[0], per_provider=0, collapse="")
    return msgspec.structs.replace(query, archive=archive, **(_WHOLE if archive else {}))


def read(written: str, named: Mapping[str, Query] | None = None) -> Query:
    """The question as it is written outside of HTTP: ``topics/ai/daily``, ``topic=ai,go&lang=en``.

    *named* are those the settings have. Raises QueryError and UnknownFeed.
    """
    path, mark, text = written.strip().partition("?")
    if "=" in path:
        path, text = "", path + mark + text
    arguments = parse_qsl(text, keep_blank_values=True)
    match [unquote(part) for part in path.strip("/").split("/")]:
        case [""] | ["feed"]:
            return parse(arguments)
        case ["feed", archive]:
            return parse(arguments, archive=archive)
        case ["f", name, *rest] if len(rest) < 2:
            return parse(arguments, named=known_as(name, named or {}), archive="".join(rest))
        case ["topics", topic, "providers", provider, *rest] if len(rest) < 2:
            return parse(arguments, topic, provider, "".join(rest))
        case ["topics", topic, *rest] if len(rest) < 2:
            return parse(arguments, topic, archive="".join(rest))
        case ["providers", provider, *rest] if len(rest) < 2:
            return parse(arguments, "", provider, "".join(rest))
    known = "feed, topics/NAME, providers/DOMAIN, topics/NAME/providers/DOMAIN, f/NAME or arguments"
    raise QueryError("feed", written, f"one of {known}, such as topics/ai?lang=en")


def several(arguments: Iterable[tuple[str, str]]) -> list[Query]:
    """The feeds that are asked for in one list: one for each topic and provider that is not excluded.

    What else is in *arguments* is asked of every one of them, or of everything where none is named.
    Empty where nothing is asked. Raises QueryError and UnknownFeed.
    """
    single: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    for key, value in arguments:
        if key in ("topic", "provider"):
            for item in _items(value):
                (rest if item.startswith("-") else single).append((key, item))
        else:
            rest.append((key, value))
    queries = [parse([*rest, each]) for each in single if each[1]] or [parse(rest)]
    return [] if queries == [_DEFAULT] else list(dict.fromkeys(queries))


def known_as(name: str, named: Mapping[str, Query]) -> Query:
    """What is called *name*. Raises UnknownFeed."""
    if name not in named:
        raise UnknownFeed("feed", name, nearest(name, named))
    return named[name]


def renamed(query: Query, canonical: Callable[[str], str]) -> Query:
    """*query* with every topic called as *canonical* has it."""
    clauses = [
        msgspec.structs.replace(each, terms=tuple(map(canonical, each.terms)))
        if each.key == "topic"
        else each
        for each in query.asked
    ]
    window = {field: getattr(query, field) for field in ("archive", "digest", "name")}
    return msgspec.structs.replace(_arranged(clauses, _window_of(query)), **window)


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Those of *known* that are most like *name*, the likeliest first, three at most."""
    ordered = sorted(known)
    close = get_close_matches(name, ordered, n=3, cutoff=0.5)
    within = [each for each in ordered if name in each or each in name]
    return tuple(dict.fromkeys([*close, *within]))[:3]


def refuse_misspelt(key: str, value: str, known: Iterable[str]) -> None:
    """Raise QueryError where *key* looks like one of the parameters *known*, misspelt.

    So nobody subscribes to everything who wanted less; what is like nothing is ignored.
    """
    meant = get_close_matches(key, list(known), n=1, cutoff=0.8) if len(key) > 3 else []
    if meant:
        raise QueryError(key, value, f"known: there is no {key[:80]!r}, but {meant[0]!r}")


class _Parameter(NamedTuple):
    """How one term is read: its canonical form, empty where it is not what is *expected*."""

    canonical: Callable[[str], str]
    expected: str
    several: bool = True


def _domain(written: str) -> str:
    return written.lower() if re.fullmatch(r'(?!-)[^\s",/?#@%\\]+', written) else ""


def _language(written: str) -> str:
    tag = written.lower().replace("_", "-")
    return tag if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", tag) else ""


def _time(written: str) -> str:
    found = re.fullmatch("0{0,4}([1-9][0-9]{0,4})([hdwy])", written.lower())
    if not found:
        return written.upper() if dated(written.upper()) else ""
    number, unit = int(found[1]), found[2]
    return f"{number}{unit}" if unit in "hd" else f"{number * (7 if unit == 'w' else 365)}d"


def _rank(written: str) -> str:
    share = re.fullmatch("top0{0,3}([1-9][0-9]?|100)%?", written.lower())
    number = re.fullmatch("-?[0-9]{1,9}", written)
    return f"top{share[1]}%" if share else str(int(written)) if number else ""


def _text(written: str) -> str:
    return " ".join(str(phrase) for phrase in phrases(written))


_UNITS = {"h": 3600, "d": DAY}
_TIMES = ("since", "until")
_RANKS = ("min_quality", "min_heat")
_TOKEN = re.compile(r'(-?)("[^"]*"?|[^\s",]+)')
_TEXT = _Parameter(_text, 'words or "phrases"')
_TIME = _Parameter(_time, "a date such as 2021-12-05 or 2021-12, or a span such as 7d or 12h", False)
_RANK = _Parameter(_rank, "a whole number, or a share of the articles such as top10%", False)

# What may be asked of an article, in the order in which it is written.
GRAMMAR = {
    "topic": _Parameter(slugify, "the name of a topic"),
    "provider": _Parameter(_domain, "a domain"),
    "q": _TEXT,
    "title": _TEXT,
    "type": _Parameter(slugify, "a type"),
    "lang": _Parameter(_language, "a language such as en or pt-BR"),
    "since": _TIME,
    "until": _TIME,
    "min_quality": _RANK,
    "min_heat": _RANK,
    "has": _Parameter(lambda it: it if it in HOLDINGS else "", f"one of {', '.join(HOLDINGS)}"),
}


def _choice(*known: str) -> tuple[Callable[[str], Any], str]:
    return lambda written: written if written in known else None, f"one of {', '.join(known)}"


def _number(most: int) -> tuple[Callable[[str], Any], str]:
    def within(written: str) -> int | None:
        value = int(written) if re.fullmatch("[0-9]{1,9}", written) else 0
        return value if 1 <= value <= most else None

    return within, f"a whole number from 1 to {most}"


# What may be asked of a feed, likewise.
WINDOW = {
    "collapse": _choice("story"),
    "sort": _choice(*SORTS),
    "per_provider": _number(MAX_ENTRIES_PER_FEED),
    "limit": _number(MAX_ENTRIES_PER_FEED),
    "content": _choice(*CONTENTS),
}


def _read(arguments: Iterable[tuple[str, str]]) -> tuple[list[Clause], dict[str, Any]]:
    clauses: list[Clause] = []
    window: dict[str, Any] = {}
    for key, written in arguments:
        value = written.strip()
        if key in WINDOW and value:
            window[key] = _value(key, written, window)
        elif key in GRAMMAR and value:
            clauses += _clauses(key, value)
        elif key not in GRAMMAR and key not in WINDOW:
            refuse_misspelt(key, value, [*GRAMMAR, *WINDOW])
        if sum(term.count(" ") + 1 for clause in clauses for term in clause.terms) > MAX_TERMS:
            raise QueryError(key, value, f"part of a question of at most {MAX_TERMS} words and names")
    return clauses, window


def _value(key: str, written: str, before: dict[str, Any]) -> Any:
    read, expected = WINDOW[key]
    value = read(written)
    if value is None:
        raise QueryError(key, written, expected)
    if before.get(key, value) != value:
        raise QueryError(key, written, f"the {before[key]} that was asked for as well")
    return value


def _clauses(key: str, value: str) -> list[Clause]:
    parameter = GRAMMAR[key]
    if len(value) > MAX_VALUE_LENGTH:
        raise QueryError(key, value, f"at most {MAX_VALUE_LENGTH} characters long")
    taken: list[str] = []
    excluded: list[str] = []
    for item in _items(value) if parameter.several else [value]:
        if parameter is _TEXT:
            taken.append(item)
            excluded += [written for excludes, written in _TOKEN.findall(item) if excludes]
        elif parameter.several and item.startswith("-"):
            excluded.append(item[1:].strip())
        else:
            taken.append(item)
    made = [[parameter.canonical(item) for item in items] for items in (taken, excluded)]
    if parameter is _TEXT and any(made[1]):
        made[0] = [term for term in made[0] if term]  # of an item that only excludes, nothing is left
    if not all(made[0]) or not all(made[1]) or not any(made):
        raise QueryError(key, value, parameter.expected)
    return [
        _clause(key, terms, excludes)
        for terms, excludes in zip(made, (False, True), strict=True)
        if terms
    ]


def _items(value: str) -> list[str]:
    """The parts between commas, those in quotes aside, that are not empty."""
    parts = re.findall(r'(?:"[^"]*"?|[^",])+', value)
    return [part.strip() for part in parts if part.strip()] or [value]


def _phrase(written: str) -> Phrase:
    return Phrase(tuple(tokenize(written)))


def _clause(key: str, terms: Iterable[str], excluded: bool) -> Clause:
    return Clause(key, excluded, tuple(sorted(set(terms))))


def _window_of(query: Query) -> dict[str, Any]:
    return {key: getattr(query, key) for key in WINDOW}


def _arranged(clauses: Iterable[Clause], window: dict[str, Any]) -> Query:
    """The canonical query for *clauses*, however they are ordered and repeated.

    One topic and one provider go into the path: the first ones that are asked for alone.
    """
    excluded: dict[str, set[str]] = {}
    taken: set[Clause] = set()
    for clause in clauses:
        if clause.excluded:
            excluded.setdefault(clause.key, set()).update(clause.terms)
        else:
            taken.add(_clause(clause.key, clause.terms, excluded=False))
    taken |= {_clause(key, terms, excluded=True) for key, terms in excluded.items()}
    path: dict[str, Any] = {}
    for key in ("topic", "provider"):
        alone = sorted(c for c in taken if c.key == key and not c.excluded and len(c.terms) == 1)
        if alone:
            path[key] = alone[0].terms[0]
            taken.remove(alone[0])
    order = list(GRAMMAR)
    listed = sorted(taken, key=lambda clause: (order.index(clause.key), clause))
    return Query(clauses=tuple(listed), **path, **window)
