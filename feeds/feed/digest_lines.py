"""The lines of articles in the lists of digests, cached: articles stay in digests that change."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import islice, repeat
from threading import Lock

from cachetools import LRUCache
from msgspec import Struct

from feeds.article import Image
from feeds.article.listed import ListedArticle
from feeds.article.teaser import teaser
from feeds.index.articles import listed
from feeds.query.selection import Item
from feeds.store import Record

LINE_OVERHEAD = 700  # bytes of memory for a line, beside its HTML


class DigestLine(Struct, frozen=True, gc=False):
    """An article in the list of a digest: its *html*, and its parts for the entry around the list."""

    title: str
    html: str
    image: Image | None


class DigestLines:
    """Makes the lines of articles, and keeps about *max_bytes* of those requested last.

    Any number of threads may use it.
    """

    def __init__(self, max_bytes: int = 0) -> None:
        self._kept: LRUCache[tuple[str, bytes], DigestLine] = LRUCache(max_bytes, _size)
        self._lock = Lock()

    def of(self, items: Sequence[Item], page_of: Callable[[Record], str]) -> Iterator[list[DigestLine]]:
        """Yield the lines of each of *items*; *page_of* is the address of an article without a URL."""
        lines = iter(self._of([record for item in items for record in item.records], page_of))
        for item in items:
            yield [*islice(lines, len(item.records))]

    def _of(self, records: Sequence[Record], page_of: Callable[[Record], str]) -> list[DigestLine]:
        keys = [(record.id, record.version) for record in records]
        with self._lock:
            known = {key: line for key in keys if (line := self._kept.get(key))}
        missing = {key: record for key, record in zip(keys, records, strict=True) if key not in known}
        made = [*map(_line, repeat(page_of), missing.values(), listed([*missing.values()]))]
        with self._lock:
            for key, line in zip(missing, made, strict=True):
                known[key] = line
                if _size(line) <= self._kept.maxsize:
                    self._kept[key] = line
        return [known[key] for key in keys]


def _size(line: DigestLine) -> int:
    return len(line.title) + len(line.html) + LINE_OVERHEAD


def article_list(lines: Sequence[DigestLine]) -> str:
    """The HTML of a list of *lines*."""
    return "<ol>\n" + "\n".join([line.html for line in lines]) + "\n</ol>"


def _line(page_of: Callable[[Record], str], record: Record, article: ListedArticle) -> DigestLine:
    source = f" ({escape(article.provider.name)})" if article.provider else ""
    text = teaser(article)
    below = f"<br>{escape(text)}" if text else ""
    title = article.title
    url = article.url or page_of(record)
    html = f'<li><a href="{escape(url)}">{escape(title)}</a>{source}{below}</li>'
    return DigestLine(title, html, article.images[0] if article.images else None)
