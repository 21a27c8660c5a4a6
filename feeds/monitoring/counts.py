"""Counts of answers: all by status, and those about feeds by address."""

from heapq import nlargest
from operator import itemgetter

from msgspec import Struct

MAX_COUNTED_ADDRESS_LENGTH = 1000  # characters; a feed with a longer address is counted without it
MAX_ADDRESSES_WRITTEN = 100  # in the file of a process
MAX_ADDRESSES_COUNTED = 4 * MAX_ADDRESSES_WRITTEN


class Counts(Struct):
    """Numbers of answers: by status, and about *feeds*.

    *kept* of the answers about feeds came from the response cache, and *unchanged* had status 304.
    *addresses* has the minimum number of requests for each of the most popular feeds: the counts of
    other feeds are dropped from time to time.
    """

    statuses: dict[int, int] = {}
    feeds: int = 0
    kept: int = 0
    unchanged: int = 0
    addresses: dict[str, int] = {}

    @property
    def total(self) -> int:
        """The number of answers of every status."""
        return sum(self.statuses.values())

    def count(self, status: int, address: str, times: int = 1, *, kept: bool = False) -> None:
        """Add *times* answers about the feed at *address*, empty if they are not about a feed."""
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
        if len(self.addresses) > MAX_ADDRESSES_COUNTED:  # keep the popular ones in a flood of addresses
            self.addresses = dict(self.top(MAX_ADDRESSES_COUNTED // 2))
