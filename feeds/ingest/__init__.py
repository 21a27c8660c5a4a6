"""The write side: watch the corpus, read changed files, keep ids across renames, record the changes."""

from collections.abc import Callable

from msgspec import Struct

Pause = Callable[[float], bool]
"""Waits for a number of seconds; returns True if the program stops."""


class Limits(Struct, frozen=True, kw_only=True):
    """Sizes and times of a scan.

    *batch* is the number of files in one transaction. A file that is being written must stay unchanged
    for *settle* seconds; after *unsettled* seconds it is read anyway. A file that changed less than
    *recent* seconds ago may be incomplete. *retry* are the first and the longest delay in seconds before
    unreadable files are tried again.
    """

    batch: int = 1000
    settle: float = 0.2
    unsettled: float = 5.0
    recent: float = 2.0
    retry: tuple[float, float] = (1.0, 30.0)


LIMITS = Limits()
