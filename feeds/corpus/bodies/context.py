"""The input and the result of preparing a body."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct, field


class BodyReferences(Protocol):
    """Finds the files of a site that a body refers to."""

    def address(self, kind: str, target: str, path: str) -> str:
        """The address of *target* as it is written in the file at *path*, or empty if there is none.

        *kind* is ``relative`` (a link to a file), ``wiki``, ``@/``, ``{filename}``, ``relref``,
        ``post_url`` or ``asset`` (a picture or another file to serve). *target* may have a fragment,
        which the address keeps.
        """


class NoReferences:
    """The references of a site without other files."""

    def address(self, kind: str, target: str, path: str) -> str:  # noqa: ARG002
        """No address."""
        return ""


class BodyContext(Struct, frozen=True, kw_only=True):
    """The facts that the meaning of a body depends on.

    *path* is the path of the body's file, relative to the root of the corpus. *syntax* are the extensions
    of Markdown in force, as in Dialect: ``liquid``, ``shortcodes``, ``mdx``, ``wiki`` and ``mkdocs``. All
    others are always in force. *values* are those that templates may show: the configuration in ``site``,
    the front matter in ``page``. *separator* ends the summary, beside the usual ones.
    """

    path: str
    syntax: frozenset[str] = frozenset()
    references: BodyReferences = NoReferences()
    values: Mapping[str, Any] = {}
    separator: str = ""

    @property
    def is_html(self) -> bool:
        """True if the body is HTML, in which no Markdown is."""
        return self.path.lower().endswith((".html", ".htm", ".xhtml"))

    @property
    def has_components(self) -> bool:
        """True if the body may have components of MDX."""
        return "mdx" in self.syntax or self.path.lower().endswith(".mdx")


class Prepared(Struct, frozen=True):
    """A body in plain Markdown, or in HTML if it was HTML.

    *summary* is the text before a separator, None without one. *removed* counts the tags, shortcodes and
    components that have no meaning here, by name.
    """

    markdown: str
    summary: str | None = None
    removed: Counter[str] = field(default_factory=Counter)
