"""Things that all processes of the tests share: the first process that needs one makes it."""

import fcntl
from collections.abc import Callable
from pathlib import Path


def made_once(made: Path, make: Callable[[Path], object]) -> Path:
    """The folder *made*, after *make* has made it, in one process; the others wait."""
    complete, lock = (made.with_name(f"{made.name}-{name}") for name in ("complete", "lock"))
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not complete.exists():
            make(made)
            complete.touch()
    return made
