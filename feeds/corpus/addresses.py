"""The address of every file on its site, and the rule that it comes from."""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from feeds.article.expressions import expression
from feeds.corpus import slugs
from feeds.corpus.address_facts import facts_of, for_site, texts_at
from feeds.corpus.address_patterns import PATTERN_SETTINGS, article_pattern, page_pattern
from feeds.corpus.address_rules import AddressRule, rule_of
from feeds.corpus.astro_routes import Route, collection_of, route_of
from feeds.corpus.by_example import Example
from feeds.corpus.dialects import Dialect
from feeds.corpus.permalinks import expand, names_in
from feeds.corpus.placeholders import ANY_TOOL, Facts
from feeds.corpus.places import Place, below, default_language, place_of
from feeds.corpus.site import FileHead, SourceSite
from feeds.corpus.urls import SCHEME, absolute

Origin = Literal["file", "configuration", "default", "example", "setting", "none"]

_INDEX_FILE = expression(r"(?<=/)index\.html?\Z")
_EXTENSION = expression(r"\.[A-Za-z]\w{0,4}\Z")


class PageAddress(Struct, frozen=True):
    """An absolute *url*, the *origin* of its rule, and the *rule* as it is written.

    The url is empty if no rule yields one; with a rule, the address of the site is missing.
    """

    url: str
    origin: Origin
    rule: str = ""


def named_fields(site: SourceSite, setting: str = "") -> frozenset[str]:
    """The names in the patterns of *site*; some are fields of the header."""
    defaults = (str(each.fields.get("permalink", "")) for each in site.defaults)
    settings = (text for key in PATTERN_SETTINGS for text in texts_at(site.values, key))
    patterns = (setting, *site.permalinks.values(), *defaults, *settings)
    return frozenset().union(*map(names_in, patterns))


