"""The object storage that an export needs, by any provider."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from feeds.article.expressions import expression

SCHEMES = ("s3", "gs", "az")  # of the URLs of buckets
# The metadata of every object of an export: a hash of its body and its headers. Azure allows no hyphens.
DIGEST = "feedsdigest"

_URL = expression(rf"(?:{'|'.join(SCHEMES)})://[^/?#]+(?:/[^?#]*)?")


def is_bucket(target: str) -> bool:
    """Return whether *target* is the URL of a bucket, such as ``s3://bucket/prefix``."""
    return bool(_URL.fullmatch(target))


class ObjectVersion(Struct, frozen=True):
    """One version of an object, as the storage names it."""

    tag: str
    number: str = ""


class Objects(Protocol):
    """The objects below one prefix of a bucket; a *key* is relative to that prefix.

    An object appears as a whole, with its headers, and every read after a write has its result. All
    methods can be called from several threads. They raise ExportError, after retries if these can help.
    """

    url: str

    def digest(self, key: str) -> str | None:
        """The digest of an object, empty if it is not from an export; None if it is absent."""

    def get(self, key: str) -> tuple[bytes, ObjectVersion] | None:
        """The body and the version of an object, None if it is absent."""

    def put(self, key: str, body: bytes | Path, headers: dict[str, str], digest: str) -> None:
        """Write an object; a Path is the file with its body."""

    def replace(self, key: str, body: bytes, version: ObjectVersion | None) -> ObjectVersion | None:
        """Write an object if it still has *version*, or is absent for None; else return None."""

    def keys(self) -> Iterator[str]:
        """Yield the keys of all objects."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; absent ones are no error."""
