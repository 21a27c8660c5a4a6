"""The log of a host in a fleet, which has each fact once."""

import logging
import time

from feeds.errors import CorpusError, FeedsError, StoreError, text_of
from feeds.fleet import JournalHead, Lease
from feeds.fleet.errors import JournalError
from feeds.fleet.limits import FleetLimits
from feeds.fleet.presence import Presence

log = logging.getLogger(__name__)


class HostLog:
    """Logs what becomes of the host of *presence*."""

    def __init__(self, presence: Presence, limits: FleetLimits) -> None:
        self._presence = presence
        self._limits = limits
        self._led_at = time.monotonic()  # the last time at which a host led
        self._leader = self._objection = ""
        self._failure: object = None

    def joined(self) -> None:
        """This process follows the journal from now on."""
        presence = self._presence
        log.info(
            "host %s: joined the fleet at %s as a %s at batch %d",
            presence.host, presence.journal, presence.role, presence.position,
        )  # fmt: skip

    def follows(self, head: JournalHead) -> None:
        """The host that leads, and, if none has led for a while, the reason that this one may not."""
        host, objection, now = self._presence.host, self._presence.objection, time.monotonic()
        if head.leader not in ("", self._leader, host):
            log.info("host %s: follows %s", host, head.leader)
        self._leader = head.leader or self._leader
        self._led_at = now if head.leader else self._led_at
        if now - self._led_at > self._limits.hold_off and objection not in ("", self._objection):
            log.warning("host %s: may not lead, and no host leads: %s", host, objection)
            self._objection = objection

    def leads(self, lease: Lease) -> None:
        """This host leads."""
        log.info("host %s: leads the fleet (epoch %d)", lease.host, lease.epoch)
        self._leader = lease.host

    def lost_lease(self, reason: str) -> None:
        """This host leads no more."""
        log.warning("host %s: lost the lease: %s", self._presence.host, reason)

    def gives_up(self, error: FeedsError | OSError) -> None:
        """This host cannot lead."""
        log.error("host %s: gives the lease up: %s", self._presence.host, text_of(error))

    def has_namesake(self) -> str:
        """Another process has the name of this host; return what the operator has to do."""
        problem = "another host of this name leads; set fleet.host"
        log.error("host %s: %s", self._presence.host, problem)
        return problem

    def failed(self, error: StoreError | CorpusError | OSError) -> None:
        """A turn has failed."""
        if _kind(error) != self._failure:
            log.error("%s; serving the replica, and trying again", text_of(error))
        self._failure = _kind(error)

    def recovered(self) -> None:
        """A turn has succeeded."""
        if self._failure:
            log.info("host %s: works again", self._presence.host)
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
