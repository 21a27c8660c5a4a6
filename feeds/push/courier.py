"""Sends due changes to subscribers, and notes the outcomes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from msgspec import Struct

from feeds.errors import GoneFeed, NotReady, QueryError, StoreError, UnknownFeed, text_of
from feeds.http.outgoing import RequestFailed
from feeds.logs.events import EventLog
from feeds.push.bodies import Bodies
from feeds.push.delivery import Delivery
from feeds.push.evaluation import Evaluation, is_same, rebased
from feeds.push.ledger import Ledger
from feeds.push.messages import MessageFailed
from feeds.push.outcomes import DeliveryOutcome, acknowledged, failed, is_missing
from feeds.push.post import Means, Post
from feeds.push.report import DeliveryCounts
from feeds.push.reporting import Deliveries
from feeds.push.retries import MAX_ASKED_DELAY
from feeds.push.schedule import Schedule
from feeds.push.sealing import SealBroken
from feeds.push.verification import denial_url
from feeds.store.subscriptions import Cursor, Subscription, SubscriptionKey, TopicState

log = EventLog(__name__)

SLICE = 200  # subscriptions that are noted as due before other work gets a turn
PURGED_WITHIN = 2.0  # seconds that subscribers may wait for caches
NOT_READY = 1.0  # seconds before the next attempt if the content cannot be made now


class _Change(Struct, frozen=True):
    """The last known *state* of a topic, and the time of the change to it."""

    state: TopicState
    at: float


class Courier:
    """Delivers the changes of topics to the subscriptions in *ledger*, in the event loop.

    *bodies* makes the contents, *messages* those of targets, by callback. *wake* is called when there is
    something to record. *confirm* waits until this process may send. Caches are subscribed to
    *caches_topic*. *deliveries* are counted from the *former* ones on, without hubs and caches.
    """

    def __init__(
        self,
        ledger: Ledger,
        schedule: Schedule,
        bodies: Bodies,
        means: Means,
        wake: Callable[[], object],
        *,
        messages: Bodies,
        confirm: Callable[[], Awaitable[object]],
        caches_topic: str = "",
        former: DeliveryCounts | None = None,
    ) -> None:
        self.deliveries = Deliveries(former or DeliveryCounts())
        self._ledger = ledger
        self._schedule = schedule
        self._bodies = bodies
        self._messages = messages
        self._caches_topic = caches_topic
        self._means = means
        self._post = Post(means)
        self._wake = wake
        self._confirm = confirm
        self._changes: dict[str, _Change] = {}
        self._late: dict[SubscriptionKey, int] = {}  # the first change during a request (ChangedFacets)
        self._requests: set[asyncio.Task[None]] = set()
        self._work = asyncio.Event()
        self._answered = asyncio.Event()

    async def resume(self) -> None:
        """Schedule the deliveries that an earlier process left: purges of caches, then all others."""
        for each in self._caches():
            self.reschedule(each.key)
        await self.purged()
        for number, each in enumerate([*self._ledger], start=1):
            if each.due and not each.key.cache:
                self.reschedule(each.key)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    async def note(self, found: Evaluation, before: Cursor) -> None:
        """Note the states that changed since the cursor *before*: first for caches, then for others."""
        self._bodies.clear()
        self._messages.clear()
        states = dict(found.states)
        if state := states.pop(self._caches_topic, None):
            await self._note_topic(self._caches_topic, state, found.first, before)
            await self.purged()
        for address, state in states.items():
            await self._note_topic(address, state, found.first, before)

    async def _note_topic(
        self, address: str, state: TopicState, first: int | None, before: Cursor
    ) -> None:
        at = self._changed_at(state, first, before)
        self._changes[address] = _Change(state, at)
        for number, key in enumerate(self._ledger.of_topic(address), start=1):
            self._note_state(key, state, at, first)
            if number % SLICE == 0:
                self._work.set()
                await asyncio.sleep(0)
        self._work.set()

    def reschedule(self, key: SubscriptionKey) -> None:
        """Schedule the next delivery to the subscription with *key* by its present state."""
        now, subscription = self._now(), self._ledger.get(key)
        if subscription and subscription.due and subscription.failures:
            wait = subscription.not_before - self._means.clock()
            self._schedule.retry(key, now + min(max(0, wait), MAX_ASKED_DELAY))
        else:
            self._schedule.drop(key)
            if subscription and subscription.due:
                self._schedule.changed(key, now, at_once=bool(key.cache))
        self._work.set()

    async def purged(self) -> None:
        """Wait until caches are purged after the changes, for at most PURGED_WITHIN seconds.

        A cache whose last purge failed delays nobody.
        """
        try:
            async with asyncio.timeout(PURGED_WITHIN):
                while any(each.due and not each.failures for each in self._caches()):
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError:
            log.info(
                "purge.late",
                f"caches: not purged within {PURGED_WITHIN:g} s; notifying subscribers anyway",
            )

    def _caches(self) -> list[Subscription]:
        return self._ledger.subscribed_to(self._caches_topic)

    def end(self, key: SubscriptionKey) -> None:
        """End the subscription with *key*."""
        self._ledger.end(key)
        self._schedule.drop(key)
        self._wake()

    def deny(self, key: SubscriptionKey, reason: str) -> None:
        """End the subscription with *key*, and tell its callback."""
        self.deny_all([key], reason)

    def deny_all(self, keys: Sequence[SubscriptionKey], reason: str) -> None:
        """End the subscriptions with *keys*, and tell their callbacks, some at a time."""
        for key in keys:
            self.end(key)
        telling = asyncio.create_task(self._tell_all(keys, reason))
        self._requests.add(telling)
        telling.add_done_callback(self._requests.discard)

    async def tell(self, key: SubscriptionKey, reason: str) -> None:
        """Tell a callback that its subscription is denied; it need not answer."""
        said = f"{key.subscriber}: denied: {reason or 'by the operator'}"
        log.info("subscription.denied", said, subscriber=key.subscriber, topic=key.topic)
        try:
            await self._means.sender.get(denial_url(key, reason))
        except RequestFailed as error:
            log.debug("%s: %s", key.subscriber, error)

    async def _tell_all(self, keys: Sequence[SubscriptionKey], reason: str) -> None:
        for begin in range(0, len(keys), SLICE):
            await asyncio.gather(*(self.tell(key, reason) for key in keys[begin : begin + SLICE]))

    def forget(self, address: str) -> None:
        """Forget the state of the topic at *address*, which nobody is subscribed to."""
        self._changes.pop(address, None)

    async def run(self) -> None:
        """Send until this is cancelled; requests in progress go on until ``finish``."""
        while True:
            self._work.clear()
            for key in self._schedule.start(self._now()):
                request = asyncio.create_task(self._deliver(key))
                self._requests.add(request)
                request.add_done_callback(self._requests.discard)
            at = self._schedule.next_at()
            try:
                async with asyncio.timeout(None if at is None else max(0, at - self._now())):
                    await self._work.wait()
            except TimeoutError:
                continue

    async def finish(self, within: float) -> None:
        """Wait *within* seconds for the requests in progress, then give them up."""
        requests = [*self._requests]
        if requests:
            await asyncio.wait(requests, timeout=within)
        for each in requests:
            each.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

    def _now(self) -> float:
        """The time of the schedule, which no change of the clock affects."""
        return asyncio.get_running_loop().time()

    def _changed_at(self, state: TopicState, first: int | None, before: Cursor) -> float:
        """The time of the change to *state*, now if nothing else is known."""
        at = first or (state.moment if state.moment > before.moment else 0)
        now = self._means.clock()
        return at if 0 < at <= now else now

    def _note_state(self, key: SubscriptionKey, state: TopicState, at: float, first: int | None) -> None:
        subscription = self._ledger.get(key)
        if subscription is None:
            return
        is_sending = self._schedule.is_in_progress(key)
        if is_same(subscription.state, state):
            if subscription.due and not is_sending:
                self._schedule.drop(key)
                self._put(subscription, due=0)
            return
        if is_sending and first is not None:
            self._late[key] = min(first, self._late.get(key, first))
        self._put(subscription, state=_base(subscription, first), due=subscription.due or at)
        if subscription.failures:
            self.reschedule(key)  # as its last failure said
        else:
            self._schedule.changed(key, self._now(), at_once=bool(key.cache))

    def _put(self, subscription: Subscription, **values: object) -> None:
        made = msgspec.structs.replace(subscription, **values)
        if made != self._ledger.get(made.key):  # one that waits for a retry stays as it is
            self._ledger.put(made)
            self._wake()

    async def _deliver(self, key: SubscriptionKey) -> None:
        is_answered: bool | None = None
        try:
            subscription = self._ledger.get(key)
            if subscription is None:
                return
            if subscription.until <= self._means.clock():
                self.end(key)
                return
            made = await self._made(subscription)
            if made is None:  # the state is that of the base again
                self._put(subscription, due=0)
                return
            await self._confirm()
            outcome = await self._post.send(subscription, made)
            is_answered = outcome.is_answered
            self._apply(subscription, made, outcome)
        except (UnknownFeed, GoneFeed, QueryError) as error:
            log.debug("%s", error)  # until the topic exists again
            if present := self._ledger.get(key):
                self._put(present, due=0)
        except SealBroken as error:
            self.deny(key, str(error))
        except MessageFailed as error:
            if present := self._ledger.get(key):
                self._fail(present, DeliveryOutcome("failed", str(error)))
        except (NotReady, StoreError, OSError) as error:
            log.debug("%s", text_of(error))
            await asyncio.sleep(NOT_READY)
        except Exception as error:
            said = f"delivery to {key.subscriber}: unexpected"
            log.error("delivery.failed", said, error, subscriber=key.subscriber, topic=key.topic)
            if present := self._ledger.get(key):
                self._fail(present, DeliveryOutcome("failed", "internal error"))
        finally:
            self._late.pop(key, None)
            self._schedule.done(key, self._now(), is_answered=is_answered)
            self.reschedule(key)
            self._answered.set()

    async def _made(self, subscription: Subscription) -> Delivery | None:
        if subscription.callback in self._means.targets:
            return await self._messages.get(subscription.callback, subscription.state)
        return await self._bodies.get(subscription.topic, subscription.state)

    def _apply(self, sent: Subscription, made: Delivery, outcome: DeliveryOutcome) -> None:
        """Note *outcome* of the request to the subscription *sent*, which may have changed meanwhile."""
        present = self._ledger.get(sent.key)
        if present is None or not is_same(present.state, sent.state):
            return  # it ended, and perhaps began anew
        match outcome.kind:
            case "acknowledged":
                self._acknowledge(present, made.state)
            case "gone":
                name = present.key.subscriber
                said = f"{name}: subscription ended: {outcome.reason}"
                log.info("subscription.ended", said, subscriber=name, topic=present.key.topic)
                if _is_counted(present):
                    self.deliveries.gone()
                self.end(present.key)
            case "failed":
                self._fail(present, outcome)

    def _acknowledge(self, present: Subscription, state: TopicState) -> None:
        now = self._means.clock()
        if present.due and _is_counted(present):
            self.deliveries.acknowledged(now - present.due)
        done = acknowledged(present, state, now)
        change = self._changes.get(present.topic)
        if change and not is_same(change.state, state):  # it changed again during the request
            base = _base(done, self._late.get(present.key))
            done = msgspec.structs.replace(done, state=base, due=change.at)
        self._put(done)

    def _fail(self, present: Subscription, outcome: DeliveryOutcome) -> None:
        now = self._means.clock()
        if _is_counted(present):
            self.deliveries.failed()
        if not present.key.is_target and is_missing(present, outcome, now):
            name = present.key.subscriber
            said = f"{name}: subscription ended: not found for days"
            log.info("subscription.ended", said, subscriber=name, topic=present.key.topic)
            self.end(present.key)
            return
        after = failed(present, outcome, now, self._means.random)
        if after.failures == 1:
            wait = after.not_before - now
            name = present.key.subscriber
            log.info(
                "delivery.failed",
                f"{name}: {outcome.reason}; trying again in {wait:.0f} s",
                subscriber=name,
                topic=present.key.topic,
                seconds=wait,
            )
        self._put(after)


def _is_counted(subscription: Subscription) -> bool:
    return not (subscription.key.is_hub or subscription.key.cache)


def _base(subscription: Subscription, first: int | None) -> TopicState:
    """The base of the next delivery to *subscription* after changes with *first* (ChangedFacets).

    If the changes are unknown, for example after the store was replaced, a subscriber gets the whole
    feed, and recognises the entries that it has. A webhook gets the entries later than the state that it
    has acknowledged.
    """
    if first == 0 and subscription.key.webhook:
        return subscription.state
    return rebased(subscription.state, first)
