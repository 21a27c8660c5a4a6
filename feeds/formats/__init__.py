"""Feed formats, one file each: pure functions from a feed to bytes; FORMATS registers them."""

from feeds.formats.atom import ATOM
from feeds.formats.format import Format
from feeds.formats.jsonfeed import JSON_FEED
from feeds.formats.ndjson import NDJSON
from feeds.formats.rss import RSS

FORMATS = {each.extension: each for each in (RSS, ATOM, JSON_FEED, NDJSON)}
"""Every format by its extension, in the order in which they are offered."""

DEFAULT = RSS
"""The format if none is named, also used for subscribe buttons and QR codes."""

FOR_READERS = tuple(each for each in FORMATS.values() if each.is_for_readers)
"""The formats offered to people for subscription."""

RENDERING = "".join(each.rendering for each in FORMATS.values())
"""A fingerprint of all formats, different in a release that writes any of them differently."""

__all__ = ["DEFAULT", "FORMATS", "FOR_READERS", "RENDERING", "Format"]
