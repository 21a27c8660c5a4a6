"""The PostgreSQL of tests."""

from tests.postgres import PostgresServer, execute


def test_every_test_has_an_empty_database_of_its_own(postgres: PostgresServer, database: str) -> None:
    execute(database, "CREATE TABLE made (number integer)")
    other = postgres.new_database()
    assert execute(other, "SELECT to_regclass('made')") == [(None,)]
