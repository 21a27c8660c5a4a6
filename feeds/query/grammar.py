"""The grammar of queries in addresses, settings and the command line."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

import msgspec

from feeds.article.expressions import expression
from feeds.errors import QueryError, UnknownFeed
from feeds.period import period
from feeds.query import DIGESTS, Query
from feeds.query.clause import Clause
from feeds.query.parameters import PARAMETERS, PLACES, SEGMENTS, WINDOW
from feeds.query.parameters.parameter import MAX_VALUE_LENGTH, split_items
from feeds.query.spelling import nearest
from feeds.query.unknown import refuse_unknown

MAX_TERMS = 64  # words, names and numbers in one query
NO_REDIRECT = "noredirect"  # the argument that lets an address answer that would redirect
MAX_LISTED_FEEDS = 200  # feeds in one requested list


def parse(
    arguments: Iterable[tuple[str, str]],
    place: Mapping[str, str] = {},
    archive: str = "",
    named: Query | None = None,
) -> Query:
    """Parse *arguments*, which modify the feed at *place* or the query *named*.

    *place* has the terms in the path by parameter: ``{"topic": "ai"}``. *archive* is the last part of
    the path: a period, ``daily`` or ``weekly``. Empty and unknown arguments are ignored. Raises
    QueryError if an argument is malformed or looks misspelt, and UnknownFeed if a term in *place* is
    malformed or *archive* is not a period.
    """
    base = named.all_clauses if named else _place(place)
    if archive and archive not in DIGESTS and not period(archive):
        raise UnknownFeed("archive", archive)
    clauses, window = _read(arguments)
    query = Query.of([*base, *clauses], **(named.window if named else {}) | window)
    if named and query == msgspec.structs.replace(named, name=""):
        query = named
    if archive in DIGESTS:
        return msgspec.structs.replace(query.complete(digest=archive), limit=query.limit, collapse="")
    return query.complete(archive=archive) if archive else query


def read(written: str, named: Mapping[str, Query] | None = None) -> Query:
    """Parse a query from the settings or the command line: ``topics/ai/daily``, ``topic=ai,go&lang=en``.

    *named* has the queries in the settings by name. Raises QueryError and UnknownFeed.
    """
    path, mark, text = written.strip().partition("?")
    if "=" in path:
        path, text = "", path + mark + text
    arguments = parse_qsl(as_typed(text), keep_blank_values=True)
    match [unquote(part) for part in path.strip("/").split("/")]:
        case [""] | ["feed"]:
            return parse(arguments)
        case ["feed", archive]:
            return parse(arguments, archive=archive)
        case ["f", name, *rest] if len(rest) < 2:
            return parse(arguments, {}, "".join(rest), named_query(name, named or {}))
        case parts:
            place, rest = _split_path(parts)
            if tuple(place) in PLACES and len(rest) < 2:
                return parse(arguments, place, "".join(rest))
    raise QueryError("feed", "not a feed", "use {known}", written, known=_KNOWN)


def as_typed(text: str) -> str:
    """Encode each + and & in the query string *text* that is part of a name: ``topic=C++&author=A&B``.

    Forms write a blank as +, but no name begins or ends with a blank, or has two. An argument has a =, or
    is the rest of the name before it.
    """
    if "+" not in text and "&" not in text:
        return text
    arguments: list[str] = []
    for argument in text.split("&"):
        if arguments and _continues(arguments[-1], argument):
            arguments[-1] += f"%26{argument}"
        else:
            arguments.append(argument)
    return "&".join(map(_with_literal_pluses, arguments))


def _continues(before: str, argument: str) -> bool:
    """Return whether *argument* is the rest of a name in the argument *before* it."""
    rest = unquote_plus(argument).strip()
    is_name = bool(rest) and "=" not in argument and not rest.isdecimal()  # numbers pass by caches
    known = rest in PARAMETERS or rest in WINDOW or rest == NO_REDIRECT
    return is_name and not known and before.partition("=")[0] in _NAMING


def _with_literal_pluses(argument: str) -> str:
    key, mark, value = argument.partition("=")
    pluses = _EDGE_PLUSES if key in _NAMING else _PLUSES if key in _ADDRESSES else None
    return f"{key}{mark}{pluses.sub(_encoded, value)}" if pluses else argument


def _encoded(pluses: re.Match[str]) -> str:
    return "%2B" * len(pluses[0])


_NAMING = {parameter.key for parameter in SEGMENTS.values()}
_ADDRESSES = ("feed", "src", "url")
_PLUSES = expression(r"\+{2,}")
_EDGE_PLUSES = expression(r"^\++|\+{2,}|\+(?=,|$)")


def parse_list(
    arguments: Iterable[tuple[str, str]], named: Mapping[str, Query] | None = None
) -> list[Query]:
    """The queries of a list of feeds: those of each ``feed``, and one for each value with its own feed.

    The other arguments narrow the feeds of values, or the feed of everything if there are no values. The
    list is empty if *arguments* restrict nothing. *named* is as in ``read``. Raises QueryError and
    UnknownFeed.
    """
    whole: list[str] = []
    single: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    for key, value in arguments:
        if key == "feed":
            whole += [value] if value else []
        elif key in PARAMETERS and PARAMETERS[key].segment:
            for item in split_items(value):
                (rest if item.startswith("-") else single).append((key, item))
        else:
            rest.append((key, value))
    if len(whole) + len(single) > MAX_LISTED_FEEDS:
        most = str(MAX_LISTED_FEEDS)
        raise QueryError("list", "more than {most} feeds", "request several lists", most=most)
    others = [parse([*rest, each]) for each in single if each[1]] or [parse(rest)]
    queries = [*(read(each, named) for each in whole), *(others if others != [Query()] else [])]
    return list(dict.fromkeys(queries))


def named_query(name: str, named: Mapping[str, Query]) -> Query:
    """The query called *name* in the settings. Raises UnknownFeed."""
    if name not in named:
        raise UnknownFeed("feed", name, nearest(name, named))
    return named[name]


def _place(place: Mapping[str, str]) -> list[Clause]:
    """The clauses for the terms in a path. Raises UnknownFeed if a term is malformed."""
    found = []
    for key, written in place.items():
        if written:
            term = PARAMETERS[key].canonical(written) if len(written) <= MAX_VALUE_LENGTH else ""
            if not term:
                raise UnknownFeed(key, written)
            found.append(Clause(key, False, (term,)))
    return found


def _split_path(parts: list[str]) -> tuple[dict[str, str], list[str]]:
    """Split a path into its leading terms, by parameter, and the remaining parts."""
    place: dict[str, str] = {}
    while len(parts) > 1 and parts[0] in SEGMENTS and SEGMENTS[parts[0]].key not in place:
        segment, term, *parts = parts
        place[SEGMENTS[segment].key] = term
    return place, parts


def _known_paths() -> str:
    written = {each.key: f"{each.segment}/{each.placeholder}" for each in SEGMENTS.values()}
    places = ("/".join(written[key] for key in place) for place in PLACES)
    return f"feed, {', '.join(places)}, f/NAME or arguments such as topic=ai&lang=en"


_KNOWN = _known_paths()


def _read(arguments: Iterable[tuple[str, str]]) -> tuple[list[Clause], dict[str, Any]]:
    clauses: list[Clause] = []
    window: dict[str, Any] = {}
    for key, written in arguments:
        value = written.strip()
        if key in WINDOW and value:
            window[key] = _window_value(key, written, window)
        elif key in PARAMETERS and value:
            clauses += PARAMETERS[key].clauses(value)
        elif key not in PARAMETERS and key not in WINDOW:
            refuse_unknown(key)
        if sum(term.count(" ") + 1 for clause in clauses for term in clause.terms) > MAX_TERMS:
            raise QueryError(
                key, "too many terms (limit {most})", "shorten the query", most=str(MAX_TERMS)
            )
    return clauses, window


def _window_value(key: str, written: str, before: Mapping[str, Any]) -> str | int:
    value = WINDOW[key].read(written)
    if before.get(key, value) != value:
        one, other = str(before[key]), str(value)
        raise QueryError(key, "two values, {one} and {other}", "use one of them", one=one, other=other)
    return value
