"""What changed on disk: by notification where it works, by looking where it does not."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Literal

import watchfiles

log = logging.getLogger(__name__)

Mode = Literal["auto", "notify", "poll"]

# File systems whose changes made elsewhere reach no notification here.
_REMOTE = {
    "9p",
    "afs",
    "cifs",
    "drvfs",
    "fuse.sshfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
}


class Watcher:
    """Tells which paths below *root* changed.

    *interval* is how often it looks where it has to look, in seconds. Where notifications are used,
    everything is looked at every *sweep* seconds all the same, for what they may have missed.
    """

    def __init__(
        self, root: Path, *, mode: Mode = "auto", interval: float = 0.5, sweep: float = 30
    ) -> None:
        self._root = root
        self._interval = interval
        self._sweep = sweep
        self._polls = mode == "poll" or (mode == "auto" and _is_remote(root))
        self._may_poll = mode == "auto"
        self._told = False  # of anything since the last sweep
        if self._polls:
            self._say("looking at every file", "as set" if mode == "poll" else "a remote file system")

    @property
    def polls(self) -> bool:
        """Whether it has given up on notifications."""
        return self._polls

    def missed(self, count: int) -> None:
        """A sweep found *count* changes; if it was told of none, from now on it looks instead."""
        if self._may_poll and not self._polls and not self._told:
            self._polls = True
            self._say("looking at every file", f"{count} changes came without notification")

    def changes(self, stop: Event, woken: Callable[[], bool]) -> Iterator[set[str] | None]:
        """Sets of changed paths, relative to the root; None where anything may have changed.

        Ends when *stop* is set; yields None as well when *woken* says so.
        """
        while not stop.is_set():
            if self._polls:
                if not stop.wait(self._interval):
                    yield None
                continue
            try:
                yield from self._notified(stop, woken)
            except OSError as error:
                if not self._may_poll:
                    raise
                self._polls = True
                self._say("looking at every file", f"no notifications: {error}")

    def _notified(self, stop: Event, woken: Callable[[], bool]) -> Iterator[set[str] | None]:
        quiet = 0.0
        root = self._root.resolve()
        for batch in watchfiles.watch(
            root, stop_event=stop, watch_filter=None, debounce=200, step=25,
            rust_timeout=250, yield_on_timeout=True, raise_interrupt=False,
            ignore_permission_denied=True, recursive=True,
        ):  # fmt: skip
            if batch:
                self._told = True
                yield {_relative(path, root) for _, path in batch}
            else:
                quiet += 0.25
            if woken() or quiet >= self._sweep:
                quiet = 0.0
                yield None
                if self._polls:
                    return
                self._told = False

    def _say(self, what: str, why: str) -> None:
        log.warning("%s: %s every %g s (%s)", self._root, what, self._interval, why)


def _relative(path: str, root: Path) -> str:
    try:
        return Path(path).relative_to(root).as_posix()
    except ValueError:
        return path


def _is_remote(root: Path) -> bool:
    """By Linux's table of mounts; where there is none, notifications are given a try."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return False
    where = str(root.resolve())
    over = [m for m in mounts if where == m[1] or where.startswith(m[1].rstrip("/") + "/")]
    return max(over, key=lambda m: len(m[1]), default=["", "", ""])[2] in _REMOTE
