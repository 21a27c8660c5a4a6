"""Feed -> bytes; pure: no clock, no request, no settings."""

from collections.abc import Callable

from msgspec import Struct

from feeds.feed import Feed
from feeds.render import atom, jsonfeed, rss

# Stands for the bytes every renderer makes: part of each ETag, so that a release that renders
# differently is noticed. A test says what to write here.
EDITION = "5e6f03f8"


class Format(Struct, frozen=True):
    """A way to write a feed; *extension* ends its address, *name* is for people."""

    extension: str
    name: str
    media_type: str
    render: Callable[[Feed], bytes]


FORMATS = {
    module.EXTENSION: Format(module.EXTENSION, name, module.MEDIA_TYPE, module.render)
    for name, module in (("RSS", rss), ("Atom", atom), ("JSON Feed", jsonfeed))
}
