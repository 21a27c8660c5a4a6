"""The end of a worker whose server process has ended; some servers would leave it running."""

import os
import signal
from contextlib import suppress
from multiprocessing import connection, parent_process
from threading import Thread
from time import sleep

from feeds.logs.events import EventLog

log = EventLog(__name__)

GRACE = 2  # seconds for the responses in progress


def end_with_parent(parent: int = 0) -> None:
    """End this process once the process *parent* has ended, by default its parent in `multiprocessing`.

    Granian's workers are of `multiprocessing`: they share the port with workers of the next server, and
    would answer its clients.
    """
    maker, ends = parent_process(), list[int]()
    if not parent and maker and maker.pid:
        parent = maker.pid
        ends = [maker.sentinel]  # a pipe, which later children of the parent keep open as well
    if not parent:
        return
    with suppress(AttributeError, OSError):  # not on Linux
        ends.append(os.pidfd_open(parent))
    if os.getppid() != parent:  # it had ended before
        os._exit(1)
    if ends:
        Thread(target=_end_after, args=(ends, parent), name="feeds-parent", daemon=True).start()


def _end_after(ends: list[int], parent: int) -> None:
    connection.wait(ends)
    log.error(
        "server.lost",
        f"server process {parent}: ended unexpectedly; ending this worker too",
        parent=parent,
    )
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE)
    os._exit(1)
