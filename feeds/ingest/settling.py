"""Waiting for files that are being written, replaced or moved, until they stay unchanged."""

import time
from collections.abc import Callable, Set

from feeds.corpus import Corpus, Stamp
from feeds.ingest import Limits, Pause
from feeds.store import Store


class Settling:
    """Waits with *pause* until the files of *corpus* stay unchanged; without *pause*, never waits."""

    def __init__(self, corpus: Corpus, store: Store, limits: Limits, pause: Pause | None) -> None:
        self._corpus = corpus
        self._store = store
        self._limits = limits
        self._exchanged: dict[str, Stamp] = {}  # the files to read at the last ``may_exchange``
        self.pause = pause

    def settled_descriptions(self) -> None:
        """Find the files that describe the corpus, once they stay unchanged."""
        end = self._end()
        while not self._corpus.find_descriptions() and self._may_wait(end):
            if self._wait():
                break

    def settled_files(
        self, stamps: dict[str, Stamp], gone: set[str]
    ) -> tuple[dict[str, Stamp], set[str]]:
        """Wait until no file is being written or replaced; return the new *stamps* and *gone*."""
        waiting, end = self._unsettled(stamps, gone), self._end()
        while waiting and self._may_wait(end):
            if self._wait():
                break
            for path in [*waiting]:
                stamp = self._corpus.stamp(path)
                if stamp == stamps.get(path):
                    waiting.discard(path)
                elif stamp:
                    stamps[path] = stamp
                    gone.discard(path)
                elif stamps.pop(path, None) and self._store.file(path):
                    gone.add(path)
        return dict(sorted(stamps.items())) if gone else stamps, gone

    def _unsettled(self, stamps: dict[str, Stamp], gone: set[str]) -> set[str]:
        """The paths of files that may be about to change."""
        if not self.pause:
            return set()
        fresh = [path for path, stamp in stamps.items() if self._is_fresh(stamp)]
        known = self._store.stamps(fresh)
        # A file with a new inode was moved into place, so that it is complete.
        waiting = {
            path for path in fresh if path not in known or Stamp(*known[path]).inode == stamps[path].inode
        }
        # A file in *gone* that exists was excluded or linked elsewhere: no need to wait for it.
        return waiting | {path for path in gone if not self._corpus.stamp(path)}

    def settled_gone(self, find: Callable[[], set[str]], kept: Set[str]) -> set[str]:
        """Wait until no more files vanish, as deleting a folder takes time; return the missing paths.

        *find* returns the paths that are missing now. If they equal *kept*, there is no wait.
        """
        gone, end = find(), self._end()
        while gone and gone != kept and self._may_wait(end):
            if self._wait() or (again := find()) == gone:
                break
            gone = again
        return gone

    def may_exchange(self, stamps: dict[str, Stamp]) -> bool:
        """Wait if files may still change places, and return whether to scan them again.

        A checkout of many files takes some time.
        """
        before, self._exchanged = self._exchanged, stamps
        return before != stamps and self.pause is not None and not self._wait()

    def _end(self) -> float:
        return time.monotonic() + self._limits.unsettled

    def _may_wait(self, end: float) -> bool:
        return self.pause is not None and time.monotonic() < end

    def _wait(self) -> bool:
        return self.pause is None or self.pause(self._limits.settle)

    def _is_fresh(self, stamp: Stamp) -> bool:
        """Return whether the file changed so recently that it may be incomplete."""
        return abs(time.time() - stamp.modified / 1e9) < self._limits.recent
