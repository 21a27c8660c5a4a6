"""Parsing of dates in front matter, in names of files and in paths to aware times."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus.date_forms import (
    ABBREVIATIONS,
    FORMS,
    MAX_DATE,
    MAX_YEAR,
    MIN_YEAR,
    MONTH_NAMES,
    OFFSET,
    TIMESTAMP,
)

_DATE = expression(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2})"
    r"(?:(?:[Tt]|[ \t]+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d*)?)?)?"
    r"[ \t]*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
)
# The form that programs write, which Python can read by itself.
_UTC = expression(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class DateInName(Struct, frozen=True):
    """The date in the name of a file or folder, and the *rest* of the name without it."""

    date: date
    rest: str


def parse_date(written: str, zone: tzinfo) -> datetime:
    """Parse a date in RFC 3339, optionally with a space for ``T``, or without zone, seconds or time.

    ``24:00`` is the next midnight. Raises ValueError for any other format.
    """
    if _UTC.fullmatch(written):
        try:
            return datetime.fromisoformat(written)
        except ValueError:  # perhaps a leap second, or 24:00 before Python 3.13
            pass
    found = _DATE.fullmatch(written.strip())
    if not found:
        raise ValueError(written)
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    year, month, day = map(int, found["day"].split("-"))
    moment = _moment(date(year, month, day), hour, minute, second)
    return moment.replace(tzinfo=_zone(found["zone"]) or zone).astimezone(UTC)


def _moment(day: date, hour: int, minute: int, second: int) -> datetime:
    midnight_after = hour == 24 and minute == second == 0
    leap = second == 60  # a leap second, which datetime does not support
    return datetime.combine(day, time(0 if midnight_after else hour, minute, second - leap)) + timedelta(
        days=midnight_after
    )


def _zone(written: str | None) -> tzinfo | None:
    if not written:
        return None
    if written[0] not in "+-":
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return UTC if not offset else datetime.strptime(f"{written[0]}{digits}", "%z").tzinfo


def parse_any_date(written: str, zone: tzinfo) -> datetime:
    """Parse a date in any unambiguous form, in the zone that is written, else in *zone*.

    The forms are those of RFC 3339 and RFC 5322, of programs (``date``, JavaScript), of people in English
    (``June 13th, 2020 at 9:37 PM PDT``), and seconds since 1970. Raises ValueError for all others, for
    ``1/2/2020``, and for dates that do not exist.
    """
    text = written.strip()
    if len(text) > MAX_DATE:
        raise ValueError(written)
    if found := TIMESTAMP.fullmatch(text):
        return datetime.fromtimestamp(int(found[1]), UTC)
    for form in FORMS:
        if found := form.fullmatch(text):
            return _checked(found.groupdict(), zone)
    raise ValueError(written)


def _checked(parts: dict[str, str | None], zone: tzinfo) -> datetime:
    """The moment of the *parts* of a date. Raises ValueError."""
    day = date(int(parts["year"] or 0), *_month_and_day(parts))
    if not MIN_YEAR <= day.year <= MAX_YEAR:
        raise ValueError(day)
    minute, second = (int(parts.get(part) or 0) for part in ("minute", "second"))
    moment = _moment(day, _hour(parts), minute, second)
    own = parts.get("zone") or parts.get("bare")
    return moment.replace(tzinfo=_any_zone(own) if own else zone)


def _hour(parts: dict[str, str | None]) -> int:
    """The hour of 24. Raises ValueError for an hour alone and for 13 PM."""
    hour = int(parts.get("hour") or 0)
    half = parts.get("half")
    if not half:
        if parts.get("hour") and not parts.get("minute"):
            raise ValueError(hour)
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _month_and_day(parts: dict[str, str | None]) -> tuple[int, int]:
    """The month and day; of two numbers, the one above 12 is the day. Raises ValueError for 1/2/2020."""
    if parts.get("first"):
        first, second = int(parts["first"] or 0), int(parts["second_number"] or 0)
        if parts["mark"] == "." or first > 12:  # the German order
            return second, first
        if second > 12 or first == second:
            return first, second
        raise ValueError(f"{first}/{second}")
    month = parts["month"] or ""
    number = int(month) if month.isdigit() else MONTH_NAMES.index(month[:3].lower()) + 1
    return number, int(parts["day"] or 0)


def _any_zone(written: str) -> tzinfo:
    """The zone of an offset, an abbreviation or a name. Raises ValueError."""
    name = written.strip().lower()
    if name in ABBREVIATIONS:
        hours = ABBREVIATIONS[name]
        return timezone(timedelta(hours=hours)) if hours else UTC
    if offset := OFFSET.fullmatch(name):
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        if int(offset[3] or 0) > 59 or minutes > 14 * 60:
            raise ValueError(written)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes)) if minutes else UTC
    if found := zone_named(written.strip()):
        return found
    raise ValueError(written)


@lru_cache(1 << 8)
def zone_named(name: str) -> tzinfo | None:
    """The zone called *name* in the tz database, or None if there is none."""
    name = name.strip()
    if not re.fullmatch(r"[A-Za-z][\w+-]*(?:/[\w+-]+)*", name):
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # a folder; an unknown name
        return None


_NAMED = expression(r"(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)[-_ .]*", re.ASCII)
_LOOSELY_NAMED = expression(r"(\d{4})([-_.])(\d{1,2})\2(\d{1,2})(?!\d)[-_ .]*", re.ASCII)
_AT_END = expression(r"(.*?)[-_ .]+(\d{4})-(\d{2})-(\d{2})", re.ASCII | re.DOTALL)
_IN_PATH = expression(r"(?<![^/])(\d{4})([-/_.])(\d{2})[-/_.](\d{2})(?![^/._ -])", re.ASCII)


def date_in_name(name: str) -> DateInName | None:
    """The date at the beginning of *name*, a file's without extension, or else at its end."""
    for form in (_NAMED, _LOOSELY_NAMED):
        if (found := form.match(name)) and (day := _day(found[1], found[3], found[4])):
            return DateInName(day, name[found.end() :])
    if (found := _AT_END.fullmatch(name)) and (day := _day(found[2], found[3], found[4])):
        return DateInName(day, found[1])
    return None


def date_in_path(path: str) -> date | None:
    """The date in *path*: in the last name with a date, or in folders such as ``2021/04/15``."""
    for name in reversed(path.split("/")):
        if found := date_in_name(re.sub(r"\.[A-Za-z]\w*$", "", name)):
            return found.date
    days = (_day(year, month, day) for year, _, month, day in _IN_PATH.findall(path))
    return next(filter(None, [*days][::-1]), None)


def _day(year: str, month: str, day: str) -> date | None:
    """The date, or None if it does not exist or its year is not from 1900 to 2200."""
    try:
        return date(int(year), int(month), int(day)) if "1900" <= year <= "2200" else None
    except ValueError:
        return None
