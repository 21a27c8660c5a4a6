"""Every store there is. A new backend is one more line in BACKENDS."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feeds.store import Store
from feeds.store.sqlite import SQLiteStore

BACKENDS: dict[str, Callable[[Path], Store]] = {"sqlite": lambda folder: SQLiteStore(folder / "store.db")}


@pytest.fixture(params=BACKENDS.values(), ids=BACKENDS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the same store, as often as it is called."""
    made: list[Store] = []

    def another() -> Store:
        made.append(request.param(tmp_path))
        return made[-1]

    yield another
    for store in made:
        store.close()


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    """An empty store, led by whoever asks for it."""
    made = opened()
    assert made.acquire_writer()
    return made
