"""Files fetched from the journal for a request that misses them."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from threading import BoundedSemaphore, Lock
from typing import BinaryIO

from feeds.errors import StoreError
from feeds.fleet.asset_folder import AssetFolder
from feeds.fleet.assets import JOURNAL_REST, Asset, AssetNames, Assets
from feeds.fleet.errors import FileNotHere, level_of
from feeds.logs.events import EventLog

log = EventLog(__name__)

MAX_FETCH_WAIT = 5.0  # seconds that a request waits for the journal
MAX_FETCHES = 4  # requests of a process; others are refused at once
FETCH_STEP = 0.2  # seconds between two attempts


class AssetFetcher:
    """Adds files to *folder* that requests need. Thread-safe.

    *open_assets* connects to the journal. A request waits for MAX_FETCH_WAIT at most: the content may not
    be in the journal yet, or may be large. *monotonic* returns seconds, *wait* waits for some.
    """

    def __init__(
        self,
        folder: AssetFolder,
        open_assets: Callable[[], Assets],
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._folder = folder
        self._open_assets = open_assets
        self._monotonic = monotonic
        self._wait = wait
        self._waiting = BoundedSemaphore(MAX_FETCHES)
        self._lock = Lock()
        self._fetched: set[str] = set()  # the digests that some request fetches now
        self._resting_until = 0.0

    def content(self, name: str, digest: str) -> BinaryIO:
        """Open the content with *digest*, which the file called *name* has. Raises FileNotHere."""
        if opened := self._opened(digest):
            return opened
        with self._patience(name) as attempts:
            for deadline in attempts:
                if self._is_mine(digest):
                    try:
                        self._fetch(digest, deadline)
                    finally:
                        self._fetched.discard(digest)
                if opened := self._opened(digest):
                    return opened
        raise FileNotHere(name)

    def asset(self, name: str, revision: int) -> Asset | None:
        """Find the file called *name*, None if *revision* has no such file. Raises FileNotHere."""
        names = self._folder.names()
        if name in names.named or names.revision >= revision:
            return names.named.get(name)
        with self._patience(name) as attempts:
            for _ in attempts:
                names = self._newer_names()
                if name in names.named or names.revision >= revision:
                    return names.named.get(name)
        raise FileNotHere(name)

    @contextmanager
    def _patience(self, name: str) -> Iterator[Iterator[float]]:
        """Yield attempts, each with its deadline, for MAX_FETCH_WAIT. Raises FileNotHere."""
        if self._monotonic() < self._resting_until or not self._waiting.acquire(blocking=False):
            raise FileNotHere(name)
        try:
            yield self._attempts(self._monotonic() + MAX_FETCH_WAIT)
        except StoreError as error:
            log.log(level_of(error), "assets.failed", str(error))
            self._resting_until = self._monotonic() + JOURNAL_REST
            raise FileNotHere(name) from error
        finally:
            self._waiting.release()

    def _attempts(self, deadline: float) -> Iterator[float]:
        while True:
            yield deadline
            if self._monotonic() + FETCH_STEP >= deadline:
                return
            self._wait(FETCH_STEP)

    def _is_mine(self, digest: str) -> bool:
        """Return whether no other request fetches *digest* now."""
        with self._lock:
            if digest in self._fetched:
                return False
            self._fetched.add(digest)
            return True

    def _fetch(self, digest: str, deadline: float) -> None:
        with closing(self._open_assets()) as assets:
            chunks = assets.read(digest)
            if chunks is not None:
                try:
                    self._folder.add(digest, self._until(deadline, chunks))
                except _TooLateError:
                    return

    def _until(self, deadline: float, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            if self._monotonic() > deadline:
                raise _TooLateError
            yield chunk

    def _newer_names(self) -> AssetNames:
        """The names of the folder with the changes since, which are not applied to it."""
        known = self._folder.names()
        with closing(self._open_assets()) as assets:
            return assets.names(known.version).applied_to(known)

    def _opened(self, digest: str) -> BinaryIO | None:
        return self._folder.open(digest)


class _TooLateError(Exception):
    """The client has waited long enough."""
