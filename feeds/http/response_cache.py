"""The response cache: sends earlier responses again without Flask.

It holds responses for feeds, pages and lists that were sent to a client without a version of the
resource, or with the current one. A response is valid while the index is the same object, the clock
would change no header, and its max-age lasts. All other requests go to the application: for responses
not cached yet, refused or unusual requests, pictures, and clients with an older version of a feed,
which may be sent additional entries.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from math import inf
from threading import Lock
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import msgspec
from cachetools import FIFOCache

from feeds.errors import NotReady
from feeds.http.cache_entry import (
    CachedResponse,
    CacheEntry,
    Headers,
    Request,
    cache_entry,
    cached_response,
    request_of,
)
from feeds.http.content_coding import choose_coding
from feeds.http.content_language import choose_language
from feeds.http.exchanges import Exchange
from feeds.http.fair import FairPolling
from feeds.http.freshness import SAME_UNTIL
from feeds.http.hosts import is_host
from feeds.http.kind import KIND
from feeds.http.links import LINKS
from feeds.http.request_ids import REQUEST_ID
from feeds.index import Index
from feeds.index.current import CurrentIndex
from feeds.monitoring.counts import OTHER_KIND

ENTRY_OVERHEAD = 8192  # bytes of an entry beside its body: address and headers
MAX_CACHED_ADDRESS_LENGTH = 2048  # characters of path and query of a cached response

# Writers hold a lock, readers do not. A read is one look-up in a dict, which is atomic in CPython, and a
# FIFOCache, unlike an LRUCache, is not changed by a read. An lru_cache is also thread-safe; at worst it
# computes a value twice.
#
# A key has path, query, coding and language: empty for a response that is the same in every language,
# and ANY_LANGUAGE for a client that prefers none of the languages of pages.
Entries = FIFOCache[tuple[str, str, str | None, str], CacheEntry]
ANY_LANGUAGE = "*"
_coding = lru_cache(256)(choose_coding)
_language = lru_cache(256)(choose_language)

_CACHED = ("200", "304")


class ResponseCache:
    """A WSGI application that caches responses of *app* in at most *max_bytes*. Thread-safe.

    *observe* is called with each exchange, and must be fast. *in_fleet*, the date of a client may be of
    a later state, which only the application knows. *fair* refuses full copies of feeds, in the
    application too; None if it is off.
    """

    def __init__(
        self,
        app: WSGIApplication,
        current_index: CurrentIndex,
        clock: Callable[[], float],
        max_bytes: int,
        observe: Callable[[Exchange], object] = lambda _exchange: None,
        *,
        in_fleet: bool = False,
        fair: FairPolling | None = None,
    ) -> None:
        self.clock = clock
        self._observe = observe
        self._fair = fair
        self._app = app
        self._current_index = current_index
        self._max_bytes = max_bytes
        self._in_fleet = in_fleet
        self._cached: tuple[Index | None, Entries] = None, Entries(0)  # always replaced as a pair
        self._in_progress: Counter[int] = Counter()  # requests by the revision at their beginning
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """See PEP 3333."""
        request = request_of(environ)
        response = self.find(request, self.clock())
        if not response:
            return self._forward(request, environ, start_response)
        start_response(response.status, [*response.headers])
        return (response.body,)

    def find(self, request: Request, now: float) -> CachedResponse | None:
        """Return the cached response to *request* at *now*, a time of ``clock``, or None."""
        index, entries = self._cached
        try:
            entry = _found(entries, request)
            if index is not self._current_index.index():
                return None
        except (KeyError, NotReady):
            return None
        if not entry.since <= now <= entry.until or not is_host(request.host):
            return None
        if entry.varies_by_use and request.fetch_dest == "document":
            return None  # a browser may get another media type
        if self._in_fleet and request.if_modified_since not in (None, entry.last_modified):
            return None
        response = entry.response(request, now)
        if request.method != "GET" and response:
            response = msgspec.structs.replace(response, body=b"") if request.method == "HEAD" else None
        elif response and response.code == 200 and self._fair:
            fair = self._fair.response(request, response.headers, response.links, entry.etag, now)
            response = msgspec.structs.replace(fair, kind=response.kind) if fair else response
        if response:
            self._observe((request, response, int(now), None))
        return response

    @property
    def size(self) -> int:
        """The number of bytes held now."""
        return int(self._cached[1].currsize)

    @property
    def served(self) -> int:
        """A revision that no response is older than from now on: requests in progress may be behind."""
        with self._lock:
            return min([self._current_index.revision, *self._in_progress])

    def _forward(
        self, request: Request, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        with self._lock:
            revision = self._current_index.revision
            self._in_progress[revision] += 1
        try:
            return self._answered(request, environ, start_response)
        finally:
            with self._lock:
                self._in_progress[revision] -= 1
                self._in_progress += Counter()  # without those at zero

    def _answered(
        self, request: Request, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Pass *request* on to the application, and keep the response if it can be cached."""
        started: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, *error: Any) -> Any:
            started.append((status, headers))
            return start_response(status, headers, *error)

        now = self.clock()
        try:
            index = self._current_index.index()
        except NotReady:
            index = None
        parts = self._app(environ, start)
        status, headers = started[-1]
        kind, links = environ.get(KIND, OTHER_KIND), environ.get(LINKS, "")
        sent = CachedResponse(status, headers, int(status[:3]), [], b"", links, kind)
        known = msgspec.structs.replace(request, request_id=environ.get(REQUEST_ID, ""))
        self._observe((known, sent, int(now), max(0.0, self.clock() - now)))
        if index is None:
            return parts
        cacheable = request.method == "GET" and status[:3] in _CACHED
        until = environ.get(SAME_UNTIL, inf)
        entry = cache_entry(headers, links, now, until, kind) if cacheable else None
        if entry and entry.varies_by_use and request.fetch_dest == "document":
            return parts  # another media type than that of most requests
        if entry and status[:3] == "200":
            if entry.last_modified and request.is_conditional:
                return parts  # it may have additional entries for this client
            body = b"".join(parts)  # a single part is not copied: the document cache has the same bytes
            if close := getattr(parts, "close", None):
                close()
            parts = (body,)
            full = cached_response(status, headers, body, links, kind)
            entry = msgspec.structs.replace(entry, full=full)
        if entry:
            self._keep(request, entry, index)
        return parts

    def _keep(self, request: Request, entry: CacheEntry, index: Index) -> None:
        with self._lock:
            if index is not self._current_index.index():
                return  # the index was replaced meanwhile
            if index is not self._cached[0]:
                self._cached = index, Entries(self._max_bytes, _size)
            is_short = len(request.path) + len(request.query) <= MAX_CACHED_ADDRESS_LENGTH
            if is_short and _size(entry) <= self._max_bytes:
                coding, language = _coding(request.accept_encoding), ""
                if entry.varies_by_language:
                    language = _language(request.accept_language) or ANY_LANGUAGE
                self._cached[1][request.path, request.query, coding, language] = entry


def _found(entries: Entries, request: Request) -> CacheEntry:
    """Return the entry of *entries* for *request*. Raises KeyError."""
    path, query, coding = request.path, request.query, _coding(request.accept_encoding)
    try:
        return entries[path, query, coding, ""]  # a feed
    except KeyError:
        return entries[path, query, coding, _language(request.accept_language) or ANY_LANGUAGE]


def _size(entry: CacheEntry) -> int:
    return ENTRY_OVERHEAD + len(entry.full.body if entry.full else b"")
