"""State that a process takes over from the process it was forked from: settings, an index and a clock."""

from pathlib import Path

from msgspec import Struct

from feeds.bootstrap.clock import SaneClock
from feeds.index import Index
from feeds.settings import Settings


class Preloaded(Struct, frozen=True):
    """An index without a search, and the store from which it was loaded."""

    path: Path
    language: str
    identity: str
    index: Index


class Accepted(Struct, frozen=True):
    """Settings in force; *store* means that the store could be opened with them."""

    settings: Settings
    store: bool


class Inherited(Struct):
    """The state of this process; ``feeds.bootstrap.prefork`` alone changes it."""

    accepted: Accepted | None = None
    preloaded: Preloaded | None = None


inherited = Inherited()

system_clock = SaneClock()
"""The clock of this process. A forked process takes over its last comparison."""
