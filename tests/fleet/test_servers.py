"""Three real servers on one PostgreSQL serve equal feeds when a host or the database ends."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from tests.builders import write_article
from tests.commands import invoke
from tests.postgres import PostgresServer
from tests.server import Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow


class FleetServer(Server):
    """The server of host *name*, with a copy of *corpus* of its own."""

    def __init__(self, name: str, corpus: Path, folder: Path, database: str) -> None:
        folder.mkdir(parents=True)
        copytree(corpus, folder / "corpus")
        settings = {"FEEDS_FLEET_DSN": database, "FEEDS_FLEET_HOST": name}
        super().__init__(
            folder / "corpus", folder, "serve", FEEDS_SITE_AUTHORITY="example.org", **settings
        )
        self.name = name

    def write(self, title: str) -> None:
        write_article(self.corpus, f"_news/2026-01-02-{title.lower()}.md", title=title)

    def sync_to(self, *others: "FleetServer") -> None:
        """Copy the corpus with its times."""
        for other in others:
            copytree(self.corpus, other.corpus, dirs_exist_ok=True)

    def part(self, name: str) -> object:
        """One fact of this host in its fleet."""
        return (self.status()["fleet"] or {}).get(name)

    def leads(self) -> bool:
        return self.is_running() and self.part("role") == "leader"

    def shows(self, *titles: str) -> bool:
        return {*titles} <= {*self.titles()}

    def feeds(self, *words: str) -> tuple[int, str]:
        """Run a command on this host; return its exit status and output."""
        done = invoke(*words, **self.settings)
        return done.exit_code, done.output


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
    servers: list[FleetServer], postgres: PostgresServer
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
    eventually(lambda: any(map(FleetServer.leads, others)), within=5)
