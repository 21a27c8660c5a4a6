"""The state beside the store of a fleet: one for all hosts, in the database of the journal."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import blake2b

from msgspec.structs import asdict

from feeds.fleet.errors import JournalError
from feeds.fleet.postgres.connection import PostgresConnection
from feeds.store.state import Probe, SharedState

_PROBER = 0x70726F6265  # the advisory lock of the host that probes: "probe"
_FIELDS = Probe.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_CHANGE = "UPDATE feeds.state SET change = gen_random_uuid()"
_RECORD = f"""
INSERT INTO feeds.probes (key, {_COLUMNS})
VALUES (%(key)s, {", ".join(f"%({name})s" for name in _FIELDS)})
ON CONFLICT (key) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _FIELDS)}
"""
_FORGET = f"WITH changed AS ({_CHANGE}) DELETE FROM feeds.probes WHERE key = ANY(%(keys)s)"
# The transaction stays open while this host probes: PostgreSQL ends it if the host is gone. It holds
# neither a row nor a snapshot of the database.
_HOLD = """
SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL tcp_keepalives_idle = 5;
SET LOCAL tcp_keepalives_interval = 3; SET LOCAL tcp_keepalives_count = 3
"""


class PostgresState(SharedState):
    """The state in the database at *dsn*, whose tables the first call makes."""

    def __init__(self, dsn: str) -> None:
        self._database = PostgresConnection(dsn)
        self._prober = PostgresConnection(dsn)

    def version(self) -> object:
        """See SharedState."""
        [[change]] = self._database.rows("SELECT change::text FROM feeds.state")
        return change

    def probes(self) -> dict[str, Probe]:
        """See SharedState."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM feeds.probes")
        return {row[0]: Probe(*row) for row in rows}

    def record_probes(self, probes: Sequence[Probe]) -> None:
        """See SharedState."""
        with self._database.used() as connection, connection.transaction(), connection.cursor() as cursor:
            cursor.execute(_CHANGE)
            cursor.executemany(_RECORD, [{"key": _key(probe.url), **asdict(probe)} for probe in probes])

    def forget_probes(self, urls: Iterable[str]) -> None:
        """See SharedState."""
        self._database.rows(_FORGET, {"keys": [_key(url) for url in urls]})

    def acquire_prober(self) -> bool:
        """See SharedState."""
        with self._prober.used() as connection:
            if not connection.info.transaction_status:
                connection.execute("BEGIN")
                [[is_free]] = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_PROBER])
                if not is_free:
                    connection.execute("ROLLBACK")
                    return False
            connection.execute(_HOLD)  # fails if the server has ended the transaction
            return True

    def close(self) -> None:
        """See SharedState."""
        if self._prober.is_open:
            with suppress(JournalError), self._prober.used() as connection:
                connection.execute("ROLLBACK")
        self._prober.close()
        self._database.close()


def _key(url: str) -> bytes:
    """The key of the row of *url*."""
    return blake2b(url.encode(), digest_size=16).digest()
