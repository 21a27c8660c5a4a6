"""Settings -> the deliverer, which is a process of its own."""

import asyncio
import gc
import os
import random
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from feeds import __version__
from feeds.bootstrap.hub import own_server
from feeds.bootstrap.objects import has_hub, is_served
from feeds.bootstrap.open_files import allow_connections
from feeds.bootstrap.sealing import sealer_of
from feeds.bootstrap.server_process import ServerProcess
from feeds.bootstrap.stores import subscriptions_of
from feeds.bootstrap.targets import targets_of
from feeds.bootstrap.webhooks import operator_sender
from feeds.cache.memory import MemoryCache
from feeds.feed.site import Site
from feeds.http.public_address import allowing
from feeds.http.this_machine import is_elsewhere
from feeds.push.canary import CanarySubscriber
from feeds.push.canary_callback import CanaryCallback
from feeds.push.client import Sender, SendingLimits
from feeds.push.deliverer import Deliverer
from feeds.push.delivery import list_state
from feeds.push.destinations import OwnServer
from feeds.push.post import Means
from feeds.push.purging import Purger
from feeds.push.sealing import Sealer
from feeds.push.states import TopicStates
from feeds.push.topics import subscribed_topic
from feeds.settings import Settings
from feeds.store.sqlite.replica import SQLiteReplica
from feeds.store.sqlite.writer_lock import WriterLock
from feeds.store.subscriptions import Cursor

MAX_DOCUMENTS = 16 << 20  # bytes of rendered documents that are kept
TURN_POLL = 0.05  # seconds between two attempts to become the only deliverer of the store

SWITCH_INTERVAL = 0.001  # seconds that a thread, which evaluates topics, may keep the event loop waiting

NICENESS = 5  # readers of feeds go first: the threads of a worker have three times the weight

# New objects after which Python looks for cycles: a request makes some hundreds, and few cycles.
NEW_OBJECTS = 10_000


def run_deliverer(settings: Settings, ports: frozenset[int]) -> None:
    """Deliver until SIGTERM, once no other process does for the same store.

    *ports* are those that the server listens on, as far as they are known.

    Raises StoreError, and DelivererReplaced if another process delivers now.
    """
    allow_connections()
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.set_threshold(NEW_OBJECTS)
    gc.freeze()  # modules are no garbage
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the parent process decides
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings, ports))


async def _run(settings: Settings, ports: frozenset[int]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    lock = WriterLock(Path(f"{settings.store_path}.push"))
    try:
        while not lock.acquire():
            if stop.is_set():
                return
            await asyncio.sleep(TURN_POLL)
        await _deliver(settings, ports, stop)
    finally:
        lock.release()


async def _deliver(settings: Settings, ports: frozenset[int], stop: asyncio.Event) -> None:
    server = ServerProcess(settings, cache=MemoryCache(MAX_DOCUMENTS))
    site = server.site
    headers = {"User-Agent": f"feeds/{__version__} (+{site.url}/hub)"}
    try:
        with closing(subscriptions_of(settings)) as subscriptions:
            # The canary sends requests to this server alone, wherever it is.
            allowed = allowing(settings.push.allow, is_elsewhere)
            async with (
                Sender(SendingLimits(), allowed, own_server(site, ports), headers=headers) as sender,
                Sender(SendingLimits(), lambda _: True, OwnServer(), headers=headers) as to_this_server,
                operator_sender(site) as to_chosen,
            ):
                means = Means(
                    sender=sender,
                    sealer=_sealer(settings),
                    clock=server.clock,
                    random=random.random,
                    targets=targets_of(settings),
                    operator_sender=to_chosen,
                    purger=Purger(
                        to_chosen,
                        lambda: is_served(settings, server.current_index.revision),
                        server.clock,
                        host=urlsplit(site.url).netloc,
                        echoes=bool(settings.fleet.dsn),
                    ),
                )
                deliverer = Deliverer(
                    subscriptions,
                    _states_of(server),
                    server.pipeline,
                    site,
                    means,
                    canary=_canary(settings, site, means.sealer, to_this_server),
                    hub_ended=settings.push.hub == "off",
                )
                os.nice(NICENESS)  # of the threads that begin from now on too
                await deliverer.run(stop)
    finally:
        server.stop()


def _sealer(settings: Settings) -> Sealer:
    """The sealer; a fleet without a hub and a key has nothing to open, and may have other targets."""
    needs_key = has_hub(settings) or settings.push.webhooks
    return sealer_of(settings) if needs_key or not settings.fleet.dsn else Sealer(str)


def _canary(settings: Settings, site: Site, sealer: Sealer, sender: Sender) -> CanarySubscriber | None:
    """The canary, None if this server has no hub."""
    if not has_hub(settings):
        return None
    return CanarySubscriber(
        hub=site.own_hub,
        callback=CanaryCallback(site, sealer),
        sender=sender,
        withdraw_after=settings.push.withdraw_after,
    )


def _states_of(server: ServerProcess) -> Callable[[Cursor, list[str]], TopicStates]:
    named = {each.query.name: each.query for each in server.site.named}

    def states_since(cursor: Cursor, addresses: list[str]) -> TopicStates:
        return TopicStates(
            server.current_index,
            identity=lambda: _identity(server),
            read=lambda address: subscribed_topic(address, server.pipeline, server.site.url, named),
            list_state=lambda topic: list_state(topic, server.pipeline, server.clock()),
            clock=server.clock,
            cursor=cursor,
            addresses=addresses,
        )

    return states_since


def _identity(server: ServerProcess) -> str:
    """The identity of the store, or, in a fleet, of the journal that all stores copy."""
    store = server.store
    return store.journal() if isinstance(store, SQLiteReplica) else server.current_index.identity
