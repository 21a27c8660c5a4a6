"""The addresses of Astro's content collections, by the paths of the pages that show them."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from feeds.article.expressions import expression

_COLLECTION = expression(r"(?:.*/)?src/(?:content|data)/([^/]+)/.+")
# A page for each entry of a collection; it may have a parameter for the language.
_ROUTE = expression(
    r"(?:.*/)?src/pages/(?:\[(?P<rest>\.\.\.)?(?:lang|language|locale)\]/)?(?P<base>[^\[\]]*)"
    r"\[(?:\.\.\.)?(?P<name>\w+)\](?:/index)?\.astro"
)
_LISTS = frozenset({"page", "tag", "category", "author", "topic", "series", "year", "lang", "locale"})
_NAMED = expression(r"""\b(?:getCollection|getEntry)\w{0,20}\(\s{0,9}["'`]([\w-]{1,100})["'`]""")
_DEFINED = expression(r"\b([\w$]{1,100})\s{0,9}[=:]\s{0,9}defineCollection\(")
_BASE = expression(r"""\bbase\s{0,9}:\s{0,9}["'`](?:\./)?([\w./-]{1,200})["'`]""")

# Starlight shows its collection, which is always called docs, at the root of the site.
_OF_STARLIGHT = expression(r"\bdocs(?:Loader|Schema)\(")


class Route(Struct, frozen=True):
    """A page for each entry of a collection.

    *base* is the folder of its addresses with a slash at the end, or empty; *collections* are those that
    it names. The parameter of the *language* is missing, ``optional`` or ``required``.
    """

    base: str
    collections: tuple[str, ...]
    language: str = ""

    @property
    def pattern(self) -> str:
        """The pattern of the addresses."""
        return f"/:language/{self.base}:below:ending" if self.language else f"/{self.base}:below:ending"


def routes_in(files: Mapping[str, str]) -> tuple[Route, ...]:
    """The routes among *files*, the texts of pages by path."""
    return tuple(route for path, text in sorted(files.items()) if (route := _route(path, text)))


def _route(path: str, text: str) -> Route | None:
    if _OF_STARLIGHT.search(text):
        return Route("", ("docs",))
    found = _ROUTE.fullmatch(path)
    if not found or found["name"].lower().rstrip("s") in _LISTS:
        return None
    language = ""
    if len(found[0].split("[")) > 2:
        language = "optional" if found["rest"] else "required"
    return Route(found["base"], tuple(dict.fromkeys(_NAMED.findall(text))), language)


def collections_in(text: str) -> dict[str, str]:
    """The names of collections by the folder of their entries, in the text of ``content.config.ts``."""
    definitions = [*_DEFINED.finditer(text)]
    found: dict[str, str] = {}
    for number, definition in enumerate(definitions, 1):
        end = definitions[number].start() if number < len(definitions) else len(text)
        if base := _BASE.search(text, definition.end(), end):
            found.setdefault(base[1].strip("/"), definition[1])
    return found


def collection_of(path: str, collections: Mapping[str, str]) -> tuple[str, str]:
    """The folder and the name of the collection of the file at *path*, in the site; or empty texts."""
    for folder in sorted(collections, key=len, reverse=True):
        if path.startswith(f"{folder}/"):
            return folder, collections[folder]
    found = _COLLECTION.fullmatch(path)
    return (path[: found.end(1)], found[1]) if found else ("", "")


def route_of(collection: str, routes: Iterable[Route]) -> Route | None:
    """The route that shows *collection*, or None if it is uncertain.

    A page that names the collection is certain; else one in a folder of the same name, else the only
    page, if it names no other collection.
    """
    known = tuple(routes)
    naming = [each for each in known if collection in each.collections]
    named = [each for each in known if each.base.rstrip("/").rpartition("/")[2] == collection]
    alone = [each for each in known if not each.collections] if len(known) == 1 else []
    for found in ([each for each in naming if each in named], naming, named, alone):
        if len({each.pattern for each in found}) == 1:
            return found[0]
    return None
