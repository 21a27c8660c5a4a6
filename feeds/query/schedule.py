"""The date at which a scheduled article will change a feed."""

from pyroaring import BitMap

from feeds.index import Index
from feeds.period import period
from feeds.query import Query
from feeds.query.matching import satisfying
from feeds.query.parameters import PARAMETERS


def due(index: Index, released: Index, query: Query) -> int | None:
    """The date of the first scheduled article that may change the feed of *query*, None if none will.

    *index* has the scheduled articles to come, and *released* is its successor after the last of them.
    Raises what ``select`` raises.
    """
    if index.due is None or query.relative:
        return index.due
    found = BitMap(released.position(record) for record in index.to_come)
    for clause in query.all_clauses:
        if not PARAMETERS[clause.key].is_share(clause):  # a share may change without the article in it
            found &= satisfying(released, clause, released.everything)
    if (archive := period(query.archive)) is not None:
        found &= released.between(archive.begin, archive.end)
    return released.record(found.min()).published if found else None
