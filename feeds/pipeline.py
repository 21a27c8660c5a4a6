"""The read side, whole: ``document(query, format, coding)``."""

import gzip
import re
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from threading import Lock

import brotli
import msgspec
import zstandard
from cachetools import LRUCache
from msgspec import Struct

from feeds.article import fingerprint
from feeds.cache import Cache
from feeds.feed import Feed, Site, compose, content_key, dated, entries, entry_key, head
from feeds.feed.directory import Directory, directory, on_offer
from feeds.formats import EDITION, FORMATS, Format
from feeds.formats.document import Document
from feeds.index import Index
from feeds.index.current import CurrentIndex
from feeds.query import Query
from feeds.query.selection import Selection, changes, select, widen

ANSWERS = 1 << 17  # entries of answers that are kept, of a hundred bytes each


class Answer(Struct, frozen=True):
    """What a query comes to before anything is rendered; *key* is of its content in one format.

    A key begins with the moment its content came to be, and with what is asked for: ``since`` reads
    it back. What was added for a reader who was away follows after a dot.
    """

    feed: Feed
    selection: Selection
    index: Index
    format: Format
    key: str

    @property
    def modified(self) -> int:
        """When it last became what it is, in seconds since 1970."""
        return self.selection.modified or int(self.feed.updated.timestamp())

    def since(self, tag: str) -> int | None:
        """The moment of which a client has this feed that was ever given the key *tag*, else None.

        A moment to come is of another history: a store that was lost, or a tag that was made up.
        """
        found, mine = _KEY.match(tag), _KEY.match(self.key)
        if not found or not mine or found["of"] != mine["of"] or self.selection.query.drifts:
            return None
        moment = int(found["moment"], 16)
        return moment if moment <= self.modified else None


def _weight(answer: Answer) -> int:
    return len(answer.selection.items) + 30  # what it costs besides, in entries


_KEY = re.compile(r"(?P<moment>[0-9a-f]{8,10})-(?P<of>[0-9a-f]{4})[0-9a-f]{24}(?:\.|$)")


class Pipeline:
    """Thread-safe. However many ask for one content at once, it is rendered once.

    *entries* is how many bytes of written ones are kept, to be put into other feeds.
    """

    def __init__(self, current_index: CurrentIndex, cache: Cache, site: Site, entries: int) -> None:
        self.current_index = current_index
        self._cache = cache
        self._site = site
        self._answers: LRUCache[tuple[Query, str], Answer] = LRUCache(ANSWERS, _weight)
        self._directories: LRUCache[tuple[str, tuple[Query, ...]], Directory] = LRUCache(8)
        self._pages: dict[str, bytes] = {}
        self._answered: Index | None = None
        self._entries: LRUCache[tuple[Hashable, ...], bytes] = LRUCache(entries, len)
        self._lock = Lock()
        self._making = Lock()  # held while a page with a name is made
        self._flights: dict[str, Future[Document]] = {}

    def answer(self, query: Query, extension: str) -> Answer:
        """What *query* comes to now. Renders nothing; raises UnknownFeed and NotReady."""
        index = self.current_index.index()
        with self._lock:
            self._turn_to(index)
            known = self._answers.get((query, extension))
            others = (self._answers.get((query, other)) for other in FORMATS if not known)
            other = next(filter(None, others), None)
        if known:
            return known
        selection = other.selection if other else select(index, query)
        answer = self._answer(index, selection, FORMATS[extension])
        with self._lock:
            if self._answered is index:
                self._answers[query, extension] = answer
        return answer

    def _turn_to(self, index: Index) -> None:
        if self._answered is not index:
            self._answers.clear()
            self._directories.clear()
            self._pages.clear()
            self._answered = index

    def _answer(self, index: Index, selection: Selection, format_: Format) -> Answer:
        feed = head(self._site, index, selection, tuple(FORMATS))
        asked = fingerprint([format_.extension, selection.query.page]).hex()[:4]
        content = fingerprint([EDITION, format_.extension, content_key(feed, selection)]).hex()[:24]
        moment = selection.moment or int(feed.updated.timestamp())
        return Answer(feed, selection, index, format_, f"{moment:08x}-{asked}{content}")

    def changes(self, answer: Answer, since: int) -> Answer | None:
        """What of *answer*'s feed is new after the moment *since*; None where it is too much."""
        selection = changes(answer.index, answer.selection, since)
        return self._apart(answer, selection) if selection else None

    def widened(self, answer: Answer, since: int) -> Answer:
        """*answer* with all that one who last had it at the moment *since* would miss."""
        selection = widen(answer.index, answer.selection, since)
        return answer if selection is answer.selection else self._apart(answer, selection)

    def _apart(self, answer: Answer, selection: Selection) -> Answer:
        other = self._answer(answer.index, selection, answer.format)
        return msgspec.structs.replace(other, key=f"{answer.key}.{other.key[-8:]}")

    def document(self, query: Query, extension: str, coding: str = "identity") -> Document:
        """The feed *query* asks for, in one format and coding. Raises UnknownFeed and NotReady."""
        return self.fulfil(self.answer(query, extension), coding)

    def fulfil(self, answer: Answer, coding: str) -> Document:
        """The document that *answer* promised."""
        if coding == "identity":
            return self._once(answer.key, lambda: self._render(answer))
        return self._once(f"{answer.key}-{coding}", lambda: self._compress(answer, coding))

    def directory(self, kind: str = "", queries: Sequence[Query] = ()) -> Directory:
        """The feeds that *queries* ask for, where there are none all of one *kind* or of every one.

        Raises UnknownFeed and NotReady.
        """
        index = self.current_index.index()
        asked = kind, tuple(queries)
        with self._lock:
            known = self._directories.get(asked) if self._answered is index else None
        if known:
            return known
        made = directory(self._site, index, tuple(FORMATS), queries or on_offer(self._site, index, kind))
        with self._lock:
            if self._answered is index:
                self._directories[asked] = made
        return made

    def page(self, name: str, make: Callable[[Index], bytes]) -> bytes:
        """What *make* makes of the index as it is now: once for each, however many ask.

        Pages with a *name* are few, and none has arguments. Raises NotReady.
        """
        index = self.current_index.index()
        with self._making:
            with self._lock:
                self._turn_to(index)
                known = self._pages.get(name)
            if known is not None:
                return known
            made = make(index)
            with self._lock:
                if self._answered is index:
                    self._pages[name] = made
            return made

    def feed(self, query: Query) -> Feed:
        """The feed *query* asks for, unrendered."""
        index = self.current_index.index()
        return compose(self._site, index, select(index, query), tuple(FORMATS))

    def _render(self, answer: Answer) -> Document:
        body = answer.format.join(dated(answer.feed, answer.selection), self._written(answer))
        return Document(body, "identity", answer.format.media_type, answer.key)

    def _written(self, answer: Answer) -> list[bytes]:
        """The entries as *answer* is to have them, each written once for all the feeds it is in."""
        feed, query, items = answer.feed, answer.selection.query, answer.selection.items
        kind = answer.format.extension, feed.content, fingerprint(feed.site)
        keys = [(*kind, *entry_key(feed, item)) for item in items]
        with self._lock:
            found = {key: known for key in keys if (known := self._entries.get(key))}
        missing = {key: item for key, item in zip(keys, items, strict=True) if key not in found}
        for key, shown in zip(missing, entries(feed, query, [*missing.values()]), strict=True):
            found[key] = written = answer.format.entry(shown, feed.site, feed.content)
            with self._lock:
                if len(written) < self._entries.maxsize:
                    self._entries[key] = written
        return [found[key] for key in keys]

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
