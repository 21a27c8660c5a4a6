"""Why an article is in a feed, or why not: ``feeds explain`` and ``/explain``."""

import msgspec
from msgspec import Struct

from feeds.article import Article, slugify
from feeds.errors import one_line
from feeds.index import Index, article
from feeds.period import Period, day_of, week_of
from feeds.query import Clause, Query, span
from feeds.query.describe import HOLDINGS, clock, language, worded
from feeds.query.matching import conditions, matching
from feeds.query.selection import DIGESTED, Selection, archive_around, select
from feeds.store import Record


class Explanation(Struct, frozen=True):
    """*verdict* is ``in``, ``collapsed``, ``cut`` or ``out``; *reasons* say why, one on each line."""

    verdict: str
    article: str
    title: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.verdict}: {self.title} ({self.article})", *self.reasons]
        return "\n".join(map(one_line, lines))


def explain(index: Index, query: Query, named: str, extension: str) -> Explanation | None:
    """Whether the article with the id or address *named* is in *query*'s feed; None where there is none.

    *extension* is that of the format in which other feeds are named. Raises UnknownFeed and GoneFeed.
    """
    record = index.find(named)
    if not record:
        return None
    selection = select(index, query)
    reasons = []
    verdict = "in"
    for clause, positions in conditions(index, selection.query):
        holds = index.position(record) in positions
        fact = _fact(index, record, clause)
        reasons.append("; ".join([f"{'yes' if holds else 'no'}: {worded(index, clause)}", *fact]))
        verdict = verdict if holds else "out"
    if verdict == "in":
        verdict, why = _place(index, selection, record, extension)
        reasons.append(why)
    return Explanation(verdict, record.id, article(record).title, tuple(reasons))


def _fact(index: Index, record: Record, clause: Clause) -> list[str]:
    """What the article in *record* has of that which *clause* asks for, where it is not plain."""
    shown = article(record)
    match clause.key:
        case "topic":
            return [f"it is on {_topics(index, shown)}"]
        case "provider":
            return [f"it is from {shown.provider.domain if shown.provider else 'nobody'}"]
        case "type":
            return [f"it is of type {shown.type}" if shown.type else "it has no type"]
        case "lang":
            return [_language(index, shown)]
        case "has":
            positions = ((words, index.postings("has", each) or ()) for each, words in HOLDINGS.items())
            held = [words for words, having in positions if index.position(record) in having]
            return [f"it has {' and '.join(held) or 'neither pictures nor videos nor full text'}"]
        case "since" | "until":
            fact = f"it was published {clock(record.published)}"
            newest = f", the newest article of all {clock(index.newest_at)}"
            return [fact + (newest if span(clause.terms[0]) else "")]
        case "min_quality":
            return [f"its quality is {shown.quality}"]
        case "min_heat":
            return [f"its heat is {shown.heat}"]
    return []


def _topics(index: Index, article: Article) -> str:
    """The topics of *article*, each with those that it is part of."""
    lines = []
    for name in article.topics:
        slug = index.canonical("topic", slugify(name))
        above = []
        while slug := index.topic(slug).parent:
            above.append(index.topic(slug).name)
        lines.append(f"{name} (part of {', '.join(above)})" if above else name)
    return ", ".join(lines) or "no topic"


def _language(index: Index, article: Article) -> str:
    if article.language:
        return f"it is in {language(article.language)}"
    assumed = f", so {language(index.language)} is assumed" if index.language else ""
    return f"it names no language{assumed}"


def _place(index: Index, selection: Selection, record: Record, extension: str) -> tuple[str, str]:
    """Where in the feed it is, being one that matches; or what keeps it out."""
    for place, item in enumerate(selection.items, 1):
        if record in item.records:
            where = f"entry {place} of {len(selection.items)}"
            if item.period:
                return "in", f"{where}, the digest of {item.period.name}"
            if item.records[0] == record:
                return "in", where
            return "collapsed", f"{where} tells its story, with “{article(item.records[0]).title}” first"
    query = selection.query
    if query.digest:
        return "cut", _undigested(index, selection, record)
    archive = _archive(index, query, record)
    reached = query.of(archive).address(extension)
    if query.archive:
        return "out", f"it was published {clock(record.published)}, so it is in {reached}"
    shown = f"the feed shows {len(selection.items)} of {selection.total}"
    if query.per_provider:
        free = select(index, msgspec.structs.replace(query, per_provider=0))
        there = any(record in item.records for item in free.items)
        if there or len(selection.items) < query.limit:
            shown = f"its provider has {query.per_provider} in the feed already"
    return "cut", f"{shown}; it is in {reached}"


def _undigested(index: Index, selection: Selection, record: Record) -> str:
    around = (week_of if selection.query.digest == "weekly" else day_of)(record.appeared)
    if around.end > index.appeared_at:
        return f"{around.name} is not over: nothing of a later one has appeared"
    if any(item.period == around for item in selection.items):
        return f"not among the {DIGESTED} hottest of {around.name}"
    return f"{around.name} is too long ago: the feed shows {len(selection.items)} digests"


def _archive(index: Index, query: Query, record: Record) -> Period:
    """The archive of *query*'s feed in which *record* is, with its story where that is one entry."""
    positions = matching(index, query)
    second = record.published
    if query.collapse:
        if record.cluster:
            told = index.telling(record.cluster) & positions
            second = index.newest(told, 1)[0].published
        positions = index.one_of_each_story(positions)
    return archive_around(index, positions, second)
