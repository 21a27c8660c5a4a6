"""feeds store: copies of the store together with its subscriptions, and their return."""

import json
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from feeds.bootstrap import subscriptions_of
from feeds.errors import StoreError
from feeds.settings import load
from feeds.store.sqlite.subscriptions_backup import back_up_subscriptions
from feeds.store.subscriptions import (
    Cursor,
    DelivererReplaced,
    Intent,
    IntentLimits,
    PushChanges,
    Subscription,
    Subscriptions,
    TopicState,
)
from tests.commands import invoke
from tests.table import for_each

FEED = "https://feeds.example/feed.atom"
ONE = Subscription(FEED, "https://one.example/", 9e9, 1.5, b"sealed", state=TopicState(5, b"digest"))
OTHER = Subscription(FEED, "https://other.example/", 9e9, 2.5)

Store = Callable[..., Result]


@pytest.fixture
def settings(corpus: Path, tmp_path: Path) -> dict[str, str]:
    found = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(tmp_path / "store.db")}
    assert invoke("refresh", **found).exit_code == 0
    return found


@pytest.fixture
def subscriptions(settings: dict[str, str]) -> Iterator[Subscriptions]:
    with closing(subscriptions_of(load(settings))) as made:
        yield made


@pytest.fixture
def store(settings: dict[str, str]) -> Store:
    return lambda *words: invoke("store", *words, **settings)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "backup.db"


@pytest.fixture
def beside(backup: Path) -> Path:
    """The copy of the subscriptions."""
    return Path(f"{backup}.subscriptions")


def test_subscriptions_that_are_in_use_are_copied_and_restored(
    store: Store, subscriptions: Subscriptions, backup: Path, beside: Path, tmp_path: Path
) -> None:
    subscriptions.record(PushChanges(subscriptions=[ONE], cursor=Cursor("store", 7), report=b"report"))
    intent = Intent(FEED, "https://new.example/", "subscribe", 3.5)
    subscriptions.ask(intent, IntentLimits())
    done = store("backup", backup)
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [str(backup), str(beside)]
    assert done.stderr.count("bytes, verified") == 2
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    subscriptions.record(PushChanges(subscriptions=[OTHER], ended=[ONE.key]))
    subscriptions.close()

    done = store("restore", backup)
    assert done.stderr.splitlines() == [
        f"{tmp_path / 'store.db'}: restored from {backup}",
        f"{tmp_path / 'store.db.subscriptions'}: restored from {beside}",
    ]
    assert subscriptions.all() == [ONE]
    assert [each.key for each in subscriptions.intents()] == [intent.key]
    assert (subscriptions.cursor(), subscriptions.report()) == (Cursor("store", 7), b"report")
    assert stat.S_IMODE((tmp_path / "store.db.subscriptions").stat().st_mode) == 0o600


