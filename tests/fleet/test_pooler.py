"""The journal through PgBouncer, which gives connections of the server to transactions."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from feeds.fleet.postgres.journal import PostgresJournal
from feeds.fleet.postgres.state import PostgresState
from tests.fleet.chain import START, append, batches_after, lead
from tests.postgres import USER, PostgresServer, account, execute, find
from tests.server import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow

_SETTINGS = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = 2
"""


@pytest.fixture(scope="module")
def pooler(postgres: PostgresServer) -> Iterator[int]:
    """The port of a pooler with two connections for each database."""
    program = find("pgbouncer")
    port = free_port()
    users, settings = postgres.folder / "users", postgres.folder / "pgbouncer.ini"
    users.write_text(f'"{USER}" ""\n')
    settings.write_text(_SETTINGS.format(server=postgres.port, port=port, users=users))
    with (postgres.folder / "pgbouncer.log").open("wb") as log:
        running = subprocess.Popen([program, settings], stdout=log, stderr=log, **account())
    try:
        eventually(lambda: _answers(postgres, port))
        yield port
    finally:
        running.terminate()
        running.wait(30)


def _answers(postgres: PostgresServer, port: int) -> bool:
    try:
        execute(f"postgresql://{USER}@127.0.0.1:{port}/postgres", "SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def test_hosts_share_few_connections(database: str, pooler: int, tmp_path: Path) -> None:
    through = f"postgresql://{USER}@127.0.0.1:{pooler}/{database.rpartition('/')[2]}"
    with ExitStack() as stack:
        hosts = [stack.enter_context(closing(PostgresJournal(through))) for _ in range(4)]
        lease = lead(hosts[0])
        batches = batches_after(START, *"abcdef")
        for host, batch in zip(hosts, batches, strict=False):
            host.wait(0.01)
            append(hosts[0], lease, [batch])
            host.wait(0.01)
            assert host.batches(0, 99) == batches[: batch.position.number]
            assert host.renew(lease)
        (tmp_path / "snapshot").write_bytes(b"whole")
        hosts[1].write_snapshot(tmp_path / "snapshot", batches[1].position, 1)
        assert hosts[2].read_snapshot(tmp_path / "read", 1) == batches[1].position
        hosts[3].request({"scan"})
        assert hosts[0].requests(lease) == {"scan"}


def test_one_host_probes_at_a_time(database: str, pooler: int) -> None:
    through = f"postgresql://{USER}@127.0.0.1:{pooler}/{database.rpartition('/')[2]}"
    with closing(PostgresState(through)) as state, closing(PostgresState(through)) as other:
        assert state.acquire_prober()
        assert not other.acquire_prober()
        state.close()
        assert other.acquire_prober()
