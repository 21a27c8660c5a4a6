"""The pattern of the addresses of a site, found by the links in its own pages."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, timedelta
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus.address_rules import rule_of
from feeds.corpus.dialects import Dialect
from feeds.corpus.places import Place, place_of
from feeds.corpus.site import FileHead, SourceSite

MIN_LINKED_FILES = 5
MIN_SHARE = 0.8

_LINK = expression(
    r"""\]\([ ]?<?([^\s()<>"]{1,500}) | \bhref=["']([^"'\s<>]{1,500})
    | ^[ ]{0,3}\[[^\]\n]{1,100}\]:[ ]?<?([^\s<>]{1,500})""",
    re.MULTILINE | re.VERBOSE,
)
_ENDING = expression(r"(?:/index)?\.html?\Z|/\Z|\Z")
# The parts of a path that stand for a part of the date, with their placeholders.
_DATE_PARTS = {
    ":year": "{:%Y}",
    ":month": "{:%m}",
    ":day": "{:%d}",
    ":i_month": "{0.month}",
    ":i_day": "{0.day}",
}


class Example(Struct, frozen=True):
    """A *pattern* of addresses. The links to *matching* of *linked* articles have this form.

    *site* is the commonest host of these links, as the beginning of an address, or empty. *sections* are
    those of the articles.
    """

    pattern: str
    site: str
    matching: int
    linked: int
    sections: frozenset[str]


class _Link(Struct, frozen=True):
    """A link to the article at *file*, with its form in literal folders and in folders of the file."""

    file: str
    section: str
    literal: str
    by_folder: str
    ending: str
    site: str


def links_in(text: str) -> list[str]:
    """The targets of the links in *text*, Markdown or HTML, that can be pages of the site."""
    targets = (found[1] or found[2] or found[3] for found in _LINK.finditer(text))
    return [each for each in targets if each.startswith(("/", "http://", "https://"))]


def by_example(
    links: Iterable[str], heads: Iterable[FileHead], site: SourceSite, dialect: Dialect
) -> Example | None:
    """The pattern that the *links* to most articles among *heads* have; None without enough evidence."""
    layout = rule_of(dialect).layout
    articles = [
        (head, place_of(head, site, layout)) for head in heads if head.date and head.status != "page"
    ]
    names = _unique_names(articles)
    found = [each for link in set(links) if (each := _read(link, names, site))]
    host = site.url or _commonest(each.site for each in found if each.site)
    ours = [each for each in found if not each.site or _host(each.site) == _host(host)]
    linked = len({each.file for each in ours})
    by_form = [{each: each.literal for each in ours}, {each: each.by_folder for each in ours}]
    for forms in sorted(by_form, key=lambda forms: -_most_files(forms)[1]):
        form, matching = _most_files(forms)
        if matching >= MIN_LINKED_FILES and matching >= MIN_SHARE * linked:
            same = [each for each in ours if forms[each] == form]
            ending = _commonest(each.ending for each in same)
            return Example(
                form + ending, host, matching, linked, frozenset(each.section for each in same)
            )
    return None


def _unique_names(
    articles: Sequence[tuple[FileHead, Place]],
) -> Mapping[str, tuple[FileHead, Place, str]]:
    """The articles by the last parts that their addresses can have, with the placeholder of each."""
    names: dict[str, tuple[FileHead, Place, str] | None] = {}
    for head, place in articles:
        forms = {place.name: ":name", head.slug or place.undated: ":slug"}
        for name, placeholder in forms.items():
            names[name] = None if name in names else (head, place, placeholder)
    return {name: each for name, each in names.items() if name and each}


def _read(link: str, names: Mapping[str, tuple[FileHead, Place, str]], site: SourceSite) -> _Link | None:
    """*link* as one to an article, or None."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    ending = _ENDING.search(parts.path)
    if not ending or not parts.path.startswith("/"):
        return None
    path = _below_base(unquote(parts.path[: ending.start()]), site)
    *folders, last = path.strip("/").split("/")
    if last not in names:
        return None
    head, place, placeholder = names[last]
    written = "" if ending[0].startswith("/index") else ending[0]
    literal = "".join(f"/{each}" for each in _forms(folders, head))
    folder = "/".join(place.folders)
    by_folder = f"{literal}/".replace(f"/{folder}/", "/:sections/", 1).rstrip("/") if folder else literal
    origin = f"{parts.scheme or 'https'}://{parts.netloc}" if parts.netloc else ""
    return _Link(
        head.path,
        place.section,
        f"{literal}/{placeholder}",
        f"{by_folder}/{placeholder}",
        written,
        origin,
    )


def _forms(folders: Sequence[str], head: FileHead) -> Iterator[str]:
    """*folders* with placeholders for the year and the parts of the date after it."""
    is_dated = False
    for each in folders:
        form = _date_part(each, head) if each.isdigit() else ""
        is_dated = is_dated or form == ":year"
        yield form if form and is_dated else each


def _date_part(part: str, head: FileHead) -> str:
    """The placeholder for *part* of the date, if it is one; a zone can shift the day by one."""
    if not head.date or not MINYEAR < head.date.year < MAXYEAR:
        return ""
    dates = [head.date + timedelta(days=days) for days in (0, -1, 1)]
    return next((name for name, form in _DATE_PARTS.items() if part in map(form.format, dates)), "")


def _below_base(path: str, site: SourceSite) -> str:
    base = urlsplit(site.url).path.rstrip("/")
    return path[len(base) :] if base and path.startswith(base + "/") else path


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")


def _commonest(texts: Iterable[str]) -> str:
    """The commonest of *texts*, the first in order of the alphabet of equally common ones."""
    counts = Counter(texts)
    return min(counts, key=lambda each: (-counts[each], each), default="")


def _most_files(forms: Mapping[_Link, str]) -> tuple[str, int]:
    """The form of the links to most files, and the number of these files."""
    counts = Counter(form for form, _ in {(form, link.file) for link, form in forms.items()})
    form = _commonest(counts.elements())
    return form, counts[form]
