"""The name and the description of a feed, made from its Query: in English, or in the words of a page."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

from feeds.index import Index
from feeds.query import Query
from feeds.query.clause import Clause
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.query.parameters.dates import SINCE, UNTIL, interval
from feeds.query.parameters.text import Q
from feeds.query.wording import ENGLISH, Wording

_SORTS = {"heat": "hottest", "quality": "best"}
_DATES = (SINCE.key, UNTIL.key)


def feed_name(index: Index, query: Query, words: Wording = ENGLISH) -> str:
    """The name of *query*'s feed: ``AI · Bell · in English``; empty for the query for everything."""
    named, others = _by_role(query)
    names = [PARAMETERS[key].name_all(index, clauses, words) for key, clauses in named.items()]
    rest = [
        bounds[0] if bounds else PARAMETERS[clause.key].name(index, clause, words)
        for clause, bounds in _with_interval(others, words)
    ]
    if others and others[0].excluded and not names:
        rest[0] = words("everything {condition}", condition=rest[0])
    rest += _window(query, words)
    if query.sort in _SORTS:
        rest.append(words(f"{_SORTS[query.sort]} articles"))
    if query.digest:
        rest.append(words(f"{query.digest} digest"))
    name = " · ".join(names + rest)
    return name if names else name[:1].upper() + name[1:]


def describe(index: Index, query: Query, words: Wording = ENGLISH, *, on_page: bool = False) -> str:
    """The contents of *query*'s feed: ``The newest articles on AI from Bell in English``.

    Empty for the query for everything. If *on_page*, excluded values have the names that articles give
    them; the text of a feed must not depend on articles that are not in it.
    """
    named, others = _by_role(query)
    window = list(_window(query, words))
    if not (named or others or window or query.digest or query.sort in _SORTS):
        return ""
    start = words(f"The {_SORTS.get(query.sort, 'newest')} articles")
    if query.digest:
        start = words(f"A {query.digest} digest of the hottest articles")
    first = [PARAMETERS[key].describe_all(index, each, words) for key, each in named.items()]
    conditions = list(_with_exceptions(index, others, words, on_page=on_page))
    if conditions and Q.key not in named:
        first.append(conditions.pop(0))
    if first:
        start = words("{articles} {conditions}", articles=start, conditions=_in_a_row(first, words))
    for condition in (*conditions, *window):
        start = words("{articles}, {condition}", articles=start, condition=condition)
    return start


def describe_clause(index: Index, clause: Clause, words: Wording = ENGLISH) -> str:
    """One condition: ``on AI or Go``, ``not from bell.example``, ``among the hottest 10%``."""
    return PARAMETERS[clause.key].describe(index, clause, words)


def _in_a_row(conditions: Iterable[str], words: Wording) -> str:
    return reduce(lambda one, other: words("{one} {other}", one=one, other=other), conditions)


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


def _exception(index: Index, clause: Clause, words: Wording, *, on_page: bool) -> str:
    parameter = PARAMETERS[clause.key]
    return (parameter.shown_exception if on_page else parameter.exception)(index, clause, words)


def _with_exceptions(
    index: Index, clauses: Sequence[Clause], words: Wording, *, on_page: bool
) -> Iterator[str]:
    """Yield *clauses* in words, all exceptions last: ``in English``, ``except those on AI or Go``."""
    exceptions = {
        each: exception
        for each in clauses
        if each.excluded and (exception := _exception(index, each, words, on_page=on_page))
    }
    for clause, bounds in _with_interval(clauses, words):
        if clause not in exceptions:
            yield bounds[1] if bounds else describe_clause(index, clause, words)
    if exceptions:
        yield words("except those {exceptions}", exceptions=words.either(exceptions.values()))


def _with_interval(
    clauses: Sequence[Clause], words: Wording
) -> Iterator[tuple[Clause, tuple[str, str] | None]]:
    """Yield *clauses*; if a pair of dates is an interval, only the first, with ``interval`` of both."""
    dates = [clause for clause in clauses if clause.key in _DATES]
    is_pair = tuple(each.key for each in dates) == _DATES
    bounds = interval(dates[0], dates[1], words) if is_pair else None
    for clause in clauses:
        if not bounds or clause.key != UNTIL.key:
            yield clause, bounds if clause.key == SINCE.key else None


def _window(query: Query, words: Wording) -> Iterator[str]:
    for key, value in query.window.items():
        if described := WINDOW[key].describe(value, words):
            yield described
