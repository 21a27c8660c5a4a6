"""Three real servers on one PostgreSQL serve equal feeds when a host or the database ends."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import write_article
from tests.fleet.servers import FleetServer
from tests.postgres import PostgresServer, execute
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.fixture
def servers(corpus: Path, tmp_path: Path, database: str) -> Iterator[list[FleetServer]]:
    write_article(corpus, "_news/2026-01-02-one.md", title="One")
    made = [FleetServer(name, corpus, tmp_path / name, database) for name in "abc"]
    try:
        for server in made:
            server.start()
        yield made
    finally:
        for server in made:
            server.stop()


def feeds_of(servers: list[FleetServer]) -> set[object]:
    """The different responses of *servers* to the same requests."""
    found = [[server.get(path) for path in ("/feed.rss", "/feed.json")] for server in servers]
    return {tuple((each.headers["ETag"], each.body) for each in responses) for responses in found}


def test_a_fleet_survives_its_hosts_and_its_database(
    servers: list[FleetServer], postgres: PostgresServer, database: str
) -> None:
    first: FleetServer = eventually(lambda: next(filter(FleetServer.leads, servers), None))
    second, third = (server for server in servers if server is not first)

    eventually(lambda: third.feeds("fleet", "status")[0] == 0)
    status, output = third.feeds("fleet", "status", "--json")
    described = json.loads(output)
    assert (status, described["journal"]["leader"]) == (0, first.name)
    assert [each["state"] for each in described["hosts"]] == ["ok"] * 3

    first.write("Two")
    eventually(lambda: all(server.shows("One", "Two") for server in servers))
    assert len(feeds_of(servers)) == 1
    assert second.feeds("refresh") == (0, f"requested a scan from {first.name}, which leads the fleet\n")

    # The leader dies. Only the host whose corpus is up to date leads.
    first.sync_to(second)
    eventually(lambda: "is older than the corpus that was published last" in str(third.part("trouble")))
    first.kill()
    second.write("Three")
    eventually(lambda: second.shows("Three") and third.shows("Three"))
    assert second.leads()

    # The database stops. All hosts answer, and start again.
    postgres.stop()
    first.start()
    third.restart()
    assert all(server.shows("One", "Two") for server in servers)
    assert len(feeds_of([second, third])) == 1
    second.write("Four")
    postgres.start()
    eventually(lambda: all(server.shows("Three", "Four") for server in servers))
    assert len(feeds_of(servers)) == 1

    # The leader stops, and another one leads at once.
    [leader] = filter(FleetServer.leads, servers)
    others = [server for server in servers if server is not leader]
    leader.sync_to(*others)
    leader.stop()
    assert execute(database, "SELECT leader FROM feeds.journal") != [(leader.name,)]  # it gave it back
    eventually(lambda: any(map(FleetServer.leads, others)))
