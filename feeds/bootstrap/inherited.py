"""State that a forked process inherits from its parent: settings, an index, a clock and a drain."""

from pathlib import Path

from msgspec import Struct

from feeds.bootstrap.clock import SaneClock
from feeds.bootstrap.draining import Drain
from feeds.index import Index
from feeds.settings import Settings


class Preloaded(Struct, frozen=True):
    """An index without its full-text search, and the path and identity of its store."""

    path: Path
    language: str
    identity: str
    index: Index


class Accepted(Struct, frozen=True):
    """The settings in force; *store* is true if the store could be opened with them."""

    settings: Settings
    store: bool


class Inherited(Struct):
    """The inherited state of this process; only ``feeds.bootstrap.prefork`` changes it."""

    accepted: Accepted | None = None
    preloaded: Preloaded | None = None
    drain: Drain | None = None

    @property
    def is_stopping(self) -> bool:
        """True if the parent is going to stop all its workers."""
        return self.drain is not None and self.drain.has_begun


inherited = Inherited()

system_clock = SaneClock()
"""The clock of this process. A forked process takes over its last comparison."""
