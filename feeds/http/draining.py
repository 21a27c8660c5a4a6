"""The drain of a stopping server: /ready fails for some seconds before connections close."""

import os
import signal
from collections.abc import Callable
from mmap import mmap
from types import FrameType


class Drain:
    """The state of a server, shared by a master process and the workers forked from it."""

    def __init__(self) -> None:
        self._shared = mmap(-1, 1)

    @property
    def has_begun(self) -> bool:
        """True if the server is going to stop, so that no new clients should be sent to it."""
        return self._shared[0] == 1

    def begin(self) -> None:
        """Note that the server is going to stop; nothing ends a drain but the end of the server."""
        self._shared[0] = 1


inherited_drains: list[Drain] = []
"""The drain of the server of this process, if it has one; a forked process takes it over."""


def inherit_drain(drain: Drain) -> None:
    """Let this process, and those forked from it, know when *drain* begins."""
    inherited_drains[:] = [drain]


def is_stopping() -> bool:
    """Return whether the server of this process is going to stop."""
    return any(drain.has_begun for drain in inherited_drains)


def drain_at_sigterm(drain: Drain, seconds: Callable[[], float]) -> None:
    """Begin *drain* at SIGTERM, and leave the signal to the former handler after a number of *seconds*.

    A second SIGTERM ends the drain, as does any other signal that ends the server. The handler logs
    nothing: it may interrupt a log message.
    """
    former, master = signal.getsignal(signal.SIGTERM), os.getpid()

    def stop(_number: int, frame: FrameType | None) -> None:
        if callable(former):
            former(signal.SIGTERM, frame)

    def begin(number: int, frame: FrameType | None) -> None:
        wait = 0 if drain.has_begun or os.getpid() != master else seconds()
        if wait:
            drain.begin()
            signal.setitimer(signal.ITIMER_REAL, wait)
        else:
            stop(number, frame)

    signal.signal(signal.SIGALRM, stop)
    signal.signal(signal.SIGTERM, begin)


def call_before(number: signal.Signals, function: Callable[[], object]) -> None:
    """Call *function* at a signal before its present handler. Only the main thread may do this.

    An event loop that waits for the signal learns of it too.
    """
    former = signal.getsignal(number)

    def handle(received: int, frame: FrameType | None) -> None:
        function()
        if callable(former):
            former(received, frame)

    signal.signal(number, handle)
