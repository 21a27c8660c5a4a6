"""The definition of a feed format."""

from collections.abc import Callable

from msgspec import Struct

from feeds.article import Article
from feeds.feed import Feed
from feeds.feed.site import Site


class Format(Struct, frozen=True, kw_only=True):
    """A feed format.

    *extension* ends the address of a feed, *name* is for people, *media_type* includes the charset.
    *rendering* is a fingerprint of the bytes that the format writes. It is part of every ETag, so that a
    release that writes the format differently changes the ETags; a failing test prints the new value.

    *entry* writes one article, the same for every feed of a site with the same ``content=``. *join* puts
    such entries below the head of a feed. Entries may be cached: they are the expensive part.

    *opened_as* is the media type for a browser that shows the feed (``Sec-Fetch-Dest: document``), to
    which ``feeds.formats.opened`` adds links; empty if the document is the same for every use.
    *is_for_readers* is false for a format to which no feed reader subscribes: pages do not offer it and
    do not announce it to readers. *has_head* is false if the document holds only entries: no title,
    address, history (RFC 5005) or hub. *has_tombstones* is true if the document lists deleted articles.
    """

    extension: str
    name: str
    media_type: str
    rendering: str
    entry: Callable[[Article, Site, str], bytes]
    join: Callable[[Feed, list[bytes]], bytes]
    opened_as: str = ""
    is_for_readers: bool = True
    has_head: bool = True
    has_tombstones: bool = False

    @property
    def type(self) -> str:
        """The media type without parameters."""
        return self.media_type.partition(";")[0]

    def render(self, feed: Feed) -> bytes:
        """Write the whole *feed*, in UTF-8."""
        entries = [self.entry(article, feed.site, feed.content) for article in feed.articles]
        return self.join(feed, entries)
