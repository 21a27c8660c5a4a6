"""The checks before a start, made by the first worker of a server whose master does not run our code."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from feeds.monitoring.process_registry import leader, started

# The environment variable with the id of a process that has accepted the settings for its server.
ACCEPTED_BY = "_FEEDS_ACCEPTED_BY"

OTHERS_SECONDS = 2.0  # seconds in which all workers that start at once have loaded the program
END_SECONDS = 10.0  # seconds until the first worker must have ended
FIRST_SECONDS = 10.0  # seconds after the start of a server in which its first workers start


def is_first_start(environment: Mapping[str, str]) -> bool:
    """Return whether this process starts together with its server, whose settings are not accepted yet.

    A later worker has to start during an outage of the corpus or the store too, or the server would end.
    """
    server = leader()
    if environment.get(ACCEPTED_BY) == str(server):
        return False
    if server == os.getpid():
        return True
    own, first = started(os.getpid()), started(server)
    return bool(own and first) and (own - first) / os.sysconf("SC_CLK_TCK") < FIRST_SECONDS


def first_worker() -> int:
    """Return the PID of the first worker of this server, or of this process if its server has no workers.

    If several workers start at once, it reports the error that all of them have.
    """
    return next(iter(_workers()), os.getpid())


def wait_for_others() -> None:
    """Give the other workers time to see that this one is the first, before it ends."""
    if len(_workers()) > 1:
        time.sleep(OTHERS_SECONDS)


def wait_for_end(process: int) -> None:
    """Wait until *process* has ended and its parent knows that, for at most END_SECONDS.

    A worker that ends earlier would be replaced, and the next one would report the same error again.
    """
    until = time.monotonic() + END_SECONDS
    while os.path.exists(f"/proc/{process}") and time.monotonic() < until:
        time.sleep(0.05)


def _workers() -> list[int]:
    """The PIDs of the workers of this server in the order of their start."""
    server = leader()
    if server == os.getpid():
        return []
    try:
        return [*map(int, Path(f"/proc/{server}/task/{server}/children").read_text().split())]
    except OSError:
        return []
