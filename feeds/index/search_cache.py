"""A cache for the results of the last searches of an Index."""

from threading import Lock

from cachetools import LRUCache
from pyroaring import BitMap

MAX_CACHED_SEARCHES = 4096  # of 1 KB each: a larger result counts as several

Searched = tuple[tuple[tuple[str, ...], ...], bool]  # phrases, and True if only titles were searched


class SearchCache:
    """The positions found by the last searches. Any number of threads may use it.

    Every access takes the lock, because reading a cachetools.LRUCache reorders it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._bitmaps: LRUCache[Searched, BitMap] = LRUCache(
            MAX_CACHED_SEARCHES, lambda found: 1 + len(found) // 512
        )

    def get(self, searched: Searched) -> BitMap | None:
        """The cached positions, or None if there are none."""
        with self._lock:
            return self._bitmaps.get(searched)

    def put(self, searched: Searched, found: BitMap) -> None:
        """Cache the positions *found*, unless they are too many."""
        with self._lock:
            if self._bitmaps.getsizeof(found) <= MAX_CACHED_SEARCHES:
                self._bitmaps[searched] = found

    def clear(self) -> None:
        """Remove all results."""
        with self._lock:
            self._bitmaps.clear()
