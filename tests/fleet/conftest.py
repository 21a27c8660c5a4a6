"""Fixtures for every journal. A new backend is one more line in BACKENDS."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import pytest

from feeds.fleet import LEASE_SECONDS, Journal
from tests.fleet.memory_journal import MemoryJournal, SharedJournal

Clock = Callable[[], float]


class JournalBackend(Protocol):
    """One journal, what may happen to it, and the hosts that open it."""

    def open(self, clock: Clock | None = None) -> Journal:
        """The journal as a host with *clock* sees it, by default with that of the journal."""

    def end_lease(self) -> None:
        """Let the time of the present lease pass."""

    def lose(self, number: int) -> None:
        """Lose the last *number* batches."""

    def disconnect(self) -> None:
        """End all connections."""

    def age_reports(self) -> None:
        """Let a day pass since the last report of each host."""


class MemoryBackend(JournalBackend):
    """A journal in memory."""

    def __init__(self) -> None:
        self._shared = SharedJournal()

    def open(self, clock: Clock | None = None) -> Journal:
        return MemoryJournal(self._shared, clock)

    def end_lease(self) -> None:
        self._shared.now += LEASE_SECONDS

    def lose(self, number: int) -> None:
        self._shared.lose(number)

    def disconnect(self) -> None:
        """There are none."""

    def age_reports(self) -> None:
        self._shared.now += 86_400


@contextmanager
def memory(_request: pytest.FixtureRequest) -> Iterator[JournalBackend]:
    yield MemoryBackend()


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[JournalBackend]]] = {
    "memory": memory,
}


@pytest.fixture(params=BACKENDS.values(), ids=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[JournalBackend]:
    """An empty journal of each kind."""
    with request.param(request) as made:
        yield made


@pytest.fixture
def opened(backend: JournalBackend) -> Iterator[Callable[[], Journal]]:
    """Opens the journal again with each call, as another host does."""
    made: list[Journal] = []

    def another() -> Journal:
        made.append(backend.open())
        return made[-1]

    yield another
    for journal in made:
        journal.close()


@pytest.fixture
def journal(opened: Callable[[], Journal]) -> Journal:
    """The journal as one host sees it."""
    return opened()
