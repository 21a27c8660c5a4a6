"""Dates of posts: from front matter, from the name of the file or folder, or from the address."""

import re
from datetime import datetime, tzinfo

from msgspec import Struct

from feeds.corpus import problems
from feeds.corpus.dates import parse_date
from feeds.corpus.front_matter import as_flag
from feeds.corpus.posts.fields import PostFields

# Values with which Eleventy and Lume name another date, which is not in the file.
_NOT_WRITTEN = re.compile(r"(?i)(?:git\s+)?(?:created|last modified)|.*(?:\{\{|\{%|<%|%[YymdHMS]).*")
_IN_ADDRESS = re.compile(r"(?:\A|/)(\d{4})/(\d{1,2})/(\d{1,2})(?:/|\Z)")
_IN_NAME = re.compile(r"(?<!\d)(\d{4})[-_.](\d{1,2})[-_.](\d{1,2})(?!\d)")
_FOLDERS = re.compile(r"(?:\A|/)(\d{4})/(\d{1,2})(?:/|-)(\d{1,2})(?=\D)")


class Dated(Struct, frozen=True):
    """The date of a post, aware and in the zone in which it is written; *by_name* means by its path."""

    date: datetime
    by_name: bool = False


def published(
    path: str, fields: PostFields, zone: tzinfo, permalink: str = "", *, uses_name: bool = True
) -> Dated | None:
    """The date of publication, or None; a text that is no date is passed over, with a warning."""
    if date := first_date(fields, "published", zone):
        return Dated(date)
    if uses_name and (date := date_in_path(path, zone)):
        return Dated(date, by_name=True)
    if (found := _IN_ADDRESS.search(permalink)) and (date := _day(found, zone)):
        return Dated(date)
    return None


def first_date(fields: PostFields, field: str, zone: tzinfo) -> datetime | None:
    """The first value of *field* that is a date; warns of others."""
    for key, text in fields.texts(field):
        if as_flag(text) is not None or _NOT_WRITTEN.fullmatch(text):
            continue
        try:
            return parse_any_date(text, zone)
        except (ValueError, OverflowError):
            fields.warn(key, problems.NOT_A_DATE, written=text[:40])
    return None


def parse_any_date(written: str, zone: tzinfo) -> datetime:
    """Parse *written*; the result is in the zone in which it is written."""
    return parse_date(written, zone).astimezone(zone)


def date_in_path(path: str, zone: tzinfo) -> datetime | None:
    """The date in the name of the file or a folder at *path*, or in folders such as ``2020/01/31``."""
    for part in reversed(path.split("/")):
        if (found := _IN_NAME.search(part)) and (date := _day(found, zone)):
            return date
    found = _FOLDERS.search(path)
    return _day(found, zone) if found else None


def _day(found: re.Match[str], zone: tzinfo) -> datetime | None:
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=zone)
    except (ValueError, OverflowError):
        return None
