"""Thin views: each reads the request, makes one call and returns."""

import io
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

import segno
from flask import Response, request

from feeds.errors import NotReady, QueryError, UnknownFeed
from feeds.feed.article_page import id_of_page
from feeds.formats import DEFAULT, FORMATS, feed_list, opml
from feeds.formats.assembly import styled
from feeds.formats.document import etag, is_widened, opened
from feeds.formats.opened import with_links
from feeds.formats.xml import XML
from feeds.http.conditional import keys, since, tags, takes_changes, validators
from feeds.http.freshness import for_people
from feeds.http.links import link
from feeds.http.surrogate_keys import SURROGATE_KEYS, query_keys
from feeds.period import period
from feeds.pipeline import PreparedFeed, coded
from feeds.push.topics import list_topic
from feeds.query.address import feed_address
from feeds.query.explain import explain
from feeds.query.grammar import read
from feeds.web.errors import plain
from feeds.web.files import STATIC
from feeds.web.pages import MAX_QR_ADDRESS_LENGTH
from feeds.web.problem_details import API
from feeds.web.responses import HTML, Context, NotModified, accepted_coding, is_known, sent
from feeds.web.status import is_operator

ARCHIVE_AGE = 86_400  # seconds: deleted articles must not be shown for longer
CLOSED = 86_400  # seconds after its end until a period counts as complete
STRICT, WRITER = "strict", "writer"  # of /ready


USE = "Sec-Fetch-Dest"  # "document" if a browser is going to show the response


