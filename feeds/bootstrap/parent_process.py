"""The end of this process after the one that started it, for servers whose workers would go on alone."""

import logging
import os
import signal
from contextlib import suppress
from multiprocessing import connection, parent_process
from threading import Thread
from time import sleep

log = logging.getLogger(__name__)

GRACE = 2  # seconds for the responses in progress


def end_with_parent() -> None:
    """End this process when its parent ends in any way, if it is a process of `multiprocessing`.

    Granian's workers are: they share the port with workers of the next server, and would answer its
    clients. gunicorn's workers watch their parent by themselves.
    """
    parent = parent_process()
    if parent is None or parent.pid is None:
        return
    ends: list[int] = [parent.sentinel]  # a pipe, which later children of the parent keep open as well
    with suppress(AttributeError, OSError):  # not on Linux
        ends.append(os.pidfd_open(parent.pid))
    if os.getppid() != parent.pid:  # it had ended before
        os._exit(1)
    Thread(target=_end_after, args=(ends, parent.pid), name="feeds-parent", daemon=True).start()


def _end_after(ends: list[int], parent: int) -> None:
    connection.wait(ends)
    log.error("server process %s: ended unexpectedly; ending this worker too", parent)
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE)
    os._exit(1)
