"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from feeds.article import Article
from feeds.feed import Feed
from feeds.feed.site import Site
from feeds.formats.format import Format
from feeds.formats.json_item import item, present
from feeds.formats.text import clean

_EXTENSION = "json"
_ICON, _FAVICON = "/static/icon-512.png", "/static/icon-64.png"  # of feeds without an icon of their own


def _join(feed: Feed, entries: list[bytes]) -> bytes:
    """Return *feed* as a JSON Feed in UTF-8 with the rendered *entries*."""
    icon = feed.icon.url if feed.icon and feed.icon.square else feed.site.icon
    document = present(
        version="https://jsonfeed.org/version/1.1",
        title=clean(feed.title),
        home_page_url=feed.page,
        feed_url=feed.addresses[_EXTENSION],
        description=clean(feed.description),
        icon=feed.artwork or icon or feed.site.url + _ICON,
        favicon=icon or feed.site.url + _FAVICON,
        language=feed.language,
        next_url=feed.older[_EXTENSION] if feed.older else "",
        hubs=[{"type": "WebSub", "url": hub} for hub in feed.site.hubs],
        _deleted=_deleted(feed) if feed.deleted else None,
    )
    head = _written(document | {"items": []})
    if not entries:
        return head + b"\n"
    items = b",\n".join(b"    " + each.replace(b"\n", b"\n    ") for each in entries)
    return head.removesuffix(b"]\n}") + b"\n" + items + b"\n  ]\n}\n"


def _deleted(feed: Feed) -> dict[str, Any]:
    """Return the deleted articles as an extension: JSON Feed has no member for them."""
    return {
        "about": "https://www.rfc-editor.org/rfc/rfc6721",
        "items": [
            {"id": each.id, "date_deleted": datetime.fromtimestamp(each.at, UTC)} for each in feed.deleted
        ],
    }


def _entry(article: Article, site: Site, content: str = "") -> bytes:
    """Return *article* as one of ``items`` for all JSON Feeds of *site* with the same ``content=``."""
    return _written(item(article, site, content))


def _written(members: dict[str, Any]) -> bytes:
    return bytes(msgspec.json.format(msgspec.json.encode(members), indent=2))


JSON_FEED = Format(
    extension=_EXTENSION,
    name="JSON Feed",
    media_type="application/feed+json; charset=utf-8",
    rendering="a9cdb8d5",
    entry=_entry,
    join=_join,
    has_tombstones=True,
)
