"""Detection of changed paths below a folder: by notification, or by polling as a fallback."""

import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Literal

from feeds.article.imports import later
from feeds.errors import CorpusError, lower_first
from feeds.logs.events import EventLog

if TYPE_CHECKING:
    import watchfiles
else:
    watchfiles = later("watchfiles")

log = EventLog(__name__)

SWEEP_PAUSE = 20.0  # times as long as a sweep took, until the next one
LONGEST_SWEEP_PAUSE = 600.0  # seconds

Mode = Literal["auto", "notify", "poll"]

# File systems without notifications for changes made on other machines; all of FUSE is added below.
_REMOTE = {
    "9p", "afs", "beegfs", "ceph", "cifs", "drvfs", "lustre", "nfs", "nfs4", "smb3", "smbfs", "vboxsf",
    "virtiofs",
}  # fmt: skip


class Watcher:
    """Yields the paths below *root* that changed, without those in folders that it does not watch.

    *watches* is called with a folder relative to *root*, and returns False if nothing below it matters.
    *interval* is the number of seconds between two polls. With notifications, a sweep of all files still
    runs every *sweep* seconds, less often if it takes long, because notifications may be lost; a
    notification may arrive up to *patience* seconds after the sweep that found its change. If
    notifications fail, for example because the system's limit is reached, they are tried again every
    *retry* seconds.
    """

    def __init__(
        self,
        root: Path,
        watches: Callable[[str], bool] = lambda _folder: True,
        *,
        mode: Mode = "auto",
        interval: float = 0.5,
        sweep: float = 30,
        retry: float = 60,
        patience: float = 1.0,
    ) -> None:
        self._root = root
        self._watches = watches
        self._interval = interval
        self._sweep = sweep
        self._polls = mode == "poll" or (mode == "auto" and _is_remote(root))
        self._may_poll = mode == "auto"
        self._retry = retry
        self._patience = patience
        self._retry_at = float("inf")  # monotonic seconds: the next attempt to use notifications
        self._was_notified = False  # since the last sweep
        self._missed = 0  # changes that a sweep found before any notification
        self._unlogged = ""  # the reason to poll from the beginning, until it is logged
        if self._polls:
            self._unlogged = "watch.mode is poll" if mode == "poll" else "remote file system"

    @property
    def polls(self) -> bool:
        """True if notifications do not work or are not used."""
        return self._polls

    def note_sweep(self, count: int) -> None:
        """Note that a sweep found *count* changes; without a notification of them, polling begins."""
        if self._may_poll and not self._was_notified:
            self._missed = count

    def changes(self, stop: Event, rescan_requested: Callable[[], bool]) -> Iterator[set[str] | None]:
        """Yield sets of changed paths, relative to the root, or None if any file may have changed.

        An empty set follows once nothing more changes for a moment, and nothing is to be scanned.
        Ends when *stop* is set; also yields None when *rescan_requested* returns True.
        """
        if self._unlogged:
            self._log_polling(logging.INFO, self._unlogged)
            self._unlogged = ""
        while not stop.is_set():
            waits = self._polls and time.monotonic() < self._retry_at
            if waits or not self._root.is_dir():
                if not stop.wait(self._interval):
                    yield None
                continue
            try:
                yield from self._notified(stop, rescan_requested)
            except (OSError, RuntimeError) as error:  # RuntimeError: the limit of watches is reached
                problem = f"no notifications: {lower_first(str(error))}"
                if not self._may_poll:
                    remedy = "raise fs.inotify.max_user_watches, or set watch.mode to poll"
                    raise CorpusError(self._root, problem, remedy) from error
                self._retry_at = time.monotonic() + self._retry
                if not self._polls:
                    self._poll(problem)

    def _notified(self, stop: Event, rescan_requested: Callable[[], bool]) -> Iterator[set[str] | None]:
        root = self._root.resolve()
        identity = _identity(root)  # of what is watched: a link at the path may change any time
        self._was_notified = True  # changes before the watch began cause no notification
        self._missed = 0
        since = due = 0.0  # a sweep is due at once
        was_stirred = False  # by changes since the last sweep or empty set
        folders = watched_folders(root, self._watches)
        for batch in watchfiles.watch(
            *(folders or [root]), stop_event=stop, watch_filter=None, debounce=200, step=25,
            rust_timeout=250, yield_on_timeout=True, raise_interrupt=False,
            ignore_permission_denied=True, recursive=not folders,
        ):  # fmt: skip
            now = time.monotonic()
            if self._polls:
                self._polls, self._retry_at = False, float("inf")
                log.info(
                    "watch.notified",
                    f"{self._root}: notifications work again; polling ended",
                    path=self._root,
                )
            if batch:
                self._was_notified, self._missed = True, 0
                if due:  # the first sweep finds these changes too, and earlier ones of other files
                    yield {_relative(path, root) for _, path in batch}
                if folders and self._has_new_folder(batch, root):
                    return  # the next watch begins with a sweep
                was_stirred = True
            elif was_stirred:
                was_stirred = False
                yield set()
            elif self._missed and now >= since + self._patience:
                self._poll(f"{self._missed} changes without notification")
                return
            if _identity(self._root) != identity:
                yield None
                return  # another folder is at the path now
            requested = rescan_requested()
            if requested or now >= due:
                yield None
                since, self._was_notified = time.monotonic(), False
                due = now + sweep_interval(self._sweep, since - now)

    def _has_new_folder(self, batch: "Iterable[tuple[watchfiles.Change, str]]", root: Path) -> bool:
        """Return whether a folder to watch was added, perhaps in place of a deleted one."""
        added = {path for change, path in batch if change is watchfiles.Change.added}
        return any(os.path.isdir(path) and self._watches(_relative(path, root)) for path in added)

    def _poll(self, reason: str) -> None:
        self._polls, self._missed = True, 0
        self._log_polling(logging.WARNING, reason)

    def _log_polling(self, level: int, reason: str) -> None:
        log.log(
            level,
            "watch.polling",
            f"{self._root}: {reason}; polling every {self._interval:g} s",
            path=self._root,
            reason=reason,
            seconds=self._interval,
        )


