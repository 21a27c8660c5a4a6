"""Connections to PostgreSQL: errors when one cannot be made or ends, and reconnection."""

import signal
import socket
from contextlib import closing

import psycopg
import pytest

from feeds.errors import SettingsError
from feeds.fleet.errors import JournalError, LeaseLost
from feeds.fleet.postgres.connection import PostgresConnection
from feeds.fleet.postgres.failures import journal_error
from feeds.fleet.postgres.journal import PostgresJournal
from tests.fleet.chain import GENERATION, START, append, batches_after, lead, write
from tests.postgres import LOCKED, PostgresServer, execute, running_postgres
from tests.server import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PASSWORD = "open-sesame"


@pytest.fixture(scope="module")
def locked(postgres: PostgresServer) -> str:
    """The name of a user with a password."""
    postgres.execute(f"CREATE ROLE {LOCKED} LOGIN PASSWORD '{PASSWORD}'")
    return LOCKED


def problem(url: str) -> str:
    """The text of the error of a journal at *url*."""
    with pytest.raises(JournalError) as raised:
        PostgresJournal(url).head()
    assert PASSWORD not in str(raised.value)
    assert "wrong" not in str(raised.value)
    return str(raised.value)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    port = free_port()
    assert problem(f"postgresql://feeds:wrong@127.0.0.1:{port}/feeds") == (
        f"postgresql://127.0.0.1:{port}/feeds: cannot be reached: connection refused; "
        "start PostgreSQL, or correct host and port in fleet.dsn"
    )


