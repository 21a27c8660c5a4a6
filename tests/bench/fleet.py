"""A fleet of three hosts on a real PostgreSQL with a durable disk: delays, failover, new hosts, costs."""

import argparse
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.bench.live import PAUSE, newest, retitle, shows
from tests.bench.processes import rated, spent
from tests.postgres import execute, programs, running_postgres
from tests.server import Server, get
from tests.waiting import eventually

HOSTS = ("one", "two", "three")
IDLE = 30  # seconds in which nothing happens
CALM = 5  # seconds before that, and before a leader is killed
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}

Say = Callable[[str, str], None]


def obstacle() -> str:
    """The reason that a fleet cannot be measured here, or empty."""
    try:
        programs()
    except pytest.skip.Exception as error:
        return str(error)
    return "" if shutil.which("wrk") else "wrk is not installed (tests/install-tools installs it)"


class Host(Server):
    """A host called *name* of the fleet with the database at *dsn*; one without a *dsn* is alone."""

    ready_within = 600  # a cold load on a busy machine

    def __init__(self, corpus: Path, folder: Path, name: str, dsn: str = "") -> None:
        self.name = name
        fleet = {"FEEDS_FLEET_DSN": dsn, "FEEDS_FLEET_HOST": name, "FEEDS_FLEET_DRAIN": "0"}
        super().__init__(corpus, folder / name, "asgi", 1, **(fleet if dsn else {}))

    def spent(self) -> float:
        """The seconds of CPU time that its processes have used."""
        return spent(self.process.pid)


