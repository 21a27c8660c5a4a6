"""Assembly of feedgen documents (feedgen.kiesow.be) from separately rendered, extended entries.

feedgen only writes whole feeds. This module relies on the shape of its pretty-printed output, which
feedgen does not guarantee: a declaration on a line of its own, one element on each line, two spaces for
each level, and the last entry right before the end of the feed. tests/formats/test_assembly.py compares
the result with whole documents.
"""

from collections.abc import Callable, Mapping
from html import escape

from feeds.feed.site import Site
from feeds.formats.xml import Element

STYLE = "/static/feed.css"  # the stylesheet for browsers that show a feed


class Extension:
    """A feedgen extension: *extend* adds the elements that feedgen does not write.

    *namespaces*, by prefix, are declared by the root of a feed.
    """

    def __init__(self, extend: Callable[[Element], object], namespaces: Mapping[str, str] = {}) -> None:
        self.extend_atom = self.extend_rss = extend
        self._namespaces = namespaces

    def extend_ns(self) -> Mapping[str, str]:
        """See feedgen.ext.base.BaseExtension."""
        return self._namespaces


def insert(head: bytes, entries: list[bytes], indent: str, closing: bytes) -> bytes:
    """Insert *entries* into *head*, a document without entries, before the end tag *closing*."""
    start, end = head.rsplit(closing, 1)
    lines = b"".join(b"\n" + indent.encode() + entry for entry in entries)
    outer = b"\n" + indent[2:].encode()
    return start.rstrip() + lines + outer + closing + end


def used(entries: list[bytes], namespaces: Mapping[str, str]) -> dict[str, str]:
    """Those of *namespaces*, by prefix, that an element of *entries* has."""
    tags = {prefix: f"<{prefix}:".encode() for prefix in namespaces}
    return {
        prefix: namespaces[prefix]
        for prefix, tag in tags.items()
        if any(tag in entry for entry in entries)
    }


def styled(document: bytes, site: Site) -> bytes:
    """Add the stylesheet of *site* to *document* (w3.org/TR/xml-stylesheet); feed readers ignore it."""
    declaration, root = document.split(b"\n", 1)
    style = f'<?xml-stylesheet type="text/css" href="{escape(site.url + STYLE, quote=False)}"?>'
    return b"\n".join((declaration, style.encode(), root))
