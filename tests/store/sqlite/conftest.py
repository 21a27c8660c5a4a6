"""Fixtures for tests of SQLite files: damage, ownership, migrations, processes, compression."""

import pytest

from tests.store.conftest import BACKENDS, Backend


@pytest.fixture(scope="session")
def backend() -> Backend:
    return BACKENDS["sqlite"]
