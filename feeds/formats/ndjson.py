"""NDJSON (github.com/ndjson/ndjson-spec): the items of a JSON Feed, one on each line, for pipelines."""

import msgspec

from feeds.article import Article
from feeds.feed import Feed
from feeds.feed.site import Site
from feeds.formats.format import Format
from feeds.formats.json_item import item

# JSON allows these characters unescaped, but some programs treat them as the end of a line.
_SEPARATORS = {"\u2028".encode(): rb"\u2028", "\u2029".encode(): rb"\u2029"}


def _join(_feed: Feed, entries: list[bytes]) -> bytes:
    """Return *entries*, newest first; zero bytes if there are none."""
    return b"".join(entries)


def _entry(article: Article, site: Site, content: str = "") -> bytes:
    """Return *article* as one line for all feeds of *site* with the same ``content=``."""
    line = msgspec.json.encode(item(article, site, content))
    for character, escaped in _SEPARATORS.items():
        line = line.replace(character, escaped)
    return line + b"\n"


NDJSON = Format(
    extension="ndjson",
    name="NDJSON",
    media_type="application/x-ndjson; charset=utf-8",
    rendering="ada11618",
    entry=_entry,
    join=_join,
    is_for_readers=False,
    has_head=False,
)
