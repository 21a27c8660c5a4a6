"""A connection to PostgreSQL that is made when it is needed, and made again after every error."""

import os
import select
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import conninfo

from feeds.errors import SettingsError, counted
from feeds.fleet.errors import JournalError
from feeds.fleet.postgres.deadlines import Deadlines
from feeds.fleet.postgres.failures import journal_error
from feeds.fleet.postgres.migrations import migrate

STATEMENT_SECONDS = 30.0
_PARAMETERS = {
    "application_name": "feeds",
    "client_encoding": "UTF8",
    "connect_timeout": 5,
    # A peer that is gone is noticed after 14 s without traffic, and 10 s after a request.
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_SET = f"""
SELECT set_config('statement_timeout', '{STATEMENT_SECONDS:.0f}s', false),
set_config('lock_timeout', '5s', false), set_config('idle_in_transaction_session_timeout', '5s', false)
"""

_DEADLINES = Deadlines()

_Values = Mapping[str, object]
_Row = tuple[Any, ...]
_NONE: _Values = MappingProxyType({})


class PostgresConnection:
    """A connection in autocommit to the database at *dsn*, used by one thread at a time.

    Every error of the driver becomes a JournalError, and the next call connects again. Nothing is
    prepared, and no call needs a state of the session, so that a pooler may stand between. After the time
    in which the server must have ended a statement, its answer is awaited for *patience* seconds more.
    """

    def __init__(self, dsn: str, patience: float = 5) -> None:
        self._patience = patience
        self._given = _parameters(dsn)
        self.name = _address(self._given)
        self._connection: psycopg.Connection | None = None
        self._socket: socket.socket | None = None
        self._is_listening = False

    def rows(
        self, statement: str, values: _Values = _NONE, seconds: float = STATEMENT_SECONDS
    ) -> list[_Row]:
        """The rows of *statement*, which commits itself; *seconds* is the most that it may take.

        After an error, the statement may have been committed.
        """
        with self.used(seconds) as connection:
            if seconds <= STATEMENT_SECONDS:
                return _rows(connection, statement, values)
            with connection.transaction():
                allow(connection, seconds)
                return _rows(connection, statement, values)

    @contextmanager
    def used(self, seconds: float = STATEMENT_SECONDS) -> Iterator[psycopg.Connection]:
        """Yield the connection, which is cut some time after *seconds*."""
        try:
            connection = self._connection or self._connect()
            with self._ended_after(seconds + self._patience):
                yield connection
        except psycopg.Error as error:
            self.close()
            raise journal_error(self.name, error) from error
        except BaseException:
            self.close()
            raise

    def wait(self, channel: str, seconds: float) -> None:
        """Wait for a notification on *channel*, at most some *seconds*.

        The first call on a new connection returns at once, because a notification may have been missed.
        A pooler that gives connections to transactions delivers none.
        """
        with self.used(seconds) as connection:
            if not self._is_listening:
                connection.execute(f"LISTEN {channel}")
                self._is_listening = True
                return
            if not _has_notification(connection):
                readable = select.poll()  # the wait of the driver wakes up ten times a second
                readable.register(connection, select.POLLIN)
                readable.poll(1000 * seconds)
                _has_notification(connection)

    @property
    def is_open(self) -> bool:
        """True if there is a connection, as far as is known."""
        return self._connection is not None

    def close(self) -> None:
        """Close the connection."""
        self._is_listening = False
        connection, self._connection = self._connection, None
        duplicate, self._socket = self._socket, None
        if duplicate:
            duplicate.close()
        if connection:
            with suppress(psycopg.Error):
                connection.close()

    def _connect(self) -> psycopg.Connection:
        several = {"target_session_attrs": "read-write"} if "," in str(self._given.get("host")) else {}
        parameters: dict[str, Any] = _PARAMETERS | several | self._given
        made = psycopg.connect(**parameters, autocommit=True, prepare_threshold=None)
        self._connection = made
        self._socket = socket.socket(fileno=os.dup(made.fileno()))
        with self._ended_after(STATEMENT_SECONDS):
            made.execute(_SET)
            migrate(made, self.name)
        return made

    @contextmanager
    def _ended_after(self, seconds: float) -> Iterator[None]:
        """Cut the connection after *seconds*: a server that is paused never answers."""
        cut = _Cut(self._socket)
        try:
            with _DEADLINES.after(seconds, cut):
                yield
        except psycopg.Error as error:
            if cut.is_done:
                late = f"no answer within {counted(round(seconds), 'second')}"
                raise JournalError(self.name, late, "see that PostgreSQL runs") from error
            raise


class _Cut:
    """Ends a connection from another thread. *duplicate* is a second descriptor of its socket."""

    def __init__(self, duplicate: socket.socket | None) -> None:
        self._duplicate = duplicate
        self.is_done = False

    def __call__(self) -> None:
        if self._duplicate:
            self.is_done = True
            with suppress(OSError):
                self._duplicate.shutdown(socket.SHUT_RDWR)


def allow(connection: psycopg.Connection, seconds: float) -> None:
    """Allow each statement of the present transaction so many *seconds*."""
    connection.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds:.0f}s"])


def _rows(connection: psycopg.Connection, statement: str, values: _Values) -> list[_Row]:
    done = connection.execute(statement, values, binary=True)
    return done.fetchall() if done.description else []


def _has_notification(connection: psycopg.Connection) -> bool:
    """Take all notifications; return whether there was one."""
    return any([*connection.notifies(timeout=0)])


def _parameters(dsn: str) -> dict[str, Any]:
    try:
        return {**conninfo.conninfo_to_dict(dsn)}
    except psycopg.ProgrammingError as error:
        problem = "not the address of a PostgreSQL database"
        remedy = "write postgresql://user:password@host:5432/database"
        raise SettingsError("fleet.dsn", problem, remedy) from error


def _address(given: Mapping[str, Any]) -> str:
    """The address of a database without user and password; those of several servers are listed."""
    hosts = str(given.get("host") or given.get("hostaddr") or "").split(",")
    ports = str(given.get("port") or "").split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    places = [
        f"{_bracketed(host)}:{port}" if port else _bracketed(host)
        for host, port in zip(hosts, ports, strict=False)
        if host and not host.startswith("/")
    ]
    return f"postgresql://{','.join(places)}/{given.get('dbname') or given.get('user') or ''}"


def _bracketed(host: str) -> str:
    """*host* as in an address, without the end of a password that has an @."""
    name = host.rpartition("@")[2]
    return f"[{name}]" if ":" in name else name
