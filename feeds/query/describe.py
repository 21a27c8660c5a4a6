"""The name and the description of a feed in words, made from its Query."""

from collections.abc import Iterator, Sequence

from feeds.index import Index
from feeds.query import Query
from feeds.query.clause import Clause
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.query.parameters.dates import SINCE, UNTIL, interval
from feeds.query.parameters.parameter import either
from feeds.query.parameters.text import Q

_SORTS = {"heat": "hottest", "quality": "best"}
_DATES = (SINCE.key, UNTIL.key)


def feed_name(index: Index, query: Query) -> str:
    """The name of *query*'s feed: ``AI · Bell · in English``; empty for the query for everything."""
    named, others = _by_role(query)
    names = [PARAMETERS[key].name_all(index, clauses) for key, clauses in named.items()]
    rest = [
        bounds[1] if bounds else PARAMETERS[clause.key].name(index, clause)
        for clause, bounds in _with_interval(others)
    ]
    if others and others[0].excluded and not names:
        rest[0] = f"everything {rest[0]}"
    rest += _window(query)
    if query.sort in _SORTS:
        rest.append(f"{_SORTS[query.sort]} articles")
    if query.digest:
        rest.append(f"{query.digest} digest")
    name = " · ".join(names + rest)
    return name if names else name[:1].upper() + name[1:]


def describe(index: Index, query: Query, *, on_page: bool = False) -> str:
    """The contents of *query*'s feed: ``The newest articles on AI from Bell in English``.

    Empty for the query for everything. If *on_page*, excluded values have the names that articles give
    them; the text of a feed must not depend on articles that are not in it.
    """
    named, others = _by_role(query)
    window = list(_window(query))
    if not (named or others or window or query.digest or query.sort in _SORTS):
        return ""
    start = f"The {_SORTS.get(query.sort, 'newest')} articles"
    if query.digest:
        start = f"A {query.digest} digest of the hottest articles"
    words = [start, *(PARAMETERS[key].describe_all(index, each) for key, each in named.items())]
    conditions = list(_with_exceptions(index, others, on_page=on_page))
    if conditions and Q.key not in named:
        words.append(conditions.pop(0))
    return ", ".join([" ".join(words), *conditions, *window])


def describe_clause(index: Index, clause: Clause) -> str:
    """One condition: ``on AI or Go``, ``not from bell.example``, ``among the hottest 10%``."""
    return PARAMETERS[clause.key].describe(index, clause)


def _by_role(query: Query) -> tuple[dict[str, list[Clause]], list[Clause]]:
    """The clauses that name the feed by parameter, in parameter order, and all others."""
    named: dict[str, list[Clause]] = {}
    others = []
    for clause in query.all_clauses:
        if PARAMETERS[clause.key].names_feed and not clause.excluded:
            named.setdefault(clause.key, []).append(clause)
        else:
            others.append(clause)
    return {key: named[key] for key in PARAMETERS if key in named}, others


def _exception(index: Index, clause: Clause, *, on_page: bool) -> str:
    parameter = PARAMETERS[clause.key]
    return (parameter.shown_exception if on_page else parameter.exception)(index, clause)


def _with_exceptions(index: Index, clauses: Sequence[Clause], *, on_page: bool) -> Iterator[str]:
    """Yield *clauses* in words, all exceptions last: ``in English``, ``except those on AI or Go``."""
    exceptions = {
        each: words
        for each in clauses
        if each.excluded and (words := _exception(index, each, on_page=on_page))
    }
    for clause, bounds in _with_interval(clauses):
        if clause not in exceptions:
            yield f"published {' '.join(bounds)}" if bounds else describe_clause(index, clause)
    if exceptions:
        yield f"except those {either(exceptions.values())}"


def _with_interval(clauses: Sequence[Clause]) -> Iterator[tuple[Clause, tuple[str, str] | None]]:
    """Yield *clauses*; if a pair of dates is an interval, only the first, with ``interval`` of both."""
    dates = [clause for clause in clauses if clause.key in _DATES]
    bounds = interval(*dates) if tuple(each.key for each in dates) == _DATES else None
    for clause in clauses:
        if not bounds or clause.key != UNTIL.key:
            yield clause, bounds if clause.key == SINCE.key else None


def _window(query: Query) -> Iterator[str]:
    for key, value in query.window.items():
        if words := WINDOW[key].describe(value):
            yield words
