"""The version of a store tells without a query whether anything has changed."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from feeds.store import Changes
from feeds.store.sqlite import SQLiteStore
from tests.builders import lost_store
from tests.waiting import eventually


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def writer(path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(path)) as store:
        assert store.acquire_writer()
        yield store


@pytest.fixture
def reader(path: Path, writer: SQLiteStore) -> Iterator[SQLiteStore]:
    assert writer.revision() == 0
    with closing(SQLiteStore(path)) as store:
        yield store


def rest(path: Path, second: float = 1e9) -> None:
    """Make the last change of the store at *path* one of long ago."""
    os.utime(f"{path}-wal", (second, second))


def resting(store: SQLiteStore) -> tuple[object, ...]:
    """The version of *store*, without its last part, the second."""
    version = store.version()
    assert isinstance(version, tuple)
    return version[:-1]


def test_a_store_at_rest_has_a_version_for_a_second_at_most(path: Path, reader: SQLiteStore) -> None:
    rest(path)
    assert eventually(lambda: reader.version() == reader.version())
    version = reader.version()
    assert version is not None
    assert eventually(lambda: reader.version() != version)


def test_a_store_that_was_just_changed_has_no_version(writer: SQLiteStore, reader: SQLiteStore) -> None:
    def seen() -> bool:
        writer.record(Changes(fingerprint=b"new"))
        return reader.version() is None  # unless the machine was too busy

    assert eventually(seen)


def test_a_change_is_another_version(path: Path, writer: SQLiteStore, reader: SQLiteStore) -> None:
    rest(path)
    version = resting(reader)
    writer.record(Changes(fingerprint=b"new"))
    assert reader.version() is None or resting(reader) != version


def test_a_store_that_replaces_another_has_another_version(
    path: Path, writer: SQLiteStore, reader: SQLiteStore
) -> None:
    rest(path)
    version = resting(reader)
    writer.close()
    lost_store(path)
    with closing(SQLiteStore(path)) as other:
        assert other.acquire_writer()
        rest(path)
        assert resting(reader) != version


def test_a_store_that_is_missing_has_no_version(path: Path, reader: SQLiteStore) -> None:
    rest(path)
    assert reader.version() is not None
    path.unlink()
    assert reader.version() is None
