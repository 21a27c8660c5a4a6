"""Documents by key, within a bound."""

from typing import Protocol

from feeds.formats.document import Document


class Cache(Protocol):
    """What every backend promises: what was put may be evicted at any time. Thread-safe."""

    def get(self, key: str) -> Document | None:
        """The document put under *key*, None where it is not or no longer held."""

    def put(self, key: str, document: Document) -> None:
        """Keep *document*, if there is room."""
