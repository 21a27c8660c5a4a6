"""OPML 2.0 (opml.org/spec2): a list of feeds to subscribe to."""

from lxml import etree

from feeds.feed.directory import Directory, Offer
from feeds.formats.text import clean
from feeds.formats.xml import Element

EXTENSION = "opml"
MEDIA_TYPE = "text/x-opml; charset=utf-8"


def render(directory: Directory, extension: str) -> bytes:
    """Return *directory* as OPML in UTF-8, with the addresses of its feeds in one format.

    The document has no dates: they would change with every article, even if the list of feeds does not.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = clean(directory.title)
    body = etree.SubElement(root, "body")
    for offer in directory.of_others():
        _feed(body, offer, extension)
    topics = directory.by_parent()
    if topics:
        _topics(_group(body, "Topics"), topics, "", extension)
    for kind, offers in directory.of_kinds():
        group = _group(body, kind.capitalize())
        for offer in offers:
            _feed(group, offer, extension)
    if not len(body):
        _group(body, clean(directory.title))  # OPML requires an outline
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _topics(place: Element, topics: dict[str, list[Offer]], parent: str, extension: str) -> None:
    for offer in topics.get(parent, ()):
        # Importers ignore feeds nested in feeds: the parent is listed beside its children.
        beside = _group(place, _name(offer)) if offer.query.topic in topics else place
        _feed(beside, offer, extension)
        _topics(beside, topics, offer.query.topic, extension)


def _group(parent: Element, name: str) -> Element:
    return etree.SubElement(parent, "outline", text=clean(name))


def _name(offer: Offer) -> str:
    """Return the name of *offer*, never blank: importers skip an outline without a text."""
    return clean(offer.name).strip() or offer.feed.page


def _feed(parent: Element, offer: Offer, extension: str) -> None:
    name = _name(offer)
    etree.SubElement(
        parent,
        "outline",
        type="rss",  # also for Atom feeds
        text=name,
        title=name,
        description=clean(offer.feed.description),
        language=offer.feed.language,
        xmlUrl=offer.feed.addresses[extension],
        htmlUrl=offer.feed.page,
    )
