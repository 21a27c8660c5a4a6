"""Rows of a large table arrive as those of a cursor do, and errors and signals end their reading."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from threading import Thread, current_thread
from typing import Any

import pytest

from feeds.store.sqlite.all_rows import ROWS, read_all

MANY = 5_000_000
COUNT = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {MANY})"


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as opened:
        opened.execute("CREATE TABLE kept (number INTEGER PRIMARY KEY, text, bytes, real)")
        values = [
            (number, f"é{number}", bytes((number % 256, 0)), number / 2) for number in range(2 * ROWS)
        ]
        opened.executemany("INSERT INTO kept VALUES (?,?,?,?)", [*values, (10**12, "", b"", None)])
        yield opened


def test_rows_are_those_of_a_cursor(database: sqlite3.Connection) -> None:
    found: list[Any] = []
    read_all(database, "number, text, bytes, real", "kept WHERE number <> 3", found.extend)
    assert found == database.execute("SELECT * FROM kept WHERE number <> 3").fetchall()


def test_few_rows_arrive_at_once(database: sqlite3.Connection) -> None:
    sizes: list[int] = []
    read_all(database, "number", "kept", lambda rows: sizes.append(len(rows)))
    assert sizes == [ROWS, ROWS, 1]
    read_all(database, "number", "kept WHERE number < 0", lambda rows: sizes.append(len(rows)))
    assert sizes == [ROWS, ROWS, 1]


def test_a_thread_reads_by_itself_since_it_may_outlive_the_main_thread(
    database: sqlite3.Connection,
) -> None:
    readers: list[Thread] = []
    thread = Thread(
        target=read_all, args=(database, "number", "kept", lambda _: readers.append(current_thread()))
    )
    thread.start()
    thread.join()
    assert {*readers} == {thread}


@pytest.mark.parametrize("last", [1, 2 * ROWS])
def test_an_error_of_the_receiver_ends_the_reading(database: sqlite3.Connection, last: int) -> None:
    def refuse(rows: list[Any]) -> None:
        raise LookupError(rows[0][0])

    with pytest.raises(LookupError, match=r"^0$"):
        read_all(database, "number", f"kept WHERE number < {last}", refuse)
    assert database.execute("SELECT count(*) FROM kept").fetchone() == (2 * ROWS + 1,)


def test_a_text_that_is_damaged_is_an_error_that_names_its_column(database: sqlite3.Connection) -> None:
    database.execute("UPDATE kept SET text = CAST(x'ff' AS TEXT) WHERE number = 7")
    with pytest.raises(sqlite3.OperationalError, match="'text'"):
        read_all(database, "number, text", "kept", lambda _: None)


def test_an_error_of_sqlite_is_raised(database: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        read_all(database, "number", "lost", lambda _: None)


def test_a_signal_ends_the_reading_as_it_ends_any_other_work(database: sqlite3.Connection) -> None:
    def interrupt(rows: list[Any]) -> None:
        if not numbers:
            os.kill(os.getpid(), signal.SIGINT)
        numbers.append(rows[-1][0])

    numbers: list[int] = []
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            read_all(database, "i", f"({COUNT} SELECT i FROM n)", interrupt)
    finally:
        signal.signal(signal.SIGINT, former)
    assert numbers[-1] < MANY
    assert database.execute("SELECT count(*) FROM kept").fetchone() == (2 * ROWS + 1,)
