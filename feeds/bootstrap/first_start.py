"""The first workers of a server, which check what it needs if its master does not run our code."""

import os
from collections.abc import Mapping
from pathlib import Path

from feeds.monitoring.process_registry import leader, started

# The environment variable with the id of a process that has accepted the settings for its server.
ACCEPTED_BY = "_FEEDS_ACCEPTED_BY"

FIRST_SECONDS = 10.0  # seconds after the start of a server in which its first workers start


def is_first_start(environment: Mapping[str, str]) -> bool:
    """Return whether this process starts with its server, and nothing was accepted for the server yet.

    A later worker has to start during an outage of the corpus or the store too, or the server would end.
    """
    server = leader()
    if environment.get(ACCEPTED_BY) == str(server):
        return False
    if server == os.getpid():
        return True
    own, first = started(os.getpid()), started(server)
    return bool(own and first) and (own - first) / os.sysconf("SC_CLK_TCK") < FIRST_SECONDS


def is_first_worker() -> bool:
    """Return whether this process is the server, or the first of its workers, which logs the start."""
    server = leader()
    try:
        workers = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    except OSError:
        workers = []
    return str(os.getpid()) in (str(server), *workers[:1])
