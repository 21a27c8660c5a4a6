"""The responses of all views: headers, validators and content codings."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from math import inf
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Response, request
from werkzeug.datastructures import Headers

from feeds.errors import NotReady
from feeds.feed import Feed
from feeds.feed.site import Site
from feeds.fleet.files import SharedFiles
from feeds.formats import DEFAULT, Format
from feeds.formats.document import CODINGS, etag, key_of
from feeds.http.conditional import is_current, is_in_304, validators
from feeds.http.content_coding import choose_coding
from feeds.http.freshness import SAME_UNTIL, Freshness, for_people, since_change
from feeds.monitoring.monitor import Monitor
from feeds.pipeline import Pipeline, coded
from feeds.push.hub import Hub
from feeds.query import Query
from feeds.query.grammar import NO_REDIRECT, named_query, parse
from feeds.settings.sections import ArticlePages, HttpSettings
from feeds.store.reader_checks import ReaderChecks
from feeds.web.errors import NotAcceptable, plain
from feeds.web.exported import Exported, default_format, formats_of

HTML = "text/html; charset=utf-8"
OPENSEARCH_TYPE = "application/opensearchdescription+xml"


class Context(NamedTuple):
    """The objects that every view uses.

    - *assets*: the folder of pictures, for corpora without an address
    - *article_pages*: the part that pages show of articles with an address on another site
    - *monitor*: has the server's status, None without monitoring
    - *exported*: the pages of an export, None in a server
    - *shared_files*: the files of the corpus in a fleet, None outside of one
    - *hub*: the hub of this server, None if it is off
    - *reader_checks*: the checks of feed readers, None if they are off
    """

    pipeline: Pipeline
    site: Site
    http: HttpSettings
    assets: Path
    clock: Callable[[], float]
    article_pages: ArticlePages = "excerpt"
    monitor: Monitor | None = None
    exported: Exported | None = None
    shared_files: SharedFiles | None = None
    hub: Hub | None = None
    reader_checks: ReaderChecks | None = None

    @property
    def formats(self) -> Mapping[str, Format]:
        """The formats of feeds, by extension."""
        return formats_of(self.exported)

    @property
    def default_extension(self) -> str:
        """The format of feeds in QR codes and lists, unless another one is requested."""
        return default_format(self.exported).extension

    @property
    def named(self) -> dict[str, Query]:
        """The named queries."""
        return {each.query.name: each.query for each in self.site.named}

    @property
    def everything(self) -> Feed:
        """The feed of all articles, without them. Raises NotReady."""
        return self.pipeline.prepare(Query(), DEFAULT.extension).feed

    @property
    def described_site(self) -> Site:
        """The site, completed from the corpus once that is loaded."""
        try:
            return self.everything.site
        except NotReady:
            return self.site

    def query(self, name: str = "", archive: str = "", **place: str) -> Query:
        """Parse the query in a path and the arguments of the request.

        Raises QueryError and UnknownFeed.
        """
        named = named_query(name, self.named) if name else None
        return parse(request.args.items(multi=True), place, archive, named)

    @property
    def base(self) -> str:
        """The path that addresses begin with which work under any host name."""
        return base_of(self.site)

    def moved(self, requested: Query, found: Query, address: str) -> Response | None:
        """Return a redirect to *address* if *requested* is not the canonical query *found*, else None."""
        if requested.address("") == found.address("") or NO_REDIRECT in request.args:
            return None
        # An archive that grew too large was split; its newest part links to the others.
        return self.redirect(address, 301 if requested.archive == found.archive else 302)

    def redirect(self, address: str, status: int = 301) -> Response:
        """Return a redirect to *address*, which caches may store."""
        response = plain(f"this is at {address}", status)
        response.headers |= {
            "Location": address,
            "Cache-Control": f"public, max-age={self.http.max_age}",
        }
        return response

    def whole(
        self,
        body: bytes,
        media_type: str,
        due: int | None = None,
        *,
        is_page: bool = False,
        is_fixed: bool = False,
    ) -> Response:
        """Respond with *body*, such as a list of feeds, without a date of change; see ``cacheable``.

        If *is_page*, browsers ask each time if it has changed. If *is_fixed*, it depends on no article.
        """
        key = _digest(body) if is_fixed else self._key(body)
        coding = accepted_coding()
        caching = self.cacheable(due)
        headers = {"ETag": etag(key, coding)} | (for_people(caching) if is_page else caching)
        if request.headers.get("If-None-Match") and is_known(key, 0, self.clock()):
            return NotModified(headers)
        return sent(coded(body, coding), coding, media_type, headers)

    def dated(
        self, body: bytes, media_type: str, modified: int, due: int | None, more: dict[str, str]
    ) -> Response:
        """Respond with *body*, last *modified* at a second, and the headers *more*; see ``cacheable``."""
        key, now = self._key(body), self.clock()
        coding = accepted_coding()
        caching = self.cacheable(due)
        caching = for_people(caching) if media_type == HTML else caching
        headers = validators(key, coding, modified, now) | caching | more
        if is_known(key, modified, now):
            return NotModified(headers)
        return sent(coded(body, coding), coding, media_type, headers)

    def _key(self, body: bytes) -> str:
        """The key of *body*, with the last change of the state that it was made from, or a later one.

        A server that is loading has no state.
        """
        try:
            return key_of(_digest(body), self.pipeline.latest())
        except NotReady:
            return _digest(body)

    def cacheable(
        self, due: int | None, age: int | None = None, changed: float | None = None
    ) -> dict[str, str]:
        """Return caching headers: max-age is *age*, and never exceeds *due*.

        *due* is the date of the next article. With *changed*, the time of the last change, max-age is
        shorter at first, and grows to *age* from then on.
        """
        now, least = self.clock(), self.http.max_age
        age = least if age is None else age
        fresh = Freshness(age, inf) if changed is None else since_change(age, least, changed, now)
        if due is not None:
            fresh = fresh.before(due, now)
        request.environ[SAME_UNTIL] = fresh.until
        return {
            "Cache-Control": f"public, max-age={fresh.age}, "
            f"stale-while-revalidate={self.http.stale_while_revalidate}, "
            f"stale-if-error={self.http.stale_if_error}",
            "Vary": "Accept-Encoding",
        }


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()


def base_of(site: Site) -> str:
    """The path that links on pages begin with; without a host, they work under any host name."""
    return urlsplit(site.url).path.rstrip("/")


class NotModified(Response):
    """A 304 with the headers that a client or cache needs again."""

    default_mimetype = None

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(status=304, headers=headers)

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """Keep Last-Modified, which Werkzeug removes, and remove headers that describe a body."""
        headers = Headers(each for each in super().get_wsgi_headers(environ) if is_in_304(*each))
        if "Last-Modified" in self.headers:
            headers["Last-Modified"] = self.headers["Last-Modified"]
        return headers


def accepted_coding() -> str:
    """Return the coding that the client prefers. Raises NotAcceptable."""
    coding = choose_coding(request.headers.get("Accept-Encoding"))
    if coding is None:
        raise NotAcceptable(
            "Accept-Encoding", "every content coding refused", f"accept one of {', '.join(CODINGS)}"
        )
    return coding


def is_known(key: str, modified: int, now: float) -> bool:
    """Return whether the validators of the client match the content *key*."""
    get = request.headers.get
    return is_current(key, modified, get("If-None-Match"), get("If-Modified-Since"), now)


def sent(
    body: bytes, coding: str, media_type: str, headers: dict[str, str], status: int = 200
) -> Response:
    """Respond with *body*, already encoded in *coding*."""
    response = Response(body, status, headers, content_type=media_type)
    if coding != "identity":
        response.headers["Content-Encoding"] = coding
    return response
