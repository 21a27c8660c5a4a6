"""The address of every file on its site, and the rule that it comes from."""

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from feeds.corpus.address_facts import facts_of, for_site
from feeds.corpus.address_rules import rule_of
from feeds.corpus.by_example import Example
from feeds.corpus.dialects import Dialect
from feeds.corpus.permalinks import ANY_TOOL, Facts, expand
from feeds.corpus.places import Place, place_of
from feeds.corpus.site import Head, Site
from feeds.corpus.urls import SCHEME, absolute

Origin = Literal["file", "configuration", "default", "example", "setting", "none"]

_INDEX_FILE = re.compile(r"(?<=/)index\.html?\Z")
_EXTENSION = re.compile(r"\.[A-Za-z]\w{0,4}\Z")


class Address(Struct, frozen=True):
    """An absolute *url*, or an empty one, the *origin* of its rule, and the *rule* as it is written."""

    url: str
    origin: Origin
    rule: str = ""


class Addresses:
    """The addresses of the files of *site*, which *dialect* generates.

    *setting* is the pattern that the operator has set, and *example* that of links in pages.
    """

    def __init__(
        self, site: Site, dialect: Dialect, *, example: Example | None = None, setting: str = ""
    ) -> None:
        self._site = site
        self._rule = for_site(rule_of(dialect), site)
        self._base = site.url or (example.site if example else "")
        self._example = example.pattern if example else ""
        self._setting = setting
        self._in_defaults = {str(each.fields.get("permalink", "")) for each in site.defaults}

    def of(self, head: Head) -> Address:
        """The address of the file with *head*."""
        if head.canonical:
            return Address(absolute(head.canonical, self._base), "file", head.canonical)
        place = place_of(head, self._site, self._rule.layout)
        facts = facts_of(head, place, self._site, self._rule)
        for origin, pattern in self._patterns(head, place):
            if pattern and (url := self._url(pattern, origin, facts)):
                return Address(url, origin, pattern)
        return Address("", "none")

    def _patterns(self, head: Head, place: Place) -> Iterator[tuple[Origin, str]]:
        """The patterns to try, in order of precedence, with their origins."""
        is_article = self._is_article(head, place)
        configured = self._configured(place) if is_article else ""
        if head.permalink:
            yield ("configuration" if head.permalink in self._in_defaults else "file"), head.permalink
        elif configured:
            yield "configuration", configured
        elif not is_article:
            yield "default", self._rule.pages
        elif not self._rule.is_in_code:
            yield "default", self._rule.permalink
        if is_article:
            yield "setting", self._setting
            yield "example", self._example
            if self._rule.is_in_code and not (head.permalink or configured):
                yield "default", self._rule.permalink

    def _is_article(self, head: Head, place: Place) -> bool:
        if head.status == "page" or place.section in self._rule.page_folders:
            return False
        return place.is_hidden or not self._rule.layout.hidden

    def _configured(self, place: Place) -> str:
        """The pattern in the configuration for the section of *place*."""
        by_section = {name.lower(): each for name, each in self._site.permalinks.items()}
        written = by_section.get(place.section.lower()) or by_section.get("", "")
        return self._rule.styles.get(written.lstrip(":"), written)

    def _url(self, pattern: str, origin: Origin, facts: Facts) -> str:
        """The absolute address that *pattern* yields, or an empty text."""
        if SCHEME.match(pattern):
            path = pattern
        else:
            known = ANY_TOOL if origin in ("example", "setting") else self._rule.placeholders
            try:
                path = expand(pattern, known, facts)
            except ValueError:
                return ""
            if (
                origin in ("file", "configuration")
                and self._rule.adds_slash
                and not _EXTENSION.search(path)
            ):
                path = path.rstrip("/") + "/"
        try:
            return absolute(_INDEX_FILE.sub("", path), self._base)
        except ValueError:
            return ""
