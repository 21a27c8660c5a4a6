"""The read side: ``document(query, format, coding)`` selects, renders once, compresses and caches."""

import gzip
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from threading import Lock

import brotli
import msgspec
import zstandard
from cachetools import LRUCache
from msgspec import Struct

from feeds.article import fingerprint
from feeds.article.expressions import expression
from feeds.cache import Cache
from feeds.feed import Feed, compose, content_key, dated, entries, entry_key, head
from feeds.feed.digest_lines import DigestLines
from feeds.feed.directory import Directory, Offer, check_kind, directory, on_offer, still_offered
from feeds.feed.site import Site
from feeds.formats import FORMATS, Format
from feeds.formats.document import Document, content_of, key_of, widened
from feeds.index import Index
from feeds.index.builder import scheduled
from feeds.index.current import CurrentIndex
from feeds.query import Query
from feeds.query.schedule import due
from feeds.query.selection import Item, Selection, changes, select, widen

MAX_PREPARED_ENTRIES = 1 << 17  # entries of all cached prepared feeds, a hundred bytes each


class PreparedFeed(Struct, frozen=True):
    """A selected, unrendered feed in one format; *key* identifies its content in that format.

    A key begins with the timestamp of the content and a digest of format and query, which ``since``
    reads, and ends in the last change of any article that may have been in the feed, if that is later.
    The key of a feed made for a returning reader has a suffix after a dot. *due* is the date at
    which a scheduled article may change the feed, None if none will.
    """

    feed: Feed
    selection: Selection
    index: Index
    format: Format
    key: str
    due: int | None = None

    @property
    def modified(self) -> int:
        """The last change of the feed, in seconds since 1970."""
        return self.selection.modified or int(self.feed.updated.timestamp())

    def since(self, tag: str) -> int | None:
        """Return the timestamp encoded in the key *tag*, or None if it was not issued for this feed.

        A timestamp later than the last change stems from a store that was lost, or from an invented tag.
        """
        found, mine = _KEY.fullmatch(tag), _KEY.fullmatch(self.key)
        if not found or not mine or found["of"] != mine["of"] or self.selection.query.drifts:
            return None
        moment = int(found["moment"], 16)
        return moment if moment <= self.modified else None


def _prepared(
    index: Index, feed: Feed, selection: Selection, format_: Format, due: int | None = None
) -> PreparedFeed:
    address = fingerprint([format_.extension, selection.query.page]).hex()[:4]
    shown = [format_.rendering, format_.extension, content_key(feed, selection)]
    content = fingerprint(shown).hex()[:24]
    moment = selection.moment or int(feed.updated.timestamp())
    key = f"{moment:08x}-{address}{content}"
    key = key_of(key, selection.latest) if selection.latest > moment else key
    return PreparedFeed(feed, selection, index, format_, key, due)


def _weight(prepared: PreparedFeed) -> int:
    return len(prepared.selection.items) + 30  # the cost of all else, in entries


_KEY = expression(
    r"(?P<moment>[0-9a-f]{8,10})-(?P<of>[0-9a-f]{4})[0-9a-f]{24}(?:-[0-9a-f]{8,10})?(?:\.[0-9a-f]{8})?"
)


