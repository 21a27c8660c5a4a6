"""The guide for programmers: a text of about/, tables of the program and examples of the corpus."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Template
from urllib.parse import quote

from feeds.corpus.bodies.rendering import render
from feeds.feed.site import HUB_PATH, Site
from feeds.formats import DEFAULT, FORMATS
from feeds.index import Index
from feeds.index.listings import Listing
from feeds.period import day_of
from feeds.query import Query
from feeds.query.parameters import EVERY, PARAMETERS, SEGMENTS
from feeds.query.parameters.facet import FacetParameter
from feeds.query.selection import select
from feeds.query.wording import Wording
from feeds.web.errors import PROBLEMS
from feeds.web.wording import wording

_FOLDER = Path(__file__).with_name("about")


@cache
def _text(language: str) -> str:
    return (_FOLDER / f"{language}.md").read_text()


def guide(site: Site, base: str, index: Index, language: str, *, check: str = "") -> str:
    """Return the guide in *language*, as HTML; addresses on the page begin with *base*.

    Names in examples are those of *index*, so that the examples work. A line without a name is left out.
    *check* is the path of the check of readers, empty if that is off.
    """
    words = wording(language)
    names = dict(_names(site, index))
    hub = {"hub": HUB_PATH} if site.own_hub in site.hubs else {}
    values = {
        **hub,
        **({"check": check} if check else {}),
        **{name: quote(value) for name, value in names.items() if value},
        "base": base,
        "url": site.url,
        "format": DEFAULT.extension,
        "formats": _table(("extension", "format", "media type"), _formats(), words),
        "parameters": _table(("example", "articles"), _parameters(base, index, words), words),
        "errors": _table(("type", "status", "meaning"), _errors(words), words),
    }
    markup = render("".join(_filled(_text(language), values)))
    return markup.replace("<pre>", '<pre tabindex="0">')  # a keyboard scrolls long lines


def _names(site: Site, index: Index) -> Iterator[tuple[str, str]]:
    """Yield names that exist: of a topic, a provider, an author, a feed, a month and an article."""
    for each in SEGMENTS.values():
        yield each.key, _largest(each.offered(index))
    yield "named", next((each.query.name for each in site.named), "")
    for item in select(index, Query(limit=1)).items:
        newest = item.records[0]
        yield "article", newest.id
        yield "slug", newest.slug
        yield "month", day_of(newest.published).name[: len("2026-01")]


def _largest(listings: Iterable[Listing]) -> str:
    return max(((each.count, each.slug) for each in listings), default=(0, ""))[1]


def _filled(text: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of *text* with *values*, without those that need a value that is missing."""
    for line in text.splitlines(keepends=True):
        template = Template(line)
        if values.keys() >= set(template.get_identifiers()):
            yield template.substitute(values)


def _formats() -> Iterator[tuple[str, ...]]:
    for each in FORMATS.values():
        yield f"`.{each.extension}`", each.name, f"`{each.type}`"


def _parameters(base: str, index: Index, words: Wording) -> Iterator[tuple[str, ...]]:
    for each in EVERY:
        key, _, value = each.example.partition("=")
        parameter = PARAMETERS.get(key)
        if isinstance(parameter, FacetParameter):
            known = sorted(index.listings.known(key))
            value = _largest(parameter.offered(index)) or next(iter(known), "")
        written = f"`{key}={value or '…'}`"
        address = f"{base}/feed.{DEFAULT.extension}?{key}={quote(value, safe=',')}"
        yield f"[{written}]({address})" if value else written, words(each.meaning)


def _errors(words: Wording) -> Iterator[tuple[str, ...]]:
    for each in PROBLEMS.values():
        yield f'<span id="{each.name}">`#{each.name}`</span>', str(each.status), words(each.title)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], words: Wording) -> str:
    lines = (map(words, head), ("---",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
