"""A rendered document: bytes with their media type and ETag."""

from msgspec import Struct

# Content codings, the preferred one first (RFC 9110, 8.4.1).
CODINGS = ("br", "zstd", "gzip", "identity")


class Document(Struct, frozen=True, gc=False):
    """One representation of a feed, cached exactly as it is sent.

    *key* is the same for every coding of the same content.
    """

    body: bytes
    coding: str
    media_type: str
    key: str

    @property
    def etag(self) -> str:
        """The strong entity tag, different for each coding of the content (RFC 9110, 8.8.3.3)."""
        return etag(self.key, self.coding)


def etag(key: str, coding: str) -> str:
    """The entity tag of the content *key* in *coding*."""
    return f'"{key}"' if coding == "identity" else f'"{key}-{coding}"'
