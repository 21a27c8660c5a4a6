"""The fast path: what was answered before is answered again without asking Flask.

Kept is what Flask said of a feed, a page or a list to one who had nothing of it, or had just that; it
holds while the index is the same, the clock would change no header, and no longer than it says itself.
All else is passed on: what is new, refused or odd, pictures, and whoever has something older of a feed,
who may be sent more.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from math import ceil
from threading import Lock
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import msgspec
from cachetools import FIFOCache
from msgspec import Struct

from feeds.errors import NotReady
from feeds.http.conditional import instant, is_current, is_in_304, since, tags
from feeds.http.content_coding import choose_coding
from feeds.http.links import LINKS
from feeds.index import Index
from feeds.index.current import CurrentIndex
from feeds.period import DAY

OVERHEAD = 8192  # bytes an answer costs beside its body, those of its address and headers
LONGEST = 2048  # characters of an address under which one is kept

Headers = list[tuple[str, str]]
Fields = list[tuple[bytes, bytes]]

_KEPT = ("200", "304")
_FOR_ALL = ("Accept-Encoding", "Accept-Encoding, A-IM")
_BY_USE = "Accept-Encoding, A-IM, Sec-Fetch-Dest"
_chosen = lru_cache(256)(choose_coding)


class Asked(Struct, frozen=True, gc=False):
    """All on which an answer depends; the validators are None where they are not sent.

    *use* is what a browser wants it for: ``document`` where it is to be shown.
    """

    method: str
    path: str
    query: str
    host: str
    accepted: str | None
    none_match: str | None
    since: str | None
    use: str | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether the client says what it has."""
        return self.none_match is not None or self.since is not None


class Reply(Struct, frozen=True, gc=False):
    """An answer as WSGI has it, *status* and *headers*, and as ASGI does, *code* and *fields*.

    *links* are those of what it is about, which not every answer says.
    """

    status: str
    headers: Headers
    code: int
    fields: Fields
    body: bytes
    links: str = ""


class Answer(Struct, frozen=True, gc=False):
    """What is said of one thing in one coding, from one second *since* 1970 *until* another.

    *date* is when it changed, empty of what has its ETag alone; whoever has a feed of another moment may
    be sent more. *whole* is None where none but those who have it have asked.
    """

    since: float
    until: float
    etag: str
    key: str
    date: str
    modified: int
    unchanged: Reply
    whole: Reply | None = None
    by_use: bool = False

    def reply(self, asked: Asked, now: float) -> Reply | None:
        """Return the reply to *asked* at *now*, None if only Flask can make it."""
        if not self.date:
            known = bool(asked.none_match) and is_current(self.key, 0, asked.none_match, None, now)
            return self.unchanged if known else self.whole
        if asked.none_match is not None:
            return self.unchanged if self._has_tag(asked.none_match, now) else None
        if asked.since == self.date:  # which was not later than the time then, nor than *now*
            return self.unchanged
        date = since(asked.since, now)
        if date is None:
            return self.whole
        return self.unchanged if self.modified <= date else None

    def _has_tag(self, none_match: str, now: float) -> bool:
        """Whether a client with these tags has this answer."""
        if none_match == self.etag:
            return True
        if f"{self.key}." in none_match:
            return False  # or more of it, which has a tag of its own
        return is_current(self.key, 0, none_match, None, now)


