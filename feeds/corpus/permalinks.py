"""Patterns of addresses, and the placeholders in them, in the syntax of each site generator."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from feeds.corpus import slugs
from feeds.corpus.places import Place
from feeds.corpus.site import Head

Slug = Callable[[str], str]


class Facts(Struct, frozen=True, kw_only=True):
    """The facts of one file that placeholders stand for.

    *date* is in the zone whose day the tool writes into addresses. *part* is the slug rule for folders
    and file names, and *words* the one for titles. *path* is the path below the site, as slugs.
    *ending* is the end of addresses: ``/``, ``.html`` or nothing.
    """

    head: Head
    place: Place
    date: datetime | None
    part: Slug
    words: Slug
    path: str
    ending: str


Placeholder = Callable[[Facts], str]


def _date(form: str) -> Placeholder:
    return lambda facts: form.format(facts.date) if facts.date else ""


def _chosen_slug(facts: Facts) -> str:
    return facts.head.slug or facts.place.undated


def _from_title(facts: Facts) -> str:
    return facts.words(facts.head.title) or facts.part(facts.place.undated)


def _categories(facts: Facts, slug: Slug) -> str:
    """The categories of Jekyll: the folders above the posts, then those of the file."""
    names = (each.lower() for each in (*facts.place.above, *facts.head.categories))
    return "/".join(dict.fromkeys(filter(None, map(slug, names))))


# The parts of dates that Jekyll, Bridgetown, Hexo, VuePress and the setting have in common.
DATES: Mapping[str, Placeholder] = {
    name: _date(form)
    for name, form in {
        "year": "{:%Y}",
        "short_year": "{:%y}",
        "month": "{:%m}",
        "i_month": "{0.month}",
        "short_month": "{:%b}",
        "long_month": "{:%B}",
        "day": "{:%d}",
        "i_day": "{0.day}",
        "y_day": "{:%j}",
        "short_day": "{:%a}",
        "long_day": "{:%A}",
        "week": "{:%V}",
        "w_year": "{:%G}",
        "w_day": "{:%u}",
        "hour": "{:%H}",
        "minute": "{:%M}",
        "second": "{:%S}",
    }.items()
}

ANY_TOOL: Mapping[str, Placeholder] = {
    **DATES,
    "path": lambda facts: facts.path,
    "slug": lambda facts: facts.head.slug or facts.part(facts.place.undated),
    "title": lambda facts: facts.head.slug or facts.part(facts.place.undated),
    "name": lambda facts: facts.part(facts.place.name),
    "filename": lambda facts: facts.part(facts.place.name),
    "section": lambda facts: facts.part(facts.place.section),
    "sections": lambda facts: "/".join(map(facts.part, facts.place.folders)),
    "categories": lambda facts: _categories(facts, slugs.jekyll),
    "category": lambda facts: slugs.jekyll(facts.head.categories[0]) if facts.head.categories else "",
    "language": lambda facts: facts.place.language,
    "ending": lambda facts: facts.ending,
}

JEKYLL: Mapping[str, Placeholder] = {
    **DATES,
    "title": lambda facts: slugs.jekyll_pretty(_chosen_slug(facts)),
    "slug": lambda facts: slugs.jekyll(_chosen_slug(facts)),
    "name": lambda facts: slugs.jekyll(facts.place.undated),
    "basename": lambda facts: facts.place.name,
    "path": lambda facts: facts.path,
    "categories": lambda facts: _categories(facts, str),
    "slugified_categories": lambda facts: _categories(facts, slugs.jekyll),
    "collection": lambda facts: facts.place.section,
    "output_ext": lambda _: ".html",
    "ending": lambda facts: facts.ending,
}

BRIDGETOWN: Mapping[str, Placeholder] = {
    **JEKYLL,
    "title": lambda facts: slugs.jekyll(facts.head.title) or slugs.jekyll(_chosen_slug(facts)),
    "name": lambda facts: slugs.jekyll(facts.place.name),
    "categories": lambda facts: _categories(facts, slugs.jekyll),
    "locale": lambda facts: facts.place.language,
    "lang": lambda facts: facts.place.language,
}

HEXO: Mapping[str, Placeholder] = {
    **DATES,
    "title": lambda facts: "/".join((*facts.place.folders, _chosen_slug(facts))),
    "name": lambda facts: facts.place.undated,
    "post_title": _from_title,
    "category": lambda facts: "/".join(facts.head.categories) or "uncategorized",
    "lang": lambda facts: facts.place.language or facts.head.language,
}

HUGO: Mapping[str, Placeholder] = {
    **{name: DATES[name] for name in ("year", "month", "day")},
    "monthname": DATES["long_month"],
    "weekday": _date("{:%w}"),
    "weekdayname": DATES["long_day"],
    "yearday": lambda facts: str(facts.date.timetuple().tm_yday) if facts.date else "",
    "title": _from_title,
    "slug": lambda facts: facts.part(facts.head.slug) or _from_title(facts),
    "filename": lambda facts: facts.part(facts.place.name),
    "contentbasename": lambda facts: facts.part(facts.place.name),
    "slugorfilename": lambda facts: facts.part(facts.head.slug or facts.place.name),
    "slugorcontentbasename": lambda facts: facts.part(facts.head.slug or facts.place.name),
    **{name: ANY_TOOL[name] for name in ("section", "sections", "path", "language", "ending")},
    "sectionslug": ANY_TOOL["section"],
    "sectionslugs": ANY_TOOL["sections"],
    # The components of Go's layout of times.
    "2006": DATES["year"],
    "06": DATES["short_year"],
    "01": DATES["month"],
    "1": DATES["i_month"],
    "Jan": DATES["short_month"],
    "January": DATES["long_month"],
    "02": DATES["day"],
    "2": DATES["i_day"],
    "Mon": DATES["short_day"],
    "Monday": DATES["long_day"],
    "002": DATES["y_day"],
    "15": DATES["hour"],
    "04": DATES["minute"],
    "05": DATES["second"],
}

VUEPRESS: Mapping[str, Placeholder] = {
    **ANY_TOOL,
    "slug": lambda facts: slugs.vuepress(facts.head.slug or facts.place.undated),
    "raw": lambda facts: f"{facts.path}.html",
    "regular": lambda facts: f"{facts.path}.html",
}

PELICAN: Mapping[str, Placeholder] = {
    "slug": lambda facts: facts.head.slug or _from_title(facts),
    "category": lambda facts: facts.words(facts.head.categories[0]) if facts.head.categories else "misc",
    "lang": lambda facts: facts.place.language or facts.head.language,
    "date": _date("{:%Y-%m-%d %H:%M:%S}"),
    "path": lambda facts: facts.head.path,
    "filename": lambda facts: facts.place.name,
    "basename": lambda facts: facts.place.name,
}

MKDOCS: Mapping[str, Placeholder] = {
    "date": _date("{:%Y/%m/%d}"),
    "slug": lambda facts: facts.head.slug or _from_title(facts),
    "categories": lambda facts: facts.words(facts.head.categories[0]) if facts.head.categories else "",
    "file": lambda facts: facts.place.name,
    "path": lambda facts: facts.path,
    "ending": lambda facts: facts.ending,
}

_COLON = re.compile(r":([A-Za-z_]+|\d+)(?:\[([^\]/]*)\])?|(?<=[a-z])\.\*")
_BRACE = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_SLASHES = re.compile(r"//+")


def expand(pattern: str, placeholders: Mapping[str, Placeholder], facts: Facts) -> str:
    """*pattern* with the values of *facts*, as a path from the root of the site.

    Placeholders are ``:name``, or ``{name}`` and ``{date:%Y}``. Raises ValueError for an unknown one, and
    for one of a date in a file without date.
    """
    expression = _BRACE if "{" in pattern else _COLON
    text = expression.sub(lambda found: _value(found, placeholders, facts), pattern)
    return _SLASHES.sub("/", f"/{text}")


_OPTIONAL = frozenset({"categories", "slugified_categories", "category", "section", "sections"}) | {
    "sectionslug",
    "sectionslugs",
    "language",
    "locale",
    "lang",
    "ending",
    "path",
}


def _value(found: re.Match[str], placeholders: Mapping[str, Placeholder], facts: Facts) -> str:
    name = found[1]
    if name is None:  # ".*", the extension in Bridgetown
        return ".html"
    if name not in placeholders:
        raise ValueError(f"unknown placeholder: {found[0]}")
    if name == "date" and found[2]:
        if not facts.date:
            raise ValueError("no date")
        return facts.date.strftime(found[2])
    value = placeholders[name](facts)
    if not value and name not in _OPTIONAL:
        raise ValueError(f"no value for {found[0]}")
    return _slice(value, found[2]) if found[2] else value


def _slice(value: str, selection: str) -> str:
    """The selected parts of ``:sections``: ``[0]``, ``[last]``, ``[1:]`` or ``[:last]``."""
    parts = value.split("/")
    first, colon, last = (each.strip() for each in selection.partition(":"))
    if not colon:
        number = len(parts) - 1 if first == "last" else int(first)
        return parts[number] if number < len(parts) else ""
    end = len(parts) - 1 if last == "last" else int(last or len(parts))
    return "/".join(parts[int(first or 0) : end])


@cache
def zone_of(name: str) -> tzinfo:
    """The zone with *name*, or UTC if there is none."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError):
        return UTC


def in_zone(date: datetime, zone: tzinfo) -> datetime:
    """*date* in *zone*; a date in a named zone, which was written without offset, keeps its day."""
    return date.astimezone(zone) if isinstance(date.tzinfo, timezone) else date
