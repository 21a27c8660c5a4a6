"""The one-time feed of a check, in every format."""

from datetime import UTC, datetime

import msgspec

from feeds.article import Article
from feeds.feed import Addresses, Feed
from feeds.feed.site import Site
from feeds.formats import FORMATS
from feeds.readership.check.script import CHECK_FEED

CHECK_TITLE = "Reader check"
_TEXTS = (
    "Refresh this feed: the server answers each request otherwise, and judges what the reader sends.",
    "The feed has changed. The reader should now send the validators of this version.",
    "The feed has changed again, after a temporary redirect.",
)
_ENTRY_SECONDS = 60  # between the dates of two entries


def check_feed(site: Site, page: str, version: int, begun: int) -> Feed:
    """Return the feed of the check with a *page* that began at a second; each version has an entry."""
    entries = tuple(_entry(page, number, begun) for number in range(version, 0, -1))
    return Feed(
        id=f"{page}/{CHECK_FEED}",
        name=CHECK_TITLE,
        title=CHECK_TITLE,
        description="The feed of a check of a feed reader, which ends after an hour.",
        language="en",
        page=page,
        addresses=Addresses(f"{page}/{CHECK_FEED}"),
        icon=None,
        updated=entries[0].updated,
        site=msgspec.structs.replace(site, hubs=(), title=site.title or CHECK_TITLE),
        complete=True,
        articles=entries,
    )


def document(site: Site, page: str, version: int, begun: int, extension: str) -> bytes:
    """Return the same as a document."""
    return FORMATS[extension].render(check_feed(site, page, version, begun))


def _entry(page: str, version: int, begun: int) -> Article:
    at = datetime.fromtimestamp(begun - (len(_TEXTS) - version) * _ENTRY_SECONDS, UTC)
    text = _TEXTS[version - 1]
    return Article(
        id=f"{page}#{version}",
        title=f"Version {version} of this feed",
        url=f"{page}#version-{version}",
        published=at,
        updated=at,
        summary=text,
        html=f"<p>{text}</p>",
    )
