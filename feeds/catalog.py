"""Holds the current Index, replaces it whole, follows the Store."""

import logging
from collections.abc import Callable
from threading import Lock

from feeds.errors import NotReady, StoreError
from feeds.index import Index
from feeds.store import Store

log = logging.getLogger(__name__)


class Catalog:
    """The one mutable thing. ``index`` may be called from any thread, ``follow`` from one.

    *clock* tells seconds since 1970.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._index: Index | None = None
        self._swap = Lock()
        self._failing = False

    def index(self) -> Index:
        """All that may be seen now. Raises NotReady until the first load is done."""
        index = self._index
        if index is None:
            progress = self._store.progress()
            raise NotReady(progress.done, progress.total)
        if index.due is not None and index.due <= self._clock():
            with self._swap:
                index = self._index or index
                if index.due is not None and index.due <= (now := self._clock()):
                    self._index = index = index.release(now)
        return index

    def follow(self) -> bool:
        """Take over what the store has that this has not; whether there was anything.

        A store that cannot be read is logged once, and the index stays as it is.
        """
        try:
            changed = self._follow()
        except StoreError as error:
            if not self._failing:
                log.warning("%s; serving what is in memory", error)
            self._failing = True
            return False
        self._failing = False
        return changed

    def _follow(self) -> bool:
        anew = self._store.replaced() or self._index is None
        if anew:
            if not self._store.progress().ready:
                return False
            snapshot = self._store.load()
        else:
            assert self._index is not None
            if self._store.revision() == self._index.revision:
                return False
            snapshot = self._store.changes_since(self._index.revision)
        with self._swap:
            now = self._clock()
            if anew or self._index is None:
                self._index = Index(snapshot, now)
            else:
                self._index = self._index.apply(snapshot, now)
        log.info("revision %d: %d articles", self._index.revision, len(self._index))
        return True
