"""Signals that end a command, as an exception: what the command holds is released."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread

_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise SystemExit, with the exit status of shells, as Ctrl-C raises.

    Python has handlers in the main thread only. A signal that is ignored, as with nohup, stays ignored.
    """
    former = {}
    if current_thread() is main_thread():
        former = {each: signal.getsignal(each) for each in _ENDING}
    for number, handler in former.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _end(number: int, _frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # another one does not interrupt the release
    sys.exit(128 + number)
