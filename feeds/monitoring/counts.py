"""Counts of responses: all by status and kind, and those about feeds by address."""

from collections.abc import Iterator, Mapping
from heapq import nlargest
from operator import itemgetter
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from feeds.monitoring.histogram import Histogram

MAX_COUNTED_ADDRESS_LENGTH = 1000  # characters; a feed with a longer address is counted without it
MAX_ADDRESSES_WRITTEN = 100  # in the file of a process
MAX_ADDRESSES_COUNTED = 4 * MAX_ADDRESSES_WRITTEN


_Name = TypeVar("_Name", int, str)

REQUEST_SECONDS = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
)  # fmt: skip
"""The bounds of the histogram of the seconds that the application takes for a response."""

IDENTITY = "identity"


class RequestKind(NamedTuple):
    """The subject of a response: feed, list, page, picture or other, and its *format*.

    The format is the extension of its addresses, empty for pictures and others.
    """

    name: str
    format: str = ""


OTHER_KIND = RequestKind("other")


class CountedResponse(NamedTuple):
    """One response. *address* is the address of its feed, empty if it belongs to no feed.

    *size* is the number of bytes of the body that was sent, in *coding*. It was *kept* if it came from
    the response cache.
    """

    status: int
    address: str = ""
    kind: RequestKind = OTHER_KIND
    coding: str = IDENTITY
    size: int = 0
    kept: bool = False


class RequestLabels(NamedTuple):
    """The properties by which responses are counted."""

    kind: RequestKind
    status: int
    kept: bool


class Counts(Struct):
    """Numbers of responses: by status, and about *feeds*.

    *kept* of the responses about feeds came from the response cache, and *unchanged* had status 304.
    *addresses* has the minimum number of requests for each of the most popular feeds: the counts of
    other feeds are dropped from time to time.

    *requests* has all responses by RequestLabels, and *sent* the bytes of bodies by kind and coding; see
    ``by_labels`` and ``by_coding``. *seconds* are those of the application, within REQUEST_SECONDS.
    *totals* are further numbers that only grow, by name. No count is ever reduced.
    """

    statuses: dict[int, int] = {}
    feeds: int = 0
    kept: int = 0
    unchanged: int = 0
    addresses: dict[str, int] = {}
    requests: dict[str, int] = {}
    sent: dict[str, int] = {}
    seconds: Histogram = msgspec.field(default_factory=Histogram)
    totals: dict[str, int] = {}

    @property
    def total(self) -> int:
        """The number of responses of every status."""
        return sum(self.statuses.values())

    def by_labels(self) -> Iterator[tuple[RequestLabels, int]]:
        """Yield the number of responses with each combination of labels."""
        for key, times in sorted(self.requests.items()):
            kind, form, status, kept = key.split(" ")
            yield RequestLabels(RequestKind(kind, form), int(status), kept == _KEPT), times

    def by_coding(self) -> Iterator[tuple[str, str, int]]:
        """Yield kind, coding, and the bytes of the bodies that were sent."""
        for key, size in sorted(self.sent.items()):
            kind, coding = key.split(" ")
            yield kind, coding, size

    def count(self, response: CountedResponse, times: int = 1) -> None:
        """Add *response*, *times* times."""
        status, address, (name, form), coding, size, kept = response
        _add(self.statuses, status, times)
        _add(self.requests, f"{name} {form} {status} {_KEPT if kept else ''}", times)
        if size:
            _add(self.sent, f"{name} {coding}", times * size)
        if address:
            self.feeds += times
            self.kept += times * kept
            self.unchanged += times * (status == 304)
            if len(address) <= MAX_COUNTED_ADDRESS_LENGTH:
                _add(self.addresses, address, times)
                self._limit_addresses()

    def add(self, other: "Counts") -> None:
        """Add all counts of *other*."""
        _add_all(self.statuses, other.statuses)
        _add_all(self.requests, other.requests)
        _add_all(self.sent, other.sent)
        _add_all(self.totals, other.totals)
        self.feeds += other.feeds
        self.kept += other.kept
        self.unchanged += other.unchanged
        self.seconds.add_all(other.seconds)
        _add_all(self.addresses, other.addresses)
        self._limit_addresses()

    def top(self, count: int) -> list[tuple[str, int]]:
        """The *count* most popular feeds, in order."""
        by_name = sorted(self.addresses.items())
        return nlargest(count, by_name, key=itemgetter(1))

    def _limit_addresses(self) -> None:
        if len(self.addresses) > MAX_ADDRESSES_COUNTED:  # keep the popular ones in a flood of addresses
            self.addresses = dict(self.top(MAX_ADDRESSES_COUNTED // 2))


_KEPT = "kept"


def _add(counts: dict[_Name, int], name: _Name, times: int) -> None:
    counts[name] = counts.get(name, 0) + times


def _add_all(counts: dict[_Name, int], others: Mapping[_Name, int]) -> None:
    for name, times in others.items():
        _add(counts, name, times)
