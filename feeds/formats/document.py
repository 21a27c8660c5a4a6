"""A rendered document: bytes with their media type and ETag."""

from msgspec import Struct

from feeds.article.expressions import expression

# Content codings, the preferred one first (RFC 9110, 8.4.1).
CODINGS = ("br", "zstd", "gzip", "identity")

# The digest of a list or a page, or the moment and the digest of a feed; the last change; additions.
_KEY = expression(
    r"(?P<content>(?:opened-)?(?:(?P<moment>[0-9a-f]{8,10})-[0-9a-f]{28}|[0-9a-f]{32}))"
    r"(?:-(?P<latest>[0-9a-f]{8,10}))?(?P<more>\.[0-9a-f]{8})?"
)


class Document(Struct, frozen=True, gc=False):
    """One representation of a feed, cached exactly as it is sent.

    *key* is the same for every coding of the same content; see ``key_of``.
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


def key_of(content: str, latest: int) -> str:
    """The key of *content* in a state whose *latest* change was at that second since 1970.

    *content* is a digest, or the moment of a feed and a digest. Two keys with the same content are of the
    same bytes. The latest change of a later state is never an earlier one, unlike the moment of a feed:
    that is the last change of what it contains now.
    """
    return f"{content}-{latest:08x}"


def opened(key: str) -> str:
    """The key of the content *key* in the form for browsers, which differs."""
    return f"opened-{key}"


def content_of(key: str) -> str:
    """The part of *key* that is the same for the same content."""
    found = _KEY.fullmatch(key)
    return found["content"] if found else key


def latest_of(key: str) -> int:
    """The last change of the state of *key*, or the moment of its content, 0 if it has neither."""
    found = _KEY.fullmatch(key)
    written = (found["latest"] or found["moment"]) if found else None
    return int(written, 16) if written else 0


def widened(key: str, content: str) -> str:
    """The key of a feed with the key *key* and more entries, which the digest *content* identifies."""
    return f"{key}.{content[-8:]}"


def is_widened(known: str, key: str) -> bool:
    """Return whether *known* is a key that ``widened`` made for the content of *key*."""
    found = _KEY.fullmatch(known)
    return found is not None and bool(found["more"]) and found["content"] == content_of(key)
