"""Fixtures for every journal. A new backend is one more line in BACKENDS."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, Protocol

import psycopg
import pytest

from feeds.fleet import LEASE_SECONDS, Journal
from feeds.fleet.postgres.journal import PostgresJournal
from tests.fleet.memory_journal import MemoryJournal, SharedJournal
from tests.postgres import PostgresServer

Clock = Callable[[], float]


class JournalBackend(Protocol):
    """One journal, what may happen to it, and the hosts that open it."""

    def open(self, clock: Clock | None = None) -> Journal:
        """The journal as a host with *clock* sees it, by default with that of the journal."""

    def end_lease(self) -> None:
        """Let the time of the present lease pass."""

    def keep_lease(self) -> None:
        """Let no time pass for a lease that is in force."""

    def lose(self, number: int) -> None:
        """Lose the last *number* batches."""

    def disconnect(self) -> None:
        """End all connections."""

    def age_reports(self) -> None:
        """Let a day pass since the last report of each host."""


class MemoryBackend(JournalBackend):
    """A journal in memory."""

    def __init__(self) -> None:
        self._shared = SharedJournal()

    def open(self, clock: Clock | None = None) -> Journal:
        return MemoryJournal(self._shared, clock)

    def end_lease(self) -> None:
        self._shared.now += LEASE_SECONDS

    def keep_lease(self) -> None:
        """Its time does not pass by itself."""

    def lose(self, number: int) -> None:
        self._shared.lose(number)

    def disconnect(self) -> None:
        """There are none."""

    def age_reports(self) -> None:
        self._shared.now += 86_400


@contextmanager
def memory(_request: pytest.FixtureRequest) -> Iterator[JournalBackend]:
    yield MemoryBackend()


class PostgresBackend(JournalBackend):
    """A journal in the database at *url* of *server*."""

    def __init__(self, server: PostgresServer, url: str) -> None:
        self._server = server
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None

    def open(self, clock: Clock | None = None) -> Journal:
        return PostgresJournal(self._url, clock or time.time)

    def end_lease(self) -> None:
        self._execute("UPDATE feeds.journal SET until = clock_timestamp()")

    def keep_lease(self) -> None:
        self._execute(
            "UPDATE feeds.journal SET until = clock_timestamp() + make_interval(secs => %s) "
            "WHERE until > clock_timestamp()",
            LEASE_SECONDS,
        )

    def lose(self, number: int) -> None:
        [[end]] = self._execute("SELECT number - %s FROM feeds.journal", number).fetchall()
        for table in ("batches", "snapshots"):
            self._execute(f"DELETE FROM feeds.{table} WHERE number > %s", end)
        self._execute(
            "UPDATE feeds.journal SET (number, digest) = (SELECT number, digest FROM ("
            "SELECT number, digest FROM feeds.batches UNION SELECT number, digest FROM feeds.snapshots "
            "UNION VALUES (0, ''::bytea)) AS known ORDER BY number DESC LIMIT 1)"
        )

    def disconnect(self) -> None:
        self.close()
        self._server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [self._url.rpartition("/")[2]],
        )

    def age_reports(self) -> None:
        self._execute("UPDATE feeds.hosts SET seen = seen - interval '1 day'")

    def close(self) -> None:
        """Close its own connection, if it is open."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _execute(self, statement: str, *values: object) -> psycopg.Cursor[Any]:
        self._connection = self._connection or psycopg.connect(self._url, autocommit=True)
        return self._connection.execute(statement, values or None)


@contextmanager
def in_postgres(request: pytest.FixtureRequest) -> Iterator[JournalBackend]:
    server, url = request.getfixturevalue("postgres"), request.getfixturevalue("fleet_database")
    with closing(PostgresBackend(server, url)) as backend:
        yield backend


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[JournalBackend]]] = {
    "memory": memory,
    "postgres": in_postgres,
}


@pytest.fixture(params=BACKENDS.values(), ids=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[JournalBackend]:
    """An empty journal of each kind."""
    with request.param(request) as made:
        yield made


@pytest.fixture
def opened(backend: JournalBackend) -> Iterator[Callable[[], Journal]]:
    """Opens the journal again with each call, as another host does."""
    made: list[Journal] = []

    def another() -> Journal:
        made.append(backend.open())
        return made[-1]

    yield another
    for journal in made:
        journal.close()


@pytest.fixture
def journal(opened: Callable[[], Journal]) -> Journal:
    """The journal as one host sees it."""
    return opened()
