"""Deliveries of a fleet: one host delivers, and the next leader goes on where it ended."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from feeds.fleet.postgres.subscriptions import PostgresSubscriptions
from feeds.push.intervals import INTERVALS
from feeds.store.subscriptions import Intent, IntentLimits
from tests.builders import write_article
from tests.fleet.servers import FleetServer
from tests.postgres import execute
from tests.push.newsagent import deliverers
from tests.push.subscriber import Subscriber, subscriber
from tests.waiting import eventually

pytestmark = pytest.mark.slow

END_LEASE = "UPDATE feeds.journal SET until = clock_timestamp()"
PUSH = {
    "FEEDS_PUSH_HUB": "on",
    "FEEDS_PUSH_ALLOW": "127.0.0.0/8",
    "FEEDS_PUSH_KEY": "0123456789abcdef",
}


@pytest.fixture
def servers(corpus: Path, tmp_path: Path, database: str) -> Iterator[list[FleetServer]]:
    write_article(corpus, "_news/2026-01-02-one.md", title="One")
    made = [FleetServer(name, corpus, tmp_path / name, database, **PUSH) for name in "ab"]
    try:
        for server in made:
            server.start()
        yield made
    finally:
        for server in made:
            server.stop()


@pytest.fixture
def subscriptions(database: str) -> Iterator[PostgresSubscriptions]:
    with closing(PostgresSubscriptions(database)) as made:
        yield made


def test_the_leader_delivers_and_the_next_one_goes_on(
    servers: list[FleetServer], subscriptions: PostgresSubscriptions, database: str
) -> None:
    leader: FleetServer = eventually(lambda: next(filter(FleetServer.leads, servers), None))
    (follower,) = (server for server in servers if server is not leader)
    with subscriber() as reader:
        subscribe(subscriptions, reader)
        assert deliverers(follower) == []
        (deliverer,) = deliverers(leader)
        for server in servers:  # every host shows what the leader delivers
            eventually(lambda server=server: server.status()["push"]["subscriptions"] == 1)
            assert server.status()["push"]["delivering"]

        leader.write("Two")
        eventually(lambda: reader.titles() == ["Two"])
        eventually(lambda: subscriptions.all()[0].acknowledged)  # else the next deliverer sends it again

        # The leader dies after it has published a change, and before it is delivered.
        os.kill(deliverer, signal.SIGSTOP)
        leader.write("Three")
        eventually(lambda: follower.shows("Three"))
        leader.sync_to(follower)
        leader.kill()
        execute(database, END_LEASE)
        eventually(lambda: reader.titles() == ["Two", "Three"])
        assert len(deliverers(follower)) == 1

        follower.write("Four")
        eventually(lambda: reader.titles() == ["Two", "Three", "Four"])

        # A host that comes back does not deliver.
        leader.start()
        follower.write("Five")
        eventually(lambda: leader.shows("Five") and reader.titles()[3:] == ["Five"])
        assert deliverers(leader) == []


def test_a_leader_that_was_paused_sends_nothing_older_when_it_goes_on(
    servers: list[FleetServer], subscriptions: PostgresSubscriptions, database: str
) -> None:
    leader: FleetServer = eventually(lambda: next(filter(FleetServer.leads, servers), None))
    (follower,) = (server for server in servers if server is not leader)
    with subscriber() as reader:
        statuses = iter([500])
        reader.status = lambda _: next(statuses, 204)
        subscribe(subscriptions, reader)
        (deliverer,) = deliverers(leader)
        paused = leader.processes()

        # The leader is paused between two attempts.
        leader.write("Two")
        eventually(lambda: subscriptions.all()[0].failures)
        for process in paused:
            os.kill(process, signal.SIGSTOP)
        confirmed_until = time.monotonic() + INTERVALS.confirmed
        leader.sync_to(follower)
        execute(database, END_LEASE)
        eventually(follower.leads)
        write_article(follower.corpus, "_news/2026-01-02-two.md", title="Edited")
        eventually(lambda: reader.titles()[-1] == "Edited")
        sent = reader.titles()

        # Its processes go on, the one that delivers first. A lease lasts longer than a confirmation.
        eventually(lambda: time.monotonic() > confirmed_until)
        os.kill(deliverer, signal.SIGCONT)
        eventually(lambda: deliverer not in deliverers(leader))
        for process in paused:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)
        eventually(lambda: leader.shows("Edited"))
        assert reader.titles() == sent


def subscribe(subscriptions: PostgresSubscriptions, reader: Subscriber) -> None:
    """Subscribe to all articles, and wait until that stands."""
    intent = Intent("http://feeds.example/feed.atom", reader.url, "subscribe", time.time())
    assert subscriptions.ask(intent, IntentLimits()) == "recorded"
    eventually(subscriptions.all)
