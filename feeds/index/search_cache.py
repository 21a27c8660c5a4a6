"""The results of the last searches of an Index."""

from threading import Lock

from cachetools import LRUCache
from pyroaring import BitMap

MAX_CACHED_SEARCHES = 4096  # of 1 KB each: one that found more takes the room of several

Searched = tuple[tuple[str, ...], bool]  # a phrase, and whether it was searched in titles alone


class SearchCache:
    """The positions found by the last searches. Use from any number of threads.

    Every access takes the lock, since reading a cachetools.LRUCache reorders it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._bitmaps: LRUCache[Searched, BitMap] = LRUCache(
            MAX_CACHED_SEARCHES, lambda found: 1 + len(found) // 512
        )

    def get(self, searched: Searched) -> BitMap | None:
        """The positions found before, None if they are not known."""
        with self._lock:
            return self._bitmaps.get(searched)

    def put(self, searched: Searched, found: BitMap) -> None:
        """Remember what was *found*, unless it is too large."""
        with self._lock:
            if self._bitmaps.getsizeof(found) <= MAX_CACHED_SEARCHES:
                self._bitmaps[searched] = found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._bitmaps.clear()
