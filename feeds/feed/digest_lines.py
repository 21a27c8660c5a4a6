"""The lines of articles in the lists of digests, cached: articles stay in digests that change."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import escape
from itertools import islice
from threading import Lock

from msgspec import Struct

from feeds.article import Image
from feeds.article.listed import ListedArticle
from feeds.article.teaser import teaser
from feeds.index.articles import listed
from feeds.query.selection import Item
from feeds.store import Record

LINE_OVERHEAD = 300  # bytes of memory for a line, beside its HTML


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
        self._max_bytes = max_bytes // 2  # of each of the two mappings below
        self._bytes = 0
        self._recent: dict[tuple[str, bytes], DigestLine] = {}
        self._former: dict[tuple[str, bytes], DigestLine] = {}
        self._lock = Lock()

    def of(self, items: Sequence[Item], page_of: Callable[[Record], str]) -> Iterator[list[DigestLine]]:
        """Yield the lines of each of *items*; *page_of* is the address of an article without a URL."""
        lines = iter(self._of([record for item in items for record in item.records], page_of))
        for item in items:
            yield [*islice(lines, len(item.records))]

    def _of(self, records: Sequence[Record], page_of: Callable[[Record], str]) -> list[DigestLine]:
        keys = [(record.id, record.version) for record in records]
        with self._lock:
            known = [self._recent.get(key) or self._former.get(key) for key in keys]
        missing = [record for record, line in zip(records, known, strict=True) if not line]
        made = map(partial(_line, page_of), missing, listed(missing))
        lines = [line or next(made) for line in known]
        with self._lock:
            for key, line in zip(keys, lines, strict=True):
                self._keep(key, line)
        return lines

    def _keep(self, key: tuple[str, bytes], line: DigestLine) -> None:
        """Put *line* into the recent lines; when these are full, they become the former ones."""
        size = len(line.title) + len(line.html) + LINE_OVERHEAD
        if key in self._recent or size > self._max_bytes:
            return
        if self._bytes + size > self._max_bytes:
            self._recent, self._former, self._bytes = {}, self._recent, 0
        self._recent[key] = line
        self._bytes += size


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
