"""Feed -> bytes; pure: no clock, no request, no settings."""

from feeds.formats.atom import ATOM
from feeds.formats.format import Format
from feeds.formats.jsonfeed import JSON_FEED
from feeds.formats.rss import RSS

FORMATS = {each.extension: each for each in (RSS, ATOM, JSON_FEED)}
"""Every format by its extension, in the order in which they are offered."""

DEFAULT = RSS
"""The format where none is named, and the one that a button or a QR code leads to."""

FOR_READERS = tuple(each for each in FORMATS.values() if each.is_for_readers)
"""The formats that people are offered to subscribe to."""

# Stands for the bytes every renderer makes: part of each ETag, so that a release that renders
# differently is noticed. A test says what to write here.
EDITION = "5af0c5a8"

__all__ = ["DEFAULT", "FORMATS", "FOR_READERS", "Format"]
