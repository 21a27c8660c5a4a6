"""Damage in a store's file: it is found, repaired from what is intact, and nothing wrong is served."""

import logging
import multiprocessing
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import msgspec
import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.errors import StoreDamaged, StoreError
from feeds.ingest.refresher import Refresher
from feeds.store import Changes, Progress, Record, Store
from feeds.store import sqlite as backend
from feeds.store.sqlite import SQLiteStore, entries
from feeds.store.sqlite.backup import verify
from feeds.store.sqlite.checksums import article_checksums, spoilt
from feeds.store.sqlite.schema import ENTRY
from feeds.store.sqlite.search import FullTextSearch
from feeds.store.sqlite.store_file import StoreFile
from tests.builders import write_article
from tests.commands import output_of

MINUTES = count(1_780_000_000, 60)  # no two writers at the same time
PAGE = 4096


class Writer:
    """The writer of the store at *path*, a minute after the last one."""

    def __init__(self, root: Path, path: Path) -> None:
        self.store = SQLiteStore(path)
        assert self.store.acquire_writer()
        self._now = next(MINUTES)
        self._refresher = Refresher(Corpus(root), self.store, lambda: self._now)
        self._refresher.begin()

    def refresh_all(self) -> None:
        self._now = next(MINUTES)
        self._refresher.refresh_all()


def articles(store: Store) -> dict[str, tuple[Article, Record]]:
    """The live articles by id, with their records."""
    return {
        each.id: (msgspec.msgpack.decode(each.content, type=Article), _comparable(each))
        for each in store.load().records
    }


