"""A host of a fleet: it follows the journal, and leads if it may."""

import time
from contextlib import suppress
from threading import Event

from feeds.errors import CorpusError, StoreDamaged, StoreError, text_of
from feeds.fleet import Journal, JournalHead
from feeds.fleet.candidacy import Candidacy
from feeds.fleet.errors import JournalError, LeaseLost
from feeds.fleet.follower import Follower
from feeds.fleet.host_log import HostLog
from feeds.fleet.leadership import Parts
from feeds.fleet.limits import FLEET_LIMITS, FleetLimits
from feeds.fleet.temporary import delete_leftovers
from feeds.logs.events import EventLog
from feeds.store import WriterRequest
from feeds.store.replication import Position

log = EventLog(__name__)

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
        self._log = HostLog(parts.presence, limits)
        self._follower = Follower(parts.replica, parts.path, limits, self._step)
        self._candidacy = (
            Candidacy(parts.candidate, parts, limits, self._log) if parts.candidate else None
        )
        self._open_journal: Journal | None = None
        self._has_lock = self._has_joined = False
        self._since: float | None = None  # monotonic seconds since which the journal has been reachable
        self._failures = 0  # in a row
        self._report_at = float("-inf")
        self._applied: Position | None = None  # as ``look_at_files`` knows
        self._requests: set[WriterRequest] = set()  # that the leader has not got

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
                self._has_lock = self._has_joined = False
                stop.wait(LOCK_INTERVAL)
                return
            if not self._has_lock:
                delete_leftovers(self._parts.path)
            self._has_lock = True
            self._take_part(stop)
            self._recovered()
        except LeaseLost as error:
            log.debug("%s", error)  # the next turn finds out
            stop.wait(self._limits.retry)
        except (StoreError, CorpusError, OSError) as error:
            self._fail(error)
            stop.wait(self._delay(error))

    def _take_part(self, stop: Event) -> None:
        journal, presence, candidacy = self._journal(), self._presence, self._candidacy
        head = presence.read_head(journal)
        self._since = time.monotonic() if self._since is None else self._since
        presence.note_head(head.position.number)
        is_current = self._follower.follow(journal, head)
        self._step(is_current=is_current)
        self._forward_requests(journal)
        may_lead = candidacy is not None and candidacy.may_lead(head)
        if not self._has_joined:
            self._log.joined()
        self._has_joined = True
        self._log.follows(head)
        if not is_current:
            return
        connected = time.monotonic() - self._since
        if not (candidacy and may_lead and candidacy.lead(journal, head, connected, stop)):
            has_more = candidacy is not None and candidacy.stamp()
            journal.wait(TURN_INTERVAL if has_more else self._pause(head))

    def _step(self, *, is_current: bool = False) -> None:
        """Note the position of the store, and report this host."""
        presence, journal, position = self._presence, self._journal(), self._follower.position
        if position != self._applied:
            self._parts.look_at_files()
            if self._candidacy:
                self._candidacy.stamp_soon()
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
        self._requests |= self._replica.requests()
        if "check" in self._requests:
            self._requests.discard("check")
            self._replica.check()
        if self._requests:
            journal.request(self._requests)
            self._requests = set()

    def _pause(self, head: JournalHead) -> float:
        """The seconds until the next turn; they are fewer while the lease of a silent leader runs out."""
        seen = [each.seen for each in self._presence.hosts if each.host == head.leader]
        is_silent = seen and head.now - seen[0] > SILENT_REPORTS * self._limits.report
        return min(self._limits.poll, QUICK_POLL) if is_silent else self._limits.poll

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
        presence = self._presence
        if isinstance(error, JournalError):
            self._close_journal()
            presence.reachable, presence.leader, self._since = False, "", None
        self._log.failed(error)
        presence.trouble = text_of(error)
        presence.publish()
        if self._open_journal:
            with suppress(StoreError):
                self._report(self._open_journal)
        if isinstance(error, StoreDamaged):
            with suppress(StoreError):  # the next turn reports it
                self._replica.check()

    def _recovered(self) -> None:
        self._log.recovered()
        self._presence.trouble = ""
        self._failures = 0

    def _delay(self, error: Exception) -> float:
        """The seconds until the next attempt after *error*: a snapshot may be large."""
        limits = self._limits
        longest = limits.longest_retry if isinstance(error, JournalError) else limits.longest_rest
        delay = min(limits.retry * float(1 << self._failures), longest)
        self._failures = min(self._failures + 1, 8)
        return delay
