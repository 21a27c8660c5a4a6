"""A cached answer: the response to one address in one coding, and the requests that it answers."""

import re
from math import ceil

from msgspec import Struct

from feeds.http.conditional import instant, is_current, is_in_304, since, tags
from feeds.index import Index
from feeds.period import DAY

Headers = list[tuple[str, str]]
AsgiHeaders = list[tuple[bytes, bytes]]

_VARY = ("Accept-Encoding", "Accept-Encoding, A-IM")
_VARY_BY_USE = "Accept-Encoding, A-IM, Sec-Fetch-Dest"


class Request(Struct, frozen=True, gc=False):
    """Everything that an answer depends on; a header that was not sent is None.

    *fetch_dest* is ``document`` if a browser is going to show the answer.
    """

    method: str
    path: str
    query: str
    host: str
    accept_encoding: str | None
    if_none_match: str | None
    if_modified_since: str | None
    fetch_dest: str | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether the client sends a validator."""
        return self.if_none_match is not None or self.if_modified_since is not None


class CachedResponse(Struct, frozen=True, gc=False):
    """A response for WSGI, *status* and *headers*, and for ASGI, *code* and *asgi_headers*.

    *links* is the Link header of the resource, which not every response sends.
    """

    status: str
    headers: Headers
    code: int
    asgi_headers: AsgiHeaders
    body: bytes
    links: str = ""


class CacheEntry(Struct, frozen=True, gc=False):
    """The responses to one address in one coding, good from the second *since* 1970 to *until*.

    *last_modified* is the header, empty if the resource has an ETag alone; a client with another version
    of a resource that has one may be sent more than others. *full* is None until a client without
    the resource asked for it.
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

    def response(self, request: Request, now: float) -> CachedResponse | None:
        """Return the response to *request* at *now*, None if only the application can make it."""
        if not self.last_modified:
            known = bool(request.if_none_match) and is_current(
                self.key, 0, request.if_none_match, None, now
            )
            return self.not_modified if known else self.full
        if request.if_none_match is not None:
            return self.not_modified if self._has_tag(request.if_none_match, now) else None
        if request.if_modified_since == self.last_modified:  # a date that is not later than *now*
            return self.not_modified
        date = since(request.if_modified_since, now)
        if date is None:
            return self.full
        return self.not_modified if self.modified <= date else None

    def _has_tag(self, none_match: str, now: float) -> bool:
        """Whether a client with these tags has the content of this entry."""
        if none_match == self.etag:
            return True
        if f"{self.key}." in none_match:
            return False  # or it has a widened feed, which has a tag of its own
        return is_current(self.key, 0, none_match, None, now)


def asgi_headers(headers: Headers) -> AsgiHeaders:
    """Return *headers* as ASGI has them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def cache_entry(headers: Headers, links: str, index: Index, now: float) -> CacheEntry | None:
    """Return an entry without a full response, None if an answer with *headers* cannot be cached.

    An answer that depends on nothing but the index and the clock has an ETag and an age, and varies by
    coding, as pictures do not. A feed also has a date, and varies by A-IM.
    """
    sent = {name.lower(): value for name, value in headers}
    etag, date, control, vary = (
        sent.get(name, "") for name in ("etag", "last-modified", "cache-control", "vary")
    )
    modified, age = instant(date), re.search(r"\bmax-age=(\d+)", control)
    if not etag or not age or vary not in (*_VARY, _VARY_BY_USE):
        return None
    if "A-IM" in vary and (modified is None or "." in etag):
        return None
    # An archive is closed at the turn of a day.
    until = min(now + int(age[1]), float(ceil(now / DAY) * DAY))
    if index.due is not None and "immutable" not in control:
        until = min(until, index.due - int(age[1]))  # from then on the age shrinks each second
    lean = [each for each in headers if is_in_304(*each)]
    not_modified = CachedResponse("304 NOT MODIFIED", lean, 304, asgi_headers(lean), b"", links)
    return CacheEntry(
        now,
        until,
        etag,
        tags(etag)[0][1],
        date,
        int(modified or 0),
        not_modified,
        varies_by_use=vary == _VARY_BY_USE,
    )
