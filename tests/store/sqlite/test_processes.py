"""Durability of a SQLite store when processes are killed."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from feeds.store.sqlite import SQLiteStore
from tests.paths import ROOT
from tests.store.entries import decoded, entry

HOLDER = """
import sys
from pathlib import Path
from feeds.store import Changes
from feeds.store.sqlite import SQLiteStore
from tests.store.entries import entry, file
store = SQLiteStore(Path(sys.argv[1]))
print(store.acquire_writer(), flush=True)
sys.stdin.read()
"""
WRITER = """
import sys
from pathlib import Path
from feeds.store import Changes
from feeds.store.sqlite import SQLiteStore
from tests.store.entries import entry, file
store = SQLiteStore(Path(sys.argv[1]))
assert store.acquire_writer()
number = store.revision()
while True:
    number += 1
    entries = [entry(n, number, title=str(number), html="x" * 3000) for n in range(number, number + 5)]
    print(store.record(Changes(at=number, entries=entries, files=[file(str(number))])), flush=True)
"""


def started(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def test_the_lock_of_a_writer_that_was_killed_is_free(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "store.db")
    with started(HOLDER, tmp_path / "store.db") as holder:
        try:
            assert line(holder) == "True\n"
            assert not store.acquire_writer()
        finally:
            holder.kill()
    assert store.acquire_writer()
    with started(HOLDER, tmp_path / "store.db") as late:
        assert line(late) == "False\n"
        late.kill()
    store.close()


def test_acknowledged_changes_survive_a_kill_at_any_moment(tmp_path: Path) -> None:
    rng = random.Random(3)
    acknowledged = 0
    for _ in range(4):
        with started(WRITER, tmp_path / "store.db") as writer:
            assert writer.stdout
            first = int(line(writer))
            assert first == acknowledged + 1
            revisions = [first, *(int(line(writer)) for _ in range(rng.randrange(60)))]
            os.kill(writer.pid, signal.SIGKILL)
            revisions += [int(each) for each in writer.stdout.read().split("\n")[:-1]]
        store = SQLiteStore(tmp_path / "store.db")
        revision = store.revision()
        acknowledged = revisions[-1]
        assert acknowledged <= revision <= acknowledged + 1
        assert len(store.files()) == revision
        assert not store.replaces_another()
        ids = [entry(n).record.id for n in range(1, revision + 5)]
        found = store.entries(ids)
        titles = [decoded(found[id_]).title for id_ in ids]
        assert titles == [str(min(n, revision)) for n in range(1, revision + 5)]
        acknowledged = revision
        store.check()
        assert not store.replaces_another()
        store.close()
    assert revision > 50
