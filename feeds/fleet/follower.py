"""The following of a journal: a replica gets the batches that it lacks, or a snapshot."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from feeds.errors import StoreRefused
from feeds.fleet import Journal, JournalHead
from feeds.fleet.limits import FleetLimits
from feeds.fleet.temporary import beside
from feeds.store.replication import Position, Replica, RowBatch, following

log = logging.getLogger(__name__)

MANY = 100  # batches: more of them at once are logged


class Follower:
    """Brings *replica* up to the head of a journal. This process must be the writer of the replica.

    *path* is the file of the replica. *note* is called after every step.
    """

    def __init__(
        self, replica: Replica, path: Path, limits: FleetLimits, note: Callable[[], object]
    ) -> None:
        self._replica = replica
        self._path = path
        self._limits = limits
        self._note = note

    def follow(self, journal: Journal, head: JournalHead) -> bool:
        """Apply everything up to *head*; return whether the store is there now.

        An end that the journal lost is given back. Raises StoreError.
        """
        replica = self._replica
        if replica.journal() != head.identity:
            return self._join(journal, head)
        own = replica.position()
        if own.number == 1 and not head.position.number and not replica.kept(0):
            return False  # the journal was begun with the contents here, and has not got them
        if own.number > head.position.number:
            self._give_back(journal, head, own)
            return False
        if own.number == head.position.number and own != head.position:
            self._replace(journal, head, "has other batches than the journal")
            return False
        return self._catch_up(journal, head)

    def _catch_up(self, journal: Journal, head: JournalHead) -> bool:
        replica, begun = self._replica, time.monotonic()
        first = own = replica.position()
        while own.number < head.position.number:
            if not own.number and head.snapshot.number:
                return self._take_snapshot(journal, head.identity)
            batches = journal.batches(own.number, self._limits.batch_bytes)
            if batches is None:
                return self._take_snapshot(journal, head.identity)
            if not batches:
                return False
            if following(own, batches[0].content) != batches[0].position:
                self._replace(journal, head, "has other batches than the journal")
                return False
            self._refuse_unknown(batches)
            replica.apply(batches)
            own = batches[-1].position
            self._note()
        if own.number - first.number >= MANY:
            log.info(
                "%s: applied %s batches in %.2f s",
                replica.name, f"{own.number - first.number:,}",
                time.monotonic() - begun,
            )  # fmt: skip
        return own == head.position

    def _refuse_unknown(self, batches: Sequence[RowBatch]) -> None:
        """Raise StoreRefused if a batch has a format that this version does not know."""
        newest = self._replica.formats[-1]
        if unknown := next((each for each in batches if each.format > newest), None):
            raise StoreRefused(
                self._replica.name,
                f"batch {unknown.position.number} has format {unknown.format}, and this version reads "
                f"up to {newest}",
                "upgrade this host",
            )

    def _join(self, journal: Journal, head: JournalHead) -> bool:
        """Follow *journal* from its beginning or a snapshot; an empty one has to be begun first."""
        if not head.position.number:
            return False
        if self._replica.file_count():
            former = self._replica.journal()
            reason = "follows another journal" if former else "follows no journal yet"
            self._replace(journal, head, reason)
        else:
            self._follow_anew(journal, head)
        return False

    def _replace(self, journal: Journal, head: JournalHead, reason: str) -> None:
        log.warning("%s: %s; taking the contents of %s", self._replica.name, reason, journal.name)
        self._follow_anew(journal, head)

    def _follow_anew(self, journal: Journal, head: JournalHead) -> None:
        if head.snapshot.number or journal.batches(0, 1) is None:
            self._take_snapshot(journal, head.identity)
        else:
            self._replica.follow_anew(head.identity)
        self._note()

    def _take_snapshot(self, journal: Journal, identity: str) -> bool:
        """Replace the contents of the store by the last snapshot; there may be batches after it."""
        replica, begun = self._replica, time.monotonic()
        with beside(self._path) as folder:
            target = folder / "snapshot"
            position = journal.read_snapshot(target, replica.formats[-1])
            if position is None:
                problem = "no snapshot that this version can read, and batches are missing"
                raise StoreRefused(journal.name, problem, "upgrade this host")
            self._note()
            replica.follow_anew(identity, target)
        log.info(
            "%s: snapshot at batch %d taken in %.2f s",
            replica.name, position.number, time.monotonic() - begun,
        )  # fmt: skip
        self._note()
        return False

    def _give_back(self, journal: Journal, head: JournalHead, own: Position) -> None:
        """Give back the batches after *head*. Raises StoreRefused if they are not kept."""
        kept = self._replica.kept(head.position.number)
        lost = own.number - head.position.number
        if len(kept) != lost:
            problem = f"lost its last {lost:,} batches, and this host has kept {len(kept):,} of them"
            raise StoreRefused(
                journal.name, problem, "restore a newer backup, or set up an empty database"
            )
        if following(head.position, kept[0].content) != kept[0].position or kept[-1].position != own:
            self._replace(journal, head, "has other batches than the journal")
            return
        journal.restore(kept)
        log.warning("%s: gave back what it had lost: %s", journal.name, _batches(lost))


def _batches(number: int) -> str:
    return f"{number:,} batch{'' if number == 1 else 'es'}"
