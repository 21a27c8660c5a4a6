"""A rendered document: bytes with their media type and ETag."""

from msgspec import Struct

from feeds.article.expressions import expression

# Content codings, the preferred one first (RFC 9110, 8.4.1).
CODINGS = ("br", "zstd", "gzip", "identity")

_WIDENED = expression(r"\.[0-9a-f]{8}")


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


def widened(key: str, selected: str) -> str:
    """The key of a feed with the content *key* and more entries, which the key *selected* identifies."""
    return f"{key}.{selected[-8:]}"


def is_widened(known: str, key: str) -> bool:
    """Return whether *known* is a key that ``widened`` made for the content *key*."""
    return known.startswith(f"{key}.") and bool(_WIDENED.fullmatch(known, len(key)))
