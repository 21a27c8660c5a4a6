"""Feeds of every format, read back by independent parsers."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, NamedTuple

from lxml import etree
from werkzeug.test import TestResponse

from feeds.formats import FORMATS

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "xml": "http://www.w3.org/XML/1998/namespace",
}

_PICTURES = "media:content[@medium='image']"

XML = [extension for extension, made in FORMATS.items() if made.type.endswith("+xml")]


class Item(NamedTuple):
    """An article as a subscriber receives it."""

    id: str
    title: str
    url: str
    published: datetime
    updated: datetime
    authors: list[str]
    topics: list[str]
    images: list[tuple[str, str]]
    enclosures: list[tuple[str, str]]
    language: str
    summary: str
    content: str
    related: list[tuple[str, str]]


class Channel(NamedTuple):
    """A feed as a subscriber receives it; in a format without a head, only *items* is set."""

    title: str
    page: str
    address: str
    description: str
    language: str
    items: list[Item]


def parse(document: bytes) -> etree._Element:
    """Parse *document* as XML. Raises XMLSyntaxError unless it is well-formed."""
    return etree.fromstring(document, etree.XMLParser(resolve_entities=False, huge_tree=True))


def find(element: Any, path: str) -> list[Any]:
    """The result of the XPath expression *path*."""
    return _compiled(path)(element)  # type: ignore[no-any-return]


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces=NAMESPACES)


def text(element: Any, path: str) -> str:
    """The text of the only element or attribute at *path*; empty if there is none."""
    found = find(element, path)
    assert len(found) <= 1, (path, found)
    if not found or isinstance(found[0], str):
        return "".join(found)
    return "".join(found[0].itertext()) if len(found[0]) else found[0].text or ""


def read_rss(document: bytes) -> Channel:
    channel = parse(document).find("channel")
    items = [
        Item(
            id=text(item, "guid"),
            title=text(item, "title"),
            url=text(item, "link"),
            published=parsedate_to_datetime(text(item, "pubDate")),
            updated=_date(text(item, "atom:updated")) or parsedate_to_datetime(text(item, "pubDate")),
            authors=[each.text for each in find(item, "dc:creator")],
            topics=[text(each, ".") for each in find(item, "category")],
            images=[(each.get("url"), each.get("type")) for each in find(item, _PICTURES)],
            # At most one: the first enclosure of the other formats.
            enclosures=[(each.get("url"), each.get("type")) for each in find(item, "enclosure")],
            language=text(item, "dc:language"),
            summary=_plain(text(item, "description")),
            content=text(item, "content:encoded"),
            related=_related(item),
        )
        for item in find(channel, "item")
    ]
    return Channel(
        text(channel, "title"),
        text(channel, "link"),
        text(channel, "atom:link[@rel='self']/@href"),
        text(channel, "description"),
        text(channel, "language"),
        items,
    )


def read_atom(document: bytes) -> Channel:
    feed = parse(document)
    items = [
        Item(
            id=text(entry, "atom:id"),
            title=text(entry, "atom:title"),
            url=text(entry, "atom:link[@rel='alternate']/@href"),
            published=datetime.fromisoformat(text(entry, "atom:published")),
            updated=datetime.fromisoformat(text(entry, "atom:updated")),
            authors=[each.text for each in find(entry, "atom:author/atom:name")],
            topics=[each.get("term") for each in find(entry, "atom:category")],
            images=[(each.get("url"), each.get("type")) for each in find(entry, _PICTURES)],
            enclosures=[
                (each.get("href"), each.get("type"))
                for each in find(entry, "atom:link[@rel='enclosure']")
            ],
            language=text(entry, "@xml:lang"),
            summary=text(entry, "atom:summary"),
            content=text(entry, "atom:content"),
            related=_related(entry),
        )
        for entry in find(feed, "atom:entry")
    ]
    return Channel(
        text(feed, "atom:title"),
        text(feed, "atom:link[@rel='alternate']/@href"),
        text(feed, "atom:link[@rel='self']/@href"),
        text(feed, "atom:subtitle"),
        text(feed, "@xml:lang"),
        items,
    )


def read_json(document: bytes) -> Channel:
    feed = json.loads(document.decode("utf-8"))
    items = [_json_item(item) for item in feed["items"]]
    return Channel(
        feed["title"],
        feed["home_page_url"],
        feed["feed_url"],
        feed["description"],
        feed["language"],
        items,
    )


def read_ndjson(document: bytes) -> Channel:
    assert document.endswith(b"\n") or not document
    lines = document.decode("utf-8").splitlines()  # at every line separator of Unicode
    return Channel("", "", "", "", "", [_json_item(json.loads(line)) for line in lines])


READ: dict[str, Callable[[bytes], Channel]] = {
    "rss": read_rss,
    "atom": read_atom,
    "json": read_json,
    "ndjson": read_ndjson,
}


def agree(channels: list[Channel]) -> None:
    """Assert that *channels*, one feed in several formats, have equal items.

    RSS allows only one enclosure, and XML has only one line ending.
    """
    for same in zip(*(channel.items for channel in channels), strict=True):
        first, *others = (
            item._replace(enclosures=item.enclosures[:1], content="\n".join(item.content.splitlines()))
            for item in same
        )
        assert all(other == first for other in others), same


def deletions(document: bytes, extension: str) -> dict[str, str]:
    """The ids of deleted articles in *document*, with the times of their deletion."""
    if not FORMATS[extension].has_tombstones:
        return {}
    if extension in XML:
        return {each.get("ref"): each.get("when") for each in parse(document).findall("{*}deleted-entry")}
    told = json.loads(document).get("_deleted", {"items": []})["items"]
    return {each["id"]: each["date_deleted"].replace("Z", "+00:00") for each in told}


def links(response: TestResponse) -> list[tuple[str, str]]:
    """The members of the Link header: (rel, address)."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"', response.headers.get("Link", ""))
    return [(rel, url) for url, rel in found]


def linked(response: TestResponse, extension: str, rel: str) -> str:
    """The address of *rel* in the document, or in the Link header if the format has no head."""
    if not FORMATS[extension].has_head:
        found = re.findall(rf'<([^>]*)>; rel="{rel}"', response.headers["Link"])
    elif extension in XML:
        found = parse(response.data).xpath(f"//*[local-name()='link'][@rel='{rel}']/@href")
    else:
        found = [json.loads(response.data).get({"self": "feed_url", "prev-archive": "next_url"}[rel], "")]
    return str(found[0]) if found else ""


def _json_item(item: dict[str, Any]) -> Item:
    attachments = [(each["url"], each["mime_type"]) for each in item.get("attachments", [])]
    return Item(
        id=item["id"],
        title=item["title"],
        url=item["url"],
        published=datetime.fromisoformat(item["date_published"]),
        updated=datetime.fromisoformat(item["date_modified"]),
        authors=[author["name"] for author in item["authors"]],
        topics=item.get("tags", []),
        images=[each for each in attachments if each[1].startswith("image/")],
        enclosures=attachments,
        language=item.get("language", ""),
        summary=item.get("summary", ""),
        content=item.get("content_html", ""),
        related=[(each["title"], each["url"]) for each in item.get("_related", {}).get("items", [])],
    )


def _related(item: Any) -> list[tuple[str, str]]:
    return [(each.get("title"), each.get("href")) for each in find(item, "atom:link[@rel='related']")]


def _date(written: str) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _plain(html: str) -> str:
    assert "<" not in html, html
    html = "" if html == " " else html
    return html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
