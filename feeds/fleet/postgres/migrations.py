"""The tables of a fleet in PostgreSQL: numbered SQL files, applied in order by any host that has them.

Files only add: programs of two versions use the same tables while hosts are updated one by one.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import psycopg

from feeds.fleet.errors import JournalError

_LOCK = 0x6665656473  # the advisory lock, in no other use: "feeds"

# A query of the catalog sees what others have committed; to_regclass may remember that there is no table.
_TABLE = """
SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'feeds' AND c.relname = 'schema'
"""
_LAST = "SELECT version, readable_by FROM feeds.schema ORDER BY version DESC LIMIT 1"


@cache
def scripts() -> Mapping[int, bytes]:
    """The SQL of each version."""
    found = (
        file for file in files(__package__).joinpath("schema").iterdir() if file.name.endswith(".sql")
    )
    return {int(file.name.removesuffix(".sql")): file.read_bytes() for file in found}


def migrate(connection: psycopg.Connection, name: str, known: Mapping[int, bytes] | None = None) -> None:
    """Bring the tables to the newest version in *known*, by default of this program.

    Raises JournalError, about the journal *name*, if they have a version that this program cannot use.
    """
    known = scripts() if known is None else known
    if not _missing(connection, name, known):
        return
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '2s'")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for version in _missing(connection, name, known):
            connection.execute(known[version])


def _missing(connection: psycopg.Connection, name: str, known: Mapping[int, bytes]) -> Sequence[int]:
    """The versions to be applied."""
    version, readable_by = _present(connection)
    newest = max(known)
    if readable_by > newest:
        problem = f"has tables of a newer version ({version}; this program knows {newest})"
        raise JournalError(name, problem, "update feeds on this host")
    return [number for number in sorted(known) if number > version]


def _present(connection: psycopg.Connection) -> tuple[int, int]:
    """The version of the tables, and the least version that a program has to know to use them."""
    if not connection.execute(_TABLE).fetchone():
        return 0, 0
    return connection.execute(_LAST).fetchone() or (0, 0)
