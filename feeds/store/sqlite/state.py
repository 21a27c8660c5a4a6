"""The SharedState of one host: a SQLite file of its own beside the store.

No connection stays open between two calls. The file has a rollback journal, so that its header counts
the commits.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec.structs import astuple

from feeds.errors import StoreError, failure
from feeds.store.sqlite.side_file import BUSY_TIMEOUT, bring_up, errors_of
from feeds.store.sqlite.writer_lock import WriterLock
from feeds.store.state import Probe, SharedState

# The statements that lead from each version of the schema to the next; only appended to.
STATE_MIGRATIONS = (
    "CREATE TABLE probes (url TEXT PRIMARY KEY, at INTEGER, status TEXT, reason TEXT, failures INTEGER, "
    "since INTEGER, not_before INTEGER, length INTEGER, type TEXT, width INTEGER, height INTEGER) "
    "WITHOUT ROWID",
)
# The file change counter: https://www.sqlite.org/fileformat.html#file_change_counter
_HEADER, _COUNTER = 28, slice(24, 28)
_PROBE = ", ".join(Probe.__struct_fields__)
_REMEDY = "delete it, and run feeds images --probe to make it again"


class SQLiteState(SharedState):
    """The state in the file at *path*, which the first change creates."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = WriterLock(path)

    def version(self) -> object:
        """See SharedState."""
        try:
            with open(self._path, "rb") as file:
                return os.fstat(file.fileno()).st_ino, file.read(_HEADER)[_COUNTER]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(self._path, *failure("cannot be read", error)) from error

    def probes(self) -> dict[str, Probe]:
        """See SharedState."""
        if self.version() is None:
            return {}
        with self._connected() as database:
            return {row[0]: Probe(*row) for row in database.execute(f"SELECT {_PROBE} FROM probes")}

    def record_probes(self, probes: Sequence[Probe]) -> None:
        """See SharedState."""
        marks = ",".join("?" * len(Probe.__struct_fields__))
        with self._connected() as database:
            database.executemany(
                f"INSERT OR REPLACE INTO probes ({_PROBE}) VALUES ({marks})", map(astuple, probes)
            )

    def forget_probes(self, urls: Iterable[str]) -> None:
        """See SharedState."""
        with self._connected() as database:
            database.executemany("DELETE FROM probes WHERE url = ?", [(url,) for url in urls])

    def acquire_prober(self) -> bool:
        """See SharedState."""
        return self._lock.acquire()

    def close(self) -> None:
        """See SharedState."""
        self._lock.release()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection in a transaction, with the schema of this version."""
        with (
            errors_of(self._path, _REMEDY),
            closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT)) as database,
            database,
        ):
            bring_up(database, STATE_MIGRATIONS, self._path)
            yield database
