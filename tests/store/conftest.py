"""Fixtures for every store. A new backend is one more line in BACKENDS."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feeds.store import Store
from feeds.store.sqlite import SQLiteStore
from tests.store.dictionary import DictionaryStore
from tests.store.replicas import ReplicatedStore

Backend = Callable[[Path], Store]
"""Opens the store of a folder, always the same one for the same folder."""

BACKENDS: dict[str, Backend] = {
    "sqlite": lambda folder: SQLiteStore(folder / "store.db"),
    "replica": ReplicatedStore,
    "dictionary": lambda folder: DictionaryStore(str(folder)),
}


@pytest.fixture(scope="session", params=BACKENDS.values(), ids=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    """The factory of every store in the contract suite."""
    made: Backend = request.param
    return made


@pytest.fixture
def opened(backend: Backend, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the same store again with each call."""
    made: list[Store] = []

    def another() -> Store:
        made.append(backend(tmp_path))
        return made[-1]

    yield another
    for store in made:
        store.close()


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    """An empty store, whose writer is the test."""
    made = opened()
    assert made.acquire_writer()
    return made
