"""The deliverer: the event loop that follows the store, and records what was delivered."""

import asyncio
import functools
import time
from collections.abc import Callable

import msgspec

from feeds.errors import GoneFeed, NotReady, QueryError, StoreError, UnknownFeed, counted, text_of
from feeds.feed.site import Site
from feeds.logs.events import EventLog
from feeds.pipeline import Pipeline
from feeds.push.bodies import Bodies
from feeds.push.canary import CanaryRecord, CanaryRounds, CanarySubscriber
from feeds.push.confirmation import Confirmation
from feeds.push.courier import SLICE, Courier
from feeds.push.delivery import Delivery, delivery
from feeds.push.external_hubs import HubRecord
from feeds.push.intervals import INTERVALS, Intervals, Retry
from feeds.push.ledger import Ledger
from feeds.push.post import Means
from feeds.push.report import Canary, PushReport, decoded
from feeds.push.reporting import cache_reports, report_of, webhook_reports
from feeds.push.schedule import SCHEDULE_LIMITS, Schedule, ScheduleLimits
from feeds.push.states import TopicStates
from feeds.push.target_roster import TargetRoster
from feeds.push.targets import target_delivery, target_topic
from feeds.push.topics import SiteTopic, caches_topic, site_topic
from feeds.push.verifier import Verifier
from feeds.push.webhooks import Webhook
from feeds.push.worker import Worker
from feeds.store.subscriptions import (
    Cursor,
    Intent,
    Subscription,
    Subscriptions,
    TopicState,
)

log = EventLog(__name__)

OF_HUB = ("subscribe", "unsubscribe")  # requests
HUB_ENDED = "this server has no hub any more"  # told to subscribers
REPORTING_SHARE = 50  # at most one in so many seconds goes into reports


