"""The state beside the store in PostgreSQL, when connections end."""

from contextlib import closing

import pytest

from feeds.fleet.errors import JournalError
from feeds.fleet.postgres.state import PostgresState
from tests.postgres import PostgresServer, execute

pytestmark = pytest.mark.slow


def test_a_prober_whose_connection_ended_is_the_only_one_no_more(database: str) -> None:
    with closing(PostgresState(database)) as state, closing(PostgresState(database)) as other:
        assert state.acquire_prober()
        [[pid]] = execute(database, "SELECT pid FROM pg_locks WHERE locktype = 'advisory'")
        execute(database, "SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert other.acquire_prober()
        with pytest.raises(JournalError, match=": connection ended by the server; "):
            state.acquire_prober()
        assert not state.acquire_prober()


def test_a_prober_keeps_no_row_and_no_snapshot(postgres: PostgresServer, database: str) -> None:
    with closing(PostgresState(database)) as state:
        assert state.acquire_prober()
        held = execute(
            database, "SELECT state, backend_xmin, backend_xid FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid != pg_backend_pid()",
        )  # fmt: skip
        assert held == [("idle in transaction", None, None)]
