"""A corpus and the one that records it, whose first load is done."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.test_refresh import Desk


@pytest.fixture
def desk(corpus: Path, tmp_path: Path) -> Iterator[Desk]:
    """An empty corpus whose first load is done."""
    made = Desk(corpus, tmp_path / "store.db")
    made.scan()
    yield made
    made.store.close()


@pytest.fixture(params=["scan", "look"])
def see(request: pytest.FixtureRequest, desk: Desk) -> Callable[..., None]:
    """Lets the desk see what changed: by a scan of everything, and told of the paths alone."""

    def seen(*paths: str) -> None:
        if request.param == "scan":
            desk.scan()
        else:
            assert desk.look(*paths)

    return seen
