"""The name and the description of a feed in words, made from its Query."""

from collections.abc import Iterator

from feeds.index import Index
from feeds.query import Query
from feeds.query.clause import Clause
from feeds.query.parameters import PARAMETERS, WINDOW

_SORTS = {"heat": ("hottest", "hottest first"), "quality": ("best", "best first")}
_DAYS = {"daily": "day", "weekly": "week"}


def feed_name(index: Index, query: Query) -> str:
    """The name of *query*'s feed: ``AI · Bell · in English``; empty for the query for everything."""
    names = [PARAMETERS[c.key].name(index, c) for c in query.all_clauses if _names_feed(c)]
    rest = [describe_clause(index, c) for c in query.all_clauses if not _names_feed(c)]
    rest += _window(query)
    if query.sort in _SORTS:
        rest.append(_SORTS[query.sort][1])
    if query.digest:
        rest.append(f"{query.digest} digest")
    name = " · ".join(names + rest)
    return name if names else name[:1].upper() + name[1:]


def describe(index: Index, query: Query) -> str:
    """The contents of *query*'s feed: ``The newest articles on AI from Bell, in English``.

    Empty for the query for everything.
    """
    clauses, window = query.all_clauses, list(_window(query))
    if not (clauses or window or query.digest or query.sort in _SORTS):
        return ""
    first = "hottest" if query.digest else _SORTS.get(query.sort, ("newest",))[0]
    words = [f"The {first} articles"]
    if query.digest:
        words.append(f"of each {_DAYS[query.digest]}")
    named: dict[str, list[str]] = {}
    for clause in filter(_names_feed, clauses):
        named.setdefault(clause.key, []).append(describe_clause(index, clause))
    words += [" and ".join(named[key]) for key in PARAMETERS if key in named]
    rest = [describe_clause(index, c) for c in clauses if not _names_feed(c)]
    return ", ".join([" ".join(words), *rest, *window])


def describe_clause(index: Index, clause: Clause) -> str:
    """One condition: ``on AI or Go``, ``not from bell.example``, ``the hottest 10%``."""
    return PARAMETERS[clause.key].describe(index, clause)


def _names_feed(clause: Clause) -> bool:
    return PARAMETERS[clause.key].names_feed and not clause.excluded


def _window(query: Query) -> Iterator[str]:
    for key, value in query.window.items():
        if words := WINDOW[key].describe(value):
            yield words