def _comparable(record: Record) -> Record:
    return msgspec.structs.replace(record, payload=record.content, compression=None)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus, and a store after edits, removals and a rename."""
    folder = tmp_path_factory.mktemp("history")
    root = folder / "corpus"
    (root / "_news").mkdir(parents=True)
    (root / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
    for number in range(40):
        write_article(root, f"_news/{number}.md", "Body. " * 40, topics=[f"T{number % 3}"])
    writer = Writer(root, folder / "store.db")
    writer.refresh_all()
    for number in range(0, 40, 5):
        write_article(root, f"_news/{number}.md", "Edited. " * 40, title=f"Edited {number}")
        writer.refresh_all()
    for number in range(1, 40, 10):
        (root / f"_news/{number}.md").unlink()
    (root / "_news/2.md").rename(root / "_news/renamed.md")
    writer.refresh_all()
    writer.store.close()
    return folder


@pytest.fixture
def stored(history: Path, tmp_path: Path) -> Path:
    """The path of a copy of the store in *history*."""
    for name in ("store.db", "store.db.lock"):
        shutil.copy(history / name, tmp_path / name)
    return tmp_path / "store.db"


def flip(path: Path, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes((byte ^ 1 << bit % 8,)))


def repaired(history: Path, path: Path) -> dict[str, tuple[Article, Record]]:
    """The articles in the store at *path* after a writer has started and scanned."""
    writer = Writer(history / "corpus", path)
    writer.refresh_all()
    found = articles(writer.store)
    writer.store.check()
    writer.store.close()
    return found


@pytest.fixture(scope="module")
def truth(history: Path) -> dict[str, tuple[Article, Record]]:
    store = SQLiteStore(history / "store.db")
    found = articles(store)
    store.close()
    return found


@pytest.mark.parametrize("seed", range(4))
def test_after_any_flipped_bit_no_article_is_lost_or_wrong_and_none_gets_another_id(
    history: Path, stored: Path, truth: dict[str, tuple[Article, Record]], seed: int
) -> None:
    random, image = Random(seed), stored.read_bytes()
    for _ in range(12):
        bit = random.randrange(len(image) * 8)
        for left in stored.parent.glob("store.db?*"):
            if left.suffix != ".lock":
                left.unlink()
        stored.write_bytes(image)
        flip(stored, bit)
        try:
            reader = SQLiteStore(stored)
            early = articles(reader)
            reader.close()
        except StoreError:
            early = {}
        assert all(early[id_][0] == truth[id_][0] for id_ in early), f"bit {bit}"
        found = repaired(history, stored)
        assert found.keys() == truth.keys(), f"bit {bit}"
        for id_, (article, record) in found.items():
            expected = msgspec.structs.replace(truth[id_][0], updated=article.updated)
            assert article == expected, f"bit {bit}"
            assert record.slug == truth[id_][1].slug, f"bit {bit}"


def one_page(number: int) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(number * PAGE)
            file.write(b"\xff" * PAGE)

    damage.__name__ = f"page_{number}"
    return damage


def header(path: Path) -> None:
    for bit in (3, 16 * 8, 18 * 8 + 2, 21 * 8, 44 * 8 + 9, 60 * 8 + 30, 70 * 8):
        flip(path, bit)


def magic(path: Path) -> None:
    flip(path, 3)


def first_page_after_the_magic(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(16)
        file.write(b"\xff" * (PAGE - 16))


def header_and_article(path: Path) -> None:
    sql("UPDATE articles SET payload = x'81' WHERE number = 3")(path)
    magic(path)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 6 * PAGE])


def cut_off(path: Path) -> None:
    path.write_bytes(b"")


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def sql(*statements: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        database = sqlite3.connect(path)
        with database:
            for statement in statements:
                database.execute(statement)
        database.close()

    damage.__name__ = statements[0].partition(" WHERE")[0].replace(" ", "_")
    return damage


DAMAGES = [
    header,
    truncated,
    cut_off,
    zeroed,
    *(one_page(number) for number in (0, 1, 2, 9, 15, 20)),
    sql("DELETE FROM meta WHERE key = 'revision'"),
    sql("UPDATE meta SET value = 'nonsense' WHERE key = 'taxonomy'"),
    sql("DELETE FROM meta"),
    sql("UPDATE articles SET removed = 1 WHERE number = 3"),
    sql("UPDATE articles SET published = published + 1 WHERE number = 3"),
    sql("UPDATE articles SET payload = x'81' WHERE number = 3"),
    sql("UPDATE articles SET slug = 'other' WHERE number = 3"),
    sql("UPDATE articles SET payload = 'text', id = 'other' WHERE number = 3"),
    sql("UPDATE articles SET checksums = 'none' WHERE number = 3"),
    sql("DELETE FROM articles WHERE number = 3"),
    sql("UPDATE files SET modified = 'never' WHERE path = '_news/3.md'"),
    sql("UPDATE files SET id = 'other' WHERE path = '_news/3.md'"),
    sql("DELETE FROM files WHERE path = '_news/3.md'"),
    sql("DELETE FROM files"),
    sql("UPDATE departures SET facets = x'00'"),
    sql("UPDATE words_data SET block = zeroblob(99) WHERE id > 10"),
    sql("DROP TABLE words_config"),
    sql("DROP TABLE departures"),
    sql("DROP TABLE articles"),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_repaired_at_the_next_start(
    history: Path,
    stored: Path,
    truth: dict[str, tuple[Article, Record]],
    damage: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    damage(stored)
    found = repaired(history, stored)
    assert len(found) == len(truth)
    texts = sorted((article.title, article.html) for article, _ in truth.values())
    assert sorted((article.title, article.html) for article, _ in found.values()) == texts
    assert not [each for each in caplog.records if each.exc_info]


KEPT = [
    header,
    header_and_article,
    first_page_after_the_magic,
    one_page(0),
    sql("UPDATE meta SET value = 'nonsense' WHERE key = 'taxonomy'"),
    sql("UPDATE articles SET payload = x'81' WHERE number = 3"),
    sql("UPDATE articles SET published = published + 1 WHERE number = 3"),
    sql("UPDATE files SET id = 'other' WHERE path = '_news/3.md'"),
    sql("UPDATE words_data SET block = zeroblob(99) WHERE id > 10"),
]


@pytest.mark.parametrize("damage", KEPT)
def test_ids_dates_and_versions_are_kept_where_they_can_be_read(
    history: Path,
    stored: Path,
    truth: dict[str, tuple[Article, Record]],
    damage: Callable[[Path], None],
) -> None:
    damage(stored)
    assert repaired(history, stored) == truth


def test_a_damaged_slug_is_made_again_and_others_stay(
    history: Path, stored: Path, truth: dict[str, tuple[Article, Record]]
) -> None:
    sql("UPDATE articles SET slug = 'other' WHERE number = 3")(stored)
    found = repaired(history, stored)
    assert {id_: record.slug for id_, (_, record) in found.items()} == {
        id_: record.slug for id_, (_, record) in truth.items()
    }


def test_tombstones_stay_in_chronological_order_if_the_last_change_is_unknown(
    history: Path, stored: Path
) -> None:
    sql(
        "UPDATE departures SET facets = x'00' WHERE rowid = (SELECT min(rowid) FROM departures)",
        "UPDATE meta SET value = 0 WHERE key = 'last_change'",
    )(stored)
    repaired(history, stored)
    with closing(SQLiteStore(stored)) as store:
        times = [each.at for each in store.load().tombstones]
    assert len(times) > 1
    assert times == sorted(times)


def test_the_damaged_file_is_kept_and_what_was_done_is_said(
    history: Path, stored: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sql("UPDATE articles SET payload = x'81' WHERE number = 3")(stored)
    caplog.set_level(logging.WARNING)
    repaired(history, stored)
    with closing(sqlite3.connect(stored.parent / "store.db.aside-1")) as database:
        kept = database.execute("SELECT payload FROM articles WHERE number = 3").fetchone()
    assert kept == (b"\x81",)
    said = [each for each in caplog.messages if "repair" in each]
    assert "damaged (articles: number 3 is damaged); repairing" in said[0]
    assert said[1].endswith(
        "repaired: 39 articles intact, reading 1 again; damaged file kept as store.db.aside-1"
    )


def test_a_row_that_repeats_an_id_is_not_counted_and_costs_its_file_no_reading(stored: Path) -> None:
    store = SQLiteStore(stored)
    stamps, count = store.stamps(), len(articles(store))
    store.close()
    damage = sql(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'id TEXT NOT NULL UNIQUE', 'id TEXT NOT NULL')",
        "DELETE FROM sqlite_master WHERE name LIKE 'sqlite_autoindex_articles%'",
        "DELETE FROM sqlite_master WHERE name = 'articles_by_slug'",
    )
    damage(stored)
    with closing(sqlite3.connect(stored)) as database, database:
        columns = ", ".join(ENTRY)
        row = database.execute(f"SELECT {columns} FROM articles WHERE removed = 0 LIMIT 1").fetchone()
        repeated = tuple(
            1000 if name == "number" else value for name, value in zip(ENTRY, row, strict=True)
        )
        database.execute(
            f"INSERT INTO articles ({columns}, revision, checksums) VALUES ({'?,' * len(ENTRY)} 1, ?)",
            (*repeated, spoilt(article_checksums(repeated))),
        )
    store = SQLiteStore(stored)
    assert store.acquire_writer()
    store.check()
    assert store.replaces_another()
    assert (len(articles(store)), store.stamps()) == (count, stamps)
    store.close()


def test_no_more_than_five_damaged_files_are_kept(history: Path, stored: Path) -> None:
    for _ in range(7):
        sql("UPDATE articles SET payload = x'81' WHERE number = 3")(stored)
        repaired(history, stored)
    assert len([*stored.parent.glob("store.db.aside-?")]) == 5


def test_only_the_writer_repairs(stored: Path) -> None:
    writer, reader = SQLiteStore(stored), SQLiteStore(stored)
    assert writer.acquire_writer()
    sql("UPDATE articles SET payload = x'81' WHERE number = 3")(stored)
    for ask in (reader.load, reader.check):
        with pytest.raises(StoreDamaged, match="damaged: articles: "):
            ask()
    assert writer.requests() == {"scan", "check"}
    writer.check()
    assert reader.replaced()
    assert not reader.progress().ready
    reader.close()
    writer.close()


def test_damage_of_one_article_is_found_when_it_is_read(stored: Path) -> None:
    store = SQLiteStore(stored)
    [id_] = [each.id for each in store.load().records if each.number == 3]
    sql("UPDATE articles SET digest = x'00' WHERE number = 3")(stored)
    with pytest.raises(StoreDamaged):
        store.entries([id_])
    store.close()


@pytest.mark.parametrize(
    "damage",
    [
        "payload = x'00'",
        "id = CAST(id AS BLOB)",
        "heat = heat + 1",
        "published = published + 0.5",
        "version = zeroblob(16)",
        "alike = x'90'",
        "story = x'00'",
        "checksums = x'00'",
        "checksums = 'twelve bytes'",
    ],
)
def test_a_damaged_article_among_others_is_named_when_all_are_loaded(stored: Path, damage: str) -> None:
    store = SQLiteStore(stored)
    [id_] = [each.id for each in store.load().records if each.number == 3]
    sql(f"UPDATE articles SET {damage} WHERE number = 3")(stored)
    with pytest.raises(StoreDamaged, match=f"articles: b?'{id_}'"):
        store.load()
    store.close()


def test_a_damaged_stamp_differs_and_the_row_is_verified_when_its_file_is_read_again(
    stored: Path,
) -> None:
    sql("UPDATE files SET size = size + 1 WHERE path = '_news/3.md'")(stored)
    store = SQLiteStore(stored)
    stamps = store.stamps()
    assert store.stamps(["_news/3.md"]) == {"_news/3.md": stamps["_news/3.md"]}
    with pytest.raises(StoreDamaged, match=r"files: '_news/3\.md'"):
        store.files(["_news/3.md"])
    others = [path for path in stamps if path != "_news/3.md"]
    assert {path: each.stamp for path, each in store.files(others).items()} == store.stamps(others)
    store.close()


def test_articles_that_damage_made_vanish_are_missed(stored: Path) -> None:
    """SQLite reports no error for a damaged count of the rows in a page."""
    sql("DELETE FROM articles WHERE number = 3")(stored)
    store = SQLiteStore(stored)
    with pytest.raises(StoreDamaged, match="articles are missing"):
        store.load()
    store.close()


def test_a_deleted_store_is_written_again_by_its_writer(stored: Path) -> None:
    writer, reader = SQLiteStore(stored), SQLiteStore(stored)
    assert writer.acquire_writer()
    before = writer.load()
    shutil.rmtree(stored.parent)
    with pytest.raises(StoreError, match="deleted"):
        writer.record(Changes(corpus="/srv/a"))
    with pytest.raises(StoreError, match="missing"):
        reader.replaced()
    assert len(reader.load().records) == len(before.records)
    assert writer.acquire_writer()
    assert writer.load() == before
    writer.record(Changes(corpus="/srv/a"))
    assert reader.replaced()
    assert reader.corpus() == "/srv/a"
    reader.close()
    writer.close()


def test_a_deleted_lock_makes_no_second_writer(stored: Path) -> None:
    first, second = SQLiteStore(stored), SQLiteStore(stored)
    assert first.acquire_writer()
    stored.with_name("store.db.lock").unlink()
    assert second.acquire_writer()
    with pytest.raises(StoreError, match="in use by another writer"):
        first.record(Changes(corpus="/srv/a"))
    assert not first.acquire_writer()
    second.record(Changes(corpus="/srv/b"))
    second.close()
    assert first.acquire_writer()
    assert first.corpus() == "/srv/b"
    first.close()


READER = """
import sys
from pathlib import Path
from feeds.store.sqlite import SQLiteStore
store = SQLiteStore(Path(sys.argv[1]))
store.load()
store.close()
"""


def test_another_process_that_comes_and_goes_takes_no_log_away_that_is_in_use(stored: Path) -> None:
    """A process loses SQLite's locks when it closes any handle of the file."""
    writer = SQLiteStore(stored)
    assert writer.acquire_writer()
    for number in range(5):
        writer.record(Changes(corpus=f"/srv/{number}"))
        SQLiteStore(stored).close()
        output_of(READER, stored)
        assert stored.with_name("store.db-wal").exists()
        writer.record(Changes(corpus=f"/srv/{number}/again"))
        other = SQLiteStore(stored)
        assert other.corpus() == f"/srv/{number}/again"
        other.close()
    writer.check()
    assert not writer.replaced()
    writer.close()


