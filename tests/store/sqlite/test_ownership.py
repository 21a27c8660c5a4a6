"""Recognition of a store's own files: files of other programs stay unchanged."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.errors import StoreRefused
from feeds.store import Changes
from feeds.store.sqlite import SQLiteStore


def text(path: Path) -> None:
    path.write_text("Not a database at all.\n" * 100)


def pages(path: Path) -> None:
    """Text as long as a database of 4 pages."""
    path.write_text("Not a database. " * 1024)


def empty(path: Path) -> None:
    path.touch()


def folder(path: Path) -> None:
    path.mkdir()
    (path / "mine.txt").write_text("mine")


def database(path: Path) -> None:
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE mine (precious TEXT)")
    made.close()


def named_database(path: Path) -> None:
    database(path)
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA application_id = 1234")
    made.close()


def link_to_text(path: Path) -> None:
    text(path.with_name("linked.txt"))
    path.symlink_to("linked.txt")


def pipe(path: Path) -> None:
    os.mkfifo(path)


FOREIGN = [text, empty, folder, database, named_database, link_to_text, pipe]


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """The modification time and content of every path below *folder*."""
    return {
        each.relative_to(folder).as_posix(): (
            each.lstat().st_mtime_ns,
            each.read_bytes() if each.is_file() and not each.is_symlink() else b"",
        )
        for each in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("make", FOREIGN)
def test_a_foreign_file_is_refused_and_nothing_changes(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "store.db"
    make(path)
    before = tree(tmp_path)
    with pytest.raises(StoreRefused, match=r"name another|set store\.path to") as refused:
        SQLiteStore(path)
    assert str(tmp_path) in str(refused.value)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("make", [text, pages, database, named_database])
def test_a_foreign_file_in_place_of_a_former_store_is_refused(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "store.db"
    SQLiteStore(path).close()
    path.unlink()
    make(path)
    before = tree(tmp_path)
    with pytest.raises(StoreRefused):
        SQLiteStore(path)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal", ".lock", ".opening", ".requests"])
def test_a_foreign_file_beside_a_missing_store_stays(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"store.db{suffix}").write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(StoreRefused, match=f"store.db{suffix}: "):
        SQLiteStore(tmp_path / "store.db")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("suffix", [".new", ".aside-1", ".wake", ".schema-4"])
def test_files_with_names_that_a_store_might_give_are_left_alone(tmp_path: Path, suffix: str) -> None:
    mine = tmp_path / f"store.db{suffix}"
    mine.write_text("mine")
    store = SQLiteStore(tmp_path / "store.db")
    assert store.acquire_writer()
    store.request("scan")
    store.record(Changes(corpus="/srv/a"))
    store.close()
    assert mine.read_text() == "mine"


def test_a_request_file_of_another_program_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = SQLiteStore(tmp_path / "store.db")
    assert store.acquire_writer()
    theirs = Path(f"{store.path}.requests")
    theirs.write_text("check\n")
    with pytest.raises(StoreRefused, match=r"store\.db\.requests: not a file of this program"):
        store.request("scan")
    for _ in range(2):
        assert store.requests() == set()
    assert theirs.read_text() == "check\n"
    assert caplog.text.count("not a file of this program") == 1
    store.close()


def test_a_log_without_its_file_is_kept_aside_where_a_store_was(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    SQLiteStore(path).close()
    path.unlink()
    (tmp_path / "store.db-wal").write_text("what is left")
    store = SQLiteStore(path)
    assert store.revision() == 0
    store.close()
    assert (tmp_path / "store.db.aside-1-wal").read_text() == "what is left"


def test_a_link_leads_to_the_store_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to("real.db")
    store, same = SQLiteStore(tmp_path / "link.db"), SQLiteStore(tmp_path / "real.db")
    assert store.acquire_writer()
    assert not same.acquire_writer()
    assert (tmp_path / "link.db").is_symlink()
    assert (tmp_path / "real.db").is_file()
    same.close()
    store.close()


def test_a_store_whose_lock_is_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    SQLiteStore(path).close()
    Path(f"{path}.lock").write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(StoreRefused, match=r"store\.db\.lock: not the lock of a store"):
        SQLiteStore(path)
    assert tree(tmp_path) == before
