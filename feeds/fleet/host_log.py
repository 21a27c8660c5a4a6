"""The log of a host in a fleet, without repeated facts."""

import time

from feeds.errors import CorpusError, FeedsError, StoreError, text_of
from feeds.fleet import JournalHead, Lease
from feeds.fleet.errors import JournalError
from feeds.fleet.limits import FleetLimits
from feeds.fleet.presence import Presence
from feeds.logs.events import EventLog

log = EventLog(__name__)


class HostLog:
    """Logs events of the host of *presence*."""

    def __init__(self, presence: Presence, limits: FleetLimits) -> None:
        self._presence = presence
        self._limits = limits
        self._led_at = time.monotonic()  # the last time at which a host led
        self._leader = self._objection = ""
        self._failure: object = None

    def joined(self) -> None:
        """Log that this process follows the journal from now on."""
        presence = self._presence
        log.info(
            "host.joined",
            f"host {presence.host}: joined the fleet at {presence.journal} as a {presence.role} "
            f"at batch {presence.position}",
            host=presence.host,
            role=presence.role,
            batch=presence.position,
        )

    def follows(self, head: JournalHead) -> None:
        """Log the leader; if no host has led for a while, log the reason that this one may not."""
        host, objection, now = self._presence.host, self._presence.objection, time.monotonic()
        if head.leader not in ("", self._leader, host):
            log.info("host.follows", f"host {host}: follows {head.leader}", host=host, leader=head.leader)
        self._leader = head.leader or self._leader
        self._led_at = now if head.leader else self._led_at
        if now - self._led_at > self._limits.hold_off and objection not in ("", self._objection):
            log.warning(
                "host.may-not-lead",
                f"host {host}: may not lead, and no host leads: {objection}",
                host=host,
                reason=objection,
            )
            self._objection = objection

    def leads(self, lease: Lease) -> None:
        """Log that this host leads from now on."""
        log.info(
            "host.leads",
            f"host {lease.host}: leads the fleet (epoch {lease.epoch})",
            host=lease.host,
            epoch=lease.epoch,
        )
        self._leader = lease.host

    def lost_lease(self, reason: str) -> None:
        """Log that this host no longer leads."""
        host = self._presence.host
        log.warning("host.lost-lease", f"host {host}: lost the lease: {reason}", host=host, reason=reason)

    def gives_up(self, error: FeedsError | OSError) -> None:
        """Log the reason that this host cannot lead."""
        host, reason = self._presence.host, text_of(error)
        log.error("host.gave-up", f"host {host}: gives the lease up: {reason}", host=host, reason=reason)

    def has_namesake(self) -> str:
        """Log that another process has the name of this host; return the text with the remedy."""
        problem = "another host of this name leads; set fleet.host"
        log.error("host.name-taken", f"host {self._presence.host}: {problem}", host=self._presence.host)
        return problem

    def failed(self, error: StoreError | CorpusError | OSError) -> None:
        """Log the failure of a turn, once for each kind of error."""
        if _kind(error) != self._failure:
            log.error("host.failed", f"{text_of(error)}; serving the replica, and trying again")
        self._failure = _kind(error)

    def recovered(self) -> None:
        """Log that a turn has succeeded, if the last one failed."""
        if self._failure:
            host = self._presence.host
            log.info("host.recovered", f"host {host}: works again", host=host)
        self._failure = None


def _kind(error: FeedsError | OSError) -> object:
    """The parts of an error that decide if it is logged again: names of files may differ."""
    match error:
        case JournalError():
            return JournalError  # a database that ends fails in several ways
        case FeedsError(problem=problem):
            return type(error), problem
        case _:
            return type(error), error.errno
