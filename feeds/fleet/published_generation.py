"""The generation of the corpus that a leader records with its batches and its renewals."""

import time
from collections.abc import Callable
from threading import Lock, Thread

from feeds.fleet import GENERATION_UNKNOWN, Generation
from feeds.fleet.candidate import REST, Candidate

LOOK_WAIT = 0.1  # seconds that a renewal waits for a look at the corpus; one at a commit takes less


class PublishedGeneration:
    """The generation of *candidate* while it leads, never later than *clock*, the time of the journal.

    It never becomes older, except by a checkout in Git. One thread adds batches, another one renews.
    """

    def __init__(self, candidate: Candidate, clock: Callable[[], float]) -> None:
        self._read = candidate.read
        self._clock = clock
        self._known = candidate.generation
        self._lock = Lock()
        self._is_changed = True
        self._read_at = 0.0  # the monotonic time of the next look at the corpus
        self._look: Thread | None = None  # of a renewal, until a renewal has its result

    def of_batch(self, newest: float) -> Generation:
        """The generation to record with a batch whose last change of a file was at *newest*."""
        self._is_changed = True
        if not self._known.commit and newest > self._known.at:
            return self._note(Generation(newest))
        # HEAD is read with every batch. Without Git, a removal changes the time of a folder alone.
        if self._known.commit or time.monotonic() >= self._read_at:
            return self._measure()
        return self._known

    def of_renewal(self) -> Generation:
        """The generation to record with a renewal; GENERATION_UNKNOWN while nothing new is known.

        With Git, HEAD moves after the files. Without Git, a removal changes the time of a folder alone:
        all are looked at after a change. A thread looks, because that may take longer than the lease.
        """
        is_due = (self._is_changed or self._known.commit) and time.monotonic() >= self._read_at
        if not self._look and is_due:
            self._is_changed = False
            self._look = Thread(target=self._measure, name="feeds-generation", daemon=True)
            self._look.start()
        if not self._look:
            return GENERATION_UNKNOWN
        self._look.join(LOOK_WAIT)
        if self._look.is_alive():
            return GENERATION_UNKNOWN
        self._look = None
        return self._known

    def _measure(self) -> Generation:
        """Look at the whole corpus."""
        begun = time.monotonic()
        found = self._note(self._read())
        self._read_at = time.monotonic() + REST * (time.monotonic() - begun)
        return found

    def _note(self, found: Generation) -> Generation:
        """Take *found* over if it is later, or a commit; return the generation then."""
        found = Generation(min(found.at, self._clock()), found.commit)
        with self._lock:
            if found.commit or found.at > self._known.at:
                self._known = found
            return self._known
