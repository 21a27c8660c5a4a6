"""Fixtures of the write side: a corpus, its store and its refresher."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ingest.ingest_harness import IngestHarness, RefreshFiles


@pytest.fixture
def new_ingest(corpus: Path, tmp_path: Path) -> Iterator[IngestHarness]:
    """An empty corpus before its first load."""
    made = IngestHarness(corpus, tmp_path / "store.db")
    yield made
    made.close()


@pytest.fixture
def ingest(new_ingest: IngestHarness) -> IngestHarness:
    """An empty corpus whose first load is done."""
    new_ingest.refresh_all()
    return new_ingest


@pytest.fixture(params=["refresh_all", "refresh_paths"])
def refresh(request: pytest.FixtureRequest, ingest: IngestHarness) -> RefreshFiles:
    """Record the changes at some paths: by a scan of all files, and by reading these paths alone."""

    def refreshed(*paths: str) -> None:
        if request.param == "refresh_all":
            ingest.refresh_all()
        else:
            assert ingest.refresh_paths(*paths)

    return refreshed


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Callable[..., IngestHarness]]:
    """Make harnesses, each with a store of its own."""
    made: list[IngestHarness] = []

    def another(root: Path, *settings: object, **more: object) -> IngestHarness:
        made.append(IngestHarness(root, tmp_path / f"store-{len(made)}.db", *settings, **more))  # type: ignore[arg-type]
        return made[-1]

    yield another
    for each in made:
        each.close()
