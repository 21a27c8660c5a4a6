"""The default cache: in the process, bounded by bytes, least recently used first out."""

from threading import Lock

from cachetools import LRUCache

from feeds.document import Document

OVERHEAD = 1024  # bytes an entry costs beside its body


class MemoryCache:
    """See Cache. *max_bytes* bounds the bodies together with what holding them costs."""

    def __init__(self, max_bytes: int) -> None:
        self._documents: LRUCache[str, Document] = LRUCache(max_bytes, _size)
        self._lock = Lock()

    def get(self, key: str) -> Document | None:
        """See Cache."""
        with self._lock:
            return self._documents.get(key)

    def put(self, key: str, document: Document) -> None:
        """See Cache."""
        with self._lock:
            if _size(document) <= self._documents.maxsize:
                self._documents[key] = document

    @property
    def size(self) -> int:
        """Bytes held now."""
        return int(self._documents.currsize)


def _size(document: Document) -> int:
    return len(document.body) + OVERHEAD
