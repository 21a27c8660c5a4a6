"""What is sent: bytes with their media type and ETag."""

from msgspec import Struct

# How a body may be coded, the one we like best first (RFC 9110, 8.4.1).
CODINGS = ("br", "zstd", "gzip", "identity")


class Document(Struct, frozen=True, gc=False):
    """One representation: what is cached is what is sent.

    *key* is the same for every coding of the same content.
    """

    body: bytes
    coding: str
    media_type: str
    key: str

    @property
    def etag(self) -> str:
        """Strong: it differs between the codings of one content (RFC 9110, 8.8.3.3)."""
        return etag(self.key, self.coding)


def etag(key: str, coding: str) -> str:
    """The entity tag of the content *key* in *coding*."""
    return f'"{key}"' if coding == "identity" else f'"{key}-{coding}"'
