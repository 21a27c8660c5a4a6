"""Commands on the hosts of a fleet, without any server."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from msgspec import structs

from feeds.bootstrap import journal_of
from feeds.fleet import FleetHost, Generation, Journal
from feeds.settings import Settings
from feeds.settings.sections import FleetSettings
from feeds.store.replication import Position
from tests.commands import invoke

HOST = FleetHost(
    host="a", role="leader", position=0, revision=0, version="0.5.0", format=1, edition="0123456789"
)
OLD = Generation(1_780_000_000, "0123456789abcdef")


@pytest.fixture
def journal(database: str) -> Iterator[Journal]:
    made = journal_of(Settings(fleet=FleetSettings(dsn=database)))
    yield made
    made.close()


@pytest.fixture
def settings(database: str, tmp_path: Path, corpus: Path) -> dict[str, str]:
    """The settings of a host, as environment variables."""
    return {
        "FEEDS_FLEET_DSN": database,
        "FEEDS_CORPUS_PATH": str(corpus),
        "FEEDS_STORE_PATH": str(tmp_path / "store.db"),
    }


def lines(done: Result) -> list[str]:
    return done.output.splitlines()


def test_the_status_of_a_fleet_that_works_is_success(journal: Journal, settings: dict[str, str]) -> None:
    journal.acquire("a", OLD, Position())
    journal.report(HOST)
    done = invoke("fleet", "status", **settings)
    assert done.exit_code == 0
    assert lines(done)[0] == f"journal {journal.name}: batch 0, snapshot 0, corpus -, epoch 1, leader a"
    assert re.match(
        r"a: ok, leader, batch 0, seen \d s ago, clock \+0.000 s, version 0.5.0", lines(done)[1]
    )
    journal.acquire("a", OLD, Position())  # the lease may be over
    found = json.loads(invoke("fleet", "status", "--json", **settings).output)
    assert found["journal"]["leader"] == "a"
    assert found["hosts"][0] | {"seen_seconds": 0} == {
        "host": "a", "state": "ok", "role": "leader", "batch": 0, "batches_behind": 0, "revision": 0,
        "seen_seconds": 0, "offset_seconds": 0, "version": "0.5.0", "format": 1, "edition": "0123456789",
        "trouble": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"trouble": "disk full"}, "a: trouble, leader"),
        ({"host": "b"}, "b: ok, leader"),  # nobody leads
    ],
)
def test_a_fleet_with_trouble_or_without_a_leader_is_none(
    journal: Journal, settings: dict[str, str], change: dict[str, str], line: str
) -> None:
    if "trouble" in change:
        journal.acquire("a", OLD, Position())
    journal.report(FleetHost(**{name: getattr(HOST, name) for name in HOST.__struct_fields__} | change))
    done = invoke("fleet", "status", **settings)
    assert done.exit_code == 1
    assert lines(done)[1].startswith(line)


def test_the_doctor_finds_a_fleet_that_works(journal: Journal, settings: dict[str, str]) -> None:
    journal.acquire("a", OLD, Position())
    journal.report(HOST)
    done = invoke("doctor", "--offline", "--json", **settings, FEEDS_FLEET_HOST="a")
    found = [each for each in json.loads(done.output)["findings"] if each["group"] == "fleet"]
    assert found == [{"group": "fleet", "level": "ok", "message": "fleet: 1 host, led by a"}]


def test_the_doctor_names_what_is_wrong_with_a_fleet(journal: Journal, settings: dict[str, str]) -> None:
    journal.report(FleetHost(**{**structs.asdict(HOST), "trouble": "disk full"}))
    done = invoke("doctor", "--offline", "--json", **settings, FEEDS_FLEET_HOST="b")
    found = [each["message"] for each in json.loads(done.output)["findings"] if each["group"] == "fleet"]
    assert found == [
        "fleet: no host leads; start a host that has the corpus",
        "a: disk full; see its log",
        "b: this host does not report to the journal; start its server",
    ]


def test_a_host_is_forgotten(journal: Journal, settings: dict[str, str]) -> None:
    journal.report(HOST)
    assert invoke("fleet", "forget", "a", **settings).exit_code == 0
    assert journal.hosts() == []
    done = invoke("fleet", "forget", "a", **settings)
    assert done.exit_code == 2
    assert "no host 'a' has reported within a day; start a host" in done.output


def test_an_older_corpus_is_accepted(journal: Journal, settings: dict[str, str]) -> None:
    lease = journal.acquire("a", OLD, Position())
    assert lease
    journal.renew(lease, OLD)
    assert journal.head().generation == OLD
    assert invoke("fleet", "accept", **settings).exit_code == 0
    assert journal.head().generation == Generation()


def test_a_host_alone_has_no_fleet() -> None:
    done = invoke("fleet", "status", FEEDS_FLEET_DSN="")
    assert done.output.startswith("feeds: fleet.dsn: empty, so that this host is alone; ")


def test_a_refresh_waits_for_the_next_leader_and_adopts_nothing(
    journal: Journal, settings: dict[str, str]
) -> None:
    done = invoke("refresh", "--accept-removals", **settings)
    assert done.output == "requested a scan from the next host that leads the fleet\n"
    lease = journal.acquire("a", OLD, Position())
    assert lease
    assert journal.requests(lease) == {"scan", "accept-removals"}
    assert "--adopt: not possible in a fleet" in invoke("refresh", "--adopt", **settings).output


def test_a_store_that_follows_a_journal_is_not_restored(settings: dict[str, str], tmp_path: Path) -> None:
    done = invoke("store", "restore", tmp_path / "backup.db", **settings)
    assert (
        "follows a journal, which would replace what is restored; restore it without fleet.dsn"
        in done.output
    )


def test_a_host_without_the_driver_names_the_extra(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("feeds.fleet.postgres.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    done = invoke("fleet", "status", **settings)
    assert "fleet.dsn: psycopg is not installed; install the extra fleet" in done.output
