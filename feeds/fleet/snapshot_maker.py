"""Snapshots of the leader: a copy of its store is uploaded in a thread, while publishing goes on."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

from feeds.errors import StoreError, text_of
from feeds.fleet import Journal
from feeds.fleet.limits import FleetLimits
from feeds.fleet.temporary import beside
from feeds.logs.events import EventLog
from feeds.store.replication import Replica, RowBatch

log = EventLog(__name__)


class SnapshotMaker:
    """Makes snapshots of the replica at *path* when they are due; one object for each leadership.

    *open_replica* opens a replica, *open_journal* a journal of its own for each snapshot. *last* is the
    number of the position of the last snapshot, 0 if there is none.
    """

    def __init__(
        self,
        path: Path,
        open_replica: Callable[[Path], Replica],
        open_journal: Callable[[], Journal],
        limits: FleetLimits,
        last: int,
    ) -> None:
        self._path = path
        self._open_replica = open_replica
        self._open_journal = open_journal
        self._limits = limits
        self._last = last
        self._position = last
        self._bytes = 0  # of the batches since the last snapshot, as far as they are known
        self._least = limits.snapshot_bytes
        self._thread: Thread | None = None

    def note(self, batch: RowBatch) -> None:
        """Count *batch*, which was appended."""
        self._position = batch.position.number
        self._bytes += len(batch.content)

    def start_if_due(self) -> None:
        """Start to make a snapshot, unless that is going on, if the last one is old enough."""
        if self._thread and self._thread.is_alive():
            return
        since = self._position - self._last
        if since and (
            not self._last or since >= self._limits.snapshot_batches or self._bytes >= self._least
        ):
            self._thread = Thread(target=self._run, name="feeds-snapshot", daemon=True)
            self._thread.start()

    def make(self) -> None:
        """Make a snapshot. Raises StoreError."""
        begun, counted = time.monotonic(), self._bytes
        with beside(self._path) as folder:
            copy = folder / "snapshot"
            with closing(self._open_replica(self._path)) as replica:
                replica.back_up(copy)
            with closing(self._open_replica(copy)) as copied:
                position, written_in = copied.position(), copied.formats[-1]
            size = copy.stat().st_size
            with closing(self._open_journal()) as journal:
                journal.write_snapshot(copy, position, written_in)
                seconds = time.monotonic() - begun
                log.info(
                    "snapshot.written",
                    f"{journal.name}: snapshot of {size / 1e6:.1f} MB at batch {position.number} "
                    f"written in {seconds:.2f} s",
                    bytes=size,
                    batch=position.number,
                    seconds=seconds,
                )
        self._last, self._bytes = position.number, self._bytes - counted
        self._least = max(self._limits.snapshot_bytes, size // 3)  # about its compressed size

    def _is_ready(self) -> bool:
        """Return whether the first load is complete."""
        with closing(self._open_replica(self._path)) as replica:
            return replica.progress().ready

    def _run(self) -> None:
        try:
            if self._is_ready():
                self.make()
        except (StoreError, OSError) as error:  # tried again after the next renewal
            log.warning("snapshot.failed", f"snapshot: {text_of(error)}; trying again")
