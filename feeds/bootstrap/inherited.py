"""State that a forked process inherits from its parent: settings, an index, a clock, and budgets."""

from pathlib import Path

from msgspec import Struct

from feeds.bootstrap.clock import SaneClock
from feeds.http.shared_slots import MemorySlots
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
    """The inherited state of this process; only ``feeds.bootstrap.prefork`` and ``fair`` change it.

    *budgets* is the table of fair polling, which is shared and not copied.
    """

    accepted: Accepted | None = None
    preloaded: Preloaded | None = None
    budgets: MemorySlots | None = None


inherited = Inherited()

system_clock = SaneClock()
"""The clock of this process. A forked process takes over its last comparison."""
