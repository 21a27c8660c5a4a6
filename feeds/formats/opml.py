"""OPML 2.0 (opml.org/spec2): a list of feeds to subscribe to."""

from lxml import etree

from feeds.feed.directory import Directory, Offer
from feeds.formats.text import clean
from feeds.formats.xml import Element

EXTENSION = "opml"
MEDIA_TYPE = "text/x-opml; charset=utf-8"


def render(directory: Directory, extension: str) -> bytes:
    """*directory* with the addresses of its feeds in one format, in UTF-8.

    Without dates, which would change with every article: subscribers of a list want to hear of feeds.
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
        _group(body, clean(directory.title))  # one there must be
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _topics(place: Element, topics: dict[str, list[Offer]], parent: str, extension: str) -> None:
    for offer in topics.get(parent, ()):
        # Importers do not look for feeds inside of feeds: the parent stands beside its children.
        beside = _group(place, _name(offer)) if offer.query.topic in topics else place
        _feed(beside, offer, extension)
        _topics(beside, topics, offer.query.topic, extension)


def _group(parent: Element, name: str) -> Element:
    return etree.SubElement(parent, "outline", text=clean(name))


def _name(offer: Offer) -> str:
    """What *offer* is called, never blank: importers skip an outline without a text."""
    return clean(offer.name).strip() or offer.feed.page


def _feed(parent: Element, offer: Offer, extension: str) -> None:
    name = _name(offer)
    etree.SubElement(
        parent,
        "outline",
        type="rss",  # of Atom feeds as well
        text=name,
        title=name,
        description=clean(offer.feed.description),
        language=offer.feed.language,
        xmlUrl=offer.feed.addresses[extension],
        htmlUrl=offer.feed.page,
    )