def test_the_former_subscriptions_are_kept(
    store: Store, subscriptions: Subscriptions, backup: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    subscriptions.record(PushChanges(subscriptions=[ONE]))
    store("backup", backup)
    subscriptions.record(PushChanges(subscriptions=[OTHER]))
    store("restore", backup)
    kept = tmp_path / "store.db.subscriptions.before-restore-1"
    kept.replace(tmp_path / "former.db.subscriptions")
    Path(f"{kept}-wal").replace(tmp_path / "former.db.subscriptions-wal")
    former = load(settings | {"FEEDS_STORE_PATH": str(tmp_path / "former.db")})
    with closing(subscriptions_of(former)) as found:
        assert found.all() == [ONE, OTHER]


def test_a_deliverer_of_the_former_subscriptions_records_nothing_in_restored_ones(
    store: Store, subscriptions: Subscriptions, backup: Path
) -> None:
    subscriptions.record(PushChanges(subscriptions=[ONE]))
    store("backup", backup)
    store("restore", backup)
    with pytest.raises(DelivererReplaced):
        subscriptions.record(PushChanges(ended=[ONE.key]))
    assert subscriptions.all() == [ONE]


def test_a_store_without_subscriptions_is_copied_alone(store: Store, backup: Path, beside: Path) -> None:
    assert store("backup", backup).exit_code == 0
    assert not beside.exists()


def test_a_backup_without_subscriptions_leaves_them(
    store: Store, subscriptions: Subscriptions, backup: Path
) -> None:
    store("backup", backup)
    subscriptions.record(PushChanges(subscriptions=[ONE]))
    assert store("restore", backup).exit_code == 0
    assert subscriptions.all() == [ONE]


def test_subscriptions_of_another_backup_are_not_taken_for_those_of_this_one(
    store: Store, backup: Path, beside: Path
) -> None:
    beside.touch()
    done = store("backup", backup)
    assert (done.exit_code, done.stderr) == (2, f"feeds: {beside}: exists already; name a new file\n")
    assert not backup.exists()


def test_the_description_of_a_store_is_also_json(store: Store, tmp_path: Path) -> None:
    found = json.loads(store("info", "--format", "json").stdout)
    assert (found["path"], found["articles"], found["in_use"]) == (str(tmp_path / "store.db"), 0, False)
    lines = dict(line.split(":", 1) for line in store("info").stdout.splitlines())
    assert lines.keys() == {name.replace("_", " ") for name in found}
    assert (lines["in use"].strip(), lines["bytes"].strip()) == ("no", f"{found['bytes']:,}")


def damage(file: Path) -> None:
    with open(file, "r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * 4096)


def not_ours(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE other (x)")


@pytest.mark.parametrize("make", [damage, not_ours, lambda file: file.write_bytes(b"no database" * 99)])
def test_damaged_copies_are_refused_before_anything_is_restored(
    make: Callable[[Path], object],
    store: Store,
    subscriptions: Subscriptions,
    backup: Path,
    beside: Path,
    tmp_path: Path,
) -> None:
    subscriptions.record(PushChanges(subscriptions=[ONE]))
    store("backup", backup)
    make(beside)
    done = store("restore", backup)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"feeds: {beside}: ")
    assert done.stderr.endswith("; move it away to do without subscriptions\n")
    assert not [*tmp_path.glob("*before-restore*")]
    assert subscriptions.all() == [ONE]


def test_damaged_subscriptions_are_not_copied(
    store: Store, subscriptions: Subscriptions, backup: Path, beside: Path, tmp_path: Path
) -> None:
    subscriptions.record(PushChanges(subscriptions=[ONE]))
    subscriptions.close()
    damage(tmp_path / "store.db.subscriptions")
    done = store("backup", backup)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"feeds: {tmp_path / 'store.db.subscriptions'}: ")
    assert [*tmp_path.glob("backup.db*")] == [backup]


def test_a_copy_of_subscriptions_by_a_newer_version_is_refused(
    store: Store, subscriptions: Subscriptions, backup: Path, beside: Path
) -> None:
    subscriptions.record(PushChanges(subscriptions=[ONE]))
    store("backup", backup)
    with closing(sqlite3.connect(beside)) as database:
        database.execute("PRAGMA user_version = 999")
    done = store("restore", backup)
    assert done.stderr == f"feeds: {beside}: written by a newer version; use that version\n"
    assert subscriptions.all() == [ONE]


@for_each(
    ("target", "problem"),
    [("beside", "exists already; name a new file"), ("nowhere/beside", "cannot be written")],
)
def test_a_copy_of_subscriptions_replaces_nothing_and_names_its_file(
    subscriptions: Subscriptions, tmp_path: Path, target: str, problem: str
) -> None:
    subscriptions.record(PushChanges(subscriptions=[ONE]))
    (tmp_path / "beside").write_text("mine")
    with pytest.raises(StoreError, match=f"{target}: {problem}"):
        back_up_subscriptions(tmp_path / "store.db.subscriptions", tmp_path / target)
    assert (tmp_path / "beside").read_text() == "mine"
