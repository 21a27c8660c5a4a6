"""A feed or a list of feeds as a browser shows it: the same document, with links that can be clicked.

An element of RSS, Atom or OPML is no link to a browser, but one of XHTML is, in any XML document.
"""

from collections.abc import Iterator

from lxml import etree

from feeds.formats.xml import Element

XHTML = "http://www.w3.org/1999/xhtml"
_ATOM = "{http://www.w3.org/2005/Atom}"
_PARSER = etree.XMLParser(strip_cdata=False, resolve_entities=False, no_network=True, huge_tree=True)


def with_links(document: bytes) -> bytes:
    """Return the RSS, Atom or OPML *document* with titles and addresses as links of XHTML.

    The texts of all other elements stay as they are; feed readers get the document itself.
    """
    root = etree.fromstring(document, _PARSER)
    for element, address in [*_of_rss(root), *_of_atom(root)]:
        _link(element, address)
    for outline in root.iter("outline"):
        _link(outline, outline.get("xmlUrl", ""))
        _link(outline, outline.get("htmlUrl", ""), outline.get("text", ""))
    tree = root.getroottree()
    return bytes(etree.tostring(tree, encoding="UTF-8", xml_declaration=True)) + b"\n"


def _of_rss(root: Element) -> Iterator[tuple[Element, str]]:
    for place in root.iter("channel", "item"):
        address = place.findtext("link") or ""
        yield from ((each, address) for each in place.findall("link"))
        if place.tag == "item":
            yield from ((each, address) for each in place.findall("title"))


def _of_atom(root: Element) -> Iterator[tuple[Element, str]]:
    for place in root.iter(f"{_ATOM}feed", f"{_ATOM}entry"):
        for link in place.findall(f"{_ATOM}link[@rel='alternate']")[:1]:
            address = link.get("href", "")
            yield link, address
            if place.tag == f"{_ATOM}entry":
                yield from ((each, address) for each in place.findall(f"{_ATOM}title"))


def _link(element: Element, address: str, name: str = "") -> None:
    """Put *name*, the text of *element* or *address* into a link; no other scheme than HTTP is one."""
    if not address.startswith(("http://", "https://")):
        return
    made = etree.Element(f"{{{XHTML}}}a", href=address, nsmap={"h": XHTML})
    made.text, element.text = name or (element.text or "").strip() or address, None
    element.insert(0, made)
