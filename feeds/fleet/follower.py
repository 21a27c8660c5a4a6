"""The following of a journal: a replica gets the batches that it lacks, or a snapshot."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from feeds.errors import StoreRefused
from feeds.fleet import Journal, JournalHead
from feeds.fleet.errors import LeaseLost
from feeds.fleet.limits import FleetLimits
from feeds.fleet.temporary import beside
from feeds.logs.events import EventLog
from feeds.store.replication import Position, Replica, RowBatch, following

log = EventLog(__name__)

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
        self.position = Position()
        """The position of the store after the last step."""

    def follow(self, journal: Journal, head: JournalHead) -> bool:
        """Apply everything up to *head*; return whether the store lacks nothing of the journal now.

        An end that the journal lost is given back. Raises StoreError.
        """
        self.position = self._replica.position()
        if self._replica.journal() != head.identity:
            return self._join(journal, head)
        if self.position.number > head.position.number:
            return self._give_back(journal, head)
        if self.position.number == head.position.number and self.position != head.position:
            return self._diverged(journal, head)
        return self._catch_up(journal, head)

    def _catch_up(self, journal: Journal, head: JournalHead) -> bool:
        begun, first = time.monotonic(), self.position.number
        while self.position.number < head.position.number:
            if not self.position.number and head.snapshot.number:
                return self._take_snapshot(journal, head)
            batches = journal.batches(self.position.number, self._limits.batch_bytes)
            if batches is None:
                return self._take_snapshot(journal, head)
            if not batches:
                return False
            if following(self.position, batches[0].content) != batches[0].position:
                return self._diverged(journal, head)
            self._refuse_unknown(batches)
            self._replica.apply(batches)
            self.position = batches[-1].position
            self._note()
        if (applied := self.position.number - first) >= MANY:
            seconds = time.monotonic() - begun
            log.info(
                "replica.caught-up",
                f"{self._replica.name}: applied {_batches(applied)} in {seconds:.2f} s",
                path=self._replica.name,
                batches=applied,
                seconds=seconds,
            )
        return self.position == head.position

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
            return True
        if self._replica.has_files():
            former = self._replica.journal()
            reason = "follows another journal" if former else "follows no journal yet"
            return self._replace(journal, head, reason)
        return self._follow_anew(journal, head)

    def _diverged(self, journal: Journal, head: JournalHead) -> bool:
        """Take the contents of *journal*, whose batches are not those here."""
        if self.position == head.snapshot:
            problem = f"its batches do not follow its own snapshot at batch {self.position.number}"
            raise StoreRefused(journal.name, problem, "set up an empty database")
        return self._replace(journal, head, "has other batches than the journal")

    def _replace(self, journal: Journal, head: JournalHead, reason: str) -> bool:
        log.warning(
            "replica.replaced",
            f"{self._replica.name}: {reason}; taking the contents of {journal.name}",
            path=self._replica.name,
            reason=reason,
        )
        return self._follow_anew(journal, head)

    def _follow_anew(self, journal: Journal, head: JournalHead) -> bool:
        self.position = Position()
        if head.snapshot.number or journal.batches(0, 1) is None:
            return self._take_snapshot(journal, head)
        self._replica.follow_anew(head.identity)
        self._note()
        return False

    def _take_snapshot(self, journal: Journal, head: JournalHead) -> bool:
        """Replace the contents of the store by the last snapshot; there may be batches after it."""
        replica, begun = self._replica, time.monotonic()
        with beside(self._path) as folder:
            target = folder / "snapshot"
            position = journal.read_snapshot(target, replica.formats[-1])
            if position is None:
                problem = "no snapshot that this version can read, and batches are missing"
                raise StoreRefused(journal.name, problem, "upgrade this host")
            if position.number <= self.position.number:
                problem = f"batches after {self.position.number} are missing, and in no snapshot"
                raise StoreRefused(journal.name, problem, "set up an empty database")
            self._note()
            replica.follow_anew(head.identity, target)
        self.position = position
        seconds = time.monotonic() - begun
        log.info(
            "replica.snapshot-taken",
            f"{replica.name}: snapshot at batch {position.number} taken in {seconds:.2f} s",
            path=replica.name,
            batch=position.number,
            seconds=seconds,
        )
        self._note()
        return False

    def _give_back(self, journal: Journal, head: JournalHead) -> bool:
        """Give back the batches after *head*. Raises StoreRefused if they are not kept."""
        lost, kept = self.position.number - head.position.number, self._replica.kept(head.position.number)
        if self.position.number == 1 and not kept:
            return True  # the journal was begun with the contents here, and has not got them
        if len(kept) != lost:
            problem = f"lost its last {_batches(lost)}, and this host has kept {len(kept):,} of them"
            raise StoreRefused(
                journal.name, problem, "restore a newer backup, or set up an empty database"
            )
        follows = following(head.position, kept[0].content) == kept[0].position
        if not follows or kept[-1].position != self.position:
            return self._diverged(journal, head)
        try:
            journal.restore(kept)
            log.warning(
                "journal.restored", f"{journal.name}: gave back what it had lost: {_batches(lost)}"
            )
        except LeaseLost:
            log.debug("%s: another host gives back what it had lost", journal.name)
        return False


def _batches(number: int) -> str:
    return f"{number:,} batch{'' if number == 1 else 'es'}"
