"""The canary: a subscription of this server to itself, through its public address.

A round asks the hub as a subscriber does, waits until the callback was asked, and then for a delivery.
It fails if the public address leads elsewhere, if a proxy refuses such requests, or if the hub is broken.
The callback is a path of this server; any of its processes, on any host, answers for it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from feeds.http.outgoing import RequestFailed
from feeds.logs.events import EventLog
from feeds.push.canary_callback import CanaryCallback
from feeds.push.client import Reply
from feeds.push.courier import Courier
from feeds.push.ledger import Ledger
from feeds.push.report import Canary
from feeds.store.subscriptions import Subscription, SubscriptionKey, TopicState

log = EventLog(__name__)

LEASE = 3_600  # seconds
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PROOFS = 2  # rounds in a row that bring the announcements back


class CanaryLimits(Struct, frozen=True, kw_only=True):
    """Seconds before the first round, between two rounds, and between two while they fail.

    A round fails *within* so many seconds; it looks for its outcome every *poll*.
    """

    first: float = 5.0
    interval: float = 225.0
    failing: float = 60.0
    within: float = 40.0
    poll: float = 0.2


CANARY_LIMITS = CanaryLimits()


class Asks(Protocol):
    """The part of a Sender that the canary needs, which may send requests to this server."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """See Sender."""

    async def get(self, url: str) -> Reply:
        """See Sender."""


class CanarySubscriber(Struct, frozen=True, kw_only=True):
    """The means of the canary: the *hub* is asked by *sender* for a subscription of *callback*.

    After *withdraw_after* seconds without a successful round, feeds do not announce the hub.
    """

    hub: str
    callback: CanaryCallback
    sender: Asks
    withdraw_after: float
    limits: CanaryLimits = CANARY_LIMITS


class CanaryRecord:
    """The outcomes of rounds, and their consequences.

    *former* is the state that another process has left, and *withdrawn* its last decision.
    """

    def __init__(
        self,
        withdraw_after: float,
        former: Canary = Canary(),  # noqa: B008
        *,
        withdrawn: bool = False,
    ) -> None:
        self.state = former
        self.withdrawn = withdrawn
        self._withdraw_after = withdraw_after
        self._failing: float | None = None  # the beginning of the first of the failed rounds
        self._successes = 0

    def note(self, trouble: str, begun: float, now: float) -> None:
        """Note the end at *now* of the round that began at *begun*; it failed if there is *trouble*."""
        if trouble:
            self._successes = 0
            self._failing = begun if self._failing is None else self._failing
            self.state = Canary(self.state.proved, trouble, self.state.failing or begun)
            self.withdrawn = self.withdrawn or now - self._failing >= self._withdraw_after
        else:
            self.state = Canary(now)
            self._successes += 1
            self._failing = None
            self.withdrawn = self.withdrawn and self._successes < PROOFS


class CanaryRounds:
    """The rounds of *canary*, in the event loop; *decide* is called with each new decision of *record*.

    *clock* returns seconds since 1970.
    """

    def __init__(
        self,
        canary: CanarySubscriber,
        record: CanaryRecord,
        ledger: Ledger,
        courier: Courier,
        *,
        decide: Callable[[bool], object],
        clock: Callable[[], float],
    ) -> None:
        self._canary = canary
        self._record = record
        self._ledger = ledger
        self._courier = courier
        self._decide = decide
        self._clock = clock

    async def run(self) -> None:
        """Make a round now and then until this is cancelled."""
        limits, record = self._canary.limits, self._record
        await asyncio.sleep(limits.first)
        while True:
            former, begun = record.state.trouble, self._clock()
            was_withdrawn = record.withdrawn
            record.note(await self._round(), begun, self._clock())
            if record.state.trouble != former:
                trouble = record.state.trouble
                said = f"canary: {trouble or 'works again'}"
                log.warning("canary.failed" if trouble else "canary.recovered", said)
            if record.withdrawn != was_withdrawn:
                self._decide(record.withdrawn)
            failing = record.state.trouble or record.withdrawn
            await asyncio.sleep(limits.failing if failing else limits.interval)

    async def _round(self) -> str:
        """Return the reason why a round failed, empty if it did not."""
        steps: tuple[tuple[str, Callable[[float], Coroutine[object, object, str]]], ...] = (
            ("feed", self._read),
            ("hub", self._ask),
            ("verification", self._verified),
            ("delivery", self._delivered),
        )
        begun = self._clock()
        for name, step in steps:
            try:
                async with asyncio.timeout(self._canary.limits.within):
                    reason = await step(begun)
            except RequestFailed as error:
                reason = str(error)
            except TimeoutError:
                reason = f"none within {self._canary.limits.within:g} s"
            if reason:
                return f"{name}: {reason}"
        return ""

    async def _read(self, _begun: float) -> str:
        return _unless_success(await self._canary.sender.get(self._key.topic))

    async def _ask(self, _begun: float) -> str:
        callback = self._canary.callback
        form = {
            "hub.mode": "subscribe",
            "hub.topic": self._key.topic,
            "hub.callback": self._key.callback,
            "hub.verify_token": callback.token,
            "hub.secret": callback.secret,
            "hub.lease_seconds": str(LEASE),
        }
        return _unless_success(
            await self._canary.sender.post(self._canary.hub, urlencode(form).encode(), FORM)
        )

    async def _verified(self, begun: float) -> str:
        await self._until(lambda found: found.since >= begun)
        return ""

    async def _delivered(self, begun: float) -> str:
        """Have the whole feed sent, as to a subscriber with an unknown past."""
        if present := self._ledger.get(self._key):
            self._ledger.put(msgspec.structs.replace(present, state=TopicState(), due=self._clock()))
            self._courier.reschedule(self._key)
        found = await self._until(lambda found: found.acknowledged >= begun or bool(found.failures))
        return found.reason

    async def _until(self, holds: Callable[[Subscription], bool]) -> Subscription:
        while True:
            if (found := self._ledger.get(self._key)) and holds(found):
                return found
            await asyncio.sleep(self._canary.limits.poll)

    @property
    def _key(self) -> SubscriptionKey:
        return self._canary.callback.key


def _unless_success(reply: Reply) -> str:
    return "" if 200 <= reply.status < 300 else f"status {reply.status}"
