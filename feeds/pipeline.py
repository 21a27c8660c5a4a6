"""The read side, whole: ``document(query, format, coding)``."""

import gzip
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock

import brotli
import zstandard
from cachetools import LRUCache
from msgspec import Struct

from feeds.article import fingerprint
from feeds.cache import Cache
from feeds.catalog import Catalog
from feeds.document import Document
from feeds.feed import Feed, Site, compose, content_key, fill, head
from feeds.index import Index
from feeds.query import Query, Selection, select
from feeds.render import EDITION, FORMATS, Format


class Answer(Struct, frozen=True):
    """What a query comes to before anything is rendered; *key* is of its content in one format."""

    feed: Feed
    selection: Selection
    index: Index
    format: Format
    key: str

    @property
    def modified(self) -> int:
        """When it last became what it is, in seconds since 1970."""
        return self.selection.modified or int(self.feed.updated.timestamp())


class Pipeline:
    """Thread-safe. However many ask for one content at once, it is rendered once."""

    def __init__(self, catalog: Catalog, cache: Cache, site: Site) -> None:
        self.catalog = catalog
        self._cache = cache
        self._site = site
        self._answers: LRUCache[tuple[Query, str], Answer] = LRUCache(4096)
        self._answered: Index | None = None
        self._lock = Lock()
        self._flights: dict[str, Future[Document]] = {}

    def answer(self, query: Query, extension: str) -> Answer:
        """What *query* comes to now. Renders nothing; raises UnknownFeed and NotReady."""
        index = self.catalog.index()
        with self._lock:
            if self._answered is not index:
                self._answers.clear()
                self._answered = index
            known = self._answers.get((query, extension))
        if known:
            return known
        selection = select(index, query)
        feed = head(self._site, index, selection.query, tuple(FORMATS))
        content = fingerprint([EDITION, extension, content_key(feed, selection)]).hex()
        answer = Answer(feed, selection, index, FORMATS[extension], content)
        with self._lock:
            if self._answered is index:
                self._answers[query, extension] = answer
        return answer

    def document(self, query: Query, extension: str, coding: str = "identity") -> Document:
        """The feed *query* asks for, in one format and coding. Raises UnknownFeed and NotReady."""
        return self.fulfil(self.answer(query, extension), coding)

    def fulfil(self, answer: Answer, coding: str) -> Document:
        """The document that *answer* promised."""
        if coding == "identity":
            return self._once(answer.key, lambda: self._render(answer))
        return self._once(f"{answer.key}-{coding}", lambda: self._compress(answer, coding))

    def feed(self, query: Query) -> Feed:
        """The feed *query* asks for, unrendered."""
        index = self.catalog.index()
        return compose(self._site, index, select(index, query), tuple(FORMATS))

    def _render(self, answer: Answer) -> Document:
        body = answer.format.render(fill(answer.feed, answer.selection))
        return Document(body, "identity", answer.format.media_type, answer.key)

    def _compress(self, answer: Answer, coding: str) -> Document:
        plain = self.fulfil(answer, "identity")
        return Document(coded(plain.body, coding), coding, plain.media_type, plain.key)

    def _once(self, key: str, make: Callable[[], Document]) -> Document:
        found = self._cache.get(key)
        if found:
            return found
        with self._lock:
            flight = self._flights.get(key)
            if not flight:
                mine = self._flights[key] = Future()
        if flight:
            return flight.result()
        try:
            found = self._cache.get(key)  # another flight may have landed since we looked
            if not found:
                found = make()
                self._cache.put(key, found)
            mine.set_result(found)
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._flights[key]
        return found


def coded(body: bytes, coding: str) -> bytes:
    """*body* in *coding*, the same bytes whenever it is asked."""
    match coding:
        case "gzip":
            return gzip.compress(body, 6, mtime=0)
        case "br":
            return bytes(brotli.compress(body, quality=5))
        case "zstd":
            return zstandard.ZstdCompressor(level=9).compress(body)
    return body
