"""The default cache: in the process, bounded by bytes, least recently used documents evicted first."""

from threading import Lock

from cachetools import LRUCache

from feeds.formats.document import Document

DOCUMENT_OVERHEAD = 1024  # bytes an entry costs beside its body


class MemoryCache:
    """An LRU cache. *max_bytes* bounds the bodies together with their overhead.

    *hits* counts documents found, *made* counts documents stored.
    """

    def __init__(self, max_bytes: int) -> None:
        self._documents: LRUCache[str, Document] = LRUCache(max_bytes, _size)
        self._lock = Lock()
        self.hits = 0
        self.made = 0

    def get(self, key: str) -> Document | None:
        """See Cache."""
        with self._lock:
            found = self._documents.get(key)
            self.hits += found is not None
            return found

    def put(self, key: str, document: Document) -> None:
        """See Cache."""
        with self._lock:
            self.made += 1
            if _size(document) <= self._documents.maxsize:
                self._documents[key] = document

    @property
    def size(self) -> int:
        """The number of bytes held now."""
        return int(self._documents.currsize)


def _size(document: Document) -> int:
    return len(document.body) + DOCUMENT_OVERHEAD
