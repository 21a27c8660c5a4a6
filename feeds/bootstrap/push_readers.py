"""Settings -> the readers by push, read from the subscriptions from time to time."""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing, suppress

from feeds.bootstrap.objects import delivers, site_of
from feeds.bootstrap.stores import subscriptions_of
from feeds.errors import StoreError
from feeds.readership.known_readers import known_readers
from feeds.readership.push_readers import CallbackHosts, readers_by_push
from feeds.readership.readership import ReadershipReport
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.settings import Settings

READ_INTERVAL = 600.0  # seconds between two looks at all subscriptions


class PushReaders:
    """The subscribers of the hub, and the webhooks, by feed."""

    def __init__(self, settings: Settings, names: RequestedFeeds) -> None:
        self._settings = settings
        self._names = names
        self._site_url = site_of(settings).url
        self._hosts: CallbackHosts = {}
        self._read_at = -READ_INTERVAL

    def __call__(self, report: ReadershipReport) -> Mapping[str, int]:
        """See PushReaderCounts in ``feeds.readership.reader_count``."""
        if delivers(self._settings) and time.monotonic() - self._read_at >= READ_INTERVAL:
            self._read_at = time.monotonic()
            with suppress(StoreError):  # the hub reports it; what was read before is the best guess
                self._hosts = self._read()
        return readers_by_push(self._hosts, report, known_readers().homes)

    def _read(self) -> CallbackHosts:
        found: dict[str, Counter[str]] = {}
        with closing(subscriptions_of(self._settings)) as subscriptions:
            keys = [each.key for each in subscriptions.all()]
        for key in keys:
            if key.is_hub or key.cache or key.callback.startswith(f"{self._site_url}/"):
                continue  # no readers: external hubs, caches, and the canary of this server
            name = self._names.find(key.topic.removeprefix(self._site_url))
            if name:
                found.setdefault(name.feed, Counter())["" if key.webhook else key.host] += 1
        return found