def test_a_store_that_is_cut_off_while_it_is_in_use_is_repaired(history: Path, stored: Path) -> None:
    writer = Writer(history / "corpus", stored)
    writer.refresh_all()
    before = articles(writer.store)
    with stored.open("r+b") as file:
        file.truncate(7 * PAGE)
    with pytest.raises(StoreDamaged, match="shorter"):
        writer.store.requests()
    assert writer.store.acquire_writer()
    writer.store.check()
    writer.refresh_all()
    assert {article.title for article, _ in articles(writer.store).values()} == {
        article.title for article, _ in before.values()
    }
    writer.store.close()


@pytest.mark.parametrize("damage", [header, one_page(0), one_page(9), one_page(15)])
def test_damage_hidden_by_the_cache_of_the_writer_is_found_by_a_check(
    history: Path, stored: Path, truth: dict[str, tuple[Article, Record]], damage: Callable[[Path], None]
) -> None:
    writer = Writer(history / "corpus", stored)
    writer.refresh_all()
    writer.store.load()
    damage(stored)
    writer.store.check()
    writer.refresh_all()
    assert articles(writer.store).keys() == truth.keys()
    other = SQLiteStore(stored)
    assert articles(other) == articles(writer.store)
    other.close()
    writer.store.close()


def die_at_rename(path: Path, number: int) -> None:
    """Repair the store at *path*, and be killed before rename *number*."""
    replace, count = os.replace, 0

    def counted(source: str, target: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)

    os.replace = counted  # type: ignore[assignment]
    store = SQLiteStore(path)
    assert store.acquire_writer()
    store.check()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("number", range(1, 6))
