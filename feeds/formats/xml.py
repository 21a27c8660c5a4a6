"""Elements common to the heads of RSS and Atom: links and the update frequency; namespaces."""

import re
from typing import Any

from lxml import etree

from feeds.feed import Feed
from feeds.formats.text import clean

HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
XML = "text/xml; charset=utf-8"  # browsers show this as a document, and other XML types as a download
Element = Any


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Add a child to *parent*, with *text* and *attributes* cleaned, and return the child."""
    child = etree.SubElement(parent, name)
    for key, value in attributes.items():
        if value:
            child.set(key, clean(value))
    if text:
        child.text = clean(text)
    return child


def add_history(parent: Element, feed: Feed, link: str, extension: str, media_type: str) -> None:
    """Add the links to the rest of *feed* (RFC 5005) and to its hubs (WebSub).

    *link* is the name of Atom's link element in this format.
    """
    links = [("hub", hub, "") for hub in feed.site.hubs]
    if feed.current:
        add(parent, f"{{{HISTORY}}}archive")
        links.append(("current", feed.current[extension], media_type))
    elif feed.complete:
        add(parent, f"{{{HISTORY}}}complete")
    if feed.older:
        links.append(("prev-archive", feed.older[extension], media_type))
    for rel, address, kind in links:
        add(parent, link, rel=rel, type=kind, href=address)


def add_update_frequency(parent: Element, feed: Feed) -> None:
    """Add the update frequency, as elements of the syndication module."""
    if feed.update_frequency:
        period, frequency = feed.update_frequency.period
        add(parent, f"{{{SYNDICATION}}}updatePeriod", period)
        add(parent, f"{{{SYNDICATION}}}updateFrequency", str(frequency))


def use_hexadecimal(element: Element) -> None:
    """Write ``&`` and ``<`` in *element*'s text as the RSS profile recommends for plain text.

    Readers that decode twice or strip tags leave ``&#x26;`` and ``&#x3C;`` alone.
    """
    text = element.text or ""
    if "&" not in text and "<" not in text:
        return
    element.text, *rest = re.split("([&<])", text)
    for character, after in zip(rest[::2], rest[1::2], strict=True):
        entity = etree.Entity("#x26" if character == "&" else "#x3C")
        entity.tail = after
        element.append(entity)
