"""PostgreSQL in the network of the containers."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import PostgresServer


@contextmanager
def journal(name: str, port: int = 5432, address: str = "127.0.0.1") -> Iterator[str]:
    """Run PostgreSQL with the empty database *name*; yield its address."""
    # A short path, which another account can enter.
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "server", address=address, port=port)
        server.create()
        server.start()
        try:
            server.execute(f"CREATE DATABASE {name}")
            yield server.url(name)
        finally:
            server.stop()
