"""Counts of answers: by status, and those about feeds by address."""

from heapq import nlargest
from operator import itemgetter

from msgspec import Struct

MAX_COUNTED_ADDRESS_LENGTH = 1000  # characters; a feed with a longer address is counted without it
MAX_ADDRESSES_WRITTEN = 100  # in the file of a process
MAX_ADDRESSES_COUNTED = 4 * MAX_ADDRESSES_WRITTEN


class Counts(Struct):
    """Answers by status, and more about those that were about a feed.

    Of these, *kept* came from the response cache, and *unchanged* were a 304. *addresses* is the least
    number of requests for each of the most popular feeds: the count of a feed that is not one of them
    is dropped from time to time.
    """

    statuses: dict[int, int] = {}
    feeds: int = 0
    kept: int = 0
    unchanged: int = 0
    addresses: dict[str, int] = {}

    @property
    def total(self) -> int:
        """Answers of every kind."""
        return sum(self.statuses.values())

    def count(self, status: int, address: str, times: int = 1, *, kept: bool = False) -> None:
        """Add *times* answers about the feed at *address*, which is empty if there is no such feed."""
        self.statuses[status] = self.statuses.get(status, 0) + times
        if address:
            self.feeds += times
            self.kept += times * kept
            self.unchanged += times * (status == 304)
            if len(address) <= MAX_COUNTED_ADDRESS_LENGTH:
                self._count_addresses({address: times})

    def add(self, other: "Counts") -> None:
        """Add all counts of *other*."""
        for status, times in other.statuses.items():
            self.statuses[status] = self.statuses.get(status, 0) + times
        self.feeds += other.feeds
        self.kept += other.kept
        self.unchanged += other.unchanged
        self._count_addresses(other.addresses)

    def top(self, count: int) -> list[tuple[str, int]]:
        """The *count* most popular feeds, in order."""
        by_name = sorted(self.addresses.items())
        return nlargest(count, by_name, key=itemgetter(1))

    def _count_addresses(self, requests: dict[str, int]) -> None:
        for address, times in requests.items():
            self.addresses[address] = self.addresses.get(address, 0) + times
        if len(self.addresses) > MAX_ADDRESSES_COUNTED:  # a flood leaves those that are requested again
            self.addresses = dict(self.top(MAX_ADDRESSES_COUNTED // 2))
