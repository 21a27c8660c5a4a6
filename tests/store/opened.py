"""The fixture ``opened`` of a contract that a file of SQLite and tables of PostgreSQL fulfil."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

Opened = Callable[[], Any]
"""Opens the same backend again with each call, as another process does."""


def opened_by(sqlite: Callable[[Path], Any], postgres: Callable[[str], Any]) -> Any:
    """Return a fixture with the backends.

    *sqlite* opens the file ``path``, *postgres* the database ``fleet_database``.
    """

    @pytest.fixture(
        params=[("path", sqlite), pytest.param(("fleet_database", postgres), marks=pytest.mark.slow)],
        ids=["sqlite", "in_postgres"],
    )
    def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
        place, open_backend = request.param
        address = request.getfixturevalue(place)
        with ExitStack() as stack:
            yield lambda: stack.enter_context(closing(open_backend(address)))

    return opened
