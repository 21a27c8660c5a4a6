"""Stores of earlier versions are migrated, never remade, and nothing a subscriber has seen is lost."""

import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from feeds import errors
from feeds.corpus import Corpus
from feeds.feed import DIGEST_RENDERING
from feeds.formats import FORMATS
from feeds.formats.document import content_of, etag
from feeds.http.conditional import keys
from feeds.ingest.refresher import Refresher
from feeds.query import DIGESTS
from feeds.settings.sections import PushSettings
from feeds.store import Snapshot
from feeds.store.slugs import candidates
from feeds.store.sqlite import SQLiteStore, schema
from feeds.store.sqlite.backup import verify
from feeds.store.sqlite.schema import SCHEMA
from tests.harness import Process, serving
from tests.store.sqlite.migrations import history

FIXTURES = Path(__file__).parent / "migrations"
SCHEMAS = (1, 2, 3, 4, 5, 6, 7)
STORES = (*(f"schema-{number}" for number in SCHEMAS), "schema-4-packed")
OLD = [name for name in STORES if not name.startswith(f"schema-{SCHEMA}")]
SERVED = [name for name in STORES if name >= "schema-4"]
PATHS = (
    "/feed",
    "/topics/seas",
    "/topics/t2",
    "/providers/heron.example",
    "/feed/daily",
    "/feed/weekly",
    "/feed/2026-03",
    "/feed.*?min_heat=3&sort=heat",
    "/feed.*?collapse=story",
    "/feed.*?q=harbour",
)
KILLS = 2  # moments at which each migration is killed, others than the migrations of other stores


def now() -> float:
    return float(history.END)


