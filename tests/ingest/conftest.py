"""A corpus and the one that records it, whose first load is done."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ingest.ingest_harness import IngestHarness


@pytest.fixture
def ingest(corpus: Path, tmp_path: Path) -> Iterator[IngestHarness]:
    """An empty corpus whose first load is done."""
    made = IngestHarness(corpus, tmp_path / "store.db")
    made.refresh_all()
    yield made
    made.store.close()


@pytest.fixture(params=["scan", "look"])
def see(request: pytest.FixtureRequest, ingest: IngestHarness) -> Callable[..., None]:
    """Record what changed: by a scan of all files, and by a refresh of the paths alone."""

    def seen(*paths: str) -> None:
        if request.param == "scan":
            ingest.refresh_all()
        else:
            assert ingest.refresh_paths(*paths)

    return seen


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Callable[..., IngestHarness]]:
    """Make harnesses, each with a store of its own."""
    made: list[IngestHarness] = []

    def another(root: Path, *settings: object, **more: object) -> IngestHarness:
        made.append(IngestHarness(root, tmp_path / f"store-{len(made)}.db", *settings, **more))  # type: ignore[arg-type]
        return made[-1]

    yield another
    for each in made:
        each.store.close()
