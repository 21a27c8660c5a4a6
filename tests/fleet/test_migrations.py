"""The tables of a fleet: they are made once, and two versions of the program use them at a time."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from feeds.fleet.errors import JournalError
from feeds.fleet.postgres.journal import PostgresJournal
from feeds.fleet.postgres.migrations import migrate, scripts
from tests.fleet.chain import append, batches_after, lead, write
from tests.postgres import PostgresServer, execute

pytestmark = pytest.mark.slow

NEXT = max(scripts()) + 1
LOCK = "SELECT pg_advisory_xact_lock(%s)"


def with_next(readable_by: int) -> dict[int, bytes]:
    """The scripts of a program one version later, whose tables that know *readable_by* can be used by."""
    added = f"""
        ALTER TABLE feeds.batches ADD later text NOT NULL DEFAULT '';
        INSERT INTO feeds.schema (version, readable_by) VALUES ({NEXT}, {readable_by});
    """
    return {**scripts(), NEXT: added.encode()}


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with closing(psycopg.connect(database, autocommit=True)) as made:
        yield made


def test_every_script_says_its_version_and_who_can_read_it() -> None:
    assert [*sorted(scripts())] == [*range(1, NEXT)]
    for version, script in scripts().items():
        said = re.findall(rb"INTO feeds\.schema \(version, readable_by\) VALUES \((\d+), (\d+)\)", script)
        assert [int(said[0][0]), len(said)] == [version, 1]
        assert int(said[0][1]) <= version


def test_tables_are_made_once_by_hosts_that_start_together(database: str) -> None:
    def identity(_host: int) -> str:
        with closing(PostgresJournal(database)) as journal:
            return journal.head().identity

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(identity, range(8)))) == 1
    assert execute(database, "SELECT count(*) FROM feeds.schema") == [(NEXT - 1,)]


def test_everything_is_in_one_schema(database: str) -> None:
    """The database can be shared with other programs."""
    with closing(PostgresJournal(database)) as journal:
        write(journal, "one")
    found = execute(
        database, "SELECT DISTINCT relnamespace::regnamespace::text FROM pg_class WHERE oid > 16384 "
        "AND relnamespace != 'pg_toast'::regnamespace",
    )  # fmt: skip
    assert found == [("feeds",)]


def test_two_versions_run_together_while_hosts_are_updated(
    database: str, connection: psycopg.Connection
) -> None:
    with closing(PostgresJournal(database)) as former, closing(PostgresJournal(database)) as other:
        [first] = write(former, "one")
        migrate(connection, "db", with_next(NEXT - 1))
        lease = lead(former)
        append(former, lease, [second := batches_after(first.position, "two")[0]])
        assert other.batches(0, 99) == [first, second]
        migrate(connection, "db", with_next(NEXT - 1))


def test_tables_that_this_version_cannot_use_are_refused(
    database: str, connection: psycopg.Connection
) -> None:
    migrate(connection, "db", with_next(NEXT))
    with closing(PostgresJournal(database)) as journal, pytest.raises(JournalError) as raised:
        journal.head()
    assert str(raised.value) == (
        f"{journal.name}: has tables of a newer version ({NEXT}; this program knows {NEXT - 1}); "
        "update feeds on this host"
    )


def test_a_script_that_fails_leaves_nothing(database: str, connection: psycopg.Connection) -> None:
    broken = {**scripts(), NEXT: b"CREATE TABLE feeds.later (); SELECT 1 / 0"}
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(connection, "db", broken)
    assert execute(database, "SELECT to_regnamespace('feeds')") == [(None,)]


def test_a_migration_does_not_wait_for_long(
    postgres: PostgresServer, database: str, connection: psycopg.Connection
) -> None:
    with closing(PostgresJournal(database)) as journal:
        journal.head()
    with closing(psycopg.connect(database)) as busy:
        busy.execute("SELECT FROM feeds.batches")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrate(connection, "db", with_next(NEXT))
    with closing(PostgresJournal(database)) as journal:
        write(journal, "one")
