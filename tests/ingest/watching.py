"""A watcher at work: Watching."""

from collections.abc import Callable
from threading import Event, Thread

from feeds.ingest.watch import Watcher
from tests.waiting import eventually


class Watching:
    """A Watcher that runs in a thread, and the changes that it yielded."""

    def __init__(self, watcher: Watcher, rescan_requested: Callable[[], bool] = lambda: False) -> None:
        self.watcher = watcher
        self.changes: list[set[str] | None] = []
        self.stop = Event()
        self.rescan_requested = rescan_requested
        self.on_sweep: Callable[[], object] = lambda: None
        self.failure: Exception | None = None
        self.thread = Thread(target=self._watch)
        self.thread.start()

    def _watch(self) -> None:
        try:
            for paths in self.watcher.changes(self.stop, self.rescan_requested):
                if paths is None:
                    self.on_sweep()
                self.changes.append(paths)
        except Exception as failure:
            self.failure = failure

    def ready(self) -> "Watching":
        """Wait for the first sweep, which follows the beginning of the watch; drop earlier changes."""
        eventually(lambda: None in self.changes)
        self.changes.clear()
        return self

    def wait_for(self, *paths: str) -> None:
        eventually(lambda: set(paths) <= set().union(*(each for each in self.changes if each)))

    def end(self, within: float = 10) -> None:
        """Stop the watcher; fail if it runs still after *within* seconds."""
        self.stop.set()
        self.thread.join(within)
        assert not self.thread.is_alive()
