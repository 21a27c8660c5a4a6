"""The keeper of a lease: a thread that renews it, and ends the leadership of this host in time."""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread

from feeds.errors import StoreError, text_of
from feeds.fleet import GENERATION_UNKNOWN, Generation, Journal, Lease
from feeds.fleet.errors import LeaseLost
from feeds.fleet.limits import FleetLimits
from feeds.fleet.presence import Presence
from feeds.logs.events import EventLog
from feeds.store import WriterRequest

log = EventLog(__name__)

DEADLINE_INTERVAL = 0.1  # seconds between two looks at the time


class LeaseKeeper:
    """Renews *lease* within the ``with`` block, by a journal of its own, and reports this host.

    *over* is set when the leadership has to end: the lease is lost or ran out, or *stop* is set. By the
    monotonic clock, it runs out some time after the last request that renewed it was sent; the first one
    was sent at *begun*. *generation* returns a generation to be recorded with a renewal. *each* is called
    after each renewal. *monotonic* is that clock, in seconds.
    """

    def __init__(
        self,
        open_journal: Callable[[], Journal],
        lease: Lease,
        presence: Presence,
        *,
        begun: float,
        stop: Event,
        limits: FleetLimits,
        generation: Callable[[], Generation] = lambda: GENERATION_UNKNOWN,
        each: Callable[[], object] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._open_journal = open_journal
        self.lease = lease
        self._stop = stop
        self._presence = presence
        self._limits = limits
        self._generation = generation
        self._each = each
        self.over = Event()
        self.reason = ""
        """The reason that the lease is lost, empty while it is not."""
        self._deadline = begun + limits.lease
        self._clock = (time.time() + lease.offset, monotonic())
        self._requests: set[WriterRequest] = set()
        self._lock = Lock()
        self._thread = Thread(target=self._run, name="feeds-lease", daemon=True)

    def __enter__(self) -> "LeaseKeeper":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self._thread.join(self._limits.lease)

    def clock(self) -> float:
        """The time of the journal, in seconds since 1970; the clock of this host may jump."""
        then, elapsed = self._clock
        return then + self._monotonic() - elapsed

    def require(self) -> None:
        """Raise LeaseLost if the leadership is over."""
        if not self.reason and self._monotonic() >= self._deadline:
            self._lose("not renewed in time")
        if self.reason:
            raise LeaseLost(self._presence.journal, self.reason, "nothing is to be done")

    def requests(self) -> set[WriterRequest]:
        """Return and clear the requests that came with renewals. Raises LeaseLost."""
        self.require()
        with self._lock:
            taken, self._requests = self._requests, set()
        return taken

    def _lose(self, reason: str) -> None:
        self.reason = self.reason or reason
        self.over.set()

    def _run(self) -> None:
        journal, due, failure = None, self._monotonic() + self._limits.renew, ""
        while not self.over.wait(DEADLINE_INTERVAL):
            now = self._monotonic()
            if self._stop.is_set():
                self.over.set()
            elif now >= self._deadline:
                self._lose("not renewed in time")
            elif now >= due:
                due = now + self._limits.renew
                try:
                    journal = journal or self._open_journal()
                    self._renew(journal, now)
                    failure = ""
                except StoreError as error:
                    if not failure:
                        log.warning("lease.failed", f"lease: {text_of(error)}; trying again")
                    failure = text_of(error)
                    due = self._monotonic() + self._limits.retry
                    _close(journal)
                    journal = None
                except Exception as error:  # any error: the thread must not end unnoticed
                    log.error("lease.failed", "lease: unexpected error", error)
                    self._lose(f"unexpected error: {error}")
        _close(journal)

    def _renew(self, journal: Journal, now: float) -> None:
        position = self._presence.position
        renewed = journal.renew(self.lease, self._generation())
        if renewed is None:
            return self._lose("another host leads")
        self.lease, self._deadline = renewed, now + self._limits.lease
        self._clock = (time.time() + renewed.offset, self._monotonic())
        if self._presence.read_head(journal).position.number < position:
            return self._lose("the journal lost its end")
        requests = journal.requests(renewed)
        with self._lock:
            self._requests |= requests
        self._presence.report(journal)
        self._presence.publish()
        self._each()
        return None


def _close(journal: Journal | None) -> None:
    if journal:
        with suppress(StoreError):
            journal.close()