def test_a_repair_that_is_killed_between_two_renames_loses_nothing(
    history: Path, stored: Path, truth: dict[str, tuple[Article, Record]], number: int
) -> None:
    sql("UPDATE meta SET value = 'nonsense' WHERE key = 'taxonomy'")(stored)
    process = multiprocessing.get_context("fork").Process(target=die_at_rename, args=(stored, number))
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    assert repaired(history, stored) == truth
    names = {each.name for each in stored.parent.iterdir()}
    assert not [name for name in names if ".new-" in name or name.endswith(".next")]


def test_a_foreign_file_is_no_replacement_of_the_store(stored: Path) -> None:
    sql("UPDATE meta SET value = 'nonsense' WHERE key = 'taxonomy'")(stored)
    theirs = Path(f"{stored}.next")
    theirs.write_text("theirs")
    store = SQLiteStore(stored)
    assert store.acquire_writer()
    with pytest.raises(StoreError, match=r"store\.db\.next: not a file of this program"):
        store.check()
    store.close()
    assert theirs.read_text() == "theirs"


def test_a_damaged_tally_is_reported_as_any_damage(stored: Path) -> None:
    sql("UPDATE meta SET value = x'c1' WHERE key = 'tally'")(stored)
    assert [*verify(stored)] == ["meta: tally is damaged", "articles: some are missing"]


