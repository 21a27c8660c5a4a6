"""The articles that match a Query, regardless of its limit."""

from collections.abc import Iterator

from pyroaring import BitMap

from feeds.index import Index
from feeds.query import Query
from feeds.query.clause import Clause
from feeds.query.parameters import PARAMETERS


def matching(index: Index, query: Query) -> BitMap:
    """The positions of all articles that match *query*, regardless of its limit.

    Do not change the bitmap. Raises UnknownFeed and GoneFeed.
    """
    return _common(index, [positions for _, positions in conditions(index, query)])


def conditions(index: Index, query: Query) -> Iterator[tuple[Clause, BitMap]]:
    """Yield each clause of *query* with the positions that satisfy it. Raises UnknownFeed and GoneFeed.

    A share, such as the hottest 10%, is a share of the articles that satisfy all other kinds of clauses,
    so that the order of clauses does not matter.
    """
    shares = [clause for clause in query.all_clauses if PARAMETERS[clause.key].is_share(clause)]
    others = [clause for clause in query.all_clauses if clause not in shares]
    found = [satisfying(index, clause, index.everything) for clause in others]
    yield from zip(others, found, strict=True)
    if shares:
        rest = _common(index, found)
        yield from ((clause, satisfying(index, clause, rest)) for clause in shares)


def satisfying(index: Index, clause: Clause, among: BitMap) -> BitMap:
    """The positions that satisfy *clause*; a share is a share of *among*."""
    return PARAMETERS[clause.key].select(index, clause, among)


def _common(index: Index, several: list[BitMap]) -> BitMap:
    """The intersection of *several*, beginning with the smallest, which is fastest."""
    return BitMap.intersection(*sorted(several, key=len)) if several else index.everything