@pytest.fixture(params=STORES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(name: str, tmp_path: Path) -> Path:
    """A copy of the store *name*."""
    return copied(name, tmp_path)


@pytest.fixture(scope="module")
def migrate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Migrates a copy of each store once."""

    @cache
    def migrated(name: str) -> Path:
        made = copied(name, tmp_path_factory.mktemp(name))
        SQLiteStore(made).close()
        return made

    return migrated


@pytest.fixture
def migrated(name: str, migrate: Callable[[str], Path]) -> Path:
    """The store *name* after its migration, which no test changes."""
    return migrate(name)


@pytest.fixture(scope="module")
def refresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Lets the present writer scan the corpus of each store once."""

    @cache
    def refreshed(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        path = copied(name, folder)
        with scanning(name, path, folder) as refresher:
            refresher.refresh_all()
        return path

    return refreshed


@pytest.fixture
def refreshed(name: str, refresh: Callable[[str], Path]) -> Path:
    """The store *name* after a scan of its corpus by the present writer, which no test changes."""
    return refresh(name)


@pytest.fixture
def old(name: str) -> dict[str, Any]:
    """The content of the store as read by the version that made it."""
    return recorded(name)


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return found


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copy(FIXTURES / f"{name}.db", folder / "store.db"))


def corpus_of(name: str, folder: Path) -> Path:
    """The corpus from which the store *name* was made, with its modification times."""
    if name.endswith("-packed"):
        author = history.Author(folder / "author")
        history.many(author, 60)
        author.store.close()
        return author.root
    root = shutil.copytree(FIXTURES / "corpus", folder / "corpus")
    for path, modified in json.loads((FIXTURES / "stamps.json").read_text()).items():
        os.utime(root / path, (modified, modified))
    return root


@contextmanager
def scanning(name: str, path: Path, folder: Path) -> Iterator[Refresher]:
    """The present writer of the store *name* at *path*, over the corpus from which it was made."""
    with closing(SQLiteStore(path)) as store:
        assert store.acquire_writer()
        store.check()
        corpus = Corpus(corpus_of(name, folder), **history.SETTINGS)
        yield Refresher(corpus, store, now, history.EDITION)


def ids(path: Path) -> list[str]:
    """The ids of all articles, including removed ones, in the store at *path*."""
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT id FROM articles ORDER BY id")]


def loaded(path: Path) -> Snapshot:
    with closing(SQLiteStore(path)) as store:
        return store.load()


def articles(path: Path, *fields: str) -> dict[str, dict[str, Any]]:
    """The *fields* of every article in the store at *path*, in the form of the JSON files."""
    known = history.said(path)["articles"]
    return {id_: {field: article[field] for field in fields} for id_, article in known.items()}


def chosen(old: dict[str, Any], *fields: str) -> dict[str, dict[str, Any]]:
    return {id_: {field: each[field] for field in fields} for id_, each in old["articles"].items()}


# What survives.


def test_every_article_keeps_its_id_path_and_dates(migrated: Path, old: dict[str, Any]) -> None:
    fields = ("title", "url", "published", "updated", "path", "changed", "first_seen", "removed")
    assert articles(migrated, *fields) == chosen(old, *fields)


def test_the_same_articles_are_live(migrated: Path, old: dict[str, Any]) -> None:
    assert sorted(record.id for record in loaded(migrated).records) == old["live"]


def test_every_tombstone_survives_in_order(name: str, migrated: Path, old: dict[str, Any]) -> None:
    kept = ("at", "facets") if old["schema"] == 1 else ("at", "facets", "id", "published")
    found = history.said(migrated)["departures"]
    assert [{key: each.get(key) for key in kept} for each in found] == [
        {key: each.get(key) for key in kept} for each in old["departures"]
    ]


@pytest.mark.parametrize("name", [name for name in STORES if name not in ("schema-1", "schema-2")])
def test_the_heat_of_past_days_and_weeks_survives(migrated: Path, old: dict[str, Any]) -> None:
    fields = ("appeared", "rated", "daily", "weekly", "story")
    assert articles(migrated, *fields) == chosen(old, *fields)


def test_every_article_has_a_slug_of_its_own_and_keeps_it(migrated: Path, old: dict[str, Any]) -> None:
    """An article that was called otherwise later has the slug of its first name, as it has its id."""
    before = articles(migrated, "slug")
    slugs = [each["slug"] for each in before.values()]
    assert len(slugs) == len(set(slugs)) == len(old["articles"])
    for id_, entry in old["articles"].items():
        expected = entry.get("slug", next(candidates(id_)))
        assert before[id_]["slug"] == expected
    SQLiteStore(migrated).close()
    assert articles(migrated, "slug") == before


@pytest.mark.parametrize("name", ["schema-1", "schema-2"])
def test_the_present_heat_stands_in_for_heat_that_was_never_recorded(migrated: Path) -> None:
    assert loaded(migrated).records
    for record in loaded(migrated).records:
        assert record.appeared >= record.published
        assert record.daily == record.weekly == record.heat


@pytest.mark.parametrize("name", ["schema-1", "schema-2"])
def test_articles_of_one_story_are_found_where_no_story_was_recorded(migrated: Path) -> None:
    clusters = {
        record.id.rpartition("/")[2]: record.cluster
        for record in loaded(migrated).records
        if record.cluster
    }
    assert set(clusters) == {"storm", "aftermath"}
    assert len(set(clusters.values())) == 1


def test_every_file_stays_known_with_its_problem(migrated: Path, old: dict[str, Any]) -> None:
    found = history.said(migrated)["files"]
    assert found.keys() == old["files"].keys()
    for name, file in old["files"].items():
        assert {field: found[name][field] for field in file} == file


def test_the_taxonomy_survives(migrated: Path, old: dict[str, Any]) -> None:
    assert history.said(migrated)["taxonomy"] == old["taxonomy"]


def test_the_revision_never_goes_back(migrated: Path, old: dict[str, Any]) -> None:
    assert loaded(migrated).revision >= old["revision"]


@pytest.mark.parametrize("name", STORES)
def test_a_migrated_store_is_searched_by_words(name: str, migrated: Path) -> None:
    with closing(SQLiteStore(migrated)) as store:
        found = store.search([("about",) if name.endswith("-packed") else ("harbour",)], True)
        assert found


# The copy of the store as it was.


@pytest.mark.parametrize("name", OLD)
def test_the_old_store_is_kept_beside_the_migrated_one(migrated: Path, old: dict[str, Any]) -> None:
    backup = Path(f"{migrated}.schema-{old['schema']}")
    with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (old["schema"],)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        known = [row[0] for row in database.execute("SELECT id FROM articles ORDER BY id")]
    assert known == list(old["articles"])


@pytest.mark.parametrize("name", OLD)
def test_a_store_is_migrated_once(path: Path) -> None:
    SQLiteStore(path).close()
    beside = sorted(each.name for each in path.parent.iterdir())
    before = {each.name: each.stat().st_mtime_ns for each in path.parent.iterdir()}
    SQLiteStore(path).close()
    assert sorted(each.name for each in path.parent.iterdir()) == beside
    backups = [each for each in beside if ".schema-" in each]
    assert [path.with_name(each).stat().st_mtime_ns for each in backups] == [
        before[each] for each in backups
    ]


@pytest.mark.parametrize("name", OLD)
def test_nothing_is_set_aside(migrated: Path) -> None:
    assert not [each.name for each in migrated.parent.iterdir() if "aside" in each.name]


# What the present writer makes of the same corpus.


def test_a_scan_of_the_same_corpus_moves_no_date(refreshed: Path, old: dict[str, Any]) -> None:
    fields = ("published", "updated", "first_seen", "removed")
    assert articles(refreshed, *fields) == chosen(old, *fields)


def test_a_scan_of_the_same_corpus_takes_no_article_out_of_a_feed(
    refreshed: Path, old: dict[str, Any]
) -> None:
    """A tombstone for every feed is allowed: the present version may read the corpus differently."""
    added = history.said(refreshed)["departures"][len(old["departures"]) :]
    assert [each for each in added if each["facets"] is not None or each.get("id")] == []
    if old["schema"] == SCHEMA:
        assert added == []


def test_no_reader_is_sent_changes_after_a_migration(name: str, path: Path, tmp_path: Path) -> None:
    with scanning(name, path, tmp_path) as refresher:
        process = serving(path, now)
        tags = {
            extension: process.get(f"/feed.{extension}").headers["ETag"]
            for extension in ("json", "atom", "rss")
        }
        refresher.refresh_all()
    for extension, tag in tags.items():
        answer = process.get(f"/feed.{extension}", If_None_Match=tag, A_IM="feed")
        assert answer.status_code in (200, 304), answer.text
        assert "Delta-Base" not in answer.headers
    process.close()


# What is served.


def addresses() -> Iterator[str]:
    for path in PATHS:
        for extension in FORMATS:
            place, mark, arguments = path.partition(".*")
            yield f"{place}.{extension}{arguments}" if mark else f"{path}.{extension}"


def served(process: Process) -> dict[str, Any]:
    """The responses of *process* for a few feeds in every format."""
    found = {}
    for address in addresses():
        answer = process.get(address)
        found[address] = {"status": answer.status_code}
        if answer.status_code == 200:
            found[address] |= {
                "etag": etag(content_of(keys(answer.headers["ETag"])[0]), "identity"),
                "modified": answer.headers["Last-Modified"],
                "body": sha256(answer.data).hexdigest(),
            }
    renderings = {extension: each.rendering for extension, each in FORMATS.items()}
    return {"renderings": renderings | {"digest": DIGEST_RENDERING}, "answers": found}


def is_rendered_alike(address: str, old: dict[str, Any]) -> bool:
    """Return whether the feed at *address* still is rendered as in the version that recorded *old*."""
    path, _, extension = address.partition("?")[0].rpartition(".")
    before = old["served"]["renderings"]
    digests_differ = before.get("digest", 1) != DIGEST_RENDERING and path.rpartition("/")[2] in DIGESTS
    return before[extension] == FORMATS[extension].rendering and not digests_differ


BEFORE_HUBS = {"push": PushSettings(hub="off")}  # else each feed names a hub that it had not before


@pytest.mark.parametrize("name", SERVED)
def test_every_feed_is_served_as_the_version_before_served_it(path: Path, old: dict[str, Any]) -> None:
    process = serving(path, now, **BEFORE_HUBS)
    found, expected = served(process)["answers"], old["served"]["answers"]
    process.close()
    assert len(expected) > 15
    assert set(expected) <= set(found)  # there may be formats that the version before did not have
    for address, before in expected.items():
        present = found[address]
        if not is_rendered_alike(address, old):  # other bytes, on purpose, but of the same dates
            for each in (present, before):
                each.pop("etag", None)
                each.pop("body", None)
        assert present == before, address


@pytest.mark.parametrize("name", SERVED)
def test_a_reader_of_the_version_before_gets_not_modified(refreshed: Path, old: dict[str, Any]) -> None:
    process = serving(refreshed, now, **BEFORE_HUBS)
    for address, expected in old["served"]["answers"].items():
        if expected["status"] == 200:
            answer = process.get(address, If_None_Match=expected["etag"], A_IM="feed")
            same = is_rendered_alike(address, old)
            assert answer.status_code == 304 if same else answer.status_code in (200, 304), address
    process.close()


# What is not migrated.


@pytest.mark.parametrize("name", ["schema-4"])
def test_a_store_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    with pytest.raises(errors.StoreRefused) as refused:  # type: ignore[attr-defined]
        SQLiteStore(path)
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)
    assert "99" in str(refused.value)
    assert path.read_bytes() == before
    assert not [
        each.name for each in path.parent.iterdir() if "aside" in each.name or ".schema" in each.name
    ]


