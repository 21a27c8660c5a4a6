"""The addresses of Astro's content collections, by the paths of the pages that show them."""

import re
from collections.abc import Mapping

_COLLECTION = re.compile(r"(?:.*/)?src/(?:content|data)/([^/]+)/.+")
# A page for each entry of a collection; pages with two parameters are not understood.
_ROUTE = re.compile(r"(?:.*/)?src/pages/([^\[\]]*)\[(?:\.\.\.)?(\w+)\](?:/index)?\.astro")
_LISTS = frozenset({"page", "tag", "category", "author", "topic", "series", "year", "lang", "locale"})


def collection_of(path: str) -> str:
    """The collection of the file at *path*, or an empty text."""
    found = _COLLECTION.fullmatch(path)
    return found[1] if found else ""


def base_of(collection: str, routes: Mapping[str, str]) -> str | None:
    """The folder of the addresses of *collection*, or None if no route shows it.

    *routes* are the texts of pages by path. A page that names the collection is certain; else one in a
    folder of the same name, else the only page.
    """
    bases = {path: base for path in routes if (base := _base(path)) is not None}
    names = re.compile(rf"""\b(?:getCollection|getEntry)\w*\(\s*["'`]{re.escape(collection)}["'`]""")
    naming = {base for path, base in bases.items() if names.search(routes[path])}
    named = {base for base in bases.values() if base.rstrip("/").rpartition("/")[2] == collection}
    for found in (naming & named, naming, named, set(bases.values())):
        if len(found) == 1:
            return next(iter(found))
    return None


def _base(path: str) -> str | None:
    found = _ROUTE.fullmatch(path)
    return found[1] if found and found[2].lower().rstrip("s") not in _LISTS else None
