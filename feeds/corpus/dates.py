"""Parsing of dates in front matter to aware times in UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DATE = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2})"
    r"(?:(?:[Tt]|[ \t]+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d*)?)?)?"
    r"[ \t]*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
)


def parse_date(written: str, zone: tzinfo) -> datetime:
    """Parse a date in RFC 3339, optionally with a space for ``T``, or without zone, seconds or time.

    ``24:00`` is the next midnight. Raises ValueError for any other format.
    """
    found = _DATE.fullmatch(written.strip())
    if not found:
        raise ValueError(written)
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    midnight_after = hour == 24 and minute == second == 0
    year, month, day = map(int, found["day"].split("-"))
    leap = second == 60  # a leap second, which datetime does not support
    moment = datetime.combine(
        date(year, month, day), time(0 if midnight_after else hour, minute, second - leap)
    ) + timedelta(days=midnight_after)
    return moment.replace(tzinfo=_zone(found["zone"]) or zone).astimezone(UTC)


def _zone(written: str | None) -> tzinfo | None:
    if not written:
        return None
    if written[0] not in "+-":
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return UTC if not offset else datetime.strptime(f"{written[0]}{digits}", "%z").tzinfo
