"""Several hosts that serve the same feeds: one journal of changes, and a replica of the store on each.

The host that leads records the changes of its corpus, batch by batch, in the journal; every host applies
the same batches to its own store, and serves from there. While the journal cannot be reached, every host
serves what it has.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from feeds.monitoring.fleet import FleetHostState
from feeds.store import WriterRequest
from feeds.store.replication import Position, RowBatch

LEASE_SECONDS = 6.0  # from each renewal, by the clock of the journal
KEPT_BATCHES = 1_000  # a host that is further behind may need a snapshot

Role = Literal["leader", "candidate", "follower"]
"""A candidate has a corpus and may lead; a follower has none, or may not lead."""


class Generation(Struct, frozen=True):
    """The age of a corpus: *commit* is the id of its last commit in Git, empty if there is none.

    *at* is the time of that commit, else of the newest change of a file or folder seen so far, in seconds
    since 1970; 0 is older than any corpus.
    """

    at: float = 0
    commit: str = ""


GENERATION_UNKNOWN = Generation()


class Lease(Struct, frozen=True):
    """The right of *host* to append to the journal; *epoch* grows with every new holder.

    *offset* is the journal's clock minus that of this host, in seconds.
    """

    host: str
    epoch: int
    offset: float = 0


class JournalHead(Struct, frozen=True):
    """The state of a journal at its time *now*, in seconds since 1970.

    *identity* was made when the journal was created. *position* and *snapshot* are the positions of the
    last batch and of the last snapshot; their number is 0 if there is none. *leader* is the host with the
    lease, empty if nobody has it.
    """

    identity: str
    now: float
    position: Position
    snapshot: Position
    generation: Generation
    epoch: int = 0
    leader: str = ""


class FleetHost(FleetHostState, frozen=True, kw_only=True):
    """A host of the fleet, as it last reported itself.

    *revision* is the revision of its store, *format* the newest format of batches that it can apply.
    """

    role: Role
    revision: int
    format: int


class Journal(Protocol):
    """The shared record of all batches. One object is used by one thread at a time.

    Any method may raise JournalError: the journal cannot be reached, or refuses. The clock of the journal
    decides about leases.
    """

    @property
    def name(self) -> str:
        """The name of the journal in errors and messages, without secrets."""

    def head(self) -> JournalHead:
        """The present state."""

    def batches(self, after: int, most_bytes: int) -> list[RowBatch] | None:
        """The batches after the position numbered *after*, in order, until *most_bytes* are exceeded.

        None if some of them are no longer kept, so that a snapshot is needed.
        """

    def append(self, lease: Lease, before: Position, batch: RowBatch, generation: Generation) -> None:
        """Append *batch* if the head is still *before* and *lease* is in force; all or nothing.

        Raises LeaseLost if the lease has another epoch or is over, or the head is another one. After any
        other error, the batch may have been appended.
        """

    def restore(self, batches: Sequence[RowBatch]) -> None:
        """Append *batches*, which the journal had and lost.

        Raises LeaseLost if its head does not precede them; the first of them may have been appended.
        """

    def acquire(self, host: str, generation: Generation, position: Position) -> Lease | None:
        """Take the lease if it is free, or over, or already that of *host*; else None.

        None too if *generation* is older than the journal's, or *position* is not the head. The lease is
        over LEASE_SECONDS later. A generation with the journal's commit is never older.
        """

    def renew(self, lease: Lease, generation: Generation = GENERATION_UNKNOWN) -> Lease | None:
        """Extend *lease*, with the offset of the clock measured again; None if it is lost.

        A *generation* that is newer than the journal's replaces it: a checkout in Git moves HEAD after
        its files.
        """

    def release(self, lease: Lease) -> None:
        """Give *lease* back, so that another host can lead at once."""

    def accept_generation(self) -> None:
        """Forget the generation, so that a host with an older corpus may lead."""

    def wait(self, seconds: float) -> None:
        """Wait for a hint that the journal has changed, at most some *seconds*.

        The first call may return at once. JournalError is raised at once too.
        """

    def write_snapshot(self, snapshot: Path, position: Position, written_in: int) -> None:
        """Keep the file *snapshot*, a store at *position* whose batches have the format *written_in*.

        In an empty journal, *position* becomes the head. Batches that it makes needless are forgotten,
        but for the last KEPT_BATCHES. Raises LeaseLost if *position* is unknown to the journal.
        """

    def read_snapshot(self, target: Path, formats: int) -> Position | None:
        """Write the last snapshot of a format up to *formats* to *target*; None if there is none."""

    def report(self, host: FleetHost) -> None:
        """Record *host* as it is now."""

    def hosts(self) -> list[FleetHost]:
        """The hosts that reported within a day, by name."""

    def forget(self, host: str) -> None:
        """Forget *host*."""

    def request(self, requests: set[WriterRequest]) -> None:
        """Send *requests* to the leader."""

    def requests(self, lease: Lease) -> set[WriterRequest]:
        """Take the requests since the last call."""

    def close(self) -> None:
        """Release all resources; the lease, if held, runs out by itself."""
