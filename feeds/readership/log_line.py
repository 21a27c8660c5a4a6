"""Lines of access logs -> requests: one parser for each format of web servers."""

from collections.abc import Callable
from typing import Protocol

from feeds.readership.request import ClientRequest

Hash = Callable[[str], int]
"""Hashes the address of a client; see ``client_hash``."""

IsWanted = Callable[[str], bool]
"""Returns whether a target is of a feed; other lines are not read any further."""


class BadLine(ValueError):
    """A line that is not of the format of its log; the text is the problem."""


class LineParser(Protocol):
    """Reads the lines of one log in their order."""

    def parse(self, line: str) -> ClientRequest | None:
        """Return the request in *line*, None if it has none that is wanted. Raises BadLine."""


def bounded(written: str) -> int:
    """Return the number in *written*, or 0 for ``-``. Raises BadLine."""
    if written == "-":
        return 0
    if not written.isascii() or not written.isdigit() or len(written) > 18:
        raise BadLine(f"not a number: {written[:20]!r}")
    return int(written)
