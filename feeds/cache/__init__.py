"""The interface of document caches."""

from typing import Protocol

from feeds.formats.document import Document


class Cache(Protocol):
    """A cache of documents by key. Documents may be evicted at any time. Thread-safe."""

    def get(self, key: str) -> Document | None:
        """Return the document stored under *key*, or None if the cache does not hold it."""

    def put(self, key: str, document: Document) -> None:
        """Store *document* under *key*, if there is room."""
