"""Readers of a fleet: all hosts count the same clients, and requests wait while the database is down."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event, Thread

import pytest

from feeds.bootstrap.readership import ReaderCounter, RequestRecorder
from feeds.bootstrap.supervision import Task
from feeds.errors import StoreError
from feeds.fleet.postgres.readership import PostgresReadership
from feeds.http.cache_entry import CachedResponse, Request
from feeds.http.exchanges import ExchangeQueue
from feeds.settings import Settings
from feeds.settings.sections import FleetSettings, StoreSettings
from tests.postgres import PostgresServer
from tests.readership.week import MONDAY, agents_of
from tests.waiting import eventually

pytestmark = pytest.mark.slow

APP = agents_of("app")[0]
FULL = CachedResponse("200 OK", [], 200, [], b"12345")


class Hosts:
    """Some processes on hosts of a fleet, which share one database and one clock."""

    def __init__(self, database: str, folder: Path) -> None:
        self.settings = Settings(
            fleet=FleetSettings(dsn=database), store=StoreSettings(path=str(folder / "store.db"))
        )
        self.now = float(MONDAY)
        self.queues = [ExchangeQueue() for _ in range(2)]
        self.recorders = [
            RequestRecorder(self.settings, lambda: self.now, queue) for queue in self.queues
        ]

    def ask(self, host: int, address: str = "192.0.2.7") -> None:
        request = Request("GET", "/feed.rss", "", "", None, None, None, agent=APP, peer=address)
        self.queues[host].add((request, FULL, int(self.now), None))

    def write(self) -> None:
        for each in self.recorders:
            each.step()


@pytest.fixture
def hosts(database: str, tmp_path: Path) -> Iterator[Hosts]:
    made = Hosts(database, tmp_path)
    yield made
    for each in made.recorders:
        each.end()


@pytest.fixture
def leading(hosts: Hosts) -> Iterator[Callable[[], Event]]:
    """Begins the counter of a host, which counts while the event is set that this returns."""
    stop = Event()
    with ExitStack() as stack:

        def begin() -> Event:
            leads = Event()
            counter = ReaderCounter(hosts.settings, lambda: hosts.now, leads, 0.01, 0)
            thread = Thread(target=counter.run, args=(Task("counter"), stop))
            thread.start()
            stack.callback(thread.join)
            return leads

        stack.callback(stop.set)
        yield begin
        stop.set()


def test_two_hosts_see_one_client_once(hosts: Hosts, database: str, leading: Callable[[], Event]) -> None:
    """A client that asks each host once is one reader: requests to all hosts are counted together."""
    one, other = leading(), leading()
    with closing(PostgresReadership(database)) as state:
        for host, leads in enumerate((one, other)):
            leads.set()
            hosts.ask(host)
            hosts.write()
            eventually(lambda: not state.pending(0, 1))
            leads.clear()
            hosts.now += 3600
        rows = state.days(0, 10**6, "/feed")
    assert [(each.format, each.readers, each.requests) for each in rows] == [("*", 1, 2), ("rss", 1, 2)]


def test_requests_wait_while_the_database_is_down(
    hosts: Hosts, database: str, postgres: PostgresServer
) -> None:
    hosts.ask(0)
    hosts.write()
    name = database.rpartition("/")[2]
    postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    for _ in range(2):
        for host, recorder in enumerate(hosts.recorders):
            hosts.ask(host)
            with pytest.raises(StoreError):
                recorder.step()
    postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    hosts.write()
    with closing(PostgresReadership(database)) as state:
        assert len(state.pending(0, 9)) == 4
