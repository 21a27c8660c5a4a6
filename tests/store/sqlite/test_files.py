"""The file of a SQLite store: full and read-only disks, errors and sizes."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.errors import StoreError
from feeds.store import Changes, Progress
from feeds.store.sqlite import SQLiteStore
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
