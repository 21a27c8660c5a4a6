"""The leadership of a host: what its store records goes to the journal first."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

from msgspec import Struct

from feeds.fleet import Journal, Lease
from feeds.fleet.candidate import Candidate
from feeds.fleet.lease_keeper import LeaseKeeper
from feeds.fleet.limits import FleetLimits
from feeds.fleet.presence import Presence
from feeds.fleet.published_generation import PublishedGeneration
from feeds.fleet.snapshot_maker import SnapshotMaker
from feeds.store import WriterRequest
from feeds.store.replication import Position, Replica, RowBatch

FilesChanged = Callable[[Lease | None], object]
"""Looks for changes of the files that articles name, and publishes them if it is given a lease."""


class Parts(Struct, frozen=True):
    """The parts of a host: its *replica* at *path*, and functions that open other replicas and journals.

    *candidate* is None if it must not lead. *files_changed* is called with the lease when this host leads
    or has recorded a batch, and with None after it has led or applied batches.
    """

    path: Path
    replica: Replica
    open_replica: Callable[[Path], Replica]
    open_journal: Callable[[], Journal]
    presence: Presence
    candidate: Candidate | None = None
    files_changed: FilesChanged | None = None

    def look_at_files(self, lease: Lease | None = None) -> None:
        """Call *files_changed*."""
        if self.files_changed:
            self.files_changed(lease)


class Leadership:
    """The time in which *candidate*, with its *parts*, holds a lease of *journal*, asked for at *begun*.

    *last* is the number of the last snapshot. ``reason`` is the reason that the lease was lost.
    """

    def __init__(
        self,
        parts: Parts,
        candidate: Candidate,
        journal: Journal,
        lease: Lease,
        *,
        begun: float,
        last: int,
        stop: Event,
        limits: FleetLimits,
    ) -> None:
        self._parts = parts
        self._replica = parts.replica
        self._journal = journal
        self._limits = limits
        self._snapshots = SnapshotMaker(parts.path, parts.open_replica, parts.open_journal, limits, last)
        self._recorder = candidate.recorder
        self._generation = PublishedGeneration(candidate, self._clock)
        self.keeper = LeaseKeeper(
            parts.open_journal,
            lease,
            parts.presence,
            begun=begun,
            stop=stop,
            limits=limits,
            generation=self._generation.of_renewal,
            each=self._snapshots.start_if_due,
        )

    @property
    def reason(self) -> str:
        """The reason that the lease is lost, empty while it is not."""
        return self.keeper.reason

    def run(self) -> None:
        """Record until the leadership is over. Raises StoreError, CorpusError or OSError."""
        presence = self._parts.presence
        presence.role, presence.leader, presence.objection = "leader", presence.host, ""
        presence.publish()
        try:
            with self.keeper:
                self._begin_journal()
                self._replica.append = self._append
                self._parts.look_at_files(self.keeper.lease)
                self._recorder.lead(self.keeper.clock, self._requests, self.keeper.over)
        finally:
            self._replica.append = None
            self._parts.look_at_files()
            self._recorder.ended()

    def release(self) -> None:
        """Give the lease back. Raises StoreError."""
        self._journal.release(self.keeper.lease)

    def _begin_journal(self) -> None:
        """Begin an empty journal with the present contents, if there are any.

        If this was broken off, the position is recorded here, but the journal has no contents.
        """
        replica, head = self._replica, self._journal.head()
        if replica.journal() != head.identity:
            replica.begin_journal(head.identity)
        elif head.position.number:
            return
        position = replica.position()
        if position.number:
            self._snapshots.make()
        self._parts.presence.note_appended(position.number)

    def _append(self, before: Position, batch: RowBatch) -> None:
        self.keeper.require()
        generation = self._generation.of_batch(batch.newest)
        self._journal.append(self.keeper.lease, before, batch, generation)
        self._parts.presence.note_appended(batch.position.number)
        self._parts.presence.revision = batch.revision
        self._snapshots.note(batch)
        self._parts.look_at_files(self.keeper.lease)

    def _clock(self) -> float:
        return self.keeper.clock()

    def _requests(self) -> set[WriterRequest]:
        presence, replica = self._parts.presence, self._replica
        replica.format = presence.format([*replica.formats], self._limits.gone)
        return self.keeper.requests() | replica.requests()
