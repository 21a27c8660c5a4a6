"""Calendar periods in UTC: the months, days, hours and minutes that archives cover, and weeks."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

_LENGTHS = (7, 10, 13, 15)  # of the names of a month, day, hour and minute
_FIRST = "-01T0000"  # completes a name to the start of its period
_NAME = re.compile(r"\d{4}-\d\d(-\d\d(T\d\d(\d\d)?)?)?", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
DAY = 86_400  # seconds
WEEK = 7 * DAY
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONDAY = 4 * DAY  # the first Monday of 1970


class Period(Struct, frozen=True, order=True):
    """The seconds since 1970 from *begin* up to, but without, *end*.

    *name* is its form in a URL: ``2021-12``, ``2021-12-05``, ``2021-12-05T14``, or ``2026-W40``.
    """

    begin: int
    end: int
    name: str

    @property
    def days(self) -> range:
        """The days of a period of whole days, counted from 1970."""
        return range(self.begin // DAY, self.end // DAY)


def period(name: str) -> Period | None:
    """The month, day, hour or minute called *name*, or None if *name* is not valid."""
    for length in _LENGTHS:
        if len(name) == length and _NAME.fullmatch(name):
            try:
                begin = datetime.fromisoformat(name + _FIRST[length - 7 :]).replace(tzinfo=UTC)
                end = _next(begin, length)
            except (ValueError, OverflowError):
                return None
            return Period(int(begin.timestamp()), int(end.timestamp()), name)
    return None


def periods_around(second: int) -> list[Period]:
    """The month, day, hour and minute that contain *second*, in seconds since 1970."""
    # strftime writes the year 999 with three digits on some systems.
    written = datetime.fromtimestamp(second, UTC).isoformat().replace(":", "")
    found = (period(written[:length]) for length in _LENGTHS)
    return [each for each in found if each]


@lru_cache(1 << 12)
def day_of(second: int) -> Period:
    """The day that contains *second*, in seconds since 1970."""
    begin = second // DAY * DAY
    return Period(begin, begin + DAY, _date(begin).isoformat())


@lru_cache(1 << 12)
def week_of(second: int) -> Period:
    """The ISO 8601 week, from Monday on, that contains *second*, in seconds since 1970."""
    begin = (second - _MONDAY) // WEEK * WEEK + _MONDAY
    year, week, _ = _date(begin).isocalendar()
    return Period(begin, begin + WEEK, f"{year:04}-W{week:02}")


def week(name: str) -> Period | None:
    """The week called *name*, or None if *name* is not valid. No archive covers a week."""
    found = _WEEK.fullmatch(name)
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        return None
    return week_of((monday - _EPOCH).days * DAY) if monday else None


_EPOCH = date(1970, 1, 1)


def _date(second: int) -> date:
    return _EPOCH + timedelta(seconds=second)


def _next(begin: datetime, length: int) -> datetime:
    match length:
        case 7:
            return (begin + timedelta(days=31)).replace(day=1)
        case 10:
            return begin + timedelta(days=1)
        case 13:
            return begin + timedelta(hours=1)
    return begin + timedelta(minutes=1)
