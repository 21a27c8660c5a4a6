"""Streams of server-sent events: the requests that are accepted; feeds.push.streams writes to them."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, urlencode

from flask import Response, request

from feeds.errors import QueryError, UnknownFeed
from feeds.formats import FORMATS
from feeds.http.streaming import ACCEPTED, HANDLER
from feeds.push.events import StreamedFeed
from feeds.push.position import StreamPosition
from feeds.push.stream import LOST, StreamRequest
from feeds.query import Query
from feeds.query.address import feed_address
from feeds.query.grammar import read
from feeds.query.selection import Selection
from feeds.web.errors import NoStreams
from feeds.web.responses import Context

EVENT_STREAM = "text/event-stream"
STREAMS = "/stream"
LAST_EVENT_ID = "last_event_id"
MAX_STREAMED_FEEDS = 50  # in one stream

_ITEMS = "ndjson"


class FollowedFeed(NamedTuple):
    """A *feed* as a value of ``feed=``, and the position *since* which its articles are new to a page."""

    feed: str
    since: int


class StreamViews:
    """The views that accept requests for streams."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def stream(self, place: str) -> Response:
        """Respond with the changes of a feed, as server-sent events, for as long as the client listens.

        The address is that of the feed or of its page, after /stream. An extension has no effect.
        """
        try:
            query = self._read(quote(place, safe="/"))
        except QueryError as error:
            if error.parameter == "feed":  # no feed can have this path
                raise UnknownFeed("feed", place) from None
            raise
        return self._opened([self._feed(query)])

    def several(self) -> Response:
        """Respond with the changes of several feeds in one stream.

        Each ``feed=`` is a feed by its path or address, as in ``/explain``; the other arguments narrow
        all of them. Every event has the feed's value of ``feed=`` as ``_feed``, unless there is one.
        """
        names = [*dict.fromkeys(name for name in request.args.getlist("feed") if name.strip())]
        if len(names) > MAX_STREAMED_FEEDS:
            most = str(MAX_STREAMED_FEEDS)
            raise QueryError("feed", "more than {most} feeds", "open several streams", most=most)
        feeds = [self._feed(self._read(name), name if len(names) > 1 else "") for name in names]
        return self._opened(feeds or [self._feed(self._read(""))])

    def _read(self, written: str) -> Query:
        """Read a feed *written* as a path or address. Raises QueryError and UnknownFeed."""
        feed = feed_address(written, self._context.site.url, FORMATS).feed
        rest = urlencode([*_narrowing()])
        mark = "&" if "=" in feed else "?"
        return read(f"{feed}{mark}{rest}" if rest else feed, self._context.named)

    def _feed(self, query: Query, name: str = "") -> StreamedFeed:
        """Return the feed of *query* called *name*. Raises QueryError, UnknownFeed and GoneFeed."""
        if query.archive:
            raise QueryError("feed", "an archive, which does not change", "use the address of its feed")
        return StreamedFeed(self._context.pipeline.prepare(query, _ITEMS).selection.query, name)

    def _opened(self, feeds: list[StreamedFeed]) -> Response:
        accepted = StreamRequest(tuple(feeds), _since())
        if HANDLER not in request.environ:
            raise NoStreams(
                "stream", "not possible with this web server",
                "run gunicorn with its asgi worker, or Granian with --interface asgi",
            )  # fmt: skip
        if request.method == "GET":  # the response to HEAD has these headers and an end
            request.environ[ACCEPTED] = accepted
        headers = {
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",  # nginx must pass on each event at once
            "X-Robots-Tag": "noindex",
        }
        # The body is an iterator, so that it gets no Content-Length.
        return Response(iter(()), headers=headers, content_type=EVENT_STREAM)


def followed(selection: Selection) -> FollowedFeed | None:
    """Return the feed that a page with *selection* follows, or None.

    Archives do not change, and unchanged articles may enter a feed that drifts.
    """
    query = selection.query
    if query.archive or query.drifts:
        return None
    return FollowedFeed(query.feed_stem[1:], selection.latest)


def _narrowing() -> Iterator[tuple[str, str]]:
    for key, value in request.args.items(multi=True):
        if key not in ("feed", LAST_EVENT_ID):
            yield key, value


def _since() -> StreamPosition | None:
    """The position of the client. Raises QueryError if that in the address is malformed.

    A browser that connects again repeats the address, and sends the last id in a header.
    """
    if sent := request.headers.get("Last-Event-ID", "").strip():
        return StreamPosition.read(sent) or LOST
    written = request.args.get(LAST_EVENT_ID, "").strip()
    found = StreamPosition.read(written) if written else None
    if written and not found:
        raise QueryError(
            LAST_EVENT_ID,
            "not an id of an event",
            "use the id of an event, or the ETag of a feed",
            written,
        )
    return found