# What is damaged, or cannot be migrated now.


@pytest.mark.parametrize("name", OLD)
def test_a_damaged_index_costs_no_article(name: str, path: Path, old: dict[str, Any]) -> None:
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'articles_by_revision'"
        (page,) = database.execute(query).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096 + 8)
        file.write(b"\x55" * 4088)
    fields = ("title", "url", "published", "updated", "path", "changed", "first_seen", "removed")
    assert articles(path, *fields) == chosen(old, *fields)


@pytest.mark.parametrize("name", ["schema-1", "schema-2", "schema-3"])
def test_a_text_that_cannot_be_read_costs_one_article(path: Path, old: dict[str, Any]) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE articles SET payload = x'c1' WHERE rowid = 1")
        database.commit()
        (lost,) = database.execute("SELECT id FROM articles WHERE rowid = 1").fetchone()
    assert articles(path, "title").keys() == old["articles"].keys() - {lost}


@pytest.mark.parametrize(
    ("name", "damage"), [("schema-4-packed", "payload = x'81'"), ("schema-5", "path = 'other'")]
)
def test_damage_before_a_migration_is_still_found_after_it(path: Path, damage: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE articles SET {damage} WHERE number = 3")
    SQLiteStore(path).close()
    assert next(verify(path)) == "articles: number 3 is damaged"


@pytest.mark.parametrize("name", ["schema-4"])
def test_attempts_at_a_migration_leave_one_backup(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_database: sqlite3.Connection) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setitem(schema.MIGRATIONS, 4, fail)
    for _ in range(3):
        with pytest.raises(errors.StoreError, match="no space left"):
            SQLiteStore(path)
    assert [each.name for each in path.parent.glob("store.db.schema*")] == ["store.db.schema-4"]


# A migration that is killed.


def open_and_die(path: str, moment: int, steps: Any) -> None:
    """Open the store at *path*, and be killed before call number *moment*; 0 counts the calls."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1
            if count == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(profile)
    store = SQLiteStore(Path(path))
    sys.setprofile(None)
    store.close()
    steps.value = count


def calls_until(name: str, folder: Path, moment: int) -> int:
    """The number of calls in a migration of the store *name* in *folder*, killed at *moment* unless 0."""
    copied(name, folder)
    context = multiprocessing.get_context("fork")
    steps = context.Value("q", 0)
    process = context.Process(target=open_and_die, args=(str(folder / "store.db"), moment, steps))
    process.start()
    process.join(30)
    # The number of calls varies between runs, so that the last moments may be after the end.
    assert process.exitcode in ((0, -signal.SIGKILL) if moment else (0,))
    return int(steps.value)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("name", OLD)
def test_a_migration_killed_at_any_moment_leaves_a_store_that_opens(
    name: str, old: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "0").mkdir()
    last = calls_until(name, tmp_path / "0", 0)
    fields = ("title", "url", "published", "updated", "path", "changed", "first_seen", "removed")
    part = OLD.index(name) / len(OLD)
    for moment in sorted({1 + int((last - 1) * (step + part) / KILLS) for step in range(KILLS)}):
        folder = tmp_path / str(moment)
        folder.mkdir()
        calls_until(name, folder, moment)
        assert articles(folder / "store.db", *fields) == chosen(old, *fields), f"killed at call {moment}"
        backup = folder / f"store.db.schema-{old['schema']}"
        assert ids(backup) == list(old["articles"]), f"killed at call {moment}"
        assert not [each.name for each in folder.iterdir() if "aside" in each.name]


if __name__ == "__main__":
    made = Path(sys.argv[1])
    report = json.loads((made / "store.json").read_text())
    here = serving(made / "store.db", now)
    report["served"] = served(here)
    here.close()
    (made / "store.json").write_text(
        json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    )
