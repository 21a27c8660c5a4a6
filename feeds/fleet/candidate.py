"""The candidate: a host with a corpus that may lead, unless that is older than what was published."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from feeds.fleet import Generation, JournalHead
from feeds.fleet.limits import FleetLimits

ALMOST_A_SECOND = 0.999_999
REST = 20  # times as long as a look at the whole corpus takes, until the next one


class Candidate:
    """The corpus of this host at *root*, from which it may lead. *read* returns its generation."""

    def __init__(self, root: Path, read: Callable[[], Generation], limits: FleetLimits) -> None:
        self._root = root
        self.read = read
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

    def objection(self, head: JournalHead, *, now: bool) -> str | None:
        """The reason not to lead, None if there is none, and empty if this host only waits for a while.

        The corpus is compared with the generation of *head* *now*, or when that is due.
        """
        if time.monotonic() < self._held_until:
            return self._failure
        self._failure = ""
        begun = time.monotonic()
        if begun >= self._compare_at or (now and begun >= self._rest_until):
            self.generation = self._limited(self.read(), head)
            cost = time.monotonic() - begun
            self._rest_until = begun + REST * cost
            least = self._limits.report if self.generation.commit else self._limits.compare
            self._compare_at = begun + max(least, 10 * REST * cost)
        own, newest = self.claim, head.generation
        if own.at >= newest.at or (own.commit and own.commit == newest.commit):
            return None
        if own.commit and not own.at:
            return f"{self._root}: commit {own.commit[:12]} cannot be read; install git"
        return (
            f"{self._root}: {_described(own)} is older than the corpus that was published last "
            f"({_described(newest)}); update it, or run feeds fleet accept"
        )

    def lacks(self, path: str) -> str:
        """The objection if the published file at *path* is missing or older in the corpus."""
        return (
            f"{self._root}: {path} is missing, or older than its published version; update the folder, "
            "or run feeds fleet accept"
        )

    def _limited(self, generation: Generation, head: JournalHead) -> Generation:
        """Return *generation*, not later than now: a file with a wrong date would exclude other hosts."""
        return Generation(min(generation.at, head.now), generation.commit)


def _described(generation: Generation) -> str:
    when = datetime.fromtimestamp(int(generation.at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"commit {generation.commit[:12]} of {when}" if generation.commit else when
