"""Search results: one page of entries, the filters that narrow them, and other searches."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct
from pyroaring import BitMap

from feeds.errors import QueryError
from feeds.index import Index
from feeds.query import Query, query_string
from feeds.query.clause import Clause
from feeds.query.describe import describe_clause
from feeds.query.grammar import parse
from feeds.query.matching import matching, satisfying
from feeds.query.parameters.dates import SINCE
from feeds.query.parameters.facet import FacetParameter
from feeds.query.parameters.provider import PROVIDER
from feeds.query.parameters.text import Q
from feeds.query.parameters.topic import TOPIC
from feeds.query.parameters.type import TYPE
from feeds.query.parameters.window import SORT, SORTS
from feeds.query.relevance import by_relevance
from feeds.query.selection import Item
from feeds.query.wording import Wording

SEARCH_PATH = "/search"
RESULTS_PER_PAGE = 20
PAGE_KEY = "page"  # the argument of a further page of results
MAX_FILTER_VALUES = 8  # of one kind, those with the most results
RELEVANCE = "relevance"
SEARCH_SORTS = (RELEVANCE, *SORTS)
PERIODS = ("1d", "7d", "30d", "365d")  # before the newest article, as since= counts

_FILTERS: tuple[FacetParameter, ...] = (TOPIC, PROVIDER, TYPE)


class ArticleSearch(Struct, frozen=True):
    """A search: *text* as it was typed, *others* are all other conditions; *page* counts from 1."""

    text: str = ""
    others: Query = Query()
    sort: str = RELEVANCE
    page: int = 1

    @property
    def query(self) -> Query:
        """The query for all results."""
        text = parse([(Q.key, self.text)]).all_clauses
        sort = SORTS[0] if self.sort == RELEVANCE else self.sort
        return Query.of([*text, *self.others.all_clauses], sort=sort)

    @property
    def address(self) -> str:
        """The path and arguments of its page."""
        text = [(Q.key, self.text)] if self.text else []
        sort = [] if self.sort == RELEVANCE else [(SORT.key, self.sort)]
        page = [] if self.page == 1 else [(PAGE_KEY, str(self.page))]
        return SEARCH_PATH + query_string([*text, *self.others.parameters, *sort, *page])

    def with_(self, **changes: Any) -> "ArticleSearch":
        """The first page of a copy with *changes*."""
        return msgspec.structs.replace(self, **{"page": 1} | changes)

    def narrowed(self, clause: Clause) -> "ArticleSearch":
        """A copy with *clause* in place of the value of the same filter."""
        return self.with_(others=Query.of([*self.without(clause.key).others.all_clauses, clause]))

    def without(self, key: str) -> "ArticleSearch":
        """A copy without the value of the filter *key*."""
        kept = [each for each in self.others.all_clauses if each.key != key or not each.single]
        return self.with_(others=Query.of(kept))

    def removing(self, clause: Clause) -> "ArticleSearch":
        """A copy without *clause*."""
        return self.with_(others=Query.of(each for each in self.others.all_clauses if each != clause))


class FilterValue(Struct, frozen=True):
    """A value of a filter: its *name*, and the *search* that it leads to, of *count* results.

    If it is *chosen*, the search is the one without it.
    """

    name: str
    search: ArticleSearch
    count: int
    chosen: bool = False


class Filter(Struct, frozen=True):
    """The values by which results can be narrowed, of one parameter *key*."""

    key: str
    values: tuple[FilterValue, ...]


class Condition(Struct, frozen=True):
    """A condition of a search in *words*, and the search without it."""

    words: str
    search: ArticleSearch


def read_search(arguments: Iterable[tuple[str, str]]) -> ArticleSearch:
    """Parse the arguments of a search: those of queries, ``sort=relevance`` and ``page``.

    The number, the collapsing and the content of entries have no meaning here. Raises QueryError.
    """
    text, sort, page = "", "", "1"
    rest: list[tuple[str, str]] = []
    for key, value in arguments:
        match key:
            case Q.key if not text:
                text = value.strip()
            case SORT.key:
                sort = value.strip() or sort
            case _ if key == PAGE_KEY:
                page = value.strip() or page
            case _:
                rest.append((key, value))
    if sort not in ("", *SEARCH_SORTS):
        raise QueryError(
            SORT.key, "not one of {choices}", "use {example}", sort,
            choices=", ".join(SEARCH_SORTS), example="sort=newest",
        )  # fmt: skip
    if not (page.isascii() and page.isdecimal() and len(page) < 7 and int(page)):
        raise QueryError(PAGE_KEY, "not a whole number from 1", "use {example}", page, example="page=2")
    parse([(Q.key, text), *rest])  # together they must not be too long
    return ArticleSearch(text, Query.of(parse(rest).all_clauses), sort or RELEVANCE, int(page))


def last_page(count: int) -> int:
    """The number of the last page of *count* results, counted from 1."""
    return max(1, -(-count // RESULTS_PER_PAGE))


def found_items(index: Index, search: ArticleSearch, positions: BitMap) -> tuple[Item, ...]:
    """The entries on the page of *search*, out of those at *positions*. Raises QueryError."""
    last = last_page(len(positions))
    if search.page > last:
        raise QueryError(
            PAGE_KEY, "later than the last page, {last}", "use {example}", str(search.page),
            last=str(last), example=f"page={last}",
        )  # fmt: skip
    start = (search.page - 1) * RESULTS_PER_PAGE
    found: list[int] = []
    for part in _ordered(index, search, positions):
        if start < len(part):
            found += index.top(part, start + RESULTS_PER_PAGE - len(found))[start:]
        start = max(0, start - len(part))
        if len(found) == RESULTS_PER_PAGE:
            break
    return tuple(Item((index.record(position),)) for position in found)


def _ordered(index: Index, search: ArticleSearch, positions: BitMap) -> Iterable[BitMap]:
    if search.sort == RELEVANCE:
        return by_relevance(index, search.text, positions)
    return [positions] if search.sort == SORTS[0] else index.ranked(positions, search.sort)


def conditions(index: Index, search: ArticleSearch, words: Wording) -> list[Condition]:
    """Every condition of *search* beside its text, in *words*."""
    return [
        Condition(describe_clause(index, clause, words), search.removing(clause))
        for clause in search.others.all_clauses
    ]


def filters(index: Index, search: ArticleSearch) -> tuple[Filter, ...]:
    """The filters of *search*; the counts of each filter ignore the value that was chosen for it.

    Values that all results have are left out: they narrow nothing.
    """
    of_facets = (Filter(each.key, tuple(_values(index, search, each))) for each in _FILTERS)
    since = Filter(SINCE.key, tuple(_periods(index, search)))
    return tuple(each for each in (since, *of_facets) if each.values)


def _values(index: Index, search: ArticleSearch, parameter: FacetParameter) -> Iterator[FilterValue]:
    key = parameter.key
    chosen = _chosen(search, key)
    positions = matching(index, search.without(key).query)
    counted = (
        (count, term)
        for term in index.listings.known(key)
        if (count := positions.intersection_cardinality(index.postings(key, term) or BitMap()))
        and (count < len(positions) or term == chosen)
    )
    most = sorted(counted, key=lambda each: (each[1] != chosen, -each[0], each[1]))[:MAX_FILTER_VALUES]
    for count, term in sorted(most, key=lambda each: (-each[0], each[1])):
        name = parameter.display_name(index, term)
        yield _value(search, Clause(key, False, (term,)), name, count)


def _periods(index: Index, search: ArticleSearch) -> Iterator[FilterValue]:
    positions = matching(index, search.without(SINCE.key).query)
    before = 0
    for term in PERIODS:
        clause = Clause(SINCE.key, False, (term,))
        count = positions.intersection_cardinality(satisfying(index, clause, index.everything))
        if before < count < len(positions) or term == _chosen(search, SINCE.key):
            yield _value(search, clause, term, count)
        before = count


def _value(search: ArticleSearch, clause: Clause, name: str, count: int) -> FilterValue:
    if clause in search.others.all_clauses:
        return FilterValue(name, search.without(clause.key), count, chosen=True)
    return FilterValue(name, search.narrowed(clause), count)


def _chosen(search: ArticleSearch, key: str) -> str:
    """The value of the filter *key*, empty if there is none."""
    single = (each for each in search.others.all_clauses if each.key == key and each.single)
    return next((each.terms[0] for each in single), "")
