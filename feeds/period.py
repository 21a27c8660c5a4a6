"""Calendar periods in UTC, by which a feed's history is kept: months, and parts of those too full."""

import re
from datetime import UTC, datetime, timedelta

from msgspec import Struct

# From the whole to its parts: how the name of a period is written, and how many characters it has.
_UNITS = (("%Y-%m", 7), ("%Y-%m-%d", 10), ("%Y-%m-%dT%H", 13), ("%Y-%m-%dT%H%M", 15))
_NAME = re.compile(r"\d{4}-\d\d(-\d\d(T\d\d(\d\d)?)?)?", re.ASCII)


class Period(Struct, frozen=True, order=True):
    """From *begin* until just before *end*, in seconds since 1970.

    *name* is how it is written in an address: ``2021-12``, ``2021-12-05``, ``2021-12-05T14``.
    """

    begin: int
    end: int
    name: str


def period(name: str) -> Period | None:
    """The period called *name*, None where none can be called so."""
    for form, length in _UNITS:
        if len(name) == length and _NAME.fullmatch(name):
            try:
                begin = datetime.strptime(name, form).replace(tzinfo=UTC)
                end = _next(begin, length)
            except (ValueError, OverflowError):
                return None
            return Period(int(begin.timestamp()), int(end.timestamp()), name)
    return None


def periods_around(second: int) -> list[Period]:
    """The month of *second*, since 1970, then its day, hour and minute."""
    # strftime writes the year 999 with three digits on some systems.
    written = datetime.fromtimestamp(second, UTC).isoformat().replace(":", "")
    found = (period(written[:length]) for _, length in _UNITS)
    return [each for each in found if each]


def _next(begin: datetime, length: int) -> datetime:
    match length:
        case 7:
            return (begin + timedelta(days=31)).replace(day=1)
        case 10:
            return begin + timedelta(days=1)
        case 13:
            return begin + timedelta(hours=1)
    return begin + timedelta(minutes=1)
