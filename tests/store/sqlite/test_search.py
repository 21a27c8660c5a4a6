"""The full-text index of a SQLite store."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from feeds.errors import StoreError
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite import search as fulltext
from feeds.store.tokenize import tokenize
from tests.builders import article
from tests.store.entries import found, put


def test_a_kept_search_continues_in_the_store_it_came_from(tmp_path: Path) -> None:
    """Until the new store is loaded, which may take minutes, the index has the old store's numbers."""
    path = tmp_path / "store.db"
    first, reader = SQLiteStore(path), SQLiteStore(path)
    assert first.acquire_writer()
    put(first, article(1, title="One"), article(2, title="Two"))
    search = reader.search
    assert search([["two"]], True) == [2]
    first.close()
    for file in tmp_path.glob("store.db*"):
        file.rename(tmp_path / f"aside-{file.name}")
    second = SQLiteStore(path)
    assert second.acquire_writer()
    put(second, article(2, title="Two"))
    for _ in range(2):
        assert search([["two"]], True) == [2]
        reader.replaced()
    assert reader.search([["two"]], True) == [1]
    reader.close()
    with pytest.raises(StoreError, match="cannot be searched"):
        search([["two"]], True)
    second.close()


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a #1?mode=rw&%41 é.db")
    assert store.acquire_writer()
    put(store, article(1))
    assert found(store, "tests") == [1]
    store.close()
    names = {file.name.removeprefix("a #1?mode=rw&%41 é.db") for file in tmp_path.iterdir()}
    assert names <= {"", ".lock", ".opening", "-wal", "-shm"}


def test_another_rule_for_words_is_another_tokenizer() -> None:
    """A changed rule requires a new TOKENIZER: deleting an article needs the words that were inserted."""
    text = "It's Ada’s l'été: C++, C#, .NET & R&D! Straße Ørsted_2 東京タワー ภาษา हिन्दी ™ a\u00adb"
    assert fulltext.TOKENIZER.startswith("1, ")
    assert " ".join(tokenize(text)) == (
        "its ada l ete c plus plus c sharp dot net and r and d strasse orsted 2 "
        "東 京 タ ワ ー ภ า ษ า हिन्दी ab"
    )


def test_another_rule_for_words_renews_them_when_a_process_becomes_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    store = SQLiteStore(path)
    assert store.acquire_writer()
    put(store, article(1, title="One two"), article(2, title="Three"))
    put(store, article(2), removed=1)
    revision = store.revision()
    store.close()
    monkeypatch.setattr(fulltext, "TOKENIZER", "another")
    for name in "tokenize", "title_words":
        monkeypatch.setattr(fulltext, name, lambda text: [each[::-1] for each in tokenize(text)])
    store = SQLiteStore(path)
    assert store.acquire_writer()
    monkeypatch.undo()
    assert (found(store, "eno owt"), found(store, "one"), found(store, "eerht")) == ([1], [], [])
    assert store.revision() == revision
    store.close()
    store = SQLiteStore(path)
    assert store.acquire_writer()
    assert store.acquire_writer()
    assert found(store, "one two") == [1]
    store.close()


def test_damaged_words_are_renewed_from_the_articles_by_looking_for_damage(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    store = SQLiteStore(path)
    assert store.acquire_writer()
    put(store, *(article(n, title=f"Number{n}") for n in range(1, 200)))
    store.close()
    database = sqlite3.connect(path)
    with database:
        database.execute("UPDATE words_data SET block = zeroblob(99) WHERE id > 10")
    database.close()
    store, other = SQLiteStore(path), SQLiteStore(path)
    assert store.acquire_writer()
    other.check()
    assert not caplog.messages
    store.check()
    store.check()
    assert (found(store, "number7"), found(other, "number9")) == ([7], [9])
    assert [each for each in caplog.messages if "full-text index damaged; rebuilding" in each]
    assert len(caplog.messages) == 1
    assert not store.replaces_another()
    put(store, article(7, title="Another"))
    assert (found(store, "number7"), found(store, "another")) == ([], [7])
    other.close()
    store.close()


def test_the_words_take_no_text(tmp_path: Path) -> None:
    """The payloads already contain the text."""
    store = SQLiteStore(tmp_path / "store.db")
    assert store.acquire_writer()
    put(store, article(1, title="Onceuponatime"))
    database = sqlite3.connect(store.path)
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {name for name in tables if name.startswith("words")} == {
        "words", "words_config", "words_data", "words_idx",
    }  # fmt: skip
    database.close()
    store.close()


def test_a_reader_whose_search_finds_damage_requests_a_check(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store, reader = SQLiteStore(path), SQLiteStore(path)
    assert store.acquire_writer()
    put(store, *(article(n, title=f"Number{n}") for n in range(1, 200)))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE words_data SET block = x'00000000ffffffffffffffff'")
    with pytest.raises(StoreError, match="cannot be searched"):
        reader.search([["number7"]], True)
    assert store.requests() == {"scan", "check"}
    reader.close()
    store.close()