class Pipeline:
    """The read side of one process. Thread-safe: concurrent requests for one content render it once.

    *entries* bounds the bytes of rendered entries that are cached for other feeds.
    """

    def __init__(self, current_index: CurrentIndex, cache: Cache, site: Site, entries: int) -> None:
        self.current_index = current_index
        self._cache = cache
        self._site = site
        self._prepared: LRUCache[tuple[Query, str], PreparedFeed] = LRUCache(
            MAX_PREPARED_ENTRIES, _weight
        )
        self._directories: LRUCache[tuple[str, tuple[Query, ...]], Directory] = LRUCache(8)
        self._offers: dict[Query, Offer] = {}
        self._pages: dict[str, bytes] = {}
        self._index: Index | None = None
        self._coming: tuple[object, Index] | None = None
        self._latest: int | None = None
        self._entries: LRUCache[tuple[Hashable, ...], bytes] = LRUCache(entries, len)
        self._lines = DigestLines(entries // 4)
        self._lock = Lock()
        self._making = Lock()  # held while a named page is made
        self._flights: dict[str, Future[Document]] = {}

    def prepare(self, query: Query, extension: str) -> PreparedFeed:
        """Select the current feed of *query* without rendering it. Raises UnknownFeed and NotReady."""
        with self._lock:
            index = self._newest_index()
            known = self._prepared.get((query, extension))
            others = (self._prepared.get((query, other)) for other in FORMATS if not known)
            other = next(filter(None, others), None)
        if known:
            return known
        if other:  # all that the formats of a feed have in common
            feed, selection, next_due = other.feed, other.selection, other.due
        else:
            selection = select(index, query)
            feed = head(self._site, index, selection)
            next_due = due(index, self._coming_of(index), selection.query)
        prepared = _prepared(index, feed, selection, FORMATS[extension], next_due)
        with self._lock:
            if self._index is index:
                self._prepared[query, extension] = prepared
        return prepared

    def _coming_of(self, index: Index) -> Index:
        """An Index of the articles that *index* has to come; threads may make it twice.

        It is kept for the next index if the same articles are to come there.
        """
        if not index.to_come:
            return index
        source = index.to_come, index.taxonomy, index.default_language, index.search
        known = self._coming
        coming = known[1] if known and known[0] == source else scheduled(index)
        self._coming = source, coming
        return coming

    def _newest_index(self) -> Index:
        """Return the index, and forget what was made of an earlier one. Raises NotReady.

        The caller holds the lock, so that no thread goes back to an earlier index.
        """
        index = self.current_index.index()
        if self._index is not index:
            self._prepared.clear()
            self._directories.clear()
            self._pages.clear()
            self._latest = None
            self._offers = still_offered(self._offers, self._index, index) if self._index else {}
            self._index = index
        return index

    def latest(self) -> int:
        """The last second at which anything changed in the state served now. Raises NotReady."""
        with self._lock:
            index = self._newest_index()
            if self._latest is None:
                self._latest = index.last_change
            return self._latest

    def changes(self, prepared: PreparedFeed, since: int) -> PreparedFeed | None:
        """Return the changes of the feed after *since*, or None if a client needs the whole feed."""
        selection = changes(prepared.index, prepared.selection, since)
        return self._derived(prepared, selection) if selection else None

    def widened(self, prepared: PreparedFeed, since: int) -> PreparedFeed:
        """Return the feed with the added entries that a client with the version of *since* would miss."""
        selection = widen(prepared.index, prepared.selection, since)
        return prepared if selection is prepared.selection else self._derived(prepared, selection)

    def halves(self, prepared: PreparedFeed) -> tuple[PreparedFeed, PreparedFeed]:
        """Return the second and the first half of the feed; the latter has all removed entries."""
        selection = prepared.selection
        middle = len(selection.items) // 2
        first = msgspec.structs.replace(selection, items=selection.items[:middle])
        rest = msgspec.structs.replace(selection, items=selection.items[middle:], deleted=())
        return self._derived(prepared, rest), self._derived(prepared, first)

    def _derived(self, prepared: PreparedFeed, selection: Selection) -> PreparedFeed:
        index = prepared.index
        other = _prepared(index, head(self._site, index, selection), selection, prepared.format)
        return msgspec.structs.replace(other, key=widened(prepared.key, content_of(other.key)))

    def document(self, query: Query, extension: str, coding: str = "identity") -> Document:
        """Return the feed of *query* in one format and coding. Raises UnknownFeed and NotReady."""
        return self.render(self.prepare(query, extension), coding)

    def render(self, prepared: PreparedFeed, coding: str) -> Document:
        """Return the document of *prepared*, from the cache if possible."""
        content = content_of(prepared.key) + prepared.key.partition(".")[2]
        if coding == "identity":
            found = self._once(content, lambda: self._rendered(prepared))
        else:
            found = self._once(f"{content}-{coding}", lambda: self._compressed(prepared, coding))
        return found if found.key == prepared.key else msgspec.structs.replace(found, key=prepared.key)

    def directory(self, kind: str = "", queries: Sequence[Query] = ()) -> Directory:
        """List the feeds of *queries*, by default all on offer, of one *kind* if it is given.

        Raises UnknownFeed and NotReady.
        """
        check_kind(kind)
        key = kind, tuple(queries)
        with self._lock:
            index = self._newest_index()
            found, known = self._directories.get(key), self._offers
        if found:
            return found
        made = directory(self._site, index, queries or on_offer(self._site, index, kind), known)
        with self._lock:
            if self._index is index:
                self._directories[key] = made
        return made

    def page(self, name: str, make: Callable[[Index], bytes]) -> bytes:
        """Return the page *name*, made by *make* once for each index. Raises NotReady.

        Named pages are few, and none has arguments.
        """
        with self._making:
            with self._lock:
                index = self._newest_index()
                known = self._pages.get(name)
            if known is not None:
                return known
            made = make(index)
            with self._lock:
                if self._index is index:
                    self._pages[name] = made
            return made

    def feed(self, query: Query) -> Feed:
        """Return the unrendered feed of *query*."""
        index = self.current_index.index()
        return compose(self._site, index, select(index, query))

    def _rendered(self, prepared: PreparedFeed) -> Document:
        written = self.entries(prepared, prepared.selection.items)
        body = prepared.format.join(dated(prepared.feed, prepared.selection), written)
        return Document(body, "identity", prepared.format.media_type, prepared.key)

    def entries(self, prepared: PreparedFeed, items: Sequence[Item]) -> list[bytes]:
        """Return *items* rendered as in *prepared*, each once for all feeds that contain it."""
        feed, query = prepared.feed, prepared.selection.query
        site = msgspec.structs.replace(feed.site, hubs=())  # which no entry names
        kind = prepared.format.extension, feed.content, fingerprint(site)
        keys = [(*kind, *entry_key(feed, item)) for item in items]
        with self._lock:
            found = {key: known for key in keys if (known := self._entries.get(key))}
        missing = {key: item for key, item in zip(keys, items, strict=True) if key not in found}
        made = entries(feed, query, [*missing.values()], self._lines)
        for key, shown in zip(missing, made, strict=True):
            found[key] = written = prepared.format.entry(shown, feed.site, feed.content)
            with self._lock:
                if len(written) < self._entries.maxsize:
                    self._entries[key] = written
        return [found[key] for key in keys]

    def _compressed(self, prepared: PreparedFeed, coding: str) -> Document:
        plain = self.render(prepared, "identity")
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
            found = self._cache.get(key)  # another thread may have finished since the first look-up
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
    """Encode *body* in *coding*; the same body gives the same bytes."""
    match coding:
        case "gzip":
            return gzip.compress(body, 6, mtime=0)
        case "br":
            return bytes(brotli.compress(body, quality=5))
        case "zstd":
            return zstandard.ZstdCompressor(level=9).compress(body)
    return body
