"""XML of strangers: parsed without entities, the network and huge trees."""

from collections.abc import Iterator

from lxml import etree

ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"

_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


class NotWellFormed(Exception):
    """A document that no parser accepts; the text is the place and the reason."""


def parsed(content: bytes) -> etree._Element:
    """The root of the document *content*. Raises NotWellFormed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = (error.msg or "not well-formed").split(", line ")[0]
        raise NotWellFormed(f"not well-formed at line {line}, column {column}: {reason}") from error


def text_of_child(element: etree._Element, name: str) -> str | None:
    """The text of the first child called *name*, None if there is no such child."""
    child = element.find(name)
    return None if child is None else "".join(map(str, child.itertext())).strip()


def has_base(element: etree._Element) -> bool:
    """Return whether relative addresses in *element* have an absolute one to refer to."""
    return any(each.get(_XML_BASE) for each in _with_ancestors(element))


def _with_ancestors(element: etree._Element) -> Iterator[etree._Element]:
    yield element
    yield from element.iterancestors()
