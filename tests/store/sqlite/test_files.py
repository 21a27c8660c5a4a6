"""The file of a SQLite store: full and read-only disks, errors and sizes."""

import fcntl
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from feeds.errors import StoreError, StoreRefused
from feeds.store import Changes, Progress
from feeds.store import sqlite as backend
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.backup import back_up, verify
from feeds.store.sqlite.ownership import is_in_use
from feeds.store.sqlite.search import FullTextSearch
from feeds.store.sqlite.store_file import StoreFile
from tests.commands import output_of
from tests.paths import ROOT
from tests.store.entries import entry
from tests.table import for_each


def filled(folder: Path, articles: int = 3) -> Path:
    """The path of a store with some articles, closed."""
    store = SQLiteStore(folder / "store.db")
    assert store.acquire_writer()
    entries = [entry(n, html="x" * 2000) for n in range(articles)]
    store.record(Changes(at=5, entries=entries, progress=Progress(1, 1, ready=True)))
    store.close()
    return store.path


@pytest.fixture
def private() -> Iterator[None]:
    """A umask that lets nobody else read new files."""
    former = os.umask(0o077)
    yield
    os.umask(former)


@pytest.mark.usefixtures("private")
def test_nobody_else_reads_a_store_or_its_backup_if_the_umask_forbids_it(tmp_path: Path) -> None:
    store = SQLiteStore(filled(tmp_path))
    store.back_up(tmp_path / "backup.db")
    store.close()
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}


NOWHERE = ["/proc/feeds/store.db", "/dev/null/store.db"]


@for_each("path", NOWHERE)
def test_a_folder_without_write_permission_is_a_store_error(path: str) -> None:
    with pytest.raises(StoreError, match=path):
        SQLiteStore(Path(path))


FULL = """
import resource, sys
from pathlib import Path
from feeds.errors import StoreError
from feeds.store import Changes
from feeds.store.sqlite import SQLiteStore
from tests.store.entries import entry
path = Path(sys.argv[1])
store = SQLiteStore(path)
assert store.acquire_writer()
before = store.revision()
limit = max(each.stat().st_size for each in path.parent.iterdir()) + 100_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
for _ in range(2):
    try:
        store.record(Changes(entries=[entry(n, html=str(n) * 3000) for n in range(100, 900)]))
    except StoreError as error:
        print(error)
assert store.revision() == before and len(store.load().records) == 3
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(store.record(Changes(entries=[entry(4)])))
try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    SQLiteStore(path.parent / "another.db")
except StoreError as error:
    print(error)
"""


def test_a_full_disk_is_a_store_error_until_there_is_room(tmp_path: Path) -> None:
    path = filled(tmp_path)
    first, second, revision, another = output_of(FULL, path).splitlines()
    assert "disk I/O error" in first or "full" in first
    assert first == second
    assert revision == "2"
    assert "another.db: cannot be " in another


READ_ONLY = """
import subprocess, sys
from pathlib import Path
from feeds.errors import StoreError
from feeds.store.sqlite import SQLiteStore
from tests.store.sqlite.test_files import filled
path = filled(Path(sys.argv[1]))
subprocess.run(["mount", "-o", "remount,ro", sys.argv[1]], check=True)
for ask in (lambda: SQLiteStore(path), lambda: SQLiteStore(path.parent / "deeper" / "store.db")):
    try:
        ask()
    except StoreError as error:
        print(error)
"""


def test_a_read_only_disk_is_a_store_error(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs none "{disk}"'
    if subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("needs to mount a disk")
    answer = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f'{mount} && exec "$0" "$@"',
         sys.executable, "-c", READ_ONLY, disk],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count(str(disk)) == len(answer.stdout.splitlines()) == 2


def test_a_store_error_names_the_file(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "store.db")
    with pytest.raises(StoreError) as caught:
        store.record(Changes())
    assert caught.value.subject == store.path
    store.close()
    for ask in (store.load, store.revision, store.files, store.check):
        with pytest.raises(StoreError, match="closed"):
            ask()
    assert not list(tmp_path.glob("*aside*"))


def test_the_newest_date_is_found_without_reading_every_article(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "store.db")
    database = sqlite3.connect(store.path)
    plan = str(
        database.execute(
            "EXPLAIN QUERY PLAN SELECT max(published) FROM articles WHERE removed = 0 AND published <= 5"
        ).fetchall()
    )
    assert "INDEX articles_published (published<?)" in plan
    database.close()
    store.close()


def test_a_store_says_how_much_storage_it_takes(tmp_path: Path) -> None:
    path = filled(tmp_path)
    store = SQLiteStore(path)
    assert store.stats(0, 0).bytes >= path.stat().st_size > 0
    store.close()


def broken_at(statement: str) -> type[sqlite3.Connection]:
    """A class of connections to a disk that fails at *statement*."""

    class Broken(sqlite3.Connection):
        def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
            if statement in query:
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR
                raise error
            return super().execute(query, *values)

    return Broken


def checked(path: Path, connection: type[sqlite3.Connection]) -> None:
    with closing(SQLiteStore(path, connection)) as store:
        assert store.acquire_writer()
        store.check()


@for_each(
    ("ask", "statement", "problem"),
    [
        (SQLiteStore, "journal_mode", "cannot be opened"),
        (checked, "integrity_check", "cannot be checked"),
        (checked, "integrity-check", "cannot be checked"),
    ],
)
def test_a_disk_that_fails_is_no_damage_to_repair(
    tmp_path: Path, ask: Callable[..., object], statement: str, problem: str
) -> None:
    path = filled(tmp_path)
    with pytest.raises(StoreError, match=f"store.db: {problem}: disk I/O error"):
        ask(path, broken_at(statement))
    assert not list(tmp_path.glob("*aside*"))
    assert not is_in_use(path)