class ResponseCache:
    """*app*, what it says being kept in *max_bytes*. Thread-safe.

    *count* is called with each answer that is given again; it must be quick.
    """

    def __init__(
        self,
        app: WSGIApplication,
        current_index: CurrentIndex,
        clock: Callable[[], float],
        max_bytes: int,
        count: Callable[["Reply"], object] = lambda _reply: None,
    ) -> None:
        self.clock = clock
        self._app = app
        self._current_index = current_index
        self._max_bytes = max_bytes
        self._count = count
        self._kept: tuple[Index | None, _Kept] = None, _Kept(0)  # replaced whole, with the index
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """See PEP 3333."""
        get = environ.get
        asked = Asked(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            get("QUERY_STRING", ""),
            get("HTTP_HOST", ""),
            get("HTTP_ACCEPT_ENCODING"),
            get("HTTP_IF_NONE_MATCH"),
            get("HTTP_IF_MODIFIED_SINCE"),
            get("HTTP_SEC_FETCH_DEST"),
        )
        reply = self.find(asked)
        if not reply:
            return self._ask(asked, environ, start_response)
        start_response(reply.status, [*reply.headers])
        return (reply.body,)

    def find(self, asked: Asked) -> Reply | None:
        """The answer to *asked*, if it is kept."""
        index, kept = self._kept
        try:
            answer = kept[asked.path, asked.query, _chosen(asked.accepted)]
            if index is not self._current_index.index():
                return None
        except (KeyError, NotReady):
            return None
        now = self.clock()
        if not answer.since <= now <= answer.until or not _is_host(asked.host):
            return None
        if answer.by_use and asked.use == "document":
            return None  # it is shown under another type
        reply = answer.reply(asked, now)
        if asked.method != "GET" and reply:
            reply = msgspec.structs.replace(reply, body=b"") if asked.method == "HEAD" else None
        if reply:
            self._count(reply)
        return reply

    @property
    def size(self) -> int:
        """Bytes kept now."""
        return int(self._kept[1].currsize)

    def _ask(
        self, asked: Asked, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            index, now = self._current_index.index(), self.clock()
        except NotReady:
            return self._app(environ, start_response)
        said: list[tuple[str, Headers]] = []

        def note(status: str, headers: Headers, *error: Any) -> Any:
            said.append((status, headers))
            return start_response(status, headers, *error)

        parts = self._app(environ, note)
        status, headers = said[-1]
        kept = asked.method == "GET" and status[:3] in _KEPT
        answer = _answer(headers, environ.get(LINKS, ""), index, now) if kept else None
        if answer and status[:3] == "200":
            if answer.date and asked.is_conditional:
                return parts  # it may be more than others are sent
            body = b"".join(parts)  # of one part it is that part: the bytes that the cache has
            if close := getattr(parts, "close", None):
                close()
            parts = (body,)
            whole = Reply(status, headers, 200, fields(headers), body, answer.unchanged.links)
            answer = msgspec.structs.replace(answer, whole=whole)
        if answer:
            self._keep(asked, answer, index)
        return parts

    def _keep(self, asked: Asked, answer: Answer, index: Index) -> None:
        with self._lock:
            if index is not self._current_index.index():
                return  # it was replaced meanwhile
            if index is not self._kept[0]:
                self._kept = index, _Kept(self._max_bytes, _size)
            if _size(answer) <= self._max_bytes and len(asked.path) + len(asked.query) <= LONGEST:
                self._kept[1][asked.path, asked.query, _chosen(asked.accepted)] = answer


# First in, first out: it may be read while another thread writes.
_Kept = FIFOCache[tuple[str, str, str | None], Answer]


def fields(headers: Headers) -> Fields:
    """*headers* as ASGI has them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _answer(headers: Headers, links: str, index: Index, now: float) -> Answer | None:
    """What *headers* say of something in *index*; None where they are of anything else, or not for long.

    What depends on nothing but the index and the clock has an ETag and an age, and varies by coding, as
    pictures do not. A feed also has a date, and may have been asked for with A-IM.
    """
    told = {name.lower(): value for name, value in headers}
    etag, date, control, vary = (
        told.get(name, "") for name in ("etag", "last-modified", "cache-control", "vary")
    )
    modified, age = instant(date), re.search(r"\bmax-age=(\d+)", control)
    if not etag or not age or vary not in (*_FOR_ALL, _BY_USE):
        return None
    if "A-IM" in vary and (modified is None or "." in etag):
        return None
    # An archive is closed at the turn of a day.
    until = min(now + int(age[1]), float(ceil(now / DAY) * DAY))
    if index.due is not None and "immutable" not in control:
        until = min(until, index.due - int(age[1]))  # then it begins to shrink, by the second
    lean = [each for each in headers if is_in_304(*each)]
    unchanged = Reply("304 NOT MODIFIED", lean, 304, fields(lean), b"", links)
    return Answer(
        now, until, etag, tags(etag)[0][1], date, int(modified or 0), unchanged, by_use=vary == _BY_USE
    )


def _size(answer: Answer) -> int:
    return OVERHEAD + len(answer.whole.body if answer.whole else b"")


@lru_cache(256)
def _is_host(name: str) -> bool:
    """Whether Werkzeug takes *name* for one, which refuses all others."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True