class Fleet:
    """Hosts with one *corpus*, their stores in *folder*, and their database at *dsn*."""

    def __init__(self, corpus: Path, folder: Path, dsn: str) -> None:
        self.corpus = corpus
        self.folder = folder
        self.dsn = dsn
        self.hosts: list[Host] = []
        self._numbers = count(1)

    def join(self, name: str) -> None:
        """Start another host that may lead."""
        host = Host(self.corpus, self.folder, name, self.dsn)
        self.hosts.append(host)
        host.start()

    def leader(self) -> Host | None:
        """The host that holds the lease."""
        rows = self.execute("SELECT leader FROM feeds.journal WHERE until > clock_timestamp()")
        return next((host for host in self.hosts if rows and host.name == rows[0][0]), None)

    def others(self) -> list[Host]:
        """The hosts that do not lead."""
        leader = self.leader()
        return [host for host in self.hosts if host is not leader]

    def new_host(self) -> tuple[float, float]:
        """Start a host without a corpus and a store; the seconds until it is ready, and of CPU time."""
        name = f"new-{next(self._numbers)}"
        host = Host(self.folder / "none", self.folder, name, self.dsn)
        begun = time.monotonic()
        with host:
            return time.monotonic() - begun, host.spent()

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run *statement* in the database."""
        return execute(self.dsn, statement)

    def stop(self) -> None:
        for host in self.hosts:
            host.stop()


@contextmanager
def running_fleet(corpus: Path, folder: Path, names: Sequence[str]) -> Iterator[Fleet]:
    """Run hosts of these *names*; the first one reads the corpus, and begins the journal."""
    folder.mkdir()
    with running_postgres(**DURABLE) as server:
        fleet = Fleet(corpus, folder, server.new_database())
        try:
            for name in names:
                fleet.join(name)
            yield fleet
        finally:
            fleet.stop()


def measuring(
    corpus: Path, folder: Path, articles: int, chosen: argparse.Namespace, say: Say, *, whole: bool
) -> None:
    """Measure new hosts of *corpus*, and all else if *whole*."""
    name = f"{articles:,} articles"
    with running_fleet(corpus, folder, HOSTS if whole else HOSTS[:1]) as fleet:
        joining(fleet, name, chosen.rounds, say)
        if whole:
            with Host(corpus, folder, "alone") as alone:
                idling(fleet, alone, say)
                answering(fleet, alone, chosen.rounds, chosen.seconds, say)
            spreading(fleet, chosen.edits, say)
            failing(fleet, name, chosen.rounds, say)


def joining(fleet: Fleet, name: str, rounds: int, say: Say) -> None:
    """New hosts take the snapshot, then read the journal from its beginning, as there is no snapshot."""
    eventually(lambda: fleet.execute("SELECT id FROM feeds.snapshots"), within=60)
    from_snapshot = [fleet.new_host() for _ in range(rounds)]
    fleet.execute("DELETE FROM feeds.snapshots")
    [[batches, size]] = fleet.execute("SELECT count(*), sum(octet_length(content)) FROM feeds.batches")
    from_journal = [fleet.new_host() for _ in range(rounds)]
    for source, found in (
        ("the snapshot", from_snapshot),
        (f"{batches:,} batches of {size / 1e6:.1f} MB", from_journal),
    ):
        seconds, processors = (statistics.median(each) for each in zip(*found, strict=True))
        say(
            f"{name}: a new host from its start to /ready, from {source}",
            f"{seconds:.1f} s, {processors:.1f} s of CPU time (median of {rounds}; "
            f"at most {max(found)[0]:.1f} s)",
        )


def idling(fleet: Fleet, alone: Host, say: Say) -> None:
    """The CPU time that hosts take while nothing happens, all measured at once."""
    time.sleep(CALM)
    leader, servers = fleet.leader(), [*fleet.hosts, alone]
    before = {server.name: server.spent() for server in servers}
    begun = time.monotonic()
    time.sleep(IDLE)
    elapsed = time.monotonic() - begun
    cost = {server.name: 100 * (server.spent() - before[server.name]) / elapsed for server in servers}
    followers = [cost[host.name] for host in fleet.hosts if host is not leader]
    assert leader
    for role, percent in (
        ("a server alone", cost[alone.name]),
        ("a follower that could lead", max(followers)),
        ("the leader", cost[leader.name]),
    ):
        say(f"idle for {IDLE} s: {role}", f"{percent:.2f} % of a core")


def answering(fleet: Fleet, alone: Host, rounds: int, seconds: int, say: Say) -> None:
    """A cached feed from a server alone, a follower and the leader, each in turn in every round."""
    leader = fleet.leader()
    assert leader
    roles = {"a server alone": alone, "a follower": fleet.others()[0], "the leader": leader}
    asks = ["-H", "Accept-Encoding: gzip"]
    for server in roles.values():
        get(f"{server.url}/feed.rss", Accept_Encoding="gzip")
    rates: dict[str, list[tuple[float, float]]] = {role: [] for role in roles}
    for role in [*roles] * rounds:
        rates[role].append(rated(f"{roles[role].url}/feed.rss", roles[role].process.pid, asks, seconds))
    base = rates["a server alone"]
    for role, found in rates.items():
        rate, efficiency = (statistics.median(each) for each in zip(*found, strict=True))
        ratios = sorted(one[1] / other[1] for one, other in zip(found, base, strict=True))
        say(
            f"a cached feed (gzip): {role}",
            f"{rate:,.0f}/s, {efficiency:,.0f} in a second of CPU time: "
            f"{statistics.median(ratios):.2f} times alone ({ratios[0]:.2f} to {ratios[-1]:.2f})",
        )


def spreading(fleet: Fleet, edits: int, say: Say) -> None:
    """Edit an article again and again: the time until every host shows it."""
    file = newest(fleet.hosts[0].url, fleet.corpus)
    delays = sorted(_spread(fleet.hosts, file, f"Edit {number}") for number in range(edits))
    say(
        f"a saved file until all {len(fleet.hosts)} hosts show it ({edits} times)",
        f"median {1000 * statistics.median(delays):.0f} ms, p99 "
        f"{1000 * delays[int(0.99 * edits)]:.0f} ms, at most {1000 * delays[-1]:.0f} ms",
    )


def _spread(hosts: Sequence[Host], file: Path, title: str) -> float:
    time.sleep(PAUSE)
    begun = retitle(file, title)
    for host in hosts:
        eventually(lambda host=host: shows(host.url, title), every=0.005)
    return time.monotonic() - begun


def failing(fleet: Fleet, name: str, kills: int, say: Say) -> None:
    """Kill the leader with all its processes, and change a file at once."""
    delays = []
    for number in range(kills):
        eventually(fleet.leader)
        time.sleep(CALM)
        leader, others = fleet.leader(), fleet.others()
        assert leader
        file, title = newest(leader.url, fleet.corpus), f"After kill {number}"
        begun = time.monotonic()
        leader.kill()
        retitle(file, title)
        eventually(lambda others=others, title=title: any(shows(each.url, title) for each in others))
        delays.append(time.monotonic() - begun)
        leader.start()
        eventually(lambda title=title: all(shows(each.url, title) for each in fleet.hosts))
    say(
        f"{name}: leader killed until another host shows the next change ({kills} times)",
        f"median {statistics.median(delays):.1f} s, at most {max(delays):.1f} s",
    )
