"""The parameters ``since`` and ``until``: dates, or spans before the newest article."""

import re
from datetime import UTC, datetime

from pyroaring import BitMap

from feeds.index import Index
from feeds.period import DAY, MONTHS, Period, period
from feeds.query.clause import Clause
from feeds.query.parameters.field import TextField
from feeds.query.parameters.parameter import Parameter
from feeds.store import Record

_UNITS = {"h": 3600, "d": DAY}
_END_OF_TIME = 1 << 40  # seconds since 1970, later than all dates
_PROBLEM = "not a date or a span"


def span(term: str) -> int:
    """The length in seconds of a span such as ``7d``, 0 if *term* is a date."""
    return int(term[:-1]) * _UNITS[term[-1]] if term[-1] in _UNITS else 0


def dated(term: str) -> Period | None:
    """The period that a date names: a year, a month, a day, an hour or a minute, in UTC."""
    if re.fullmatch("[0-9]{4}", term):
        first, last = period(f"{term}-01"), period(f"{term}-12")
        return Period(first.begin, last.end, term) if first and last else None
    return period(term)


def clock(second: int) -> str:
    """A time as text: ``2026-01-05 14:30 UTC``."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M} UTC"


class _Date(Parameter, frozen=True, kw_only=True):
    takes_list: bool = False

    def canonical(self, written: str) -> str:
        found = re.fullmatch("0{0,4}([1-9][0-9]{0,4})([hdwy])", written.lower())
        if not found:
            return written.upper() if dated(written.upper()) else ""
        number, unit = int(found[1]), found[2]
        return f"{number}{unit}" if unit in "hd" else f"{number * (7 if unit == 'w' else 365)}d"

    def moves(self, clause: Clause) -> bool:
        return bool(span(clause.terms[0]))

    def fact(self, index: Index, record: Record, clause: Clause) -> str:
        fact = f"it was published {clock(record.published)}"
        newest = f", the newest article {clock(index.newest_at)}"
        return fact + (newest if span(clause.terms[0]) else "")


class _Since(_Date, frozen=True, kw_only=True):
    def postings(self, index: Index, clause: Clause, term: str, among: BitMap) -> BitMap:  # noqa: ARG002
        when = dated(term)
        return index.between(when.begin if when else _ago(index, term), _END_OF_TIME)

    def describe(self, index: Index, clause: Clause) -> str:
        in_the = "in the " if span(clause.terms[0]) else ""
        return f"published {in_the}{self.name(index, clause)}"

    def name(self, index: Index, clause: Clause) -> str:  # noqa: ARG002
        (term,) = clause.terms
        return f"last {_length(term)}" if span(term) else f"since {_date(term)}"


class _Until(_Date, frozen=True, kw_only=True):
    def postings(self, index: Index, clause: Clause, term: str, among: BitMap) -> BitMap:  # noqa: ARG002
        when = dated(term)
        return index.between(None, when.end if when else _ago(index, term))

    def admits_later(self, clause: Clause) -> bool:
        return bool(span(clause.terms[0]))

    def describe(self, index: Index, clause: Clause) -> str:
        published = "" if span(clause.terms[0]) else "published "
        return f"{published}{self.name(index, clause)}"

    def name(self, index: Index, clause: Clause) -> str:  # noqa: ARG002
        (term,) = clause.terms
        if span(term):
            return f"older than {_length(term, 'a')}"
        # In words, a day, a month or a year includes its end; the end of an hour is written out.
        when = dated(term)
        return f"before {_moment(when.end)}" if when and "T" in term else f"until {_date(term)}"


def interval(since: Clause, until: Clause) -> tuple[str, str] | None:
    """Both bounds in words, after their preposition: ``from`` ``2 to 8 March 2026``.

    None if a bound is a span or a time, or if the bounds exclude every date.
    """
    (first,), (last,) = since.terms, until.terms
    begin, end = dated(first), dated(last)
    if not begin or not end or "T" in first + last or begin.begin >= end.end:
        return None
    if first == last:
        return "on" if len(first) == len("2026-03-05") else "in", _date(first)
    words, last_words = _date(first).split(), _date(last).split()
    while len(words) == len(last_words) > 1 and words[-1] == last_words[-1]:
        del words[-1], last_words[-1]
    return "from", f"{' '.join(words)} to {_date(last)}"


def _date(term: str) -> str:
    """A date in words: ``2026``, ``March 2026``, ``5 March 2026``, ``14:00 UTC on 5 March 2026``."""
    day, _, time = term.partition("T")
    year, *rest = day.split("-")
    words = [
        *(str(int(number)) for number in rest[1:]),
        *(MONTHS[int(month) - 1] for month in rest[:1]),
        year,
    ]
    at = f"{time[:2]}:{time[2:] or '00'} UTC on " if time else ""
    return at + " ".join(words)


def _moment(second: int) -> str:
    """A time in words: ``14:00 UTC on 5 March 2026``."""
    return _date(datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H%M"))


def _ago(index: Index, term: str) -> int:
    """The second that is the span *term* before the end of the newest article's day or hour.

    It does not depend on the clock, so that the same articles always make the same feed.
    """
    unit = DAY if term.endswith("d") else 3600
    return (index.newest_at // unit + 1) * unit - span(term)


def _length(term: str, one: str = "") -> str:
    """The span *term* in words: ``7 days``, ``day``, or ``a day`` and ``an hour`` if *one* is ``a``."""
    number, unit = term[:-1], "day" if term[-1] == "d" else "hour"
    if number != "1":
        return f"{number} {unit}s"
    return f"{one}{'n' * (unit == 'hour')} {unit}" if one else unit


SINCE = _Since(
    key="since",
    problem=_PROBLEM,
    example="since=2026-01",
    meaning="published since a year, month, day or hour (UTC); `since=7d` counts from the newest article",
    field=TextField("time", "build.since", "build.since_hint", suggestions=("7d", "30d", "90d", "1y")),
    synonyms=("after", "from_date", "date_from", "start_date", "published_after"),
)

UNTIL = _Until(
    key="until",
    problem=_PROBLEM,
    example="until=7d",
    meaning="published until the end of a period; `until=7d` excludes the newest seven days",
    field=TextField("time", "build.until", "build.until_hint", suggestions=("1d", "7d", "30d")),
    synonyms=("before", "to_date", "date_to", "end_date", "published_before"),
)
