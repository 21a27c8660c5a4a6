"""Counts of readers: requests that wait to be counted, the state of the count, and one row a day.

They are state, not articles. Every process of every host adds batches of requests, and one process at a
time counts them. On one host they are in a SQLite file beside the store, in a fleet in its database;
every backend fulfils the protocol ReadershipState.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct

from feeds.errors import StoreError

KEY_BYTES = 32  # of the key of a week
MAX_PENDING_BYTES = 64 * 1024 * 1024  # of batches that nobody counts; the oldest go first
SENDERS_KEPT = 7 * 86_400  # seconds since their last batch


class CounterReplaced(StoreError):
    """Another process counts now; this one must not record anything."""

    def __init__(self, subject: Path | str) -> None:
        super().__init__(subject, "another process counts the readers now", "nothing is to be done")


class PendingBatch(NamedTuple):
    """Requests of one process, of about a second; *number* grows."""

    number: int
    content: bytes


class CountState(NamedTuple):
    """A part of the state of the count that began in *week*; *key* has 16 bytes."""

    week: int
    key: bytes
    value: bytes


class ReaderDay(Struct, frozen=True):
    """The readers of one feed in one format in the seven days that end with *day*, and its requests.

    *feed* is empty for all feeds together, *format* is ``*`` for all formats. *day* is counted from 1970.
    *bots* and *browsers* are numbers of their requests; these, *requests* and *bytes* are of the day
    alone.
    """

    feed: str
    format: str
    day: int
    readers: int = 0
    reported: int = 0
    apps: int = 0
    push: int = 0
    bots: int = 0
    browsers: int = 0
    requests: int = 0
    bytes: int = 0


class Counted(Struct, frozen=True, kw_only=True):
    """The result of counting some batches, recorded together or not at all.

    *batches* are their numbers. *states* replace the parts of the state with the same week and key, and
    *dropped* are keys of parts that no longer exist. All of weeks before *first_week* is forgotten, keys
    too.

    *days* replace the rows with the same feed, format and day. Rows before *first_day* are forgotten.

    *report* is kept as it is. *at* is the time in seconds since 1970.
    """

    batches: Sequence[int] = ()
    states: Sequence[CountState] = ()
    dropped: Sequence[tuple[int, bytes]] = ()
    first_week: int
    days: Sequence[ReaderDay] = ()
    first_day: int
    report: bytes = b""
    at: float


class ReadershipState(Protocol):
    """The protocol of every backend. Any method may raise StoreError.

    Any number of objects, in any number of processes, may use the same state; one object is used by one
    thread at a time. After an error, a change may have been made or not.
    """

    def put(self, sender: bytes, batches: Sequence[tuple[int, bytes]], at: float) -> None:
        """Add *batches* of one *sender*, numbered by it from 1, unless they were added before."""

    def week_keys(self, week: int) -> tuple[bytes, bytes]:
        """The keys that began in the week before and in *week*, made if there are none."""

    def take_over(self) -> None:
        """Become the counter: from now on, ``record`` of every other object raises CounterReplaced."""

    def states(self) -> list[CountState]:
        """All parts of the state."""

    def pending(self, after: int, most: int) -> list[PendingBatch]:
        """At most *most* batches with numbers *after* that one, in order."""

    def record(self, counted: Counted) -> None:
        """Record the counts of this counter. Raises CounterReplaced."""

    def days(self, first: int, last: int, feed: str | None = None) -> list[ReaderDay]:
        """The rows of the days from *first* to *last*, of all feeds or one, in the order of days."""

    def records(self) -> int:
        """The number of records by all objects; if it is the same, nothing was recorded meanwhile."""

    def report(self) -> bytes:
        """The last report, empty if there is none."""

    def lost(self) -> int:
        """The number of batches that were dropped because there were more than MAX_PENDING_BYTES."""

    def acquire_counter(self) -> bool:
        """Return whether this process is the one that may count, until ``close``."""

    def close(self) -> None:
        """Release all resources, and let another process count."""
