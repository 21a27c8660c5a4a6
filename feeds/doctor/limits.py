"""The limits of the operating system: notifications of changed files, and open files."""

import resource
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from feeds.bootstrap import connections_with
from feeds.doctor.finding import Finding, FindingGroup

INOTIFY = Path("/proc/sys/fs/inotify")
MIN_CONNECTIONS = 2_000  # of a process

_HOST = FindingGroup("host")


class WatchLimits(Struct, frozen=True):
    """The numbers of *folders* and of *watchers* that a user may watch; inotify(7) names both."""

    folders: int
    watchers: int


def watch_limits(folder: Path = INOTIFY) -> WatchLimits | None:
    """The limits of this system; None if they are unknown, as on systems other than Linux."""
    try:
        found = [int((folder / f"max_user_{name}").read_text()) for name in ("watches", "instances")]
    except (OSError, ValueError):
        return None
    return WatchLimits(*found)


def watches(mode: str, folders: int, limits: WatchLimits) -> Iterator[Finding]:
    """Check that *folders* can be watched in the *mode* of ``watch.mode``."""
    if mode == "poll":
        yield _HOST.ok("watch.mode is poll: no notifications are needed")
        return
    problem = ""
    if folders > limits.folders:
        problem = f"{limits.folders:,}, fewer than the {folders:,} folders of the corpus"
    elif limits.watchers < 2:
        problem = f"{limits.watchers}, so that no process can be notified"
    if problem:
        found = _HOST.failure if mode == "notify" else _HOST.warning
        name = "max_user_watches" if folders > limits.folders else "max_user_instances"
        then = "or set watch.mode to poll" if mode == "notify" else "until then, the corpus is polled"
        yield found(f"fs.inotify.{name}", problem, f"raise it with sysctl; {then}")
    elif folders > 0.8 * limits.folders:
        problem = f"{limits.folders:,}, of which the {folders:,} folders of the corpus are most"
        yield _HOST.warning("fs.inotify.max_user_watches", problem, "raise it with sysctl")
    else:
        yield _HOST.ok(f"inotify: {folders:,} folders of {limits.folders:,} that can be watched")


def hard_limit_of_files() -> int:
    """The number of files that a process of this user may open, negative if there is no limit."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def open_files(permitted: int, streams: int) -> Iterator[Finding]:
    """Check that *permitted* open files are enough for the connections of a process and for *streams*."""
    connections = connections_with(permitted)
    remedy = "raise LimitNOFILE= of its unit, or ulimit -Hn"
    if connections < MIN_CONNECTIONS:
        problem = f"{permitted:,}, so that a process has at most {connections:,} connections"
        yield _HOST.warning("open files", problem, remedy)
    elif connections < streams:
        problem = f"{permitted:,}, fewer than push.streams ({streams:,})"
        yield _HOST.warning("open files", problem, f"{remedy}, or lower push.streams")
    else:
        yield _HOST.ok(f"open files: a process may have {connections:,} connections")
