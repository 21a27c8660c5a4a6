"""Dates of posts: from front matter, from the name of the file or folder, or from the address."""

from datetime import date, datetime, tzinfo

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus import problems
from feeds.corpus.dates import date_in_path, parse_any_date
from feeds.corpus.front_matter import as_flag
from feeds.corpus.posts.fields import PostFields

# Values with which Eleventy and Lume name another date, which is not in the file.
_NOT_WRITTEN = expression(r"(?i)(?:git\s+)?(?:created|last modified)|.*(?:\{\{|\{%|<%|%[YymdHMS]).*")
_IN_ADDRESS = expression(r"(?:\A|/)(\d{4})/(\d{1,2})/(\d{1,2})(?:/|\Z)")


class Dated(Struct, frozen=True):
    """The date of a post, aware and in the zone in which it is written; *by_name* means by its path."""

    date: datetime
    by_name: bool = False


def published(
    path: str, fields: PostFields, zone: tzinfo, permalink: str = "", *, uses_name: bool = True
) -> Dated | None:
    """The date of publication, or None; a text that is no date is passed over, with a warning."""
    if moment := first_date(fields, "published", zone):
        return Dated(moment)
    if uses_name and (moment := _midnight(date_in_path(path), zone)):
        return Dated(moment, by_name=True)
    found = _IN_ADDRESS.search(permalink)
    moment = found and _midnight(_day(*map(int, found.groups())), zone)
    return Dated(moment) if moment else None


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


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone) if day else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
