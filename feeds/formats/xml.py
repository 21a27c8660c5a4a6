"""Elements common to RSS and Atom: links, the update frequency, and pictures (Media RSS 1.5.1)."""

import re
from typing import Any

from lxml import etree

from feeds.article import Article, Enclosure, Image
from feeds.feed import Feed
from feeds.formats.text import clean, related

HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
MEDIUMS = ("image", "audio", "video")
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


def add_related(parent: Element, article: Article, link: str) -> None:
    """Add links to related articles (RFC 4287, 4.2.7.2); for *link* see ``add_history``."""
    for each in related(article):
        add(parent, link, rel="related", type="text/html", href=each.url, title=each.title)


def add_update_frequency(parent: Element, feed: Feed) -> None:
    """Add the update frequency, as elements of the syndication module."""
    if feed.update_frequency:
        period, frequency = feed.update_frequency.period
        add(parent, f"{{{SYNDICATION}}}updatePeriod", period)
        add(parent, f"{{{SYNDICATION}}}updateFrequency", str(frequency))


def add_media(parent: Element, article: Article) -> None:
    """Add each enclosure and picture as ``media:content``, the first enclosure of RSS first.

    The thumbnail is inside ``media:content``: if it were beside it, Miniflux would use the thumbnail as
    the enclosure and lose the enclosure's type and size.
    """
    for file in article.files:
        if isinstance(file, Image):
            _add_picture(parent, file, is_lead=file == article.image)
            continue
        content = _add_content(
            parent, file, file.medium if file.medium in MEDIUMS else "document", duration=file.duration
        )
        if file.title:
            add(content, f"{{{MEDIA}}}title", file.title, type="plain")


def _add_picture(parent: Element, image: Image, *, is_lead: bool) -> None:
    content = _add_content(parent, image, "image", width=image.width, height=image.height)
    if image.alt:
        add(content, f"{{{MEDIA}}}description", image.alt, type="plain")
    if is_lead:
        size = {"width": str(image.width or ""), "height": str(image.height or "")}
        add(content, f"{{{MEDIA}}}thumbnail", url=image.url, **size)


def _add_content(parent: Element, file: Enclosure | Image, medium: str, **numbers: int) -> Element:
    return add(
        parent,
        f"{{{MEDIA}}}content",
        url=file.url,
        fileSize=str(file.length or ""),
        type=file.type,
        medium=medium,
        **{name: str(number or "") for name, number in numbers.items()},
    )


def put_last(parent: Element, summary: str, content: str) -> None:
    """Move the elements *summary* and *content* to the end of *parent*, the content as CDATA.

    Pictures must be added later: scripts that look for ``content`` or ``description`` in any namespace
    must find these elements first.
    """
    bodies = parent.findall(content)
    for body in bodies:
        body.text = etree.CDATA(body.text)
    parent.extend([*parent.findall(summary), *bodies])


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
