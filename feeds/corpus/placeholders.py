"""The placeholders in patterns of addresses, by site generator."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha1

from msgspec import Struct

from feeds.corpus import slugs
from feeds.corpus.english_dates import day_of, month_of
from feeds.corpus.places import Place
from feeds.corpus.site import FileHead

Slug = Callable[[str], str]


class Facts(Struct, frozen=True, kw_only=True):
    """The facts of one file that placeholders stand for.

    *date* is in the zone whose day the tool writes into addresses. *part* is the slug rule for folders
    and file names, and *words* the one for titles. *path* is the path below the site, as slugs, and
    *below* the same without its first folder. *ending* is the end of addresses: ``/``, ``.html`` or
    nothing.
    """

    head: FileHead
    place: Place
    date: datetime | None
    part: Slug
    words: Slug
    path: str
    below: str
    language: str
    ending: str


Placeholder = Callable[[Facts], str]


def _date(form: str) -> Placeholder:
    return lambda facts: form.format(facts.date) if facts.date else ""


def _chosen_slug(facts: Facts) -> str:
    return facts.head.slug or facts.place.undated


def _from_title(facts: Facts) -> str:
    """The slug of the title, which can be empty; of the file name only without a title."""
    return facts.words(facts.head.title) if facts.head.title else facts.part(facts.place.undated)


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
        "day": "{:%d}",
        "i_day": "{0.day}",
        "y_day": "{:%j}",
        "week": "{:%V}",
        "w_year": "{:%G}",
        "w_day": "{:%u}",
        "hour": "{:%H}",
        "minute": "{:%M}",
        "second": "{:%S}",
    }.items()
} | {
    "short_month": lambda facts: month_of(facts.date)[:3] if facts.date else "",
    "long_month": lambda facts: month_of(facts.date) if facts.date else "",
    "short_day": lambda facts: day_of(facts.date)[:3] if facts.date else "",
    "long_day": lambda facts: day_of(facts.date) if facts.date else "",
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
    "language": lambda facts: facts.language,
    "below": lambda facts: facts.below,
    "last": lambda facts: facts.path.rpartition("/")[2],
    "ending": lambda facts: facts.ending,
}

JEKYLL_PLACEHOLDERS: Mapping[str, Placeholder] = {
    **DATES,
    "title": lambda facts: slugs.jekyll_pretty(_chosen_slug(facts)),
    "slug": lambda facts: slugs.jekyll(_chosen_slug(facts)),
    "name": lambda facts: slugs.jekyll(facts.place.undated),
    "basename": lambda facts: facts.place.name,
    "path": lambda facts: facts.path,
    "categories": lambda facts: _categories(facts, str),
    "slugified_categories": lambda facts: _categories(facts, slugs.jekyll),
    "collection": lambda facts: facts.place.section,
    "below": lambda facts: facts.below,
    "output_ext": lambda _: ".html",
    "ending": lambda facts: facts.ending,
}

BRIDGETOWN_PLACEHOLDERS: Mapping[str, Placeholder] = {
    **JEKYLL_PLACEHOLDERS,
    "title": lambda facts: slugs.jekyll(facts.head.title) or slugs.jekyll(_chosen_slug(facts)),
    "name": lambda facts: slugs.jekyll(facts.place.name),
    "categories": lambda facts: _categories(facts, slugs.jekyll),
    "locale": lambda facts: facts.language,
    "lang": lambda facts: facts.language,
}


def _hexo_hash(facts: Facts) -> str:
    """The short hash of Hexo, of the path and the seconds since 1970."""
    seconds = f"{facts.date.timestamp():.0f}" if facts.date else ""
    return seconds and sha1(f"{facts.path}{seconds}".encode(), usedforsecurity=False).hexdigest()[:12]


HEXO_PLACEHOLDERS: Mapping[str, Placeholder] = {
    **DATES,
    "title": lambda facts: facts.path,
    "name": lambda facts: facts.path.rpartition("/")[2],
    "post_title": lambda facts: slugs.hexo(facts.head.title).lower(),
    "category": lambda facts: "/".join(map(slugs.hexo, facts.head.categories)) or "uncategorized",
    "lang": lambda facts: facts.language or facts.head.language,
    "hash": _hexo_hash,
    **{name: ANY_TOOL[name] for name in ("path", "ending")},
}

HUGO_PLACEHOLDERS: Mapping[str, Placeholder] = {
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
    **{name: ANY_TOOL[name] for name in ("section", "sections", "path", "below", "language", "ending")},
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

VUEPRESS_PLACEHOLDERS: Mapping[str, Placeholder] = {
    **ANY_TOOL,
    "slug": lambda facts: slugs.vuepress(facts.head.slug or facts.place.undated),
    "raw": lambda facts: f"{facts.path}.html",
    "regular": lambda facts: f"{facts.path}.html",
}


def _first_category(facts: Facts, default: str) -> str:
    names = facts.head.categories or facts.place.folders[-1:]
    return facts.words(names[0]) if names else default


PELICAN_PLACEHOLDERS: Mapping[str, Placeholder] = {
    "slug": lambda facts: facts.head.slug or _from_title(facts),
    "category": lambda facts: _first_category(facts, "misc"),
    "lang": lambda facts: facts.head.language,
    "date": _date("{:%Y-%m-%d %H:%M:%S}"),
    "path": lambda facts: facts.head.path,
    "filename": lambda facts: facts.place.name,
}

PELICAN_BY_NAME: Mapping[str, Placeholder] = {
    **PELICAN_PLACEHOLDERS,
    "slug": lambda facts: facts.head.slug or facts.words(facts.place.name),
}

PELICAN_BY_UNDATED_NAME: Mapping[str, Placeholder] = {
    **PELICAN_PLACEHOLDERS,
    "slug": lambda facts: facts.head.slug or facts.words(facts.place.undated),
}

MKDOCS_PLACEHOLDERS: Mapping[str, Placeholder] = {
    "date": _date("{:%Y/%m/%d}"),
    "slug": lambda facts: facts.head.slug or _from_title(facts),
    "categories": lambda facts: facts.words(facts.head.categories[0]) if facts.head.categories else "",
    "file": lambda facts: facts.place.name,
    "above": lambda facts: "/".join(facts.place.above),
    "path": lambda facts: facts.path,
    "ending": lambda facts: facts.ending,
}

# Placeholders that can stand for nothing.
OPTIONAL = frozenset(
    {"above", "below", "categories", "category", "ending", "lang", "language", "locale"}
) | {
    "path",
    "section",
    "sections",
    "sectionslug",
    "sectionslugs",
    "slugified_categories",
}