def test_a_store_is_not_replaced_before_it_can_be_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is opened between two renames of a replacement would find half of the files."""
    path = filled(tmp_path)
    locked: list[bool] = []

    def searched(*arguments: Any) -> FullTextSearch:
        with open(f"{path}.opening") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                locked.append(False)
            except BlockingIOError:
                locked.append(True)
        return FullTextSearch(*arguments)

    monkeypatch.setattr(backend, "FullTextSearch", searched)
    SQLiteStore(path).close()
    assert locked == [True]


FEW_FILES = """
import itertools, os, resource, sys
from pathlib import Path
from feeds.errors import StoreError
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.ownership import is_in_use
path = Path(sys.argv[1])
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
for further in itertools.count():
    before = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (before - 1 + further, most))
    try:
        SQLiteStore(path).close()
        break
    except StoreError as error:
        print(error)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    assert not is_in_use(path)
    assert len(os.listdir("/proc/self/fd")) == before
"""


def test_each_file_that_may_not_be_opened_is_a_store_error(tmp_path: Path) -> None:
    """The store, its log, locks and the connection for searches."""
    refused = output_of(FEW_FILES, filled(tmp_path)).splitlines()
    assert len(refused) > 3
    for line in refused:
        assert re.search(r"store\.db: cannot be \w+: .*; .*raise the limit of open files", line)


def test_a_commit_that_sqlite_undid_itself_is_recorded_by_the_next_attempt(tmp_path: Path) -> None:
    class Full(sqlite3.Connection):
        is_full = False

        def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
            if query == "COMMIT" and Full.is_full:
                super().execute("ROLLBACK")
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(query, *values)

    with closing(SQLiteStore(filled(tmp_path), Full)) as store:
        assert store.acquire_writer()
        Full.is_full = True
        with pytest.raises(StoreError, match="disk is full"):
            store.record(Changes(entries=[entry(9)]))
        Full.is_full = False
        assert store.record(Changes(entries=[entry(9)])) == 2
        assert len(store.load().records) == 4


def test_a_writer_whose_folder_became_a_file_records_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = filled(folder)
    with closing(SQLiteStore(path)) as store:
        assert store.acquire_writer()
        shutil.rmtree(path.parent)
        path.parent.touch()
        with pytest.raises(StoreError, match="deleted, or in use"):
            store.record(Changes(corpus="/srv/a"))
        with pytest.raises(StoreError, match="requests cannot be written"):
            store.request("scan")
        assert not store.has_writer()


def test_a_lock_that_cannot_be_opened_is_a_store_error(tmp_path: Path) -> None:
    with closing(SQLiteStore(filled(tmp_path))) as store:
        lock = Path(f"{store.path}.lock")
        lock.unlink()
        lock.mkdir()
        with pytest.raises(StoreError, match="cannot be locked"):
            store.acquire_writer()


def test_a_backup_replaces_no_file_that_appears_meanwhile(tmp_path: Path) -> None:
    path, target = filled(tmp_path), tmp_path / "backup.db"
    with (
        closing(sqlite3.connect(path)) as database,
        pytest.raises(StoreRefused, match=r"backup\.db: exists already"),
    ):
        back_up(database, target, lambda _copy: target.write_text("mine"))
    assert target.read_text() == "mine"
    assert [*tmp_path.glob("backup.db*")] == [target]


def test_a_backup_where_nobody_may_write_is_a_store_error(tmp_path: Path) -> None:
    with (
        closing(SQLiteStore(filled(tmp_path))) as store,
        pytest.raises(StoreError, match=r"/proc/backup\.db: cannot be written"),
    ):
        store.back_up(Path("/proc/backup.db"))


def damage_article(database: sqlite3.Connection) -> None:
    database.execute("UPDATE articles SET payload = x'81' WHERE number = 1")


def make_newer(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA user_version = 999")


@for_each(("change", "problem"), [(damage_article, "damaged: "), (make_newer, "later version")])
def test_a_backup_that_is_damaged_or_newer_is_not_restored(
    tmp_path: Path, change: Callable[[sqlite3.Connection], None], problem: str
) -> None:
    folder = tmp_path / change.__name__
    folder.mkdir()
    path = filled(folder)
    backup = shutil.copy(path, folder / "backup.db")
    with closing(sqlite3.connect(backup)) as database, database:
        change(database)
    with pytest.raises(StoreRefused, match=f"backup.db: .*{problem}"):
        StoreFile(path).restore(backup)
    assert not [*verify(path)]
    assert not [*folder.glob("*before-restore*")]


def test_a_store_that_another_process_writes_is_not_replaced_by_a_backup(tmp_path: Path) -> None:
    backup = shutil.copy(filled(tmp_path), tmp_path / "backup.db")
    with closing(SQLiteStore(tmp_path / "store.db")) as store:
        assert store.acquire_writer()
        with pytest.raises(StoreError, match="another process writes to it; stop that process first"):
            StoreFile(store.path).restore(backup)
        store.check()
        assert not store.replaced()


def test_a_check_of_a_store_that_was_replaced_follows_the_new_file(tmp_path: Path) -> None:
    backup = shutil.copy(filled(tmp_path), tmp_path / "backup.db")
    with closing(SQLiteStore(tmp_path / "store.db")) as store:
        assert store.acquire_writer()
        store.record(Changes(corpus="/srv/a"))
    with closing(SQLiteStore(tmp_path / "store.db")) as store:
        StoreFile(store.path).restore(backup)
        assert store.corpus() == "/srv/a"
        store.check()
        assert store.corpus() == ""


def test_a_store_that_is_missing_takes_no_storage(tmp_path: Path) -> None:
    assert StoreFile(tmp_path / "store.db").size() == 0
