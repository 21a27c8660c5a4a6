"""The readers of feeds and the clients that waste bytes, in the status of a server."""

from datetime import datetime

from msgspec import Struct


class FeedReadersStatus(Struct, frozen=True, kw_only=True):
    """The readers of one feed in seven days; *month* is the mean of complete weeks.

    *trend_percent* is the change since the week before, *error_percent* the standard error of *apps*, 0
    if all were counted. *formats* has the readers by format.
    """

    feed: str
    readers: int
    reported: int
    apps: int
    push: int
    month: int | None
    trend_percent: float | None
    error_percent: float
    formats: dict[str, int]


class LostFeedStatus(Struct, frozen=True, kw_only=True):
    """A feed whose last responses were *status*, and those who still ask for it."""

    feed: str
    status: int
    readers: int


class PollerStatus(Struct, frozen=True, kw_only=True):
    """One client's requests for one feed; *id* is a part of the hash of its address.

    *median_seconds* and *shortest_seconds* are intervals, null after one request.
    """

    id: str
    name: str
    kind: str
    feed: str
    requests: int
    full: int
    not_modified: int
    wasted_bytes: int
    bytes: int
    median_seconds: float | None
    shortest_seconds: float | None
    at_minute_percent: float
    validators: str
    compressed: bool | None
    redirects_ignored: int


class PollingStatus(Struct, frozen=True, kw_only=True):
    """All requests for feeds since the day *since*, and the *worst* clients by wasted bytes.

    *few_clients* cause at least half of the wasted bytes, and *few_bytes_percent* of all bytes.
    """

    since: str
    requests: int
    bytes: int
    wasted_bytes: int
    few_clients: int
    few_bytes_percent: float
    worst: list[PollerStatus]


class ReadersStatus(Struct, frozen=True, kw_only=True):
    """The readers of seven days, the *feeds* with the most of them, and *lost* feeds.

    *counted* is the time of the last request that was counted. *requests_left_out* were too many to be
    looked at, and *seconds_lost* could not be written: then the numbers are estimates.
    """

    counted: datetime
    readers: int
    reported: int
    apps: int
    push: int
    feeds: list[FeedReadersStatus]
    lost: list[LostFeedStatus]
    polling: PollingStatus
    requests_left_out: int
    seconds_lost: int
