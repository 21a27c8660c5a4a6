"""A deliverer in the event loop of a test, with a real store, real subscriptions and real requests."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec

from feeds.push.canary import CanarySubscriber
from feeds.push.client import Sender, SendingLimits
from feeds.push.deliverer import Deliverer
from feeds.push.delivery import list_state
from feeds.push.destinations import OwnServer
from feeds.push.intervals import Intervals
from feeds.push.post import Means
from feeds.push.purging import Purger
from feeds.push.schedule import ScheduleLimits
from feeds.push.sealing import Sealer
from feeds.push.states import TopicStates
from feeds.push.targets import Target
from feeds.push.topics import PushTopic, subscribed_topic
from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from feeds.store.subscriptions import (
    Algorithm,
    DelivererReplaced,
    Intent,
    IntentLimits,
    IntentMode,
    Subscription,
    SubscriptionKey,
)
from tests.harness import Harness
from tests.waiting import eventually_in_loop

HUB = "https://feeds.example/hub"
LOCAL = ip_network("127.0.0.0/8")
QUICK = Intervals(follow=0.005, intents=0.005, record=0.001, report=0.02, leases=0.02, grace=30)
DEBOUNCE = 0.01
SEALER = Sealer(lambda: "a key that nobody can guess")


class Desk:
    """The subscriptions of a *harness*, and deliverers that are started and stopped.

    *before_look* is called before each look at the store, *before_topic* before a topic is read.
    """

    def __init__(self, harness: Harness, folder: Path) -> None:
        self.harness = harness
        self.path = folder / "store.db.subscriptions"
        self.subscriptions = SQLiteSubscriptions(self.path)
        self.random: Callable[[], float] = lambda: 0.0
        self.intervals = QUICK
        self.is_served: Callable[[], bool] = lambda: True
        self.before_look: Callable[[], object] = lambda: None
        self.before_topic: Callable[[], object] = lambda: None

    def ask(
        self,
        callback: str,
        topic: str = "https://feeds.example/feed.atom",
        mode: IntentMode = "subscribe",
        *,
        secret: str = "",
        algorithm: Algorithm = "sha256",
        **fields: Any,
    ) -> None:
        """Record a request as the hub does."""
        sealed = SEALER.seal(secret.encode(), SubscriptionKey(topic, callback))
        intent = Intent(
            topic, callback, mode, self.harness.now, secret=sealed, algorithm=algorithm, **fields
        )
        assert self.subscriptions.ask(intent, IntentLimits()) == "recorded"

    def find(self, callback: str, topic: str = "https://feeds.example/feed.atom") -> Subscription | None:
        """The recorded subscription."""
        key = SubscriptionKey(topic, callback)
        return next((each for each in self.subscriptions.all() if each.key == key), None)

    async def subscribed(
        self, callback: str, topic: str = "https://feeds.example/feed.atom", **fields: Any
    ) -> Subscription:
        """Ask for a subscription; return it once it is recorded."""
        self.ask(callback, topic, **fields)
        found: Subscription = await eventually_in_loop(lambda: self.find(callback, topic))
        return found

    def _random(self) -> float:
        return self.random()

    @asynccontextmanager
    async def delivering(
        self,
        subscriptions: SQLiteSubscriptions | None = None,
        *,
        targets: Iterable[Target] = (),
        hub_ended: bool = False,
        canary: CanarySubscriber | None = None,
    ) -> AsyncIterator["asyncio.Task[None]"]:
        """Run a deliverer, and yield its task, which ends as it is told, or because it is replaced."""
        server = self.harness.process().server
        own = OwnServer("feeds.example")
        stop = asyncio.Event()

        def identity() -> str:
            self.before_look()
            return server.current_index.identity

        def read(address: str) -> PushTopic:
            self.before_topic()
            return subscribed_topic(address, server.pipeline, server.site.url, {})

        async with (
            Sender(SendingLimits(), lambda address: address in LOCAL, own) as sender,
            Sender(SendingLimits(), lambda _: True, OwnServer()) as to_chosen,
        ):
            deliverer = Deliverer(
                subscriptions or SQLiteSubscriptions(self.path),
                lambda cursor, addresses: TopicStates(
                    server.current_index,
                    identity=identity,
                    read=read,
                    list_state=lambda topic: list_state(topic, server.pipeline, self.harness.now),
                    clock=lambda: self.harness.now,
                    cursor=cursor,
                    addresses=addresses,
                ),
                server.pipeline,
                msgspec.structs.replace(server.site, hubs=(HUB,)),
                Means(
                    sender=sender,
                    sealer=SEALER,
                    clock=lambda: self.harness.now,
                    random=self._random,
                    targets={each.callback: each for each in targets},
                    operator_sender=to_chosen,
                    purger=Purger(
                        to_chosen, self.is_served, lambda: self.harness.now, host="feeds.example"
                    ),
                ),
                hub_ended=hub_ended,
                canary=canary,
                limits=ScheduleLimits(debounce=DEBOUNCE, longest_debounce=10 * DEBOUNCE),
                intervals=self.intervals,
            )
            running = asyncio.create_task(deliverer.run(stop))
            try:
                yield running
            finally:
                stop.set()
                await asyncio.wait([running])
            if (error := running.exception()) and not isinstance(error, DelivererReplaced):
                raise error


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in an event loop of its own."""

    @functools.wraps(test)
    def run(*args: Any, **fixtures: Any) -> None:
        asyncio.run(test(*args, **fixtures))

    return run
