"""Holds the current Index, replaces it whole, follows the Store."""

import logging
from collections.abc import Callable
from threading import Lock

from feeds.errors import NotReady, StoreError
from feeds.index import Index
from feeds.store import Progress, Store

log = logging.getLogger(__name__)


class Catalog:
    """The one mutable thing. ``index`` may be called from any thread, ``follow`` from one.

    *clock* tells seconds since 1970; *language* is that of articles which name none, where it is not
    what the corpus says. *index* is one of the same store, taken over instead of reading it all.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        language: str = "",
        index: Index | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._language = language
        self._index = index and index.searched_by(store.search)
        self._progress = Progress()
        self._anew = index is None  # the whole store is to be read, not what changed
        self._swap = Lock()
        self._failing = False

    def index(self) -> Index:
        """All that may be seen now. Raises NotReady until the first load is done."""
        index = self._index
        if index is None:
            raise NotReady(self._progress.done, self._progress.total)
        if index.due is not None and index.due <= self._clock():
            with self._swap:
                index = self._index or index
                if index.due is not None and index.due <= (now := self._clock()):
                    self._index = index = index.release(now)
        return index

    @property
    def revision(self) -> int:
        """That of the index, 0 until there is one."""
        return self._index.revision if self._index else 0

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
        self._anew = self._store.replaced() or self._anew
        base = self._index
        if self._anew or base is None:
            self._progress = self._store.progress()
            if not self._progress.ready:
                return False
            index = Index(self._store.load(), self._clock(), self._store.search, self._language)
        elif self._store.revision() == base.revision:
            return False
        else:
            index = base.apply(self._store.changes_since(base.revision), self._clock())
        with self._swap:  # only now: nobody who releases an article waits for a load
            self._index = index
        self._anew = False
        self.report()
        return True

    def report(self) -> None:
        """Log what is held, if there is anything."""
        if index := self._index:
            log.info("revision %d: %d articles", index.revision, len(index))
