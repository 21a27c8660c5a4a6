"""The rules of JSON Feed that matter to readers; https://www.jsonfeed.org/version/1.1/."""

from collections.abc import Iterator
from typing import Any

import msgspec

from feeds.doctor.problem import ContentProblem, bad_address, bad_instant, duplicates, quote

_DATES = ("date_published", "date_modified")
_ADDRESSES = ("url", "external_url", "image", "banner_image")


def json_problems(content: bytes, now: float) -> Iterator[ContentProblem]:
    """The violations in the document *content*."""
    try:
        feed = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        text = f"not well-formed: {str(error)[:80]}"
        yield ContentProblem("JSON", text, "write it with a library for JSON", is_failure=True)
        return
    if not isinstance(feed.get("title"), str):
        yield ContentProblem("title", "missing", "add a title")
    items = feed.get("items")
    if not isinstance(items, list):
        yield ContentProblem("items", "not a list", "write items: []", is_failure=True)
        return
    for name in ("home_page_url", "feed_url", "icon", "favicon", "next_url"):
        if name in feed:
            yield from bad_address(name, str(feed[name]), "")
    for item in items:
        if isinstance(item, dict):
            yield from _item(item, now)
        else:
            yield ContentProblem("item", "not an object", "write {…}", quote(str(item)))
    ids = [str(each.get("id", "")) for each in items if isinstance(each, dict)]
    yield from duplicates("id", ids)


def _item(item: dict[str, Any], now: float) -> Iterator[ContentProblem]:
    place = quote(str(item.get("title") or item.get("url") or "an item without a title"))
    if "id" not in item:
        text = "missing, so that readers must leave the item out"
        yield ContentProblem("id", text, "give each item an id", place, is_failure=True)
    elif not isinstance(item["id"], str):
        yield ContentProblem("id", "not a string", "write it in quotes", place)
    if not ("content_html" in item or "content_text" in item):
        text = "neither content_html nor content_text"
        yield ContentProblem("item", text, "give each item one of them", place)
    for name in _DATES:
        if name in item:
            yield from bad_instant(name, str(item[name]), place, now)
    for name in _ADDRESSES:
        if name in item:
            yield from bad_address(name, str(item[name]), place)
    attachments = item.get("attachments")
    for each in attachments if isinstance(attachments, list) else ():
        given = each if isinstance(each, dict) else {}
        lacking = [name for name in ("url", "mime_type") if not given.get(name)]
        if lacking:
            text = f"without {' and '.join(lacking)}"
            yield ContentProblem("attachment", text, "add it", place)
