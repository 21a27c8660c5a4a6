"""Subscriptions in PostgreSQL, when connections end and hosts have two versions."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from feeds.fleet.errors import JournalError
from feeds.fleet.postgres.subscriptions import PostgresSubscriptions
from feeds.store.subscriptions import Intent, IntentLimits, PushChanges, Subscription
from tests.commands import invoke
from tests.postgres import execute
from tests.server import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow

INTENT = Intent("https://feeds.example/feed.atom", "https://reader.example/", "subscribe", 1_780_000_000)
END_CONNECTIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid != pg_backend_pid()
"""

WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def test_a_database_that_cannot_be_reached_is_an_error_of_the_journal() -> None:
    with closing(PostgresSubscriptions(f"postgresql://127.0.0.1:{free_port()}/feeds")) as subscriptions:
        for use in (
            subscriptions.version,
            subscriptions.all,
            lambda: subscriptions.ask(INTENT, IntentLimits()),
            lambda: subscriptions.record(PushChanges()),
        ):
            with pytest.raises(JournalError, match="connection refused; start PostgreSQL"):
                use()


def test_a_call_after_a_connection_ended_connects_again(database: str) -> None:
    with closing(PostgresSubscriptions(database)) as subscriptions:
        subscriptions.take_over()
        execute(database, END_CONNECTIONS)
        with pytest.raises(JournalError, match="connection ended by the server"):
            subscriptions.ask(INTENT, IntentLimits())
        assert subscriptions.ask(INTENT, IntentLimits()) == "recorded"
        execute(database, END_CONNECTIONS)
        with pytest.raises(JournalError):
            subscriptions.record(PushChanges(report=b"report"))
        subscriptions.record(PushChanges(report=b"report"))
        assert subscriptions.report() == b"report"


def test_a_record_that_is_held_up_holds_up_no_request(database: str) -> None:
    """A deliverer with many changes locks only subscriptions, if it settles no intent."""
    with closing(PostgresSubscriptions(database)) as subscriptions:
        subscriptions.record(PushChanges(subscriptions=[Subscription(*INTENT.key, 2e9, 1e9)]))
        with closing(psycopg.connect(database)) as held:
            held.execute("SELECT FROM feeds.push_deliverer FOR UPDATE")
            held.execute("UPDATE feeds.push_subscriptions SET due = 1")
            assert subscriptions.ask(INTENT, IntentLimits()) == "recorded"
            assert subscriptions.all()[0].due == 0


def test_intents_are_settled_between_requests_and_not_beside_them(database: str) -> None:
    """Two who change the same intents in another order would wait for each other."""
    with closing(PostgresSubscriptions(database)) as subscriptions, ThreadPoolExecutor(1) as thread:
        subscriptions.ask(INTENT, IntentLimits())
        numbers = [each.number for each in subscriptions.intents()]
        with closing(psycopg.connect(database)) as asking:
            asking.execute("SELECT FROM feeds.push_asked FOR UPDATE")
            settled = thread.submit(subscriptions.record, PushChanges(settled=numbers))
            eventually(lambda: execute(database, WAITING) == [(1,)])
        settled.result()
        assert subscriptions.intents() == []


def test_commands_on_any_host_find_them(database: str, corpus: Path) -> None:
    with closing(PostgresSubscriptions(database)) as subscriptions:
        subscriptions.ask(INTENT, IntentLimits())
        done = invoke("push", "list", FEEDS_FLEET_DSN=database, FEEDS_CORPUS_PATH=str(corpus))
        assert done.stderr == "0 subscriptions, 1 pending request\n"
