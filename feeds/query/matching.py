"""Which articles match a Query, whatever its limit."""

from collections.abc import Iterator
from math import ceil

from pyroaring import BitMap

from feeds.errors import GoneFeed, UnknownFeed
from feeds.index import Index
from feeds.period import DAY
from feeds.query import Clause, Query, dated, nearest, phrases, span

EVER = 1 << 40  # seconds since 1970, later than all


def matching(index: Index, query: Query) -> BitMap:
    """The slots of all that match *query*, whatever its limit. Not to be changed.

    Raises UnknownFeed and GoneFeed.
    """
    return _common(index, [having for _, having in conditions(index, query)])


def _common(index: Index, several: list[BitMap]) -> BitMap:
    """What is in all of *several*, the least first, for that leaves the least to be done."""
    return BitMap.intersection(*sorted(several, key=len)) if several else index.everything


def conditions(index: Index, query: Query) -> Iterator[tuple[Clause, BitMap]]:
    """Each thing that *query* asks for, with the slots that have it. Raises UnknownFeed and GoneFeed.

    A share, such as the hottest tenth, is one of all that have everything else: so no order matters.
    """
    shares = [clause for clause in query.asked if _is_share(clause)]
    firm = [clause for clause in query.asked if clause not in shares]
    having = [fulfilling(index, clause, index.everything) for clause in firm]
    yield from zip(firm, having, strict=True)
    if shares:
        rest = _common(index, having)
        yield from ((clause, fulfilling(index, clause, rest)) for clause in shares)


def fulfilling(index: Index, clause: Clause, of: BitMap) -> BitMap:
    """The slots of what *clause* asks for; where that is a share, a share *of* these."""
    each = [_having(index, clause, term, of) for term in clause.terms]
    having = BitMap.union(*each) if len(each) > 1 else each[0]
    return index.everything - having if clause.excluded else having


def _having(index: Index, clause: Clause, term: str, of: BitMap) -> BitMap:
    """The slots of what is called *term*; a share is one *of* some."""
    match clause.key:
        case "topic" | "provider" | "type":
            return _known(index, clause, term)
        case "lang" | "has":
            return index.postings(clause.key, term) or BitMap()
        case "q" | "title":
            found = (index.matching(phrase.words, clause.key == "title") for phrase in phrases(term))
            return BitMap.intersection(*found)
        case "since":
            when = dated(term)
            return index.between(when.begin if when else _ago(index, term), EVER)
        case "until":
            when = dated(term)
            return index.between(None, when.end if when else _ago(index, term))
    kind = clause.key.removeprefix("min_")
    if _is_share(clause):
        return _share(index, of, kind, int(term[3:-1]))
    return index.at_least(kind, int(term))


def _known(index: Index, clause: Clause, term: str) -> BitMap:
    if index.gone(clause.key, term):
        if clause.terms == (term,) and not clause.excluded:
            raise GoneFeed(clause.key, term)
        return BitMap()  # the others go on
    postings = index.postings(clause.key, term)
    if postings is None:
        raise UnknownFeed(clause.key, term, nearest(term, index.known(clause.key)))
    return postings


def _ago(index: Index, term: str) -> int:
    """The second that is a span before the end of the newest article's day, or hour.

    Not before now: the same articles are the same feed on any day.
    """
    unit = DAY if term.endswith("d") else 3600
    return (index.newest_at // unit + 1) * unit - span(term)


def _share(index: Index, positions: BitMap, kind: str, percent: int) -> BitMap:
    """The highest *percent* of *positions*, and what is equal to the last of them."""
    wanted = ceil(len(positions) * percent / 100)
    taken: list[BitMap] = []
    for part in index.ranked(positions, kind):
        if wanted <= 0:
            break
        taken.append(part)
        wanted -= len(part)
    return BitMap.union(BitMap(), *taken)


def _is_share(clause: Clause) -> bool:
    return clause.terms[0].startswith("top") and clause.key in ("min_quality", "min_heat")
