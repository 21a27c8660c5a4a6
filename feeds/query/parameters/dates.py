"""The parameters ``since`` and ``until``: dates, or spans before the newest article."""

import re
from datetime import UTC, date, datetime

from pyroaring import BitMap

from feeds.index import Index
from feeds.period import DAY, Period, period
from feeds.query.clause import Clause
from feeds.query.parameters.field import TextField
from feeds.query.parameters.parameter import Parameter
from feeds.query.wording import Wording
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

    def describe(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        return _since(clause.terms[0], "published ", "in the ", words)

    def name(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        return _since(clause.terms[0], "", "", words)


class _Until(_Date, frozen=True, kw_only=True):
    def postings(self, index: Index, clause: Clause, term: str, among: BitMap) -> BitMap:  # noqa: ARG002
        when = dated(term)
        return index.between(None, when.end if when else _ago(index, term))

    def admits_later(self, clause: Clause) -> bool:
        return bool(span(clause.terms[0]))

    def describe(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        return _until(clause.terms[0], "published ", words)

    def name(self, index: Index, clause: Clause, words: Wording) -> str:  # noqa: ARG002
        return _until(clause.terms[0], "", words)


def _since(term: str, published: str, in_the: str, words: Wording) -> str:
    if span(term):
        last = f"{published}{in_the}last"
        unit, count = _unit(term), int(term[:-1])
        return words.plural(f"{last} {unit}", f"{last} {{count}} {unit}s", count)
    return words(f"{published}since {{{_kind(term)}}}", **{_kind(term): _date(term, words)})


def _until(term: str, published: str, words: Wording) -> str:
    if span(term):
        unit, count = _unit(term), int(term[:-1])
        a = "an" if unit == "hour" else "a"
        return words.plural(f"older than {a} {unit}", f"older than {{count}} {unit}s", count)
    # In words, a day, a month or a year includes its end; the end of an hour is written out.
    when = dated(term)
    if when and "T" in term:
        return words(f"{published}before {{moment}}", moment=_moment(when.end, words))
    return words(f"{published}until {{{_kind(term)}}}", **{_kind(term): _date(term, words)})


def _kind(term: str) -> str:
    """The placeholder for the date *term*: ``moment``, ``day``, or ``date`` for a month or a year."""
    return "moment" if "T" in term else "day" if len(term) == len("2026-03-05") else "date"


def interval(since: Clause, until: Clause, words: Wording) -> tuple[str, str] | None:
    """Both bounds in a name and in a description: ``2 to 8 March 2026``, ``published from 2 to ...``.

    None if a bound is a span or a time, or if the bounds exclude every date.
    """
    (first,), (last,) = since.terms, until.terms
    begin, end = dated(first), dated(last)
    if not begin or not end or "T" in first + last or begin.begin >= end.end:
        return None
    if first == last:
        named, kind = _date(first, words), _kind(first)
        return named, words(
            "published on {day}" if kind == "day" else "published in {date}", **{kind: named}
        )
    parts, last_parts = _date(first, words).split(), _date(last, words).split()
    while len(parts) == len(last_parts) > 1 and parts[-1] == last_parts[-1]:
        del parts[-1], last_parts[-1]
    day = "_day" if _kind(first) == _kind(last) == "day" else ""
    bounds = {f"first{day}": " ".join(parts), f"last{day}": _date(last, words)}
    named = f"{{first{day}}} to {{last{day}}}"
    return words(named, **bounds), words(f"published from {named}", **bounds)


def _date(term: str, words: Wording) -> str:
    """A date in words: ``2026``, ``March 2026``, ``5 March 2026``, ``14:00 UTC on 5 March 2026``."""
    day, _, time = term.partition("T")
    if len(day) == len("2026"):
        return day
    if len(day) == len("2026-03"):
        return words.month(date.fromisoformat(f"{day}-01"))
    written = words.day(date.fromisoformat(day))
    clock = f"{time[:2]}:{time[2:] or '00'}"
    return words("{time} UTC on {day}", time=clock, day=written) if time else written


def _moment(second: int, words: Wording) -> str:
    """A time in words: ``14:00 UTC on 5 March 2026``."""
    return _date(datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H%M"), words)


def _ago(index: Index, term: str) -> int:
    """The second that is the span *term* before the end of the newest article's day or hour.

    It does not depend on the clock, so that the same articles always make the same feed.
    """
    unit = DAY if term.endswith("d") else 3600
    return (index.newest_at // unit + 1) * unit - span(term)


def _unit(term: str) -> str:
    """The unit of the span *term*."""
    return "day" if term[-1] == "d" else "hour"


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
