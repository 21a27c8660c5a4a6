"""The rules of Atom that matter to readers; RFC 4287."""

from collections.abc import Iterator

from lxml import etree

from feeds.doctor.problem import (
    ContentProblem,
    bad_address,
    bad_instant,
    duplicates,
    is_absolute,
    quote,
)
from feeds.doctor.xml_content import ATOM_NAMESPACE, has_base, text_of_child

_A = f"{{{ATOM_NAMESPACE}}}"
_REQUIRED = ("id", "title", "updated")
_TEXT_TYPES = ("text", "html", "xhtml")


def atom_problems(root: etree._Element, now: float) -> Iterator[ContentProblem]:
    """The violations in the document of *root*."""
    if root.tag != f"{_A}feed":
        text = "not the one of Atom"
        yield ContentProblem("namespace", text, f'write xmlns="{ATOM_NAMESPACE}"', is_failure=True)
        return
    yield from _common(root, "feed ", "", now)
    entries = root.findall(f"{_A}entry")
    has_author = root.find(f"{_A}author") is not None
    for entry in entries:
        yield from _entry(entry, has_author, now)
    yield from duplicates("id", [text_of_child(each, f"{_A}id") or "" for each in entries])


def _entry(entry: etree._Element, has_author: bool, now: float) -> Iterator[ContentProblem]:
    place = quote(text_of_child(entry, f"{_A}title") or "an entry without a title")
    yield from _common(entry, "", place, now)
    sources = [entry, *entry.findall(f"{_A}source")]
    if not has_author and all(each.find(f"{_A}author") is None for each in sources):
        yield ContentProblem("author", "missing", "add one to the feed or to each entry", place)
    links = [each for each in entry.findall(f"{_A}link") if each.get("rel", "alternate") == "alternate"]
    if not links and entry.find(f"{_A}content") is None:
        yield ContentProblem("link", "missing in an entry without content", "add either", place)
    if (date := text_of_child(entry, f"{_A}published")) is not None:
        yield from bad_instant("published", date, place, now)


def _common(element: etree._Element, prefix: str, place: str, now: float) -> Iterator[ContentProblem]:
    """The rules for feeds and for entries."""
    for name in _REQUIRED:
        if text_of_child(element, f"{_A}{name}") is None:
            yield ContentProblem(f"{prefix}{name}", "missing", f"add {_article(name)} {name}", place)
    if (own := text_of_child(element, f"{_A}id")) is not None and not is_absolute(own):
        yield ContentProblem(f"{prefix}id", "no IRI", "write an address, or tag:… or urn:…", place)
    if (date := text_of_child(element, f"{_A}updated")) is not None:
        yield from bad_instant(f"{prefix}updated", date, place, now)
    for link in element.findall(f"{_A}link"):
        base = "base" if has_base(link) else ""
        yield from bad_address(f"{prefix}link", link.get("href", ""), place, base)
    for name in ("title", "summary"):
        child = element.find(f"{_A}{name}")
        if child is not None and child.get("type", "text") not in _TEXT_TYPES:
            remedy = "use text, html or xhtml"
            yield ContentProblem(f"{prefix}{name}", "of an unknown type", remedy, place)


def _article(name: str) -> str:
    return "an" if name[0] in "aeiou" else "a"
