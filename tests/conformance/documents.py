"""Documents of invented articles, in every format."""

from functools import cache

from feeds.feed.directory import directory, on_offer
from feeds.feed.site import Site
from feeds.formats import FORMATS, opml
from feeds.index import Index
from tests.builders import index
from tests.conformance.rules import Made
from tests.formats.articles import ARTICLES, FEEDS, SITE

# The articles that lists of feeds are made from. No store has lone surrogates.
UNNAMED = "a name that cannot be shown"
LISTS = {
    "every-feature": [name for name in ARTICLES if name not in (UNNAMED, "lone surrogates")],
    "empty": [],
    "unnamed": [UNNAMED],
}


def lists(stock: Index, site: Site) -> list[Made]:
    """The feeds of *stock* as OPML, once for each format."""
    found = directory(site, stock, on_offer(site, stock))
    return [Made("opml", opml.render(found, each), found) for each in FORMATS]


@cache
def invented(name: str, extension: str) -> Made:
    """The document called *name*, made from invented articles."""
    if extension == "opml":
        return lists(index(*(ARTICLES[each] for each in LISTS[name])), SITE)[0]
    return Made(extension, FORMATS[extension].render(FEEDS[name]), FEEDS[name])
