"""A stream of events to one client, and the streams of the same feeds."""

from typing import Protocol

from msgspec import Struct

from feeds.http.streaming import OpenResponse
from feeds.push.events import StreamedFeed
from feeds.push.position import StreamPosition
from feeds.query import Query

LOST = StreamPosition(-1, -1)
"""The position, before all others, of a client without a known position: it needs whole feeds."""


class StreamRequest(Struct, frozen=True):
    """An accepted request for *feeds* from the position *since*; None if the client begins now."""

    feeds: tuple[StreamedFeed, ...]
    since: StreamPosition | None = None


class StreamOwner(Protocol):
    """The owner of all streams, which learns of their connections."""

    def resumed(self, stream: "Stream") -> None:
        """Note that the client of *stream* has read what was sent."""

    def lost(self, stream: "Stream") -> None:
        """Note that *stream* has ended."""


class Channel:
    """All streams of the same *feeds*; *contents* are those of StreamEvents at the position *at*."""

    __slots__ = ("at", "contents", "feeds", "streams")

    def __init__(self, feeds: tuple[StreamedFeed, ...]) -> None:
        self.feeds = feeds
        self.streams: set[Stream] = set()
        self.at = LOST
        self.contents: dict[Query, bytes] = {}


class Stream:
    """The stream of one client; a process has thousands.

    *response* is None once it has ended. *base* is the position of the client, *received* the last
    position that it has received, None at first. Times are counted in ticks: *ends* is the end; since
    *unread*, the client has not read; since *late*, this process has been at an earlier position than the
    client. The last two are 0 if it is not so.
    """

    __slots__ = (
        "base",
        "channel",
        "client",
        "ends",
        "late",
        "owner",
        "received",
        "response",
        "slot",
        "unread",
    )

    def __init__(
        self,
        owner: StreamOwner,
        channel: Channel,
        client: str,
        response: OpenResponse,
        base: StreamPosition,
    ) -> None:
        self.owner = owner
        self.channel = channel
        self.client = client
        self.response: OpenResponse | None = response
        self.base = base
        self.received: StreamPosition | None = None
        self.ends = self.slot = self.unread = self.late = 0

    def resumed(self) -> None:
        """See feeds.http.streaming.Listener."""
        self.owner.resumed(self)

    def lost(self) -> None:
        """See feeds.http.streaming.Listener."""
        self.response = None
        self.owner.lost(self)
