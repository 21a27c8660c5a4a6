"""The names of the periods of digests, and the addresses of their articles."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from feeds.period import MONTHS, Period
from feeds.query import Query

_DATES = ("since", "until")


def days(period: Period) -> str:
    """``5 March 2026``, ``2–8 March 2026``, ``30 March – 5 April 2026``."""
    first, last = _first_and_last(period)
    month, last_month = MONTHS[first.month - 1], MONTHS[last.month - 1]
    end = f"{last.day} {last_month} {last.year}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{first.day} {month} {first.year} – {end}"
    if first.month != last.month:
        return f"{first.day} {month} – {end}"
    return f"{first.day}–{end}"


def hottest_pages(query: Query, periods: Sequence[Period]) -> Iterator[str]:
    """Yield the address of the page of the hottest articles of *query* in each of *periods*."""
    spans = [tuple(map(date.isoformat, _first_and_last(period))) for period in periods]
    if any(clause.key in _DATES for clause in query.clauses):  # their order depends on their values
        yield from (query.hottest_of(first, last).page for first, last in spans)
        return
    # The addresses differ only in the dates, and making each of them takes ten times as long.
    for first, last in spans[:1]:
        before, after = query.hottest_of(first, last).page.split(_arguments(first, last))
        yield from (f"{before}{_arguments(*span)}{after}" for span in spans)


def _first_and_last(period: Period) -> tuple[date, date]:
    """The first and the last day of *period*."""
    first, last = (datetime.fromtimestamp(each, UTC) for each in (period.begin, period.end - 1))
    return first.date(), last.date()


def _arguments(first: str, last: str) -> str:
    return f"since={first}&until={last}"
