"""Heaviest: the entries of a stream with the largest weights, in bounded memory (Space-Saving)."""

from collections.abc import Callable, Hashable, Iterator
from heapq import heapify, heappop, heappush, heapreplace
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Heaviest(Generic[K, V]):
    """At most *limit* values by key, among them each with more than a share 1/*limit* of all weight.

    A new entry in place of the lightest one takes over its weight, so that weights are upper bounds. The
    values begin empty, and count from then on.
    """

    __slots__ = ("_limit", "_make", "_order", "_serial", "_values", "_weights")

    def __init__(self, limit: int, make: Callable[[K], V]) -> None:
        self._limit = limit
        self._make = make
        self._values: dict[K, V] = {}
        self._weights: dict[K, int] = {}
        self._order: list[tuple[int, int, K]] = []  # a heap; weights in it may be too low
        self._serial = 0  # so that keys are never compared

    def add(self, key: K, weight: int) -> V:
        """Return the value of *key*, whose entry becomes heavier by *weight*."""
        value = self._values.get(key)
        if value is not None:
            self._weights[key] += weight
            return value
        taken_over = self._drop_lightest() if len(self._values) >= self._limit else 0
        value = self._values[key] = self._make(key)
        self._weights[key] = taken_over + weight
        if self._order:
            self._serial += 1
            heappush(self._order, (self._weights[key], self._serial, key))
        return value

    def restore(self, key: K, weight: int, value: V) -> None:
        """Add an entry that ``items`` yielded, if there is room."""
        if len(self._values) < self._limit:
            self._values[key], self._weights[key] = value, weight

    def items(self) -> Iterator[tuple[K, int, V]]:
        """All keys with their weights and values, in no order."""
        return ((key, self._weights[key], value) for key, value in self._values.items())

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def values(self) -> Iterator[V]:
        """All values, in no order."""
        return iter(self._values.values())

    def __len__(self) -> int:
        return len(self._values)

    def _drop_lightest(self) -> int:
        if not self._order:
            for key, weight in self._weights.items():
                self._serial += 1
                self._order.append((weight, self._serial, key))
            heapify(self._order)
        while True:
            weight, serial, key = self._order[0]
            true = self._weights[key]
            if true == weight:
                heappop(self._order)
                del self._values[key], self._weights[key]
                return weight
            heapreplace(self._order, (true, serial, key))
