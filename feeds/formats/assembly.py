"""Documents of feedgen (feedgen.kiesow.be) put together from entries that were written apart.

feedgen writes a feed only as a whole. This relies on the shape of its pretty-printed output, which it
does not promise: a declaration on a line of its own, one element on each line, two spaces for each level,
and the last entry right before the end of the feed. tests/formats/test_assembly.py compares with whole
documents.
"""

from xml.sax.saxutils import quoteattr

from lxml import etree

from feeds.feed import Site
from feeds.formats.xml import Element

STYLE = "/static/feed.css"  # what browsers show a feed by


class Frame:
    """Serialises entries as they will look inside a document, so that their bytes can be joined.

    *path* names the elements around an entry, *namespaces* are those the root declares.
    """

    def __init__(self, path: tuple[str, ...], namespaces: dict[str, str]) -> None:
        self._path = path
        self._namespaces = namespaces
        self._before, self._after = self._inside(etree.Element("entry")).split(b"<entry/>")

    def _inside(self, entry: Element) -> bytes:
        root = parent = etree.Element(self._path[0], nsmap=self._namespaces)
        for name in self._path[1:]:
            parent = etree.SubElement(parent, name)
        parent.append(entry)
        return bytes(etree.tostring(root, encoding="UTF-8", pretty_print=True))

    def entry(self, element: Element) -> bytes:
        """*element*'s bytes, indented, without declarations that the document has already."""
        return self._inside(element)[len(self._before) : -len(self._after)]


def insert(head: bytes, entries: list[bytes], indent: str, closing: bytes) -> bytes:
    """*head* is a document without entries; they are put before its element *closing* ends."""
    start, end = head.rsplit(closing, 1)
    lines = b"".join(b"\n" + indent.encode() + entry for entry in entries)
    outer = b"\n" + indent[2:].encode()
    return start.rstrip() + lines + outer + closing + end


def styled(document: bytes, site: Site) -> bytes:
    """*document* with the stylesheet of *site* (w3.org/TR/xml-stylesheet): readers know no such thing."""
    declaration, root = document.split(b"\n", 1)
    style = f'<?xml-stylesheet type="text/css" href={quoteattr(site.url + STYLE)}?>'
    return b"\n".join((declaration, style.encode(), root))
