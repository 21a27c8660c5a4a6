"""The state beside the store: the contract of every backend."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.article import Image
from feeds.errors import StoreError
from feeds.fleet.postgres.state import PostgresState
from feeds.store.sqlite.state import STATE_MIGRATIONS, SQLiteState
from feeds.store.state import Probe, SharedState, facts_of
from tests.store.opened import opened_by

ONE = Probe(
    "https://a.example/1.png", 1_780_000_000, "ok", length=70, type="image/png", width=3, height=2
)
TWO = Probe(
    "https://a.example/2.png", 1_780_000_001, "dead", "not found (404)", 2, 1_780_000_000, 1_780_000_060
)


Opened = Callable[[], SharedState]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db.state"


opened = opened_by(SQLiteState, PostgresState)


@pytest.fixture
def state(opened: Opened) -> SharedState:
    return opened()


def test_there_is_no_state_before_the_first_change(state: SharedState) -> None:
    assert (state.version(), state.probes()) == (None, {})


def test_reading_makes_no_file(path: Path) -> None:
    assert SQLiteState(path).probes() == {}
    assert not path.exists()


def test_results_are_kept_for_every_process(state: SharedState, opened: Opened) -> None:
    state.record_probes([ONE, TWO])
    assert opened().probes() == {ONE.url: ONE, TWO.url: TWO}
    assert opened().version() == state.version()


def test_a_result_of_a_long_address_is_kept(state: SharedState) -> None:
    long = Probe("https://a.example/" + "x" * 9_000, 1_780_000_000, "unknown", "no answer", 1)
    state.record_probes([long])
    assert state.probes() == {long.url: long}


def test_a_new_result_replaces_the_former_one_and_every_change_is_noticed(state: SharedState) -> None:
    versions = [state.version()]
    for changes in ([ONE], [TWO], [Probe(ONE.url, ONE.at + 1, "unknown", "no answer", 1)]):
        state.record_probes(changes)
        versions.append(state.version())
    assert state.probes()[ONE.url].status == "unknown"
    state.forget_probes([ONE.url, "https://a.example/unknown.png"])
    versions.append(state.version())
    assert state.probes() == {TWO.url: TWO}
    assert len(set(versions)) == len(versions)
    assert state.version() == versions[-1]


def test_only_one_process_probes_at_a_time(state: SharedState, opened: Opened) -> None:
    other = opened()
    assert state.acquire_prober()
    assert not other.acquire_prober()
    assert state.acquire_prober()
    state.record_probes([ONE])
    state.close()
    assert other.acquire_prober()


def test_a_damaged_file_and_one_of_a_newer_version_are_refused_with_a_remedy(path: Path) -> None:
    state = SQLiteState(path)
    path.write_bytes(b"no database" * 500)
    with pytest.raises(StoreError, match="delete it, and run feeds images --probe"):
        state.probes()
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {len(STATE_MIGRATIONS) + 1}")
    with pytest.raises(StoreError, match="written by a newer version; use that version"):
        state.record_probes([ONE])


def test_facts_are_those_of_pictures_of_which_anything_is_known() -> None:
    assert facts_of({each.url: each for each in (ONE, TWO)}) == {
        ONE.url: Image(ONE.url, 3, 2, "image/png", length=70)
    }


def test_a_file_that_cannot_be_read_is_a_store_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreError, match=r"store\.db\.state: cannot be read"):
        SQLiteState(path).version()