def test_a_server_that_does_not_answer_is_given_up(postgres: PostgresServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        said = problem(f"postgresql://127.0.0.1:{port}/feeds?connect_timeout=2")
    assert ": cannot be reached: no answer in time; " in said


def test_a_name_of_no_host_is_said() -> None:
    said = problem("postgresql://nothing.invalid/feeds")
    assert said == (
        "postgresql://nothing.invalid/feeds: cannot be reached: unknown host; "
        "correct the host in fleet.dsn"
    )


def test_a_socket_that_is_missing_is_said(postgres: PostgresServer) -> None:
    assert ": cannot be reached: no such socket; " in problem("postgresql:///feeds?host=/nowhere")


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_is_said(password: str, postgres: PostgresServer, locked: str) -> None:
    assert problem(postgres.url("postgres", locked, password)) == (
        f"postgresql://127.0.0.1:{postgres.port}/postgres: password refused; "
        "correct user and password in fleet.dsn"
    )


def test_a_missing_database_and_a_missing_user_are_said(postgres: PostgresServer) -> None:
    assert ": no such database; create it with createdb" in problem(postgres.url("missing"))
    assert ": no such user; create it with createuser" in problem(postgres.url("postgres", "nobody"))


def test_a_user_that_may_make_no_tables_is_told_so(
    postgres: PostgresServer, locked: str, database: str
) -> None:
    name = database.rpartition("/")[2]
    assert (": the user may not do that; GRANT CREATE on the database to it") in problem(
        postgres.url(name, locked, PASSWORD)
    )
    execute(database, f"CREATE SCHEMA feeds AUTHORIZATION {locked}")
    with closing(PostgresJournal(postgres.url(name, locked, PASSWORD))) as journal:
        journal.head()


def test_a_standby_is_told_from_a_primary(postgres: PostgresServer, database: str) -> None:
    journal = PostgresJournal(database)
    lease = lead(journal)
    [batch] = batches_after(START, "one")
    name = database.rpartition("/")[2]
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    journal.close()
    with pytest.raises(JournalError, match=": is read-only, as a standby is; name the primary in"):
        journal.append(lease, START, batch, GENERATION)
    postgres.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    journal.append(lease, START, batch, GENERATION)
    journal.close()


def test_of_several_servers_the_one_that_can_be_written_is_found(
    postgres: PostgresServer, database: str
) -> None:
    _, _, name = database.rpartition("/")
    dead = free_port()
    url = f"postgresql://feeds@127.0.0.1:{dead},127.0.0.1:{postgres.port}/{name}"
    journal = PostgresJournal(url)
    assert journal.name == f"postgresql://127.0.0.1:{dead},127.0.0.1:{postgres.port}/{name}"
    write(journal, "one")
    journal.close()


def test_too_many_connections_are_said(postgres: PostgresServer, database: str) -> None:
    _, _, name = database.rpartition("/")
    execute(database, f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    postgres.execute("CREATE ROLE guest LOGIN")
    said = problem(postgres.url(name, "guest"))
    assert ": too many connections; increase max_connections of PostgreSQL" in said


@pytest.mark.parametrize("dsn", ["postgresql://u:secret@db/feeds?colour=red", "postgresql://[::1/f"])
def test_an_address_that_cannot_be_read_is_a_bad_setting(dsn: str) -> None:
    with pytest.raises(SettingsError) as raised:
        PostgresJournal(dsn)
    assert str(raised.value) == (
        "fleet.dsn: not the address of a PostgreSQL database; "
        "write postgresql://user:password@host:5432/database"
    )


def test_after_a_failover_the_lost_end_is_given_back() -> None:
    with running_postgres() as primary, running_postgres(primary) as standby:
        first, second = primary.port, standby.port
        name = primary.new_database().rpartition("/")[2]
        journal = PostgresJournal(f"postgresql://feeds@127.0.0.1:{second},127.0.0.1:{first}/{name}")
        [one] = write(journal, "one")
        identity = journal.head().identity
        known = "SELECT number FROM feeds.journal"
        eventually(lambda: reads(standby.url(name), known) == [(1,)])
        with (
            closing(PostgresJournal(standby.url(name))) as reader,
            pytest.raises(JournalError, match=": is read-only, as a standby is"),
        ):
            lead(reader)
        standby.stop()
        lost = write(journal, "two", "three")
        lease = lead(journal)
        primary.stop(signal.SIGQUIT)
        standby.start()
        for _ in range(2):
            with pytest.raises(JournalError):
                journal.head()
        standby.promote()
        head = journal.head()
        assert (head.identity, head.position) == (identity, one.position)
        with pytest.raises(LeaseLost):
            journal.append(lease, lost[-1].position, batches_after(lost[-1].position, "4")[0], GENERATION)
        journal.restore(lost)
        assert journal.batches(0, 99) == [one, *lost]
        journal.close()


def reads(url: str, statement: str) -> list[object]:
    """The rows of *statement*, none while a standby does not have the database yet."""
    try:
        return execute(url, statement)
    except psycopg.Error:
        return []


def test_a_server_that_is_silent_is_given_up_and_asked_again(database: str) -> None:
    connection = PostgresConnection(database, patience=0)
    connection.rows("SELECT 1")
    with pytest.raises(JournalError, match=": no answer within 1 second; see that PostgreSQL runs"):
        connection.rows("SELECT pg_sleep(3600)", seconds=1)
    assert connection.rows("SELECT 1") == [(1,)]
    connection.close()


def test_a_server_that_starts_again_is_used_again() -> None:
    with running_postgres() as server:
        journal = PostgresJournal(server.new_database())
        [batch] = write(journal, "one")
        lease = lead(journal)
        server.stop(signal.SIGQUIT)
        [second] = batches_after(batch.position, "two")
        with pytest.raises(JournalError, match=r": connection (?:ended|failed)"):
            journal.append(lease, batch.position, second, GENERATION)
        with pytest.raises(JournalError, match=": cannot be reached: connection refused"):
            journal.wait(3600)
        server.start()
        journal.wait(3600)
        append(journal, lead(journal), [second])
        journal.close()


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (psycopg.errors.DiskFull, "disk full; free some space there"),
        (psycopg.errors.LockNotAvailable, "locked by another connection; wait, the server tries again"),
        (psycopg.errors.QueryCanceled, "no answer in time; wait, the server tries again"),
        (psycopg.errors.AdminShutdown, "connection ended by the server; wait, the server tries again"),
        (psycopg.errors.CannotConnectNow, "cannot be reached: it starts or stops; wait"),
        (psycopg.errors.SyntaxError, "refused: syntaxError; see its log"),
        (psycopg.OperationalError, "connection failed: oops; wait, the server tries again"),
    ],
)
def test_an_error_says_what_is_to_be_done(error: type[psycopg.Error], text: str) -> None:
    assert str(journal_error("db", error("Oops.\nmore"))).startswith(f"db: {text}")


@pytest.mark.parametrize(
    ("dsn", "name"),
    [
        ("postgresql://u:secret@db.example:5433/feeds?sslmode=require", "postgresql://db.example:5433/feeds"),
        ("postgresql://u:secret@db.example/feeds", "postgresql://db.example/feeds"),
        ("postgresql://u@a,b:2/feeds", "postgresql://a,b:2/feeds"),
        ("postgres://u:secret@[::1]:5/feeds", "postgresql://[::1]:5/feeds"),
        ("postgresql://u:sec@ret@db.example/feeds", "postgresql://db.example/feeds"),
        ("postgresql:///feeds?host=/run/postgresql", "postgresql:///feeds"),
        ("postgresql://u@db.example", "postgresql://db.example/u"),
    ],
)  # fmt: skip
def test_the_name_of_a_journal_has_no_secret(dsn: str, name: str) -> None:
    assert PostgresConnection(dsn).name == name
