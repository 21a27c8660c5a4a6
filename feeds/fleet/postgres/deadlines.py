"""Deadlines of statements, kept by one thread: a thread for each would cost as much as a statement."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread

LOOK_AGAIN = 5.0  # seconds until the thread looks again while there is no deadline


class Deadlines:
    """Calls functions at their deadlines, in a thread that the first deadline starts. Thread-safe."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._pending: dict[object, tuple[float, Callable[[], object]]] = {}
        self._looks_at = 0.0  # monotonic seconds: the next look at the deadlines
        self._thread = Thread()  # not started

    @contextmanager
    def after(self, seconds: float, call: Callable[[], object]) -> Iterator[None]:
        """Call *call* once, after *seconds*, unless the ``with`` block has ended."""
        key, at = object(), time.monotonic() + seconds
        with self._changed:
            self._pending[key] = at, call
            if not self._thread.is_alive():  # also in a new process, which has no thread of its parent
                self._thread = Thread(target=self._run, name="feeds-deadlines", daemon=True)
                self._thread.start()
            elif at < self._looks_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._pending.pop(key, None)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for key in [key for key, (at, _) in self._pending.items() if at <= now]:
                    self._pending.pop(key)[1]()
                next_ = min((at for at, _ in self._pending.values()), default=now + LOOK_AGAIN)
                self._looks_at = min(next_, now + LOOK_AGAIN)
                self._changed.wait(self._looks_at - now)
