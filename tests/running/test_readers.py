"""Readers of real servers: all processes add up, and what is killed counts nothing twice."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from feeds.readership.batches import RequestBatch, RequestRow, SentResponse, encoded, week_of
from feeds.store.sqlite.readership import SQLiteReadership
from tests.commands import invoke
from tests.readership.week import MONDAY, agents_of
from tests.server import Server, get, kill
from tests.waiting import eventually

pytestmark = pytest.mark.slow

FEEDBIN = "Feedbin feed-id:7 - 42 subscribers"
COUNTER = f"""
import sys
from threading import Event
from feeds.bootstrap.readership import ReaderCounter
from feeds.bootstrap.supervision import Task
from feeds.settings import Settings
from feeds.settings.sections import StoreSettings
settings = Settings(store=StoreSettings(path=sys.argv[1]))
ReaderCounter(settings, lambda: {MONDAY}.0, Event(), 0.001, 0).run(Task("counter"), Event())
"""


@pytest.fixture
def server(corpus: Path, tmp_path: Path) -> Iterator[Server]:
    with Server(corpus, tmp_path / "run", "serve", 2) as made:
        yield made


def ask(server: Server, times: int, agent: str) -> None:
    """Send requests on connections of their own, which different workers accept."""
    for _ in range(times):
        assert get(f"{server.url}/feed.rss", User_Agent=agent).status == 200


def told(server: Server, command: str) -> Any:
    done = invoke(command, "--json", **server.settings)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def polled(server: Server) -> int:
    """The number of counted requests."""
    return int(told(server, "pollers")["requests"])


def test_the_counts_of_all_workers_add_up_whatever_ends(server: Server) -> None:
    app = agents_of("app")[0]
    ask(server, 20, FEEDBIN)
    ask(server, 20, app)
    eventually(lambda: polled(server) == 40)
    kill(server.workers()[0])
    eventually(server.is_ready)
    ask(server, 10, app)
    server.stop()
    assert polled(server) == 50
    server.start()
    ask(server, 10, app)
    eventually(lambda: polled(server) == 60)
    assert told(server, "readers")["summary"] == "readers: 42 (42 reported by 1 service, 0 apps)"
    by_name = {each["name"]: each["requests"] for each in told(server, "pollers")["worst"]}
    assert sorted(by_name.values()) == [20, 40]
    counted = b"".join(file.read_bytes() for file in server.store.parent.glob("store.db.readers*"))
    assert b"127.0.0.1" not in counted


def test_a_counter_that_is_killed_at_any_time_counts_every_batch_once(tmp_path: Path) -> None:
    store, numbers = tmp_path / "store.db", count(1)
    row = RequestRow(MONDAY + 1.0, 8, 9, 0, 0, 0, False, "", "", 3)
    batch = RequestBatch(
        week_of(MONDAY), 0, 0, ["x"], ["/feed.rss"], [SentResponse(200, 5, "", "", "")], [row]
    )
    content = encoded(batch)
    with closing(SQLiteReadership(Path(f"{store}.readers"))) as state:

        def put() -> int:
            state.put(b"one", [(next(numbers), content)], MONDAY)
            return state.records()

        before = put()
        counter = subprocess.Popen([sys.executable, "-c", COUNTER, store])
        eventually(lambda: put() > before + 3, every=0.001)
        counter.send_signal(signal.SIGKILL)
        counter.wait()
        sent = 3 * (next(numbers) - 1)
        counter = subprocess.Popen([sys.executable, "-c", COUNTER, store])
        eventually(lambda: not state.pending(0, 1))
        counter.send_signal(signal.SIGKILL)
        counter.wait()
        [whole] = state.days(0, 10**6, "")
    assert whole.requests == sent
