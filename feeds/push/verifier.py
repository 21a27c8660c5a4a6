"""Works off requests: asks each callback whether it wants the subscription that is asked for."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from secrets import token_urlsafe

from feeds.errors import GoneFeed, QueryError, StoreError, UnknownFeed
from feeds.http.outgoing import host_of
from feeds.logs.events import EventLog
from feeds.period import DAY
from feeds.push.client import Reply
from feeds.push.courier import Courier
from feeds.push.ledger import Ledger
from feeds.push.post import Means
from feeds.push.turns import TurnLimits, Turns
from feeds.push.verification import Gets, granted_lease, subscribed, unconfirmed
from feeds.store.subscriptions import Intent, SubscriptionKey, TopicState

log = EventLog(__name__)

VERIFICATION_TURNS = TurnLimits(overall=100, slow=100)
MAX_EVALUATED_AT_ONCE = 20  # topics; changes of the store are evaluated between them


class _InTurn:
    """Requests of *sender* with turns of their own, which deliveries do not share.

    Callbacks that do not answer delay no others: each of their hosts has a few turns, and none between
    two attempts.
    """

    def __init__(self, sender: Gets) -> None:
        self._sender = sender
        self._turns = Turns(VERIFICATION_TURNS)

    async def get(self, url: str) -> Reply:
        """See Sender."""
        async with self._turns.turn(host_of(url)):
            return await self._sender.get(url)


class Verifier:
    """Settles intents, those with one key in their order, in the event loop.

    *state_of* returns the state of the topic at an address, which is evaluated from then on; *wake* is
    called when there is something to record; *follow* waits for the present content of the store.
    *fetched* is called with the callback of an external hub, and the time of its request of a feed.
    """

    def __init__(
        self,
        ledger: Ledger,
        courier: Courier,
        means: Means,
        state_of: Callable[[str], Awaitable[TopicState]],
        wake: Callable[[], object],
        *,
        follow: Callable[[], Awaitable[None]],
        fetched: Callable[[str, float], object] = lambda _callback, _at: None,
    ) -> None:
        self._fetched = fetched
        self._follow = follow
        self._ledger = ledger
        self._courier = courier
        self._means = means
        self._state_of = state_of
        self._wake = wake
        self._callbacks = _InTurn(means.sender)
        self._evaluations = asyncio.Semaphore(MAX_EVALUATED_AT_ONCE)
        self._waiting: dict[SubscriptionKey, list[Intent]] = {}  # the first one is being settled
        self._seen: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_left = False
        self.topics: Counter[str] = Counter()  # those of the intents that are being settled

    @property
    def pending(self) -> int:
        """The number of intents that are not settled."""
        return sum(map(len, self._waiting.values()))

    @property
    def has_left(self) -> bool:
        """True if an intent could not be settled, and has to be listed again."""
        return self._has_left

    def take(self, intents: Iterable[Intent]) -> None:
        """Begin to settle the new ones of *intents*."""
        intents, self._has_left = [*intents], False
        for each in intents:
            if each.number in self._seen:
                continue
            self._seen.add(each.number)
            waiting = self._waiting.setdefault(each.key, [])
            waiting.append(each)
            if len(waiting) == 1:
                self._begin(self._settle_all(each.key))
        listed = {each.number for each in intents}
        for waiting in self._waiting.values():  # without those that later ones have replaced
            waiting[1:] = [each for each in waiting[1:] if each.number in listed]
        # A number that was not settled in time may be listed once more, but not after it has vanished.
        self._seen &= listed | {each.number for waiting in self._waiting.values() for each in waiting}

    async def finish(self) -> None:
        """Give up what is in progress; its intents stay."""
        tasks = [*self._tasks]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle_all(self, key: SubscriptionKey) -> None:
        waiting = self._waiting[key]
        while waiting:
            intent = waiting[0]
            self.topics[key.topic] += 1
            try:
                await self._settle(intent)
            except StoreError as error:
                log.debug("%s", error)  # the store cannot be read now: the intent stays
                self._seen.discard(intent.number)
                self._has_left = True
            except Exception as error:
                said = f"request of {key.subscriber}: unexpected"
                log.error("subscription.failed", said, error, subscriber=key.subscriber)
                self._ledger.settle(intent.number)
            finally:
                self.topics[key.topic] -= 1
                if not self.topics[key.topic]:
                    del self.topics[key.topic]
            waiting.pop(0)
            self._wake()
        del self._waiting[key]

    async def _settle(self, intent: Intent) -> None:
        match intent.mode:
            case "subscribe":
                await self._subscribe(intent)
            case "unsubscribe":
                if not await self._refusal(intent, 0):
                    self._courier.end(intent.key)
                    name = intent.key.subscriber
                    said = f"{name}: unsubscribed from {intent.topic}"
                    log.info("subscription.ended", said, subscriber=name, topic=intent.topic)
            case "denied":
                self._courier.end(intent.key)
                await self._courier.tell(intent.key, intent.reason)
            case "fetched":
                self._fetched(intent.callback, intent.at)
        self._ledger.settle(intent.number)

    async def _subscribe(self, intent: Intent) -> None:
        lease = granted_lease(intent.lease, self._means.random)
        await self._follow()  # the hub, another process, may know a newer state of the store
        try:
            before = await self._evaluated(intent.topic)
        except (QueryError, UnknownFeed, GoneFeed) as error:
            await self._courier.tell(intent.key, error.problem)
            return
        if await self._refusal(intent, lease):
            return
        state = await self._evaluated(intent.topic)
        # Without any wait from here on: the state is that of the last evaluation.
        former = self._ledger.get(intent.key)
        begun = subscribed(intent, former, before, state, lease=lease, now=self._means.clock())
        self._ledger.put(begun)
        if begun.due or former:
            self._courier.reschedule(intent.key)
        if not former:
            days = lease / DAY
            name = intent.key.subscriber
            said = f"{name}: subscribed to {intent.topic} for {days:.1f} days"
            log.info("subscription.begun", said, subscriber=name, topic=intent.topic, seconds=lease)

    async def _evaluated(self, address: str) -> TopicState:
        async with self._evaluations:
            return await self._state_of(address)

    async def _refusal(self, intent: Intent, lease: int) -> str:
        """The reason that the callback of *intent* does not confirm it, empty if it does."""
        challenge = token_urlsafe(32)
        reason = await unconfirmed(intent, self._callbacks, challenge, lease, asyncio.sleep)
        if reason:
            name = intent.key.subscriber
            said = f"{name}: {intent.mode} not confirmed: {reason}"
            log.info("subscription.refused", said, subscriber=name, topic=intent.topic)
        return reason
