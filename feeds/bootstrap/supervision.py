"""Background threads, restarted when they fail."""

import time
from collections.abc import Callable
from threading import Event, Lock, Thread

from feeds.errors import FeedsError, one_line, text_of
from feeds.logs.events import EventLog
from feeds.monitoring.process_registry import ProcessPart

log = EventLog(__name__)

MIN_RESTART_DELAY = 0.5  # seconds before the first restart
MAX_RESTART_DELAY = 30.0
MAX_DELAY_AFTER_KILL = 5.0
HEALTHY_AFTER = 60.0  # seconds of work after which the next failure counts as the first


class Backoff:
    """Delays in seconds that double from *shortest* to *longest*."""

    def __init__(self, shortest: float = MIN_RESTART_DELAY, longest: float = MAX_RESTART_DELAY) -> None:
        self._shortest = self._next = shortest
        self._longest = longest

    def delay(self) -> float:
        """Return the delay before the next attempt."""
        delay, self._next = self._next, min(2 * self._next, self._longest)
        return delay

    def reset(self) -> None:
        """Start again with the shortest delay."""
        self._next = self._shortest


class Killed(FeedsError):
    """A signal from elsewhere has ended the process that does some work."""


class Task:
    """One piece of background work. Its thread calls ``recovered`` when the work succeeds."""

    def __init__(self, name: ProcessPart) -> None:
        self.name = name
        self.trouble = ""  # the text of its last failure, empty while it works

    def recovered(self) -> None:
        """Clear the failure, and log that the work succeeds again."""
        if self.trouble:
            log.info("thread.recovered", f"{self.name} thread: running again", thread=self.name)
            self.trouble = ""

    def fails(self, error: Exception) -> None:
        """Note a failure of work that goes on, and log it if it is another one than before."""
        text = _text(error)
        if text != self.trouble:
            sentence = f"{self.name} thread: {text}; trying again"
            log.error("thread.failing", sentence, thread=self.name, reason=text)
            self.trouble = text


Work = Callable[[Task], object]


class Supervisor:
    """Runs background work in threads until *stop* is set. Thread-safe.

    Work that raises an exception or returns before *stop* is set is restarted after a delay, which grows
    from MIN_RESTART_DELAY to MAX_RESTART_DELAY, to MAX_DELAY_AFTER_KILL if it raises Killed, and is reset
    once the work has run for HEALTHY_AFTER.

    *monotonic* returns seconds. *wait* waits for a number of seconds, and returns whether *stop* was set.
    """

    def __init__(
        self,
        stop: Event,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._stop = stop
        self._monotonic = monotonic
        self._wait = wait or stop.wait
        self._lock = Lock()
        self._tasks: list[Task] = []
        self._threads: list[Thread] = []

    @property
    def troubles(self) -> dict[ProcessPart, str]:
        """The last failure of each piece of work that has not recovered, by name."""
        with self._lock:
            return {task.name: task.trouble for task in self._tasks if task.trouble}

    def start(self, name: ProcessPart, work: Work) -> None:
        """Run *work* in a thread of its own."""
        task = Task(name)
        thread = Thread(target=self._run, args=(task, work), name=f"feeds-{name}", daemon=True)
        with self._lock:
            self._tasks.append(task)
            self._threads.append(thread)
        thread.start()

    def join(self, timeout: float) -> None:
        """Wait for all threads to end, at most *timeout* seconds for each."""
        for thread in self._threads:
            thread.join(timeout)

    def _run(self, task: Task, work: Work) -> None:
        after_failure, after_kill = Backoff(), Backoff(longest=MAX_DELAY_AFTER_KILL)
        while not self._stop.is_set():
            started = self._monotonic()
            error: Exception | None = None
            try:
                work(task)
            except Exception as raised:  # any error, as the work must be restarted
                error = raised
            if self._stop.is_set():
                return
            if self._monotonic() - started >= HEALTHY_AFTER:
                after_failure.reset()
                after_kill.reset()
            delay = (after_kill if isinstance(error, Killed) else after_failure).delay()
            task.trouble = _text(error)
            unexpected = None if error is None or isinstance(error, FeedsError | OSError) else error
            log.error(
                "deliverer.ended" if isinstance(error, Killed) else "thread.failed",
                f"{task.name} thread: {task.trouble}; restarting in {delay:g} s",
                unexpected,
                thread=task.name,
                reason=task.trouble,
                seconds=delay,
            )
            self._wait(delay)


def _text(error: Exception | None) -> str:
    if error is None:
        return "ended unexpectedly"
    if isinstance(error, FeedsError | OSError):
        return text_of(error)
    return one_line(f"{type(error).__name__}: {error}").rstrip(": ")
