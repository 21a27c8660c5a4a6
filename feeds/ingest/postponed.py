"""Changed paths that are read a moment later, together with others that change until then."""

import time
from collections.abc import Set


class PostponedPaths:
    """Paths that are kept until nothing more changes, or for *longest* seconds."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._paths: set[str] = set()
        self._until = 0.0  # monotonic seconds; 0 while there are no paths

    def __bool__(self) -> bool:
        return bool(self._paths)

    def put(self, paths: Set[str]) -> None:
        """Add *paths*."""
        self._paths |= paths
        self._until = self._until or time.monotonic() + self._longest

    def are_due(self, paths: Set[str]) -> bool:
        """Return whether the kept paths are due; *paths* are the latest changes, empty without any."""
        return bool(self) and (not paths or time.monotonic() >= self._until)

    def take(self) -> set[str]:
        """Return and remove all paths."""
        taken, self._paths, self._until = self._paths, set(), 0.0
        return taken
