"""The collection of requests in each process of a server, and the count of readers in one of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from feeds.bootstrap.readership import MAX_SPOOLED, ReaderCounter, RequestRecorder, Spool
from feeds.bootstrap.supervision import Task
from feeds.errors import StoreError
from feeds.settings.sections import ReadershipSettings
from feeds.store.readership import ReadershipState
from feeds.store.sqlite.readership import SQLiteReadership
from tests.builders import article
from tests.entrypoints import RESPONSE_CACHE
from tests.harness import Harness
from tests.readership.week import agents_of
from tests.waiting import eventually

FULL = "CREATE TRIGGER full BEFORE INSERT ON batches BEGIN SELECT RAISE(FAIL, 'full'); END"
APP = agents_of("app")[0]


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    made.put(article(1))
    yield made
    made.close()


@pytest.fixture
def state(harness: Harness) -> Iterator[ReadershipState]:
    """The counts beside the store, as any process sees them."""
    with closing(SQLiteReadership(readers_file(harness))) as made:
        yield made


def readers_file(harness: Harness) -> Path:
    return Path(f"{harness.settings.store_path}.readers")


def recorder(harness: Harness) -> RequestRecorder:
    assert harness.server.readers
    return harness.server.readers.recorder


def ask(harness: Harness, times: int = 1) -> None:
    """Send requests past Flask, as WSGI servers do."""
    for _ in range(times):
        harness.get("/feed.rss", entrypoint=RESPONSE_CACHE, User_Agent=APP)


def test_requests_are_written_beside_the_store(harness: Harness, state: ReadershipState) -> None:
    recorder(harness).step()
    assert not readers_file(harness).exists()
    ask(harness, 3)
    recorder(harness).step()
    assert len(state.pending(0, 9)) == 1
    recorder(harness).step()
    assert len(state.pending(0, 9)) == 1


def test_nothing_is_collected_if_the_setting_is_off(tmp_path: Path) -> None:
    harness = Harness(tmp_path, readership=ReadershipSettings(count=False))
    harness.put(article(1))
    ask(harness)
    assert harness.server.readers is None
    harness.close()
    assert not readers_file(harness).exists()


def test_the_last_requests_are_written_at_the_end(harness: Harness, state: ReadershipState) -> None:
    ask(harness)
    harness.stop(harness.main)
    harness.main = harness.process()
    assert len(state.pending(0, 9)) == 1


def test_requests_wait_in_memory_while_they_cannot_be_written(
    harness: Harness, state: ReadershipState
) -> None:
    state.week_keys(0)
    with closing(sqlite3.connect(readers_file(harness), isolation_level=None)) as other:
        other.execute(FULL)
        for _ in range(3):
            ask(harness)
            with pytest.raises(StoreError, match="full"):
                recorder(harness).step()
        other.execute("DROP TRIGGER full")
    recorder(harness).step()
    assert len(state.pending(0, 9)) == 3


def test_no_more_batches_wait_than_fit(state: ReadershipState) -> None:
    spool = Spool(100)
    for number in range(10):
        spool.add(bytes([number]) * 30)
    spool.write(state, 1e9)
    assert [each.content[0] for each in state.pending(0, 99)] == [7, 8, 9]
    assert (spool.dropped(), spool.dropped()) == (7, 0)
    assert MAX_SPOOLED == 1_000_000


def test_a_failure_is_told_once_and_so_is_its_end(
    harness: Harness, state: ReadershipState, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    readers_file(harness).write_bytes(b"not a database" * 99)
    stop, task = Event(), Task("readers")
    ask(harness)
    thread = Thread(target=recorder(harness).run, args=(task, stop))
    thread.start()
    eventually(lambda: task.trouble)
    readers_file(harness).unlink()
    eventually(lambda: not task.trouble)
    stop.set()
    thread.join()
    said = [each.getMessage() for each in caplog.records if "readers thread" in each.getMessage()]
    assert len(said) == 2
    assert said[0].endswith("trying again")
    assert said[1] == "readers thread: running again"
    assert len(state.pending(0, 9)) == 1


def test_one_process_counts_and_records_at_its_end(harness: Harness, state: ReadershipState) -> None:
    ask(harness)
    recorder(harness).step()
    stop, task = Event(), Task("counter")
    counters = [
        ReaderCounter(harness.settings, harness.server.clock, Event(), interval=0.01) for _ in range(2)
    ]
    threads = [Thread(target=each.run, args=(task, stop)) for each in counters]
    for thread in threads:
        thread.start()
    eventually(lambda: any(each.is_counting for each in counters))
    assert not all(each.is_counting for each in counters)
    stop.set()
    for thread in threads:
        thread.join()
    assert state.pending(0, 9) == []
    assert [each.requests for each in state.days(0, 10**6)] == [1]
