"""Files and folders that cannot be read for now, and the time of the next attempt."""

import time
from collections.abc import Container, Iterable

from feeds.corpus import Reading
from feeds.errors import UnreadableFile
from feeds.logs.events import EventLog

log = EventLog(__name__)


class UnreadFiles:
    """The files and folders that cannot be read for now.

    They are tried again after a delay of ``retry[0]`` seconds, which doubles up to ``retry[1]``.
    """

    def __init__(self, retry: tuple[float, float]) -> None:
        self._retry = retry
        self._retry_at, self._retry_after = 0.0, retry[0]
        self._paths: set[str] = set()
        self._failed: dict[str, UnreadableFile] = {}  # the files that could be listed, not read

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    @property
    def errors(self) -> list[UnreadableFile]:
        """The errors of files that could be listed, but not read."""
        return [*self._failed.values()]

    def reset(self, listed: Container[str], errors: Iterable[UnreadableFile]) -> None:
        """Drop paths that are no longer *listed*; add those of the *errors* of a complete listing."""
        self._failed = {path: error for path, error in self._failed.items() if path in listed}
        self._paths = {*self._failed, *(error.path for error in errors)}

    def add(self, path: str) -> None:
        """Add a file or folder that cannot be listed."""
        self._paths.add(path)

    def note(self, path: str, reading: Reading) -> None:
        """Note whether the file at *path* could be read."""
        if not isinstance(reading, UnreadableFile):
            self._failed.pop(path, None)
            self._paths.discard(path)
            return
        if str(reading) != str(self._failed.get(path)):
            log.warning("file.problem", str(reading), path=path)
        self._failed[path] = reading
        self._paths.add(path)

    def may_hide(self, path: str) -> bool:
        """Return whether the state of *path* is unknown: it or a folder above it cannot be read."""
        parts = path.split("/")
        return not self._paths.isdisjoint(
            {".", *("/".join(parts[:end]) for end in range(1, len(parts) + 1))}
        )

    def schedule(self) -> None:
        """Set the time of the next attempt, after a scan."""
        if self._paths:
            self._retry_at = time.monotonic() + self._retry_after
            self._retry_after = min(2 * self._retry_after, self._retry[1])
        else:
            self._retry_after = self._retry[0]

    def are_due(self) -> bool:
        """Return whether it is time for the next attempt."""
        return bool(self._paths) and time.monotonic() >= self._retry_at
