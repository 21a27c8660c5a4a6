"""The date at which a scheduled article will change a feed."""

from pyroaring import BitMap

from feeds.errors import UnknownFeed
from feeds.index import Index
from feeds.period import period
from feeds.query import Query
from feeds.query.clause import Clause
from feeds.query.parameters import PARAMETERS


def due(index: Index, coming: Index, query: Query) -> int | None:
    """The date of the first scheduled article that may change the feed of *query*, None if none will.

    *index* has the articles to come, and *coming* is an Index of only these.
    """
    if index.due is None or query.relative:
        return index.due
    found = BitMap(coming.everything)
    for clause in query.all_clauses:
        if not PARAMETERS[clause.key].is_share(clause):  # a share may change without the article in it
            found &= _satisfying(coming, clause)
    if (archive := period(query.archive)) is not None:
        found &= coming.between(archive.begin, archive.end)
    return coming.record(found.min()).published if found else None


def _satisfying(coming: Index, clause: Clause) -> BitMap:
    found = BitMap.union(BitMap(), *(_having(coming, clause, term) for term in clause.terms))
    return coming.everything - found if clause.excluded else found


def _having(coming: Index, clause: Clause, term: str) -> BitMap:
    try:
        return PARAMETERS[clause.key].postings(coming, clause, term, coming.everything)
    except UnknownFeed:
        return BitMap()  # only published articles have it
