"""The write side: watch the corpus, read changed files, record them."""

from collections.abc import Callable

from msgspec import Struct

Pause = Callable[[float], bool]
"""Waits for a number of seconds; returns true if the program stops."""


class Limits(Struct, frozen=True, kw_only=True):
    """Sizes and times of a scan.

    *batch* is the number of files in one transaction. A file that is being written must stay as it is for
    *settle* seconds; after *unsettled* seconds it is read all the same. A file that changed less than
    *recent* seconds ago may not be complete. Files that could not be read are tried again after *retry*
    seconds, at first and at most.
    """

    batch: int = 1000
    settle: float = 0.2
    unsettled: float = 5.0
    recent: float = 2.0
    retry: tuple[float, float] = (1.0, 30.0)


LIMITS = Limits()
