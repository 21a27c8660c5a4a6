"""The rules of the formats, each with the id and the section of a specification to report on failure.

A rule checks one document and yields a complaint for each violation.
"""

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from feeds.article import Article
from feeds.feed import Feed
from feeds.formats.text import portion
from tests.formats.reading import NAMESPACES, find, parse

NAMESPACES |= {
    "at": "http://purl.org/atompub/tombstones/1.0",
    "fh": "http://purl.org/syndication/history/1.0",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}


class Made:
    """A document and its *source*: a Feed, or a Directory for OPML."""

    def __init__(self, extension: str, body: bytes, source: Any) -> None:
        self.extension = extension
        self.body = body
        self.source = source

    @cached_property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @cached_property
    def root(self) -> Any:
        """The root of an XML document."""
        return parse(self.body)

    @cached_property
    def json(self) -> Any:
        return json.loads(self.body)

    @cached_property
    def items(self) -> list[Any]:
        """The element of every article in RSS or Atom."""
        return find(self.root, "//item | //atom:entry")

    @property
    def feed(self) -> Feed:
        assert isinstance(self.source, Feed)
        return self.source

    def find(self, path: str) -> list[Any]:
        return find(self.root, path)

    def full(self, article: Article) -> bool:
        """Return whether the document has the full text of *article*."""
        return portion(article, self.feed.site, self.feed.content) == "full"


Complaints = Iterator[str]


class Rule(NamedTuple):
    """A rule: its *id* in the checklist, the section that requires it, and the formats it applies to."""

    id: str
    reference: str
    formats: tuple[str, ...]
    complaints: Callable[[Made], Complaints]

    def broken_by(self, made: Made) -> str:
        """Describe the violations in *made*; empty if there are none."""
        found = list(self.complaints(made))
        said = (self.complaints.__doc__ or self.complaints.__name__).replace("_", " ")
        lines = "\n".join(f"  - {each}" for each in found[:5])
        return f"{self.id} ({self.reference}): {said}\n{lines}" if found else ""


RULES: list[Rule] = []


def rule(
    id_: str, reference: str, *formats: str
) -> Callable[[Callable[[Made], Complaints]], Callable[[Made], Complaints]]:
    """Register a function as a rule. Its name states the requirement."""

    def add(complaints: Callable[[Made], Complaints]) -> Callable[[Made], Complaints]:
        RULES.append(Rule(id_, reference, formats, complaints))
        return complaints

    return add


def count(parent: Any, least: int, most: int, *paths: str) -> Complaints:
    """Complain unless each of *paths* is in *parent* from *least* to *most* times, and never blank."""
    for path in paths:
        found = find(parent, path)
        if not least <= len(found) <= most:
            yield f"{len(found)} {path} in {parent.tag}"
        if least and not all((each.text or "").strip() or len(each) for each in found):
            yield f"a blank {path} in {parent.tag}"
