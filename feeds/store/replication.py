"""Replication of a store: batches of changed rows, and the protocol of a store that others follow.

A batch has every row that one call of ``record`` changed, as the backend keeps it. Batches form a chain:
each position has a digest of all batches up to it. Two stores at one position have the same rows if their
digests are equal. A store has other rows than a journal that does not know its digest.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from feeds.store import Store

DIGEST_SIZE = 16  # bytes


class Position(Struct, frozen=True, order=True):
    """The number of batches that a store has, and the digest of all of them; 0 and empty at first."""

    number: int = 0
    digest: bytes = b""


class RowBatch(Struct, frozen=True):
    """The rows that one call of ``record`` changed; a store with these rows is at *position*.

    *format* is the version of *content*, *revision* the store's revision after it, and *newest* the last
    modification time of a file or folder in it, in seconds since 1970, 0 if there is none.
    """

    position: Position
    content: bytes
    format: int
    revision: int
    newest: float = 0


def following(before: Position, content: bytes) -> Position:
    """The position of a store at *before* that gets the batch with *content*."""
    digest = blake2b(before.digest + content, digest_size=DIGEST_SIZE).digest()
    return Position(before.number + 1, digest)


Append = Callable[[Position, RowBatch], object]
"""Appends a batch to the journal whose head is at the given position, or raises StoreError."""


class Replica(Store, Protocol):
    """The copy of a Store on one host of a fleet.

    In the process that is the writer of its host, it either leads or follows. A leader's ``record``
    passes each batch to *append* before it commits; a follower gets batches by ``apply``. Files have
    stamps of their own on each host: a batch carries none, and ``apply`` keeps the stamp of a file whose
    source is the same.
    """

    formats: Sequence[int]
    """The formats of batches that ``apply`` knows, oldest first."""

    format: int
    """The format in which ``record`` writes batches, the newest one at first."""

    append: Append | None
    """Called inside the transaction of ``record``: if it raises an error, nothing is recorded.

    While it is None, ``record`` raises StoreError: a change outside of the journal would be lost.
    """

    def position(self) -> Position:
        """The position of the last batch that this store has."""

    def journal(self) -> str:
        """The identity of the journal that this store follows, empty until it follows one."""

    def apply(self, batches: Sequence[RowBatch]) -> None:
        """Add *batches*, which follow the position, all or none. Raises StoreError.

        Raises StoreRefused if the first does not follow the position, or one has an unknown format.
        """

    def kept(self, after: int) -> list[RowBatch]:
        """The batches after the position numbered *after*, in order, as far as they are kept.

        The last 256 batches are kept as far as they fit into 16 MB, and the last 16 in any case: a
        journal that lost its end gets it back from them.
        """

    def back_up(self, target: Path) -> None:
        """Write a verified copy to *target*, with its position; the store may be in use."""

    def follow_anew(self, journal: str, snapshot: Path | None = None) -> None:
        """Replace the contents by those of *snapshot*, or by none, and follow *journal* from there.

        Only the writer of the host may call this. Readers notice by ``replaced``. The former file is kept
        beside the store if it had articles and followed no journal, or another one.
        """

    def begin_journal(self, journal: str) -> Position:
        """Follow the empty *journal* with the present contents, and return their position.

        The position is numbered 1 if there are contents, else 0; a snapshot of these contents is the
        first batch of the journal.
        """

    def unread(self, most: int) -> list[tuple[str, bytes]]:
        """Path and source of at most *most* files without a stamp on this host, whose source is known."""

    def stamp(self, stamps: dict[str, tuple[int, int, int]]) -> None:
        """Record the stamps of files on this host, by path; this is no batch."""