def test_articles_without_a_tally_are_not_loaded(stored: Path) -> None:
    sql("DELETE FROM meta WHERE key = 'tally'")(stored)
    with closing(SQLiteStore(stored)) as store, pytest.raises(StoreDamaged, match="meta: tally"):
        store.load()


def test_a_store_damaged_while_it_is_open_is_repaired_by_its_next_writer(stored: Path) -> None:
    with closing(SQLiteStore(stored)) as store:
        sql("UPDATE meta SET value = 'nonsense' WHERE key = 'words'")(stored)
        assert store.acquire_writer()
        assert not [*verify(stored)]
    assert [*stored.parent.glob("store.db.aside-*")]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_repair_by_root_leaves_the_file_to_its_owner(history: Path, stored: Path) -> None:
    sql("UPDATE meta SET value = 'nonsense' WHERE key = 'taxonomy'")(stored)
    os.chown(stored, 1234, 1234)
    stored.chmod(0o660)
    repaired(history, stored)
    info = stored.stat()
    assert (info.st_uid, info.st_gid, info.st_mode & 0o777) == (1234, 1234, 0o660)
    store = SQLiteStore(stored)
    store.request("scan")
    store.close()
    assert Path(f"{stored}.requests").stat().st_uid == 1234


def test_a_store_that_cannot_be_restored_is_one_line(stored: Path) -> None:
    with pytest.raises(StoreError, match="cannot be created"):
        StoreFile(Path("/proc/nowhere/store.db")).restore(stored)


