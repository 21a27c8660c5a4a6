"""The requests of external hubs for feeds, which every process of a server notes for the deliverer."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import PurePosixPath
from threading import Lock, Thread

from feeds.errors import StoreError
from feeds.formats import FORMATS
from feeds.http.exchanges import ExchangeGroup
from feeds.logs.events import EventLog
from feeds.push.external_hubs import ExternalHub
from feeds.push.topics import site_topic
from feeds.store.subscriptions import Intent, IntentLimits, Subscriptions

log = EventLog(__name__)

RECORD_INTERVAL = 10.0  # seconds between two records of one process


class HubFetches:
    """Notes the last request of each of *hubs*, known by its User-Agent. Thread-safe.

    *open_subscriptions* is called for each record; *clock* returns seconds since 1970. A request that
    follows another one within *interval* seconds is not recorded.
    """

    def __init__(
        self,
        hubs: Iterable[ExternalHub],
        site_url: str,
        open_subscriptions: Callable[[], Subscriptions],
        clock: Callable[[], float],
        interval: float = RECORD_INTERVAL,
    ) -> None:
        self._hubs = [*hubs]
        self._site_url = site_url
        self._topic = site_topic(site_url).address
        self._open_subscriptions = open_subscriptions
        self._clock = clock
        self._interval = interval
        self._recorded: dict[ExternalHub, float] = {}
        self._lock = Lock()
        self._hub_of = lru_cache(1024)(self._named)

    def add(self, groups: Iterable[ExchangeGroup]) -> None:
        """Note the requests of hubs in *groups* of exchanges."""
        for group in groups:
            self.note(group.request.agent, group.request.path)

    def note(self, agent: str, path: str) -> None:
        """Note a request for *path* by a client with this User-Agent; this never waits for a disk."""
        hub = self._hub_of(agent)
        if hub and PurePosixPath(path).suffix.removeprefix(".") in FORMATS:
            self._note(hub)

    def _named(self, agent: str) -> ExternalHub | None:
        """The hub that *agent* names, None for everybody else, and for this server itself."""
        if self._site_url in agent:
            return None
        lower = agent.lower()
        return next((each for each in self._hubs if each.agent in lower), None)

    def _note(self, hub: ExternalHub) -> None:
        now = self._clock()
        with self._lock:
            if now - self._recorded.get(hub, float("-inf")) < self._interval:
                return
            self._recorded[hub] = now
        Thread(target=self._record, args=(hub, now), name="feeds-hub-fetch", daemon=True).start()

    def _record(self, hub: ExternalHub, at: float) -> None:
        subscriptions = self._open_subscriptions()
        try:
            subscriptions.ask(Intent(self._topic, hub.callback, "fetched", at), IntentLimits())
        except StoreError as error:
            log.debug("%s; a request of a hub is not recorded", error)
        finally:
            subscriptions.close()
