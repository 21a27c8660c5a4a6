"""The reasons why an article is in a feed or not: ``feeds explain`` and ``/explain``."""

import msgspec
from msgspec import Struct

from feeds.errors import one_line
from feeds.index import Index
from feeds.index.articles import article
from feeds.period import Period, day_of, week_of
from feeds.query import Query
from feeds.query.describe import describe_clause
from feeds.query.matching import conditions, matching
from feeds.query.parameters import PARAMETERS
from feeds.query.parameters.dates import clock
from feeds.query.selection import MAX_DIGEST_ARTICLES, Selection, archive_around, select
from feeds.store import Record


class Explanation(Struct, frozen=True):
    """The *verdict* on one article, ``in``, ``collapsed``, ``cut`` or ``out``, and its *reasons*."""

    verdict: str
    article: str
    title: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.verdict}: {self.title} ({self.article})", *self.reasons]
        return "\n".join(map(one_line, lines))


def explain(index: Index, query: Query, named: str, extension: str) -> Explanation | None:
    """Explain why the article with the id or address *named* is in *query*'s feed, or why not.

    Return None if there is no such article. *extension* is the format of the feed addresses in the
    reasons. Raises UnknownFeed and GoneFeed.
    """
    record = index.find(named)
    if not record:
        return None
    selection = select(index, query)
    reasons = []
    verdict = "in"
    for clause, positions in conditions(index, selection.query):
        holds = index.position(record) in positions
        answer = f"{'yes' if holds else 'no'}: {describe_clause(index, clause)}"
        fact = PARAMETERS[clause.key].fact(index, record, clause)
        reasons.append(f"{answer}; {fact}" if fact else answer)
        verdict = verdict if holds else "out"
    if verdict == "in":
        verdict, why = _place(index, selection, record, extension)
        reasons.append(why)
    return Explanation(verdict, record.id, article(record).title, tuple(reasons))


def _place(index: Index, selection: Selection, record: Record, extension: str) -> tuple[str, str]:
    """The verdict on an article that matches, and its place in the feed or the reason why it has none."""
    for place, item in enumerate(selection.items, 1):
        if record in item.records:
            where = f"entry {place} of {len(selection.items)}"
            if item.period:
                return "in", f"{where}, the digest of {item.period.name}"
            if item.records[0] == record:
                return "in", where
            return "collapsed", f"its story is {where}, shown as “{article(item.records[0]).title}”"
    query = selection.query
    if query.digest:
        return "cut", _undigested(index, selection, record)
    archive = _archive(index, query, record)
    reached = query.archive_of(archive).address(extension)
    if query.archive:
        return "out", f"it was published {clock(record.published)}, so it is in {reached}"
    shown = f"the feed shows {len(selection.items)} of {selection.total}"
    if query.per_provider:
        free = select(index, msgspec.structs.replace(query, per_provider=0))
        there = any(record in item.records for item in free.items)
        if there or len(selection.items) < query.limit:
            shown = f"its provider already has {query.per_provider} in the feed"
    return "cut", f"{shown}; it is in {reached}"


def _undigested(index: Index, selection: Selection, record: Record) -> str:
    around = (week_of if selection.query.digest == "weekly" else day_of)(record.appeared)
    if around.end > index.appeared_at:
        return f"{around.name} is not over: no later article has appeared"
    if any(item.period == around for item in selection.items):
        return f"not among the {MAX_DIGEST_ARTICLES} hottest of {around.name}"
    return f"{around.name} is older than the {len(selection.items)} digests of the feed"


def _archive(index: Index, query: Query, record: Record) -> Period:
    """The archive of *query*'s feed that contains *record*, or its story if stories are collapsed."""
    positions = matching(index, query)
    second = record.published
    if query.collapse:
        if record.cluster:
            clustered = index.in_cluster(record.cluster) & positions
            second = index.newest(clustered, 1)[0].published
        positions = index.one_per_cluster(positions)
    return archive_around(index, positions, second)