def test_a_backup_is_written_where_there_are_no_hard_links(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    target = stored.parent / "backup.db"
    with closing(SQLiteStore(stored)) as store:
        store.back_up(target)
    assert not [*verify(target)]


def test_a_checkpoint_that_fails_leaves_the_time_to_wait_for_others(stored: Path) -> None:
    opened: list[sqlite3.Connection] = []

    class Failing(sqlite3.Connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            opened.append(self)

        def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
            if "checkpoint" in query:
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(query, *values)

    with closing(SQLiteStore(stored, Failing)) as store:
        assert store.acquire_writer()
        store.record(Changes(progress=Progress(ready=True)))
        assert opened[-1].execute("PRAGMA busy_timeout").fetchone() == (10_000,)


def test_a_file_that_another_process_replaces_while_it_is_opened_is_noticed(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = Path(shutil.copy(stored, stored.parent / "backup.db"))
    restoring = Thread(target=lambda: StoreFile(stored).restore(backup))

    def opened_late(*arguments: Any) -> FullTextSearch:
        restoring.start()
        return FullTextSearch(*arguments)

    monkeypatch.setattr(backend, "FullTextSearch", opened_late)
    store = SQLiteStore(stored)
    monkeypatch.undo()
    restoring.join()
    assert store.replaced()
    assert not store.replaced()
    store.close()


def test_a_former_writer_compresses_nothing(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer begins after the former one has found that it is the writer."""
    monkeypatch.setattr(entries, "MIN_DICTIONARY_ARTICLES", 1)
    successors: list[SQLiteStore] = []

    class Late(sqlite3.Connection):
        def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
            if query == "BEGIN IMMEDIATE" and former.is_recording and not successors:
                Path(f"{stored}.lock").unlink()
                successors.append(SQLiteStore(stored))
                assert successors[0].acquire_writer()
            return super().execute(query, *values)

    class Former(SQLiteStore):
        is_recording = False

    with closing(Former(stored, Late)) as former:
        assert former.acquire_writer()
        former.is_recording = True
        with pytest.raises(StoreError, match="in use by another writer"):
            former.record(Changes())
    with closing(successors[0]), closing(sqlite3.connect(stored)) as database:
        assert database.execute("SELECT * FROM meta WHERE key = 'dictionary'").fetchall() == []
