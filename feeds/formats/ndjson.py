"""NDJSON (github.com/ndjson/ndjson-spec): the items of a JSON Feed, one on each line, for pipelines."""

import msgspec

from feeds.article import Article
from feeds.feed import Feed, Site
from feeds.formats.format import Format
from feeds.formats.json_item import item

# Characters that JSON may hold as they are, and that some programs take for the end of a line.
_SEPARATORS = {"\u2028".encode(): rb"\u2028", "\u2029".encode(): rb"\u2029"}


def _join(_feed: Feed, entries: list[bytes]) -> bytes:
    """*entries*, newest first; zero bytes if there are none."""
    return b"".join(entries)


def _entry(article: Article, site: Site, content: str = "") -> bytes:
    """One line, as it stands in any feed of *site* that is asked for as much *content*."""
    line = msgspec.json.encode(item(article, site, content))
    for character, escaped in _SEPARATORS.items():
        line = line.replace(character, escaped)
    return line + b"\n"


NDJSON = Format(
    extension="ndjson",
    name="NDJSON",
    media_type="application/x-ndjson; charset=utf-8",
    rendering="e4a5f498",
    entry=_entry,
    join=_join,
    is_for_readers=False,
    has_head=False,
)
