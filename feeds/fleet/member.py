"""A host of a fleet: it follows the journal, and leads if it may."""

import logging
import time
from contextlib import suppress
from threading import Event

from feeds.errors import CorpusError, FeedsError, StoreDamaged, StoreError, text_of
from feeds.fleet import Journal, JournalHead, Lease
from feeds.fleet.errors import JournalError, LeaseLost
from feeds.fleet.follower import Follower
from feeds.fleet.leadership import Leadership, Parts
from feeds.fleet.limits import FLEET_LIMITS, FleetLimits
from feeds.fleet.temporary import delete_leftovers
from feeds.store.replication import Position

log = logging.getLogger(__name__)

TURN_INTERVAL = 0.02  # seconds between two turns while there is more to do
QUICK_POLL = 0.2  # seconds between two turns while the leader is silent
SILENT_REPORTS = 2.5  # reports that a silent leader has missed, known up to one interval late
LOCK_INTERVAL = 0.5  # seconds between two attempts to become the process that follows the journal


class FleetMember:
    """The process of a host that follows the journal, made of *parts*; the others wait for its lock."""

    def __init__(self, parts: Parts, limits: FleetLimits = FLEET_LIMITS) -> None:
        self._parts = parts
        self._replica = parts.replica
        self._presence = parts.presence
        self._limits = limits
        self._open_journal: Journal | None = None
        self._follower = Follower(parts.replica, parts.path, limits, self._step)
        self._since: float | None = None  # monotonic seconds since which the journal has been reachable
        self._failing = 0
        self._led_at = time.monotonic()  # the last time at which a host led
        self._epoch = 0  # of the last lease of this process
        self._report_at = self._stamp_at = float("-inf")
        self._applied: Position | None = None  # as ``look_at_files`` knows
        self._role = self._leader = self._objection = ""  # as logged last
        self._failure: object = None  # as logged last

    def run(self, stop: Event) -> None:
        """Follow the journal, and lead if possible, until *stop* is set."""
        try:
            while not stop.is_set():
                self._try(stop)
        finally:
            self._close_journal()

    def _try(self, stop: Event) -> None:
        try:
            if not self._replica.acquire_writer():
                self._role = ""
                stop.wait(LOCK_INTERVAL)
                return
            self._take_part(stop)
            self._recovered()
        except LeaseLost as error:
            log.debug("%s", error)  # the next turn finds out
            stop.wait(self._limits.retry)
        except (StoreError, CorpusError, OSError) as error:
            self._fail(error)
            stop.wait(self._delay(error))

    def _delay(self, error: Exception) -> float:
        """The seconds until the next attempt after *error*: a snapshot may be large."""
        limits = self._limits
        longest = limits.longest_retry if isinstance(error, JournalError) else limits.longest_rest
        self._failing = min(self._failing + 1, 9)
        return min(limits.retry * float(1 << self._failing - 1), longest)

    def _take_part(self, stop: Event) -> None:
        journal, presence = self._journal(), self._presence
        head = presence.read_head(journal)
        self._since = time.monotonic() if self._since is None else self._since
        presence.note_head(head.position.number)
        is_current = self._follower.follow(journal, head)
        self._step(is_current=is_current)
        self._forward_requests(journal)
        self._refuse_namesake(head)
        may_lead = self._may_lead(head)
        self._log_role(head)
        if (
            may_lead
            and (is_current or not head.position.number)
            and (lease := self._acquire(journal, head))
        ):
            self._lead(journal, lease, head, stop)
        elif is_current or not head.position.number:
            journal.wait(TURN_INTERVAL if self._stamp() else self._pause(head))

    # Followers

    def _step(self, *, is_current: bool = False) -> None:
        """Note the position of the store, and report this host."""
        presence, journal, position = self._presence, self._journal(), self._replica.position()
        if position != self._applied:
            self._parts.look_at_files()
            self._stamp_at = float("-inf")  # a file that is removed later must have been seen here
        self._applied = position
        presence.note_position(position.number, is_current=is_current)
        presence.publish()
        self._report(journal)

    def _report(self, journal: Journal) -> None:
        """Report this host to *journal*, if that is due."""
        if time.monotonic() >= self._report_at:
            self._presence.revision = self._replica.revision()
            self._presence.report(journal)
            self._report_at = time.monotonic() + self._limits.report

    def _forward_requests(self, journal: Journal) -> None:
        """Pass the requests on this host to the leader; a check concerns this host alone."""
        requests = self._replica.requests()
        if "check" in requests:
            self._replica.check()
        if others := requests - {"check"}:
            journal.request(others)

    def _stamp(self) -> bool:
        """Stamp files of the corpus, for a quick takeover; return whether there may be more."""
        recorder = self._parts.recorder
        if not recorder or self._presence.role == "follower" or time.monotonic() < self._stamp_at:
            return False
        if recorder.stamp(self._limits.stamped):
            return True
        self._stamp_at = time.monotonic() + self._limits.hold_off
        return False

    def _pause(self, head: JournalHead) -> float:
        """The seconds until the next turn; they are fewer while the lease of a silent leader runs out."""
        seen = [each.seen for each in self._presence.hosts if each.host == head.leader]
        is_silent = seen and head.now - seen[0] > SILENT_REPORTS * self._limits.report
        return min(self._limits.poll, QUICK_POLL) if is_silent else self._limits.poll

    # Candidates

    def _may_lead(self, head: JournalHead) -> bool:
        """Return whether this host may lead, and note its role and the objection."""
        candidate, presence = self._parts.candidate, self._presence
        if not candidate or not candidate.has_corpus:
            presence.role, presence.objection = "follower", ""
            return False
        is_free = head.leader in ("", presence.host)
        objection = candidate.objection(head, now=is_free)
        if objection is None and is_free:
            objection = self._lack(head)
        presence.role = "candidate" if objection is None else "follower"
        presence.objection = objection or ""
        return objection is None and is_free

    def _lack(self, head: JournalHead) -> str | None:
        """The objection to a corpus that lacks published files, although it has newer ones; else None.

        Commits in Git follow each other, so that their times suffice.
        """
        candidate, recorder = self._parts.candidate, self._parts.recorder
        if not candidate or not recorder or candidate.generation.commit or not head.generation.at:
            return None
        path = recorder.lacking()
        return candidate.lacks(path) if path else None

    def _refuse_namesake(self, head: JournalHead) -> None:
        """Hold off if another process took the lease from this one under the name of this host."""
        if head.leader == self._presence.host and head.epoch > self._epoch > 0 and self._parts.candidate:
            problem = "another host of this name leads; set fleet.host"
            log.error("host %s: %s", self._presence.host, problem)
            self._parts.candidate.hold_off(problem)
            self._epoch = head.epoch

    def _acquire(self, journal: Journal, head: JournalHead) -> tuple[Lease, float] | None:
        """Take the lease, and return it with the monotonic time before the request."""
        candidate, presence, limits = self._parts.candidate, self._presence, self._limits
        present, connected = presence.others(limits.present), time.monotonic() - (self._since or 0)
        if present and connected < limits.settle:
            return None  # others may give back what the journal lost
        presence.hosts = journal.hosts()
        if any(each.position > head.position.number for each in presence.others(limits.present)):
            return None
        if not head.position.number and not self._may_begin(connected):
            return None
        begun = time.monotonic()
        generation = candidate.claim if candidate else head.generation
        lease = journal.acquire(presence.host, generation, head.position)
        return (lease, begun) if lease else None

    def _may_begin(self, connected: float) -> bool:
        """Return whether this host begins the empty journal: its contents are the newest."""
        own = self._replica.revision()
        others = self._presence.others(self._limits.present)
        if any(each.revision > own and each.role == "candidate" for each in others):
            return False
        return bool(own) or connected >= self._limits.settle

    # The leader

    def _lead(
        self, journal: Journal, acquired: tuple[Lease, float], head: JournalHead, stop: Event
    ) -> None:
        parts, (lease, begun), host = self._parts, acquired, self._presence.host
        if not parts.recorder or not parts.candidate:
            return
        leadership = Leadership(
            parts,
            journal,
            lease,
            begun=begun,
            last=head.snapshot.number,
            stop=stop,
            limits=self._limits,
        )
        log.info("host %s: leads the fleet (epoch %d)", host, lease.epoch)
        self._leader, self._epoch = host, lease.epoch
        try:
            leadership.run(parts.recorder)
        except (LeaseLost, JournalError) as error:
            self._lost(leadership.reason or text_of(error))
            raise
        except (StoreError, CorpusError, OSError) as error:
            log.error("host %s: gives the lease up: %s", host, text_of(error))
            parts.candidate.hold_off(text_of(error))
        if leadership.reason:
            self._lost(leadership.reason)
        else:
            leadership.release()

    def _lost(self, reason: str) -> None:
        log.warning("host %s: lost the lease: %s", self._presence.host, reason)

    # The journal, and failures

    def _journal(self) -> Journal:
        if self._open_journal is None:
            self._open_journal = self._parts.open_journal()
        return self._open_journal

    def _close_journal(self) -> None:
        if self._open_journal:
            with suppress(StoreError):
                self._open_journal.close()
            self._open_journal = None

    def _fail(self, error: StoreError | CorpusError | OSError) -> None:
        text, presence = text_of(error), self._presence
        if isinstance(error, JournalError):
            self._close_journal()
            presence.reachable, presence.leader, self._since = False, "", None
        if _kind(error) != self._failure:
            log.error("%s; serving the replica, and trying again", text)
        self._failure, presence.trouble = _kind(error), text
        presence.publish()
        if self._open_journal:
            with suppress(StoreError):
                self._report(self._open_journal)
        if isinstance(error, StoreDamaged):
            with suppress(StoreError):  # the next turn reports it
                self._replica.check()

    def _recovered(self) -> None:
        if self._failure:
            log.info("host %s: works again", self._presence.host)
        self._failure, self._presence.trouble = None, ""
        self._failing = 0

    def _log_role(self, head: JournalHead) -> None:
        """Log the leader that this host follows, and the reason that it may not lead, once each."""
        presence = self._presence
        if not self._role:
            delete_leftovers(self._parts.path)
            log.info(
                "host %s: joined the fleet at %s as a %s at batch %d",
                presence.host, presence.journal, presence.role, presence.position,
            )  # fmt: skip
        if head.leader not in ("", self._leader, presence.host):
            log.info("host %s: follows %s", presence.host, head.leader)
        self._log_objection(head)
        self._role, self._leader = presence.role, head.leader or self._leader

    def _log_objection(self, head: JournalHead) -> None:
        """Log the reason that this host may not lead, if no host has led for a while."""
        objection, now = self._presence.objection, time.monotonic()
        self._led_at = now if head.leader else self._led_at
        if now - self._led_at > self._limits.hold_off and objection not in ("", self._objection):
            log.warning("host %s: may not lead, and no host leads: %s", self._presence.host, objection)
            self._objection = objection


def _kind(error: FeedsError | OSError) -> object:
    """The parts of an error that decide if it is logged again: names of files may differ."""
    match error:
        case JournalError():
            return JournalError  # a database that ends fails in several ways
        case FeedsError(problem=problem):
            return type(error), problem
        case _:
            return type(error), error.errno