class Views:
    """The views of feeds and of lists of feeds."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def feed(self, extension: str, **place: str) -> Response:
        """Respond with a feed, or an archive of one, in one format."""
        query = self._context.query(**place)
        prepared = self._context.pipeline.prepare(query, extension)
        address = prepared.feed.addresses[extension]
        if moved := self._context.moved(query, prepared.selection.query, address):
            return moved
        request.environ[SURROGATE_KEYS] = query_keys(prepared.selection.query)
        now = self._context.clock()
        coding = accepted_coding()
        if self._depends_on_use(prepared) and request.headers.get(USE) == "document":
            # An ETag of its own: a client with the other media type does not have this representation.
            key = opened(prepared.key)
            headers = {"ETag": etag(key, coding)} | for_people(self._described(prepared))
            if request.headers.get("If-None-Match") and is_known(key, 0, now):
                return NotModified(headers)
            read = self._context.pipeline.render(prepared, "identity").body
            return sent(coded(with_links(read), coding), coding, prepared.format.opened_as, headers)
        headers = validators(prepared.key, coding, prepared.modified, now) | self._described(prepared)
        if is_known(prepared.key, prepared.modified, now):
            return NotModified(headers | _widened(prepared.key, coding))
        base = None if query.archive else _base(prepared, now)
        if base and base.tag and self._takes_changes():
            changes = self._context.pipeline.changes(prepared, base.moment)
            if changes:
                headers |= {"IM": "feed", "Delta-Base": base.tag, "Cache-Control": "no-store, im"}
                document = self._context.pipeline.render(changes, coding)
                return sent(document.body, coding, document.media_type, headers, 226)
        if base:
            prepared = self._context.pipeline.widened(prepared, base.moment)
            headers |= validators(prepared.key, coding, prepared.modified, now)
        document = self._context.pipeline.render(prepared, coding)
        return sent(document.body, coding, document.media_type, headers)

    def _depends_on_use(self, prepared: PreparedFeed) -> bool:
        """Return whether browsers that open the feed get another media type, which shows no source."""
        return self._context.http.xml_for_browsers and bool(prepared.format.opened_as)

    def _takes_changes(self) -> bool:
        """Return whether the client requests only changes (RFC 3229) and is not known to fail on them."""
        get, refusing = request.headers.get, self._context.http.no_changes_for
        return takes_changes(get("A-IM"), get("User-Agent", ""), refusing)

    def _described(self, prepared: PreparedFeed) -> dict[str, str]:
        """Return the headers that are independent of coding and validators: age, links, Vary."""
        feed, query = prepared.feed, prepared.selection.query
        ended = None if query.drifts else period(query.archive)
        if ended and ended.end < self._context.clock() - CLOSED:
            headers = self._context.cacheable(None, ARCHIVE_AGE)
            headers["Cache-Control"] += ", immutable"
        else:
            usual = feed.update_frequency.interval if feed.update_frequency else None
            headers = self._context.cacheable(prepared.due, usual, prepared.modified)
        here = prepared.format.extension
        others = [each for each in self._context.formats.values() if each.extension != here]
        links = [
            (feed.addresses[here], "self", prepared.format.media_type),
            (feed.page, "alternate", HTML),
            *((feed.addresses[other.extension], "alternate", other.media_type) for other in others),
            *((hub, "hub", "") for hub in feed.site.hubs),
            *((older[here], "prev-archive", "") for older in (feed.older,) if older),
        ]
        headers["Link"] = ", ".join(link(*each) for each in links)
        headers["X-Robots-Tag"] = "noindex"
        headers["Vary"] = "Accept-Encoding, A-IM" + (f", {USE}" if self._depends_on_use(prepared) else "")
        return headers

    def explain(self) -> Response:
        """Explain why ``article=``, an id or address, is in a feed, or why not.

        The other arguments select the feed, from all articles or from the feed named in ``feed=``, such
        as ``topics/ai``. An article that is held back is reported as unknown.
        """
        given = request.args.items(multi=True)
        rest = urlencode([(key, value) for key, value in given if key not in ("feed", "article")])
        feed = feed_address(request.args.get("feed", ""), self._context.site.url, FORMATS).feed
        named = request.args.get("article", "").strip()
        if not named:
            raise QueryError(
                "article", "missing", "add article= with the id or the address of an article"
            )
        # A feed= with unquoted ? and & has the same meaning.
        mark = "&" if "=" in feed else "?"
        query = read(f"{feed}{mark}{rest}" if rest else feed, self._context.named)
        index = self._context.pipeline.current_index.index()
        id_ = id_of_page(self._context.site, index, named)
        found = explain(index, query, id_, DEFAULT.extension)
        if not found:
            raise UnknownFeed("article", named)
        response = self._context.whole(f"{found}\n".encode(), "text/plain; charset=utf-8", index.due)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def opml(self, kind: str = "") -> Response:
        """Respond with the feeds on offer, or with the requested ones, as OPML.

        Arguments request one feed for each topic and provider; ``feed=``, as in ``/explain``, requests a
        single feed.
        """
        arguments, pipeline = request.args.items(multi=True), self._context.pipeline
        topic = list_topic(kind, arguments, pipeline, self._context.site.url, self._context.named)
        is_offered = topic.extension in self._context.formats
        extension = topic.extension if is_offered else self._context.default_extension
        response = self._listed(opml.render(pipeline.directory(kind, topic.queries), extension))
        if hubs := self._context.everything.site.hubs:
            links = [*((hub, "hub", "") for hub in hubs), (topic.address, "self", opml.MEDIA_TYPE)]
            response.headers["Link"] = ", ".join(link(*each) for each in links)
        return response

    def _listed(self, listed: bytes) -> Response:
        """Respond with the OPML *listed*, or with its elements as links in a browser."""
        if not self._context.http.xml_for_browsers:
            return self._context.whole(listed, opml.MEDIA_TYPE)
        if request.headers.get(USE) == "document":
            shown = with_links(styled(listed, self._context.site))
            response = self._context.whole(shown, XML, is_page=True)
        else:
            response = self._context.whole(listed, opml.MEDIA_TYPE)
        response.headers["Vary"] = f"Accept-Encoding, {USE}"
        return response

    def feed_list(self) -> Response:
        """Respond with the feeds on offer as JSON."""
        url = self._context.site.url
        described = {"documentation": f"{url}{API}", "openapi": f"{url}/openapi.json"}
        more = {} if self._context.exported else described
        listed = feed_list.render(self._context.pipeline.directory(), self._context.formats, more)
        return self._context.whole(listed, feed_list.MEDIA_TYPE)

    def qr(self, place: str) -> Response:
        """Respond with the address of a feed as a QR code."""
        arguments = request.query_string.decode("latin-1")
        query = read(f"{place}?{arguments}", self._context.named)
        extension = self._context.default_extension
        address = self._context.pipeline.prepare(query, extension).feed.addresses[extension]
        if len(address) > MAX_QR_ADDRESS_LENGTH:
            raise QueryError(
                "address", f"too long for a QR code (limit {MAX_QR_ADDRESS_LENGTH})", "shorten the query"
            )
        return self._context.whole(_qr_code(address), STATIC[".svg"], is_fixed=True)

    def health(self) -> Response:
        """Respond with 200 while this process works."""
        return plain("ok", 200)

    def ready(self) -> Response:
        """Respond with 200 if this process has an index to serve, and name the degraded parts.

        In a fleet, respond with 503 too while this host is too far behind the others, or is stopping.
        With strict=writer, this has to be the host that records changes.
        """
        strict = request.args.get(STRICT)
        if strict not in (None, WRITER):
            raise QueryError(STRICT, "not writer", "use writer, or leave it out", strict)
        degraded = self._degraded()
        try:
            index = self._context.pipeline.current_index.index()
        except NotReady:
            if not degraded:
                raise
            return plain(f"not ready{degraded}", 503)
        monitor = self._context.monitor
        unready = monitor.unready() or (strict and monitor.unwritten()) if monitor else ""
        if unready:
            return plain(f"not ready: {unready}{degraded}", 503)
        return plain(f"ready: {len(index)} articles at revision {index.revision}{degraded}", 200)

    def _degraded(self) -> str:
        """The degraded parts as text; reasons may name files, and are for operators only."""
        monitor = self._context.monitor
        troubles = monitor.troubles() if monitor else {}
        if troubles and not is_operator(self._context.http):
            return "".join(f"; degraded: {part}" for part in troubles)
        return "".join(f"; degraded: {part}: {trouble}" for part, trouble in troubles.items())


@lru_cache(64)  # arguments that change nothing must not draw the same code again
def _qr_code(address: str) -> bytes:
    made = segno.make(address, error="m", micro=False)
    drawn = io.BytesIO()
    made.save(drawn, kind="svg", border=3, xmldecl=False, svgclass=None, lineclass=None, light="#fff")
    return drawn.getvalue()


class _Base(NamedTuple):
    """The timestamp of a client's version, and its tag, empty if the client sent a date."""

    moment: int
    tag: str


def _base(prepared: PreparedFeed, now: float) -> _Base | None:
    """Return the version of the feed that the client has, or None without a usable validator."""
    if (none_match := request.headers.get("If-None-Match")) is not None:
        known = [(prepared.since(key), tag) for tag, key in tags(none_match)]
        return max((_Base(moment, tag) for moment, tag in known if moment is not None), default=None)
    date = since(request.headers.get("If-Modified-Since"), now)
    return None if date is None else _Base(int(date), "")


def _widened(key: str, coding: str) -> dict[str, str]:
    """Return the ETag of the client's feed if that is widened and has the content *key*, else nothing."""
    for known in keys(request.headers.get("If-None-Match", "")):
        if is_widened(known, key):
            return {"ETag": etag(known, coding)}
    return {}
