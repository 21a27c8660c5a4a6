"""The candidacy of a host: it takes the lease and leads when nothing speaks against that."""

import time
from threading import Event
from typing import NamedTuple

from feeds.errors import CorpusError, StoreError, text_of
from feeds.fleet import Journal, JournalHead, Lease
from feeds.fleet.candidate import Candidate
from feeds.fleet.errors import JournalError, LeaseLost
from feeds.fleet.host_log import HostLog
from feeds.fleet.leadership import Leadership, Parts
from feeds.fleet.limits import FleetLimits


class _Acquired(NamedTuple):
    """A *lease*, asked for at *begun* by the monotonic clock."""

    lease: Lease
    begun: float


class Candidacy:
    """Leads as *candidate*, which has the other *parts*, whenever it may."""

    def __init__(self, candidate: Candidate, parts: Parts, limits: FleetLimits, log: HostLog) -> None:
        self._candidate = candidate
        self._parts = parts
        self._presence = parts.presence
        self._limits = limits
        self._log = log
        self._epoch = 0  # of the last lease of this process
        self._stamp_at = float("-inf")

    def may_lead(self, head: JournalHead) -> bool:
        """Return whether this host may lead now, and note its role and the objection."""
        candidate, presence = self._candidate, self._presence
        self._refuse_namesake(head)
        if not candidate.has_corpus:
            presence.role, presence.objection = "follower", ""
            return False
        is_free = head.leader in ("", presence.host)
        objection = candidate.objection(head, is_free=is_free)
        presence.role = "candidate" if objection is None else "follower"
        presence.objection = objection or ""
        return objection is None and is_free

    def lead(self, journal: Journal, head: JournalHead, connected: float, stop: Event) -> bool:
        """Lead until the lease is over, or *stop* is set; return False at once if it cannot be had.

        *journal* has been reachable for the seconds *connected*. Raises StoreError.
        """
        acquired = self._acquire(journal, head, connected)
        if not acquired:
            return False
        lease, begun = acquired
        leadership = Leadership(
            self._parts,
            self._candidate,
            journal,
            lease,
            begun=begun,
            last=head.snapshot.number,
            stop=stop,
            limits=self._limits,
        )
        self._epoch = lease.epoch
        self._log.leads(lease)
        try:
            leadership.run()
        except (LeaseLost, JournalError) as error:
            self._log.lost_lease(leadership.reason or text_of(error))
            raise
        except (StoreError, CorpusError, OSError) as error:
            self._log.gives_up(error)
            self._candidate.hold_off(text_of(error))
        if leadership.reason:
            self._log.lost_lease(leadership.reason)
        else:
            leadership.release()
        return True

    def stamp(self) -> bool:
        """Stamp files of the corpus, for a quick takeover; return whether there may be more."""
        if self._presence.role == "follower" or time.monotonic() < self._stamp_at:
            return False
        if self._candidate.recorder.stamp(self._limits.stamped):
            return True
        self._stamp_at = time.monotonic() + self._limits.hold_off
        return False

    def stamp_soon(self) -> None:
        """Stamp files in the next turn: one that is removed later must have been seen here."""
        self._stamp_at = float("-inf")

    def _refuse_namesake(self, head: JournalHead) -> None:
        """Hold off if another process took the lease from this one under the name of this host."""
        if head.leader == self._presence.host and head.epoch > self._epoch > 0:
            self._candidate.hold_off(self._log.has_namesake())
            self._epoch = head.epoch

    def _acquire(self, journal: Journal, head: JournalHead, connected: float) -> _Acquired | None:
        """Take the lease, unless other hosts that are present have more than this one."""
        presence, present = self._presence, self._limits.present
        if presence.others(present) and connected < self._limits.settle:
            return None  # others may give back what the journal lost
        presence.hosts = journal.hosts()
        if any(each.position > head.position.number for each in presence.others(present)):
            return None
        if not head.position.number and not self._may_begin(connected):
            return None
        begun = time.monotonic()
        lease = journal.acquire(presence.host, self._candidate.claim, head.position)
        return _Acquired(lease, begun) if lease else None

    def _may_begin(self, connected: float) -> bool:
        """Return whether this host begins the empty journal: its contents are the newest."""
        own, others = self._parts.replica.revision(), self._presence.others(self._limits.present)
        if any(each.revision > own and each.role == "candidate" for each in others):
            return False
        return bool(own) or connected >= self._limits.settle
