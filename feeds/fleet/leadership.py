"""The leadership of a host: what its store records goes to the journal first."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from msgspec import Struct

from feeds.fleet import GENERATION_UNKNOWN, Generation, Journal, Lease
from feeds.fleet.candidate import REST, Candidate
from feeds.fleet.lease_keeper import LeaseKeeper
from feeds.fleet.limits import FleetLimits
from feeds.fleet.presence import Presence
from feeds.fleet.snapshot_maker import SnapshotMaker
from feeds.store import WriterRequest
from feeds.store.replication import Position, Replica, RowBatch


class Recorder(Protocol):
    """The part of a host that reads its corpus.

    Any method may raise StoreError, CorpusError or OSError.
    """

    def lead(
        self, clock: Callable[[], float], take_requests: Callable[[], set[WriterRequest]], stop: Event
    ) -> None:
        """Record the changes of the corpus until *stop* is set, with times of *clock*.

        An error of *take_requests*, which is called at least every second, ends it too.
        """

    def ended(self) -> None:
        """Called after every ``lead``, also after an error."""

    def stamp(self, most: int) -> int:
        """Look at some unread files, at most *most*, and stamp those whose content is recorded.

        Return how many were looked at.
        """

    def lacking(self) -> str:
        """The path of a published file that this corpus lacks, or has in an older version, or empty."""


FilesChanged = Callable[[Lease | None], object]
"""Looks for changes of the files that articles name, and publishes them if it is given a lease."""


class Parts(Struct, frozen=True):
    """The parts of a host: its *replica* at *path*, and functions that open other replicas and journals.

    *candidate* and *recorder* are None if it must not lead. *files_changed* is called with the lease when
    this host leads or has recorded a batch, and with None after it has led or applied batches.
    """

    path: Path
    replica: Replica
    open_replica: Callable[[Path], Replica]
    open_journal: Callable[[], Journal]
    presence: Presence
    candidate: Candidate | None = None
    recorder: Recorder | None = None
    files_changed: FilesChanged | None = None

    def look_at_files(self, lease: Lease | None = None) -> None:
        """Call *files_changed*."""
        if self.files_changed:
            self.files_changed(lease)


class Leadership:
    """The time in which this host, made of *parts*, holds a lease of *journal*, asked for at *begun*.

    *last* is the number of the last snapshot. ``reason`` is the reason that the lease was lost.
    """

    def __init__(
        self,
        parts: Parts,
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
        self._generation = parts.candidate.generation if parts.candidate else Generation()
        self._is_changed, self._read_at = True, 0.0
        self._look: Thread | None = None  # at the whole corpus, not yet recorded with a renewal
        self.keeper = LeaseKeeper(
            parts.open_journal,
            lease,
            parts.presence,
            begun=begun,
            stop=stop,
            limits=limits,
            generation=self._newest,
            each=self._snapshots.start_if_due,
        )

    @property
    def reason(self) -> str:
        """The reason that the lease is lost, empty while it is not."""
        return self.keeper.reason

    def run(self, recorder: Recorder) -> None:
        """Record until the leadership is over. Raises StoreError, CorpusError or OSError."""
        presence = self._parts.presence
        presence.role, presence.leader, presence.objection = "leader", presence.host, ""
        presence.publish()
        try:
            with self.keeper:
                self._begin_journal()
                self._replica.append = self._append
                self._parts.look_at_files(self.keeper.lease)
                recorder.lead(self.keeper.clock, self._requests, self.keeper.over)
        finally:
            self._replica.append = None
            self._parts.look_at_files()
            recorder.ended()

    def release(self) -> None:
        """Give the lease back. Raises StoreError."""
        if not self.reason:
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
        self._parts.presence.note_position(position.number, is_current=True)

    def _append(self, before: Position, batch: RowBatch) -> None:
        self.keeper.require()
        newest = min(batch.newest, self.keeper.clock())
        if self._generation.commit:
            self._generation = self._read()
        elif newest > self._generation.at:
            self._generation = Generation(newest)
        elif time.monotonic() >= self._read_at:  # a removal changes the time of a folder alone
            self._measure()
        self._journal.append(self.keeper.lease, before, batch, self._generation)
        self._parts.presence.note_position(batch.position.number, is_current=True)
        self._parts.presence.revision = batch.revision
        self._snapshots.note(batch)
        self._parts.look_at_files(self.keeper.lease)
        self._is_changed = True

    def _requests(self) -> set[WriterRequest]:
        presence, replica = self._parts.presence, self._replica
        replica.format = presence.format([*replica.formats], self._limits.gone)
        return self.keeper.requests() | replica.requests()

    def _newest(self) -> Generation:
        """The generation to record with a renewal: with Git, of HEAD, which moves after the files.

        Without Git, a removal only changes the time of a folder: all are looked at after a change. A
        thread does that, because it may take longer than the lease; a later renewal has the result.
        """
        if self._generation.commit:
            self._measure()
            return self._generation
        if self._look and not self._look.is_alive():
            self._look = None
            return self._generation
        if not self._look and self._is_changed and time.monotonic() >= self._read_at:
            self._is_changed = False
            self._look = Thread(target=self._measure, name="feeds-generation", daemon=True)
            self._look.start()
        return GENERATION_UNKNOWN

    def _measure(self) -> None:
        """Look at the whole corpus; the generation never becomes older, except by a checkout in Git."""
        begun = time.monotonic()
        found = self._read()
        if found.commit or found.at > self._generation.at:
            self._generation = found
        self._read_at = time.monotonic() + REST * (time.monotonic() - begun)

    def _read(self) -> Generation:
        found = self._parts.candidate.read() if self._parts.candidate else Generation()
        return Generation(min(found.at, self.keeper.clock()), found.commit)