class Deliverer:
    """Delivers changes to due *subscriptions*, in the event loop of the call of ``run``.

    *states_since* makes the states of topics that change after a cursor; a delivery names the hubs of
    *site*. *canary* subscribes to this server itself, if it is given. If the *hub_ended*, all
    subscriptions but those of targets end.
    """

    def __init__(
        self,
        subscriptions: Subscriptions,
        states_since: Callable[[Cursor, list[str]], TopicStates],
        pipeline: Pipeline,
        site: Site,
        means: Means,
        *,
        canary: CanarySubscriber | None = None,
        hub_ended: bool = False,
        limits: ScheduleLimits = SCHEDULE_LIMITS,
        intervals: Intervals = INTERVALS,
    ) -> None:
        self._subscriptions = subscriptions
        self._states_since = states_since
        self._pipeline = pipeline
        self._site = site
        self._means = means
        self._canary = canary
        self._hub_ended = hub_ended
        self._limits = limits
        self._intervals = intervals
        self._ready = asyncio.Event()
        self._followed = asyncio.Event()  # set at the end of each round of ``_follow``, and made anew

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until *stop* is set.

        Raises StoreError if it cannot begin, and DelivererReplaced if another process delivers now.
        """
        with Worker("states") as states, Worker("subscriptions") as records, Worker("bodies") as bodies:
            self._in_states, self._in_records, self._in_bodies = states.call, records.call, bodies.call
            await self._load()
            parts = [self._follow, self._courier.run, self._settle, self._record, self._tidy]
            parts += [self._report, self._keep_targets]
            if self._rounds:
                parts.append(self._rounds.run)
            work = [asyncio.create_task(each()) for each in parts]
            stopping = asyncio.create_task(stop.wait())
            try:
                done, _ = await asyncio.wait([*work, stopping], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in [*work, stopping]:
                    each.cancel()
                await asyncio.gather(*work, stopping, return_exceptions=True)
            for each in done - {stopping}:
                each.result()
            await self._finish()

    async def _load(self) -> None:
        """Read the subscriptions, and begin to evaluate their topics."""
        self._confirmation = Confirmation(self._intervals)
        await self._in_records(self._subscriptions.take_over)
        self._ledger = Ledger(await self._in_records(self._subscriptions.all))
        self._unsaved = asyncio.Event()
        former = decoded(await self._in_records(self._subscriptions.report))
        self._hub_record = HubRecord(former.hubs)
        self._courier = Courier(
            self._ledger,
            Schedule(self._limits, self._means.random),
            Bodies(self._made),
            self._means,
            self._unsaved.set,
            messages=Bodies(self._message),
            confirm=self._confirmation.wait,
            caches_topic=caches_topic(self._site.url).address,
            former=former.deliveries,
        )
        if self._hub_ended:
            strangers = [each.key for each in self._ledger if not each.key.is_target]
            self._courier.deny_all(strangers, HUB_ENDED)
        topics = [*self._ledger.topics]
        cursor = await self._in_records(self._subscriptions.cursor)
        self._states = self._states_since(cursor, topics)
        self._verifier = Verifier(
            self._ledger,
            self._courier,
            self._means,
            self._state_of,
            self._unsaved.set,
            follow=self._up_to_date,
            fetched=self._hub_record.fetched,
        )
        withdrawn = await self._in_records(self._subscriptions.withdrawn)
        after = self._canary.withdraw_after if self._canary else 0
        former = decoded(await self._in_records(self._subscriptions.report))
        state = former.canary if self._canary else Canary()
        self._canary_record = CanaryRecord(after, state, withdrawn=withdrawn)
        self._rounds = self._canary and CanaryRounds(
            self._canary,
            self._canary_record,
            self._ledger,
            self._courier,
            decide=self._withdraw,
            clock=self._means.clock,
        )
        self._roster = TargetRoster(self._ledger, self._courier, self._means, self._unsaved.set)
        many = len(self._ledger)
        said = f"delivering to {counted(many, 'subscription')} of {counted(len(topics), 'topic')}"
        log.info("deliverer.started", said, subscriptions=many, topics=len(topics))

    async def _finish(self) -> None:
        """Let requests in progress end, and record their outcomes."""
        await self._courier.finish(self._intervals.grace)
        await self._verifier.finish()
        if changes := self._ledger.take():
            await self._in_records(lambda: self._subscriptions.record(changes))

    async def _follow(self) -> None:
        """Evaluate the topics that changes touch, and note their states."""
        begun = False
        retry = Retry("store", self._intervals)
        while True:
            before = self._states.cursor
            try:
                found = await self._in_states(self._states.step)
            except NotReady:
                found = None
            except (StoreError, OSError) as error:
                await retry.after(error)
                continue
            retry.worked()
            if found is not None:
                await self._courier.note(found, before)
                for address in found.gone:
                    for key in self._ledger.of_topic(address):
                        if not key.is_target:
                            self._courier.deny(key, "the feed has ended")
                self._ledger.evaluated(found.cursor)
                if not begun:
                    begun = True
                    await self._courier.resume()
                    self._ready.set()
            followed, self._followed = self._followed, asyncio.Event()
            followed.set()
            await asyncio.sleep(self._intervals.follow)

    async def _settle(self) -> None:
        """Settle the intents that arrive."""
        await self._ready.wait()
        retry = Retry("subscriptions", self._intervals)
        known: object = None
        while True:
            try:
                with self._confirmation.noted():
                    version = await self._in_records(self._subscriptions.version)
                if version != known or self._verifier.has_left:
                    self._verifier.take(self._of_hub(await self._in_records(self._subscriptions.intents)))
                    known = version
            except (StoreError, OSError) as error:
                await retry.after(error)
                continue
            retry.worked()
            await asyncio.sleep(self._intervals.intents)

    def _of_hub(self, intents: list[Intent]) -> list[Intent]:
        """The *intents* that are to be settled; drop the requests to a hub that ended."""
        if not self._hub_ended:
            return intents
        for each in intents:
            if each.mode in OF_HUB:
                self._ledger.settle(each.number)
        self._unsaved.set()
        return [each for each in intents if each.mode not in OF_HUB]

    async def _record(self) -> None:
        """Record changes, many at once."""
        retry = Retry("subscriptions", self._intervals)
        while True:
            await self._unsaved.wait()
            self._unsaved.clear()
            if changes := self._ledger.take():
                try:
                    with self._confirmation.noted():
                        await self._in_records(functools.partial(self._subscriptions.record, changes))
                except (StoreError, OSError) as error:
                    self._ledger.give_back(changes)
                    self._unsaved.set()
                    await retry.after(error)
                    continue
                retry.worked()
            await asyncio.sleep(self._intervals.record)

    async def _tidy(self) -> None:
        """End subscriptions with their leases, and forget topics without any."""
        while True:
            now = self._means.clock()
            for number, each in enumerate([*self._ledger], start=1):
                if each.until <= now and self._ledger.get(each.key) == each:
                    said = f"{each.key.subscriber}: the lease has ended"
                    log.info("subscription.ended", said, topic=each.key.topic)
                    self._courier.end(each.key)
                if number % SLICE == 0:
                    await asyncio.sleep(0)
            unused = self._states.addresses - {*self._ledger.topics, *self._verifier.topics}
            unused -= self._roster.topics
            for address in unused:
                self._courier.forget(address)
            await self._in_states(functools.partial(self._states.remove, unused))
            await asyncio.sleep(self._intervals.leases)

    async def _report(self) -> None:
        """Report the present numbers when they have changed, and now and then to show that this works."""
        last, seen = PushReport(), (-1, 0, dict[str, float]())
        while True:
            begun, now = time.monotonic(), self._means.clock()
            version = self._ledger.version, self._verifier.pending, {**self._roster.without_feed}
            report = msgspec.structs.replace(last, at=now)
            if version != seen:
                report, seen = await self._reported(now), version
            canary, withdrawn = self._canary_record.state, self._canary_record.withdrawn
            deliveries = self._courier.deliveries.counts()
            hubs = self._hub_record.follow(self._subscribed_to(site_topic), now)
            purges = self._means.purger.counts if self._means.purger else {}
            caches = cache_reports(self._subscribed_to(caches_topic), purges)
            parts = {"deliveries": deliveries, "hubs": hubs, "caches": caches}
            report = msgspec.structs.replace(report, canary=canary, withdrawn=withdrawn, **parts)
            is_new = report != msgspec.structs.replace(last, at=now)
            if is_new or now - last.at >= self._intervals.sign:
                last = report
                self._ledger.reported(report.encoded())
            self._unsaved.set()
            spent = time.monotonic() - begun
            await asyncio.sleep(max(self._intervals.report, REPORTING_SHARE * spent))

    async def _reported(self, now: float) -> PushReport:
        """The report of the present subscriptions; most of the work is done in a thread."""
        active = [each for each in self._ledger if self._is_counted(each)]
        pending, delay = self._verifier.pending, self._courier.deliveries.summary()
        missing = {**self._roster.without_feed}

        def make() -> PushReport:
            webhooks = webhook_reports(self._means.targets, active, missing)
            return msgspec.structs.replace(report_of(active, pending, delay, now), webhooks=webhooks)

        return await asyncio.to_thread(make)

    def _subscribed_to(self, topic: Callable[[str], SiteTopic]) -> list[Subscription]:
        return self._ledger.subscribed_to(topic(self._site.url).address)

    def _withdraw(self, withdrawn: bool) -> None:
        self._ledger.withdraw(withdrawn)
        self._unsaved.set()

    def _is_counted(self, subscription: Subscription) -> bool:
        """Return whether *subscription* is that of a subscriber, or of a webhook."""
        is_canary = self._canary is not None and subscription.key == self._canary.callback.key
        return not (is_canary or subscription.key.is_hub or subscription.key.cache)

    async def _keep_targets(self) -> None:
        """Let the subscriptions of targets be those of the settings."""
        await self._ready.wait()
        self._roster.end_former()
        while True:
            for callback, each in self._means.targets.items():
                topic = functools.partial(target_topic, each, self._pipeline, self._site)
                try:
                    address = await self._in_bodies(topic)
                    self._roster.topics.add(address)
                    state = await self._state_of(address)
                except (UnknownFeed, GoneFeed, QueryError):
                    if isinstance(each, Webhook):
                        self._roster.missing(each)
                except (NotReady, StoreError, OSError) as error:
                    log.debug("target: %s", text_of(error))
                else:
                    self._roster.keep(callback, address, state)
            await asyncio.sleep(self._intervals.leases)

    async def _message(self, callback: str, base: TopicState) -> Delivery | None:
        target, subscribed = self._means.targets[callback], self._states.topics
        now = self._means.clock()
        return await self._in_bodies(
            lambda: target_delivery(
                target, base, self._pipeline, self._site, subscribed=subscribed, now=now
            )
        )

    async def _up_to_date(self) -> None:
        """Wait until the store was followed from now on: a round that is in progress may be too early."""
        for _ in range(2):
            await self._followed.wait()

    async def _state_of(self, address: str) -> TopicState:
        return await self._in_states(lambda: self._states.state(address))

    async def _made(self, address: str, base: TopicState) -> Delivery | None:
        topic = self._states.known(address)
        if topic is None:
            topic = await self._in_states(functools.partial(self._states.add, address))
        now = self._means.clock()
        return await self._in_bodies(
            functools.partial(delivery, topic, base, self._pipeline, self._site.hubs, now)
        )
