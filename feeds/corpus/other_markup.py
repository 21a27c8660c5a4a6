"""Formats of text other than Markdown, in which no article is read."""

from collections import defaultdict
from collections.abc import Iterable

# By the extension of the file.
OTHER_MARKUP = {
    "rst": "reStructuredText", "rest": "reStructuredText", "org": "Org", "adoc": "AsciiDoc",
    "asciidoc": "AsciiDoc", "textile": "Textile",
}  # fmt: skip
_OF_PROJECTS = frozenset({"readme", "changelog", "changes", "contributing", "license", "news"})


def other_markup(path: str) -> str:
    """The format of the file at *path* if no article in it is read, else empty."""
    return OTHER_MARKUP.get(path.rpartition(".")[2].lower(), "")


def by_markup(paths: Iterable[str]) -> dict[str, list[str]]:
    """The *paths* of texts by format, without files that every project has, such as README.rst."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        name = path.rpartition("/")[2].partition(".")[0].lower()
        if name not in _OF_PROJECTS and (markup := other_markup(path)):
            found[markup].append(path)
    return dict(sorted(found.items()))
