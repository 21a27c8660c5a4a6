"""The candidate: a host with a corpus that may lead, unless that is older than what was published."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Protocol

from feeds.fleet import Generation, JournalHead
from feeds.fleet.limits import FleetLimits
from feeds.store import WriterRequest

ALMOST_A_SECOND = 0.999_999
REST = 20  # times as long as a look at the whole corpus takes, until the next one


class Recorder(Protocol):
    """The part of a host that reads its corpus.

    Any method may raise StoreError, CorpusError or OSError.
    """

    def lead(
        self, clock: Callable[[], float], take_requests: Callable[[], set[WriterRequest]], stop: Event
    ) -> None:
        """Record the changes of the corpus until *stop* is set, with times of *clock*.

        An error of *take_requests*, which is called at least every second, ends it too.
        """

    def ended(self) -> None:
        """Called after every ``lead``, also after an error."""

    def stamp(self, most: int) -> int:
        """Look at some unread files, at most *most*, and stamp those whose content is recorded.

        Return how many were looked at.
        """

    def lacking(self) -> str:
        """The path of a published file that this corpus lacks, or has in an older version, or empty."""


class Candidate:
    """The corpus of this host at *root*, from which it may lead.

    *read* returns its generation, and *recorder* reads its files.
    """

    def __init__(
        self, root: Path, read: Callable[[], Generation], recorder: Recorder, limits: FleetLimits
    ) -> None:
        self._root = root
        self.read = read
        self.recorder = recorder
        self._limits = limits
        self._compare_at = self._rest_until = self._held_until = float("-inf")
        self._failure = ""
        self.generation = Generation()
        """The generation at the last comparison."""

    @property
    def has_corpus(self) -> bool:
        """True if the folder of the corpus exists; only then is this host a candidate."""
        return os.path.isdir(self._root)

    @property
    def claim(self) -> Generation:
        """The generation with which to lead: some copies of files have times in whole seconds."""
        own = self.generation
        is_whole = own.at and not own.at % 1 and not own.commit
        return Generation(own.at + ALMOST_A_SECOND, own.commit) if is_whole else own

    def hold_off(self, failure: str = "") -> None:
        """Leave the lease to others for a while; *failure* is the reason if this host could not lead."""
        self._held_until = time.monotonic() + self._limits.hold_off
        self._failure = failure

    def objection(self, head: JournalHead, *, is_free: bool) -> str | None:
        """The reason not to lead, None if there is none, and empty if this host only waits for a while.

        The corpus is compared with the generation of *head* when that is due, and if the lease *is_free*;
        only then is it compared with the published files.
        """
        if time.monotonic() < self._held_until:
            return self._failure
        self._failure = ""
        self._look(head, now=is_free)
        return self._age(head) or (self._lack(head) if is_free else None)

    def _look(self, head: JournalHead, *, now: bool) -> None:
        """Find the generation *now*, or when that is due; a look may be long."""
        begun = time.monotonic()
        if begun < self._compare_at and not (now and begun >= self._rest_until):
            return
        found = self.read()  # not later than now: a file with a wrong date would exclude other hosts
        self.generation = Generation(min(found.at, head.now), found.commit)
        cost = time.monotonic() - begun
        self._rest_until = begun + REST * cost
        least = self._limits.report if found.commit else self._limits.compare
        self._compare_at = begun + max(least, 10 * REST * cost)

    def _age(self, head: JournalHead) -> str | None:
        """The objection to a corpus that is older than the published one, None if it is not older."""
        own, newest = self.claim, head.generation
        if own.at >= newest.at or (own.commit and own.commit == newest.commit):
            return None
        if own.commit and not own.at:
            return f"{self._root}: commit {own.commit[:12]} cannot be read; install git"
        return (
            f"{self._root}: {_described(own)} is older than the corpus that was published last "
            f"({_described(newest)}); update it, or run feeds fleet accept"
        )

    def _lack(self, head: JournalHead) -> str | None:
        """The objection to a corpus that lacks published files, although it has newer ones, else None.

        Commits in Git follow each other, so that their times suffice.
        """
        if self.generation.commit or not head.generation.at or not (path := self.recorder.lacking()):
            return None
        return (
            f"{self._root}: {path} is missing, or older than its published version; update the folder, "
            "or run feeds fleet accept"
        )


def _described(generation: Generation) -> str:
    when = datetime.fromtimestamp(int(generation.at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"commit {generation.commit[:12]} of {when}" if generation.commit else when