class PageAddresses:
    """The addresses of the files of *site*, which *dialect* generates.

    *setting* is the pattern in the settings, and *example* the pattern of the links in pages.
    """

    def __init__(
        self,
        site: SourceSite,
        dialect: Dialect,
        *,
        example: Example | None = None,
        setting: str = "",
    ) -> None:
        self._site = site
        self._rule = for_site(rule_of(dialect), site)
        self._base = site.url or (example.site if example else "")
        self.example = example
        self._setting = setting
        self._in_defaults = {str(each.fields.get("permalink", "")) for each in site.defaults}
        self._known: dict[str, tuple[FileHead, PageAddress]] = {}

    def of_all(self, heads: Mapping[str, FileHead]) -> dict[str, PageAddress]:
        """The addresses of the files with *heads*, by path; those of the last call are kept.

        Only the same object counts as the same head: equal dates may be in different zones.
        """
        former, self._known = self._known, {}
        for path, head in heads.items():
            known = former.get(path)
            self._known[path] = known if known and known[0] is head else (head, self.of(head))
        return {path: address for path, (_, address) in self._known.items()}

    def of(self, head: FileHead) -> PageAddress:
        """The address of the file with *head*."""
        if head.canonical and (address := self._published(head.canonical, "file", head.canonical)).url:
            return address
        rule, route = self._rule, None
        if self._site.dialect == "astro":
            rule, route = self._of_collection(head.path, rule)
        place = place_of(head, self._site, rule.layout)
        if route and route.language:
            place = _without_language(place, self._site)
        facts = facts_of(head, place, self._site, rule)
        for origin, pattern in self._patterns(head, place, rule, route):
            try:
                path = self._path(pattern, origin, facts, rule)
            except ValueError:
                continue
            own = self._site.language_urls.get(place.language or default_language(self._site), "")
            return self._published(path, origin, pattern, own)
        return PageAddress("", "none")

    def _patterns(
        self, head: FileHead, place: Place, rule: AddressRule, route: Route | None
    ) -> Iterator[tuple[Origin, str]]:
        """The patterns to try, in order of precedence, with their origins."""
        if not _is_article(head, place, rule):
            ours, fallen_back = page_pattern(head, place, self._site, rule), []
        else:
            found = article_pattern(head, place, self._site, rule)
            ours = ("configuration", route.pattern) if route else found
            fallen_back = [*self._by_operator(), *self._by_links(place)]
        if head.permalink:
            origin: Origin = "configuration" if head.permalink in self._in_defaults else "file"
            yield from [(origin, head.permalink), *fallen_back]
        elif ours[0] == "default" and rule.is_in_code:
            yield from [*fallen_back, ours]
        else:
            yield from [ours, *fallen_back]

    def _of_collection(self, path: str, rule: AddressRule) -> tuple[AddressRule, Route | None]:
        """The *rule* for the file at *path* if it is in a collection of Astro, and its route."""
        folder, name = collection_of(below(path, self._site.folder) or path, self._site.collections)
        if not name:
            return rule, None
        route = route_of(name, self._site.routes)
        above = folder.rpartition("/")[0]
        layout = replace(rule.layout, roots=(above, *rule.layout.roots) if above else rule.layout.roots)
        rule = replace(rule, part=slugs.github, unseen=("_",), slug_replaces="path", layout=layout)
        if route and route.language == "required":
            rule = replace(rule, prefixes_default=True)
        return rule, route

    def _by_operator(self) -> list[tuple[Origin, str]]:
        return [("setting", self._setting)] if self._setting else []

    def _by_links(self, place: Place) -> list[tuple[Origin, str]]:
        """The pattern of the links to files in the same folder."""
        example = self.example
        return [("example", example.pattern)] if example and place.section in example.sections else []

    def _path(self, pattern: str, origin: Origin, facts: Facts, rule: AddressRule) -> str:
        """The path or address that *pattern* yields; raises ValueError if it yields none."""
        if not pattern:
            raise ValueError("no pattern")
        if SCHEME.match(pattern):
            return pattern
        if pattern.startswith(("./", "../")):
            pattern = _joined(facts.place.folders, pattern)
        path = expand(pattern, ANY_TOOL if origin in ("example", "setting") else rule.placeholders, facts)
        path = _with_ending(path, origin, rule)
        has_own = facts.place.language in self._site.language_urls
        if facts.language and not has_own and _is_prefixed(pattern, origin, rule):
            path = f"/{facts.language}{path}"
        return _INDEX_FILE.sub("", path)

    def _published(self, path: str, origin: Origin, pattern: str, base: str = "") -> PageAddress:
        try:
            return PageAddress(absolute(path, base or self._base), origin, pattern)
        except ValueError:
            return PageAddress("", "none", pattern)


def _is_article(head: FileHead, place: Place, rule: AddressRule) -> bool:
    if head.status == "page" or place.section in rule.page_folders:
        return False
    return place.is_hidden or not rule.layout.hidden


def _without_language(place: Place, site: SourceSite) -> Place:
    """*place* without the folder of a language: its addresses have the language elsewhere."""
    known = {each.lower() for each in (*site.languages, site.language)}
    folders = tuple(each for each in place.folders if each.lower() not in known)
    return replace(place, folders=folders)


def _joined(folders: tuple[str, ...], written: str) -> str:
    """*written* relative to *folders*: ``../x`` in ``a/b`` -> ``/a/x``."""
    parts = list(folders)
    for part in written.split("/"):
        match part:
            case ".":
                continue
            case "..":
                del parts[-1:]
            case _:
                parts.append(part)
    return "/" + "/".join(parts)


def _with_ending(path: str, origin: Origin, rule: AddressRule) -> str:
    """*path* with the end that the tool is set to."""
    if origin in ("example", "setting"):
        return path
    if rule.completion and (rule.completes_all or not _EXTENSION.search(path)):
        is_folder = origin == "file" and path.endswith("/")
        path = path if is_folder else path.rstrip("/") + rule.completion
    return path if rule.keeps_html else path.removesuffix(".html")


def _is_prefixed(pattern: str, origin: Origin, rule: AddressRule) -> bool:
    """True if the language stands before addresses of *pattern*."""
    match rule.prefixes_language, origin:
        case "never", _:
            return False
        case "relative", "file":
            return not pattern.startswith("/")
        case _, ("configuration" | "default"):
            return True
        case _:
            return False
