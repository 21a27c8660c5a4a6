"""Cache entries: the cached responses to one address in one coding and language, and their validity."""

import re
from math import ceil
from wsgiref.types import WSGIEnvironment

from msgspec import Struct

from feeds.formats.document import is_widened, latest_of
from feeds.http.conditional import instant, is_current, is_in_304, keys, since
from feeds.http.freshness import SURROGATE
from feeds.http.reasons import status_line
from feeds.monitoring.counts import OTHER_KIND, RequestKind
from feeds.period import DAY

Headers = list[tuple[str, str]]
AsgiHeaders = list[tuple[bytes, bytes]]

_VARY_BY_LANGUAGE = "Accept-Encoding, Accept-Language"
_VARY = ("Accept-Encoding", "Accept-Encoding, A-IM", _VARY_BY_LANGUAGE)
_VARY_BY_USE = ("Accept-Encoding, Sec-Fetch-Dest", "Accept-Encoding, A-IM, Sec-Fetch-Dest")


class Request(Struct, frozen=True, gc=False):
    """The parts of a request on which a response depends, and those by which clients are distinguished.

    A header that was not sent is None; *agent* and the fields after it are then empty. *peer* is the
    other end of the connection, empty for a Unix socket. *surrogate* is the header by which a cache in
    front announces itself. *request_id* was sent, or given to the request by the application.

    *host* is empty if none was sent and none is required. *fetch_dest* is ``document`` if a browser is
    going to show the response.
    """

    method: str
    path: str
    query: str
    host: str | None
    accept_encoding: str | None
    if_none_match: str | None
    if_modified_since: str | None
    fetch_dest: str | None = None
    accept_language: str | None = None
    agent: str = ""
    peer: str = ""
    forwarded_for: str = ""
    surrogate: str = ""
    request_id: str = ""

    @property
    def is_conditional(self) -> bool:
        """True if the client sends a validator."""
        return self.if_none_match is not None or self.if_modified_since is not None


def request_of(environ: WSGIEnvironment) -> Request:
    """Return the request in a WSGI environment."""
    get = environ.get
    return Request(
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"],
        get("QUERY_STRING", ""),
        get("HTTP_HOST") or (None if get("SERVER_PROTOCOL") == "HTTP/1.1" else ""),
        get("HTTP_ACCEPT_ENCODING"),
        get("HTTP_IF_NONE_MATCH"),
        get("HTTP_IF_MODIFIED_SINCE"),
        get("HTTP_SEC_FETCH_DEST"),
        get("HTTP_ACCEPT_LANGUAGE"),
        get("HTTP_USER_AGENT", ""),
        get("REMOTE_ADDR", ""),
        get("HTTP_X_FORWARDED_FOR", ""),
        get("HTTP_SURROGATE_CAPABILITY") or get("HTTP_CDN_LOOP", ""),
        get("HTTP_X_REQUEST_ID", ""),
    )


class CachedResponse(Struct, frozen=True, gc=False, eq=False):
    """A response for WSGI, *status* and *headers*, and for ASGI, *code* and *asgi_headers*.

    *links* is the Link header of the resource, even if this response does not send it. *kind* is what
    the response is counted as. Two responses are equal only if they are the same object.
    """

    status: str
    headers: Headers
    code: int
    asgi_headers: AsgiHeaders
    body: bytes
    links: str = ""
    kind: RequestKind = OTHER_KIND


class CacheEntry(Struct, frozen=True, gc=False):
    """The responses to one address in one coding and language, valid from *since* to *until*.

    Both are in seconds since 1970.
    *last_modified* is the header, empty if the resource has only an ETag. If it is set, a client with
    another version of the resource may be sent additional entries. *full* is None until a client without
    the resource requests it.
    """

    since: float
    until: float
    etag: str
    key: str
    last_modified: str
    modified: int
    not_modified: CachedResponse
    full: CachedResponse | None = None
    varies_by_use: bool = False
    varies_by_language: bool = False

    def response(self, request: Request, now: float) -> CachedResponse | None:
        """Return the response to *request* at *now*, or None if only the application can make it."""
        tags = request.if_none_match
        if tags and tags != self.etag and self._may_be_earlier_than(tags):
            return None
        if not self.last_modified:
            known = bool(tags) and is_current(self.key, 0, tags, None, now)
            return self.not_modified if known else self.full
        if tags is not None:
            return self.not_modified if self._has_tag(tags, now) else None
        if request.if_modified_since is None:
            return self.full
        if request.if_modified_since == self.last_modified:  # never later than *now*
            return self.not_modified
        date = since(request.if_modified_since, now)
        if date is None:
            return self.full
        return self.not_modified if self.modified <= date else None

    def _may_be_earlier_than(self, none_match: str) -> bool:
        """Return whether a client with these tags may have a later state than this entry."""
        own = latest_of(self.key)
        return own > 0 and any(latest_of(key) > own for key in keys(none_match))

    def _has_tag(self, none_match: str, now: float) -> bool:
        """Return whether a client with these tags has the content of this entry."""
        if none_match == self.etag:
            return True
        if any(is_widened(known, self.key) for known in keys(none_match)):
            return False  # the client may have a widened feed, which has its own tag
        return is_current(self.key, 0, none_match, None, now)


def cached_response(
    status: str, headers: Headers, body: bytes, links: str, kind: RequestKind = OTHER_KIND
) -> CachedResponse:
    """Return a response that is ready to be sent many times."""
    return CachedResponse(status, headers, int(status[:3]), asgi_headers(headers), body, links, kind)


def asgi_headers(headers: Headers) -> AsgiHeaders:
    """Return *headers* as ASGI requires them: bytes, and names in lower case."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def cache_entry(
    headers: Headers, links: str, now: float, same_until: float, kind: RequestKind = OTHER_KIND
) -> CacheEntry | None:
    """Return an entry without a full response, or None if a response with *headers* cannot be cached.

    Up to *same_until*, the clock does not change max-age; an earlier time than *now* forbids caching.

    A response that depends only on the index and the clock has an ETag and a max-age, and varies by
    coding; pictures do not. Pages have another max-age for browsers. A feed also has a Last-Modified
    date, and varies by A-IM.
    """
    sent = {name.lower(): value for name, value in headers}
    etag, date, vary = (sent.get(name, "") for name in ("etag", "last-modified", "vary"))
    control = sent.get(SURROGATE.lower()) or sent.get("cache-control", "")
    modified, age = instant(date), re.search(r"\bmax-age=(\d+)", control)
    if not etag or not age or vary not in (*_VARY, *_VARY_BY_USE) or same_until < now:
        return None
    if "A-IM" in vary and (modified is None or "." in etag):
        return None
    # An archive becomes immutable at the start of a day.
    until = min(now + int(age[1]), float(ceil(now / DAY) * DAY), same_until)
    lean = [each for each in headers if is_in_304(*each)]
    not_modified = cached_response(status_line(304), lean, b"", links, kind)
    return CacheEntry(
        now,
        until,
        etag,
        keys(etag)[0],
        date,
        int(modified or 0),
        not_modified,
        varies_by_use=vary in _VARY_BY_USE,
        varies_by_language=vary == _VARY_BY_LANGUAGE,
    )
