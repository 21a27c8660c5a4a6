"""The announcement of this server's hub in feeds, withdrawn while the hub does not work."""

from collections.abc import Callable

import msgspec

from feeds.errors import StoreError
from feeds.logs.events import EventLog
from feeds.store import Changes, Store

log = EventLog(__name__)


class HubAnnouncement:
    """Keeps *store* up to date with ``withdrawn``, the last decision of the deliverer.

    The decision is recorded as a revision, so that all processes and hosts render the same feeds. No date
    changes, because it is no news for readers.
    """

    def __init__(self, store: Store, withdrawn: Callable[[], bool] | None) -> None:
        self._store = store
        self._withdrawn = withdrawn
        self._trouble = ""

    def settle(self) -> None:
        """Record the decision if it is a new one; keep the former one while it cannot be read."""
        if self._withdrawn is None:
            return
        try:
            withdrawn = self._withdrawn()
            self._trouble = ""
        except StoreError as error:
            if str(error) != self._trouble:
                log.warning("hub.unreadable", f"{error}; feeds keep announcing hubs as before")
            self._trouble = str(error)
            return
        taxonomy = self._store.taxonomy()
        if taxonomy.hub_withdrawn == withdrawn:
            return
        self._store.record(Changes(taxonomy=msgspec.structs.replace(taxonomy, hub_withdrawn=withdrawn)))
        if withdrawn:
            log.warning("hub.withdrawn", "feeds do not announce the hub from now on")
        else:
            log.warning("hub.announced", "feeds announce the hub from now on")
