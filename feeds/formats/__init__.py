"""Feed -> bytes; pure: no clock, no request, no settings."""

from feeds.formats.atom import ATOM
from feeds.formats.format import Format
from feeds.formats.jsonfeed import JSON_FEED
from feeds.formats.ndjson import NDJSON
from feeds.formats.rss import RSS

FORMATS = {each.extension: each for each in (RSS, ATOM, JSON_FEED, NDJSON)}
"""Every format by its extension, in the order in which they are offered."""

DEFAULT = RSS
"""The format where none is named, and the one that a button or a QR code leads to."""

FOR_READERS = tuple(each for each in FORMATS.values() if each.is_for_readers)
"""The formats that people are offered to subscribe to."""

RENDERING = "".join(each.rendering for each in FORMATS.values())
"""What the bytes of every format are: different in a release that writes any of them differently."""

__all__ = ["DEFAULT", "FORMATS", "FOR_READERS", "RENDERING", "Format"]
