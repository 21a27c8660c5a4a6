"""The intervals of the deliverer's work, and of its attempts after failures."""

import asyncio

from msgspec import Struct

from feeds.errors import StoreError, text_of
from feeds.logs.events import EventLog
from feeds.store.subscriptions import DelivererReplaced

log = EventLog(__name__)


class Intervals(Struct, frozen=True, kw_only=True):
    """Seconds between two reads of the store, reads of intents, records, reports, and looks at leases.

    A report is recorded after *sign* at the latest, even if nothing changed. Another attempt is made
    after *retry* to *longest_retry* if the store or the subscriptions cannot be used. Nothing is sent
    unless this process was seen to be the deliverer within *confirmed*. Requests in progress have *grace*
    at the end.
    """

    follow: float = 0.05
    intents: float = 0.1
    record: float = 0.02
    report: float = 1.0
    sign: float = 10.0
    leases: float = 10.0
    retry: float = 0.1
    longest_retry: float = 5.0
    confirmed: float = 3.0
    grace: float = 2.0


INTERVALS = Intervals()


class Retry:
    """Attempts to use *subject* again, with one line of log for each failure that lasts."""

    def __init__(self, subject: str, intervals: Intervals) -> None:
        self._subject = subject
        self._intervals = intervals
        self._delay = intervals.retry
        self._trouble = ""

    async def after(self, error: StoreError | OSError) -> None:
        """Wait after *error*, longer each time; raise it if no attempt can succeed any more."""
        if isinstance(error, DelivererReplaced):
            raise error
        if not self._trouble:
            log.warning("deliverer.failed", f"{text_of(error)}; trying again")
        self._trouble = text_of(error)
        await asyncio.sleep(self._delay)
        self._delay = min(2 * self._delay, self._intervals.longest_retry)

    def worked(self) -> None:
        """Note a success."""
        if self._trouble:
            log.info("deliverer.recovered", f"{self._subject}: works again")
        self._trouble, self._delay = "", self._intervals.retry