def sweep_interval(wanted: float, took: float) -> float:
    """The seconds from one sweep, which *took* some, to the next: *wanted*, or more if it took long.

    Changes are not noticed during a sweep, and a sweep of a million files takes almost half a minute.
    """
    return max(wanted, min(SWEEP_PAUSE * took, LONGEST_SWEEP_PAUSE))


def watched_folders(root: Path, watches: Callable[[str], bool]) -> set[Path]:
    """*root* and all folders below it, if *watches* is False for one of them, else nothing.

    The system counts watches by folders, and a single ``node_modules`` may have thousands.
    """
    found, seen, is_whole = {root}, {_identity(root)}, True
    for path, names, _ in os.walk(root, followlinks=True):
        folders = [Path(path, name) for name in names]
        kept = [folder for folder in folders if watches(folder.relative_to(root).as_posix())]
        is_whole = is_whole and len(kept) == len(folders)
        fresh = [folder for folder in kept if _identity(folder) not in seen]  # links may lead in circles
        seen.update(map(_identity, fresh))
        found.update(fresh)
        names[:] = [folder.name for folder in fresh]
    return set() if is_whole else found


def _relative(path: str, root: Path) -> str:
    try:
        return Path(path).relative_to(root).as_posix()
    except ValueError:
        return path


def _identity(root: Path) -> tuple[int, int] | None:
    try:
        info = root.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _is_remote(root: Path) -> bool:
    """Return whether *root* is on a remote file system by Linux's mount table; False without one."""
    try:
        mounts = Path("/proc/self/mounts").read_bytes()
    except OSError:
        return False
    kind = file_system(root.resolve(), os.fsdecode(mounts))
    return kind in _REMOTE or kind.startswith("fuse.")


def file_system(path: Path, mounts: str) -> str:
    """The type of the file system of *path* according to *mounts* (proc_pid_mounts(5)), or empty."""
    kind, deepest = "", -1
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        where = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1]))
        # Of two mounts at one path, the later one hides the earlier, as NFS hides autofs.
        if path.is_relative_to(where) and len(where.parts) >= deepest:
            kind, deepest = fields[2], len(where.parts)
    return kind
