"""Fixtures for tests of SQLite files: damage, ownership, migrations, processes, compression."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feeds.store.sqlite.replica import SQLiteReplica
from tests.store.conftest import BACKENDS, Backend


@pytest.fixture(scope="session")
def backend() -> Backend:
    return BACKENDS["sqlite"]


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[Callable[[str], SQLiteReplica]]:
    """Opens the replica with a name as its writer. A new one follows no journal."""
    made: list[SQLiteReplica] = []

    def replica(name: str) -> SQLiteReplica:
        made.append(SQLiteReplica(tmp_path / f"{name}.db"))
        assert made[-1].acquire_writer()
        return made[-1]

    yield replica
    for each in made:
        each.close()
