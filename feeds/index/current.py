"""The holder of the current Index, replaced when the store changes."""

import logging
from collections.abc import Callable, Sequence
from threading import Lock

from feeds.errors import NotReady, StoreError, text_of
from feeds.index import Index
from feeds.index.builder import apply, build, release, searched_by
from feeds.logs.events import EventLog
from feeds.store import Progress, Store

log = EventLog(__name__)

MAX_UNCOMPARED = 5.0  # seconds between two calls of ``follow``, after which the index may be old


class CurrentIndex:
    """The current Index. ``index`` may be called from any thread, other methods from only one.

    ``follow`` calls *open_store* until it returns a store. *clock* returns seconds since 1970;
    *language* is the language of articles without one, by default the corpus's. *index* is an earlier
    Index of the store with *identity*: it is served until a store can be read, but full-text search
    raises NotReady until then.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        clock: Callable[[], float],
        language: str = "",
        index: Index | None = None,
        identity: str = "",
    ) -> None:
        self._open_store = open_store
        self._store: Store | None = None
        self._clock = clock
        self._language = language
        self._index = None if index is None else searched_by(index, _refuse_search)
        self._identity = identity
        self._version: object = None  # of the store at the last read, None if that is unknown
        self._progress = Progress()
        self._reload = index is None  # read the whole store, not only the changes
        self._swap = Lock()
        self._trouble = ""
        self._latest: int | None = None
        self._behind_since = self._compared = 0.0

    def index(self) -> Index:
        """The Index of the articles visible now. Raises NotReady until the first load is done."""
        # Without a lock: the GIL makes a single read of an attribute atomic; an Index is complete before
        # it is assigned, and never changes (tests/index/test_current.py).
        index = self._index
        if index is None:
            raise NotReady(self._progress.done, self._progress.total)
        if index.due is not None and index.due <= self._clock():
            with self._swap:
                index = index if self._index is None else self._index
                if index.due is not None and index.due <= (now := self._clock()):
                    self._index = index = release(index, now)
        return index

    @property
    def revision(self) -> int:
        """The revision of the index, 0 until there is one."""
        return 0 if self._index is None else self._index.revision

    @property
    def identity(self) -> str:
        """Store.identity of the store of the index, empty until there is an index."""
        return self._identity

    @property
    def trouble(self) -> str:
        """The reason why the store cannot be read now, empty if it can be read."""
        return self._trouble

    @property
    def behind_since(self) -> float:
        """The time since which the store has had changes that are not in the index, or could not be read.

        It is 0 while the index has all changes of the store. If the last comparison with the store was
        long ago, its time is returned.
        """
        is_late = 0 < self._compared < self._clock() - MAX_UNCOMPARED
        return self._behind_since or (self._compared if is_late else 0)

    @property
    def latest(self) -> int:
        """The last second in which a feed changed, at the last read of the store, else 0."""
        return self._latest or 0

    def open(self) -> Store:
        """Open the store unless it is open. Raises StoreError."""
        if self._store is None:
            store = self._open_store()
            with self._swap:
                if self._index is not None and store.identity == self._identity:
                    self._index = searched_by(self._index, store.search)
                else:
                    self._reload = True
            self._store = store
        return self._store

    def follow(self) -> bool:
        """Update the index from the store; return whether it changed.

        If the store cannot be read, this is logged once, and the index stays unchanged.
        """
        try:
            changed = self._read(self.open())
        except (StoreError, OSError) as error:
            if not self._trouble:
                serving = "nothing to serve yet" if self._index is None else "serving the index in memory"
                log.warning("store.unreadable", f"{text_of(error)}; {serving}")
            self._trouble = text_of(error)
            self._behind_since = self._behind_since or self._clock()
            return False
        if self._trouble:
            name = self.open().name
            log.info("store.recovered", f"{name}: readable again", path=name)
            self._trouble = ""
        if self._index is not None:
            self._behind_since, self._compared = 0, self._clock()
        return changed

    def _read(self, store: Store) -> bool:
        """Update the index unless *store* is as it was at the last read; return whether it changed."""
        version = store.version()
        if version is not None and version == self._version:
            return False
        self._version = None  # in case that it cannot be read
        self._behind_since = self._behind_since or self._clock()
        changed = self._follow(store)
        self._version = version  # of before the read: a later change is read the next time
        return changed

    def _follow(self, store: Store) -> bool:
        self._reload = store.replaced() or self._reload
        base, begun, is_update = self._index, self._clock(), False
        if self._latest is None:
            self._latest = store.latest(self._clock())
        if self._reload or base is None:
            self._progress = store.progress()
            if not self._progress.ready:
                return False
            index = build(store.load(), self._clock(), store.search, self._language)
        elif store.revision() == base.revision:
            return False
        else:
            is_update = True
            index = apply(base, store.changes_since(base.revision), self._clock())
        with self._swap:  # only now, so that ``index`` never waits for a load
            self._index = index
            self._identity = store.identity
        self._reload = False
        self._latest = store.latest(self._clock())
        level = logging.DEBUG if is_update else logging.INFO  # each process does the same
        seconds = max(0.0, self._clock() - begun)
        log.log(
            level,
            "index.loaded",
            f"indexed {_described(index)} in {seconds:.2f} s",
            articles=len(index),
            revision=index.revision,
            seconds=seconds,
        )
        return True

    def report(self) -> None:
        """Log the number of articles, if there is an index."""
        if (index := self._index) is not None:
            log.info(
                "index.inherited",
                f"serving {_described(index)}",
                articles=len(index),
                revision=index.revision,
            )


def _described(index: Index) -> str:
    scheduled = f" ({len(index.to_come):,} scheduled)" if index.to_come else ""
    return f"{len(index):,} article{'' if len(index) == 1 else 's'}{scheduled}"


def _refuse_search(phrases: Sequence[tuple[str, ...]], titles: bool) -> list[int]:  # noqa: ARG001
    """Refuse a search while the store is not open: an empty result would be wrong."""
    raise NotReady(0, 0)
