"""A corpus and the one that records it, whose first load is done."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ingest.desk import Desk


@pytest.fixture
def desk(corpus: Path, tmp_path: Path) -> Iterator[Desk]:
    """An empty corpus whose first load is done."""
    made = Desk(corpus, tmp_path / "store.db")
    made.refresh_all()
    yield made
    made.store.close()


@pytest.fixture(params=["scan", "look"])
def see(request: pytest.FixtureRequest, desk: Desk) -> Callable[..., None]:
    """Lets the desk see what changed: by a scan of everything, and told of the paths alone."""

    def seen(*paths: str) -> None:
        if request.param == "scan":
            desk.refresh_all()
        else:
            assert desk.refresh_paths(*paths)

    return seen


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Makes desks, each with a store of its own."""
    made: list[Desk] = []

    def another(root: Path, *settings: object, **more: object) -> Desk:
        made.append(Desk(root, tmp_path / f"store-{len(made)}.db", *settings, **more))  # type: ignore[arg-type]
        return made[-1]

    yield another
    for each in made:
        each.store.close()
