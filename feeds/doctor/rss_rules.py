"""The rules of RSS 2.0 that matter to readers; https://www.rssboard.org/rss-specification."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from lxml import etree

from feeds.doctor.problem import ContentProblem, ahead, bad_address, duplicates, quote
from feeds.doctor.xml_content import text_of_child


def rss_problems(root: etree._Element, now: float) -> Iterator[ContentProblem]:
    """The violations in the document of *root*."""
    channel = root.find("channel")
    if channel is None:
        yield ContentProblem("channel", "missing", "put title, link and items into it", is_failure=True)
        return
    for name in ("title", "link", "description"):
        if text_of_child(channel, name) is None:
            yield ContentProblem(f"channel {name}", "missing", f"add a {name}")
    if link := text_of_child(channel, "link"):
        yield from bad_address("channel link", link, "")
    items = channel.findall("item")
    for item in items:
        yield from _item(item, now)
    yield from duplicates("guid", [text_of_child(each, "guid") or "" for each in items])


def _item(item: etree._Element, now: float) -> Iterator[ContentProblem]:
    title, description = text_of_child(item, "title"), text_of_child(item, "description")
    place = quote(title or text_of_child(item, "link") or "an item without a title")
    if not (title or description):
        text, remedy = "neither title nor description", "give each item one of them"
        yield ContentProblem("item", text, remedy, place, is_failure=True)
    if link := text_of_child(item, "link"):
        yield from bad_address("link", link, place)
    yield from _guid(item, place)
    if (date := text_of_child(item, "pubDate")) is not None:
        yield from _date(date, place, now)
    for enclosure in item.findall("enclosure"):
        yield from _enclosure(enclosure, place)


def _guid(item: etree._Element, place: str) -> Iterator[ContentProblem]:
    guid = item.find("guid")
    if guid is None:
        remedy = "give each item a guid that never changes"
        yield ContentProblem("guid", "missing, so that readers may show an item twice", remedy, place)
    elif guid.get("isPermaLink", "true") == "true":
        for problem in bad_address("guid", (guid.text or "").strip(), place):
            yield ContentProblem("guid", problem.text, 'write isPermaLink="false"', place)


def _date(written: str, place: str, now: float) -> Iterator[ContentProblem]:
    try:
        when = parsedate_to_datetime(written).timestamp()
    except (ValueError, TypeError, OverflowError):
        remedy = "write Sat, 31 Jan 2026 08:00:00 GMT"
        yield ContentProblem("pubDate", "not a date of RFC 822", remedy, place)
        return
    yield from ahead("pubDate", when, place, now)


def _enclosure(enclosure: etree._Element, place: str) -> Iterator[ContentProblem]:
    yield from bad_address("enclosure", enclosure.get("url", ""), place)
    lacking = [name for name in ("length", "type") if not enclosure.get(name)]
    if lacking:
        yield ContentProblem("enclosure", f"without {' and '.join(lacking)}", "add it", place)
