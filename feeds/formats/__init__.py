"""Feed -> bytes; pure: no clock, no request, no settings."""

from collections.abc import Callable

from msgspec import Struct

from feeds.article import Article
from feeds.feed import Feed, Site
from feeds.formats import atom, jsonfeed, rss

# Stands for the bytes every renderer makes: part of each ETag, so that a release that renders
# differently is noticed. A test says what to write here.
EDITION = "5af0c5a8"


class Format(Struct, frozen=True):
    """A way to write a feed; *extension* ends its address, *name* is for people.

    *entry* writes one article as it stands in any feed of a site that is asked for as much content,
    *join* puts such bytes below the head of a feed: entries may be kept, and are the costly part.
    """

    extension: str
    name: str
    media_type: str
    entry: Callable[[Article, Site, str], bytes]
    join: Callable[[Feed, list[bytes]], bytes]

    def render(self, feed: Feed) -> bytes:
        """*feed* whole, in UTF-8."""
        entries = [self.entry(article, feed.site, feed.content) for article in feed.articles]
        return self.join(feed, entries)


FORMATS = {
    module.EXTENSION: Format(module.EXTENSION, name, module.MEDIA_TYPE, module.entry, module.join)
    for name, module in (("RSS", rss), ("Atom", atom), ("JSON Feed", jsonfeed))
}
