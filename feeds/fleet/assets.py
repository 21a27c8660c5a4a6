"""Files of the corpus in the journal: contents by their digests, and names of the published ones."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Protocol

from msgspec import Struct

from feeds.corpus.local_files import DIGEST_BYTES
from feeds.fleet import Lease

CHUNK_BYTES = 1 << 20  # of a content in the journal
MAX_ASSET_BYTES = 1 << 29  # a larger file is not copied to other hosts
KEPT_SECONDS = 86_400.0  # seconds for which a content is kept after the last name of it
JOURNAL_REST = 5.0  # seconds without an attempt after the journal could not be reached


class Asset(Struct, frozen=True, gc=False):
    """A published file: the *digest* of its content, as in ``LocalFile``, and its *size* in bytes.

    *modified* is its modification time on the host that published this content under its name first, in
    seconds since 1970; 0 is unknown.
    """

    digest: str
    size: int
    modified: int = 0

    @property
    def is_copied(self) -> bool:
        """True if the content is small enough for the journal."""
        return self.size <= MAX_ASSET_BYTES


class AssetNames(Struct, frozen=True):
    """The names of published files at a *version*: their paths below the address of the server.

    The name of a picture in the folder ``assets`` is not quoted, that of a file with its digest is.
    They are complete for all articles up to the *revision* of the store. If they are not *whole*, *named*
    and *removed* are the changes since an earlier version. An empty version is older than any other.
    """

    version: str = ""
    revision: int = -1
    named: Mapping[str, Asset] = {}
    removed: Collection[str] = ()
    whole: bool = True

    def applied_to(self, known: "AssetNames") -> "AssetNames":
        """All names after these changes of all names *known*."""
        if self.whole or self.version == known.version:
            named = self.named if self.whole else known.named
        else:
            gone = {*self.removed}
            named = {name: asset for name, asset in known.named.items() if name not in gone}
            named |= self.named
        return AssetNames(self.version, self.revision, named)


class Assets(Protocol):
    """The files in a journal. One object is used by one thread at a time.

    Any method may raise JournalError: the journal cannot be reached, or refuses.
    """

    def names(self, after: str) -> AssetNames:
        """The changes of names since the version *after*, or all names if that is too old or unknown."""

    def read(self, digest: str) -> Iterator[bytes] | None:
        """Yield the content with *digest* in chunks; None if the journal lacks it."""

    def lacking(self, digests: Collection[str]) -> set[str]:
        """Return those of *digests* without a content; the others are kept for KEPT_SECONDS from now."""

    def write(self, digest: str, chunks: Iterable[bytes]) -> bool:
        """Keep the content in *chunks*; return False, and keep nothing, if it has another digest."""

    def publish(
        self, lease: Lease, revision: int, named: Mapping[str, Asset], removed: Collection[str]
    ) -> None:
        """Add *named*, without those that have the same digest already, and take *removed* away.

        The names are complete for *revision* then. Raises LeaseLost if *lease* has another epoch.
        """

    def sweep(self, lease: Lease, grace: float = KEPT_SECONDS) -> None:
        """Delete the contents without a name that were written, named and checked *grace* seconds ago.

        Raises LeaseLost if *lease* has another epoch.
        """

    def close(self) -> None:
        """Release all resources."""


def changed_names(
    known: Mapping[str, Asset], published: Mapping[str, Asset]
) -> tuple[dict[str, Asset], set[str]]:
    """The names to add and those to remove so that *known* become *published*."""
    named = {
        name: asset
        for name, asset in published.items()
        if name not in known or known[name].digest != asset.digest
    }
    return named, known.keys() - published.keys()


class Hashed:
    """An iterator over *chunks* that takes their digest and size."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._hashed = blake2b(digest_size=DIGEST_BYTES)
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._hashed.update(chunk)
            self.size += len(chunk)
            yield chunk

    @property
    def digest(self) -> str:
        """The digest of the chunks so far."""
        return self._hashed.hexdigest()
