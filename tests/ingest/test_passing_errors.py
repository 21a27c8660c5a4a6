"""What cannot be read for a moment: nothing is lost by it, and all of it is read in the end."""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feeds.corpus import Source
from feeds.corpus.problems import TOO_MANY_OPEN_FILES
from feeds.errors import UnreadableFile
from feeds.store.sqlite import SQLiteStore
from tests.conftest import eventually, write_article
from tests.ingest.desk import ONE, THREE, TWO, Desk, Running, titles

See = Callable[..., None]
REFUSED = "Too many open files"
REASON = f"cannot be read: {REFUSED}"


class Failures(Counter[str]):
    """How often files cannot be read from now on, by path."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._read = desk.corpus.read_source
        desk.corpus.read_source = self.read_source  # type: ignore[method-assign]

    def read_source(self, path: str) -> Source | None:
        if self[path] > 0:
            self[path] -= 1
            return Source(b"", UnreadableFile(TOO_MANY_OPEN_FILES, path, reason=REFUSED))
        return self._read(path)


@pytest.fixture
def failures(desk: Desk) -> Failures:
    return Failures(desk)


def test_a_new_article_that_could_not_be_read_appears_at_the_next_try(
    desk: Desk, see: See, failures: Failures, caplog: pytest.LogCaptureFixture
) -> None:
    desk.write(ONE, title="One")
    failures[ONE] = 3
    for _ in range(3):
        see(ONE)
        assert desk.store.stamps() == {}
        assert desk.records() == {}
        assert [(each.path, each.reason) for each in desk.reports[-1].problems] == [(ONE, REASON)]
    assert caplog.messages == [f"{ONE}: {REASON}"]
    see(ONE)
    assert [*desk.articles()] == ["One"]
    assert desk.reports[-1].problems == []
    assert desk.store.file(ONE)


def test_an_article_whose_file_cannot_be_read_stays_as_it_was(
    desk: Desk, see: See, failures: Failures
) -> None:
    desk.write(ONE, title="One")
    desk.refresh_all()
    before, stamps = desk.store.load(), desk.store.stamps()
    desk.write(ONE, title="Edited")
    failures[ONE] = 2
    for _ in range(2):
        see(ONE)
        assert desk.store.load() == before
        assert desk.store.stamps() == stamps
    see(ONE)
    assert [*desk.articles()] == ["Edited"]
    assert desk.tombstones() == []


def test_a_first_load_leaves_out_what_cannot_be_read_and_takes_it_up_later(
    corpus: Path, stores: Callable[..., Desk]
) -> None:
    write_article(corpus, ONE, title="One")
    write_article(corpus, TWO, title="Two")
    desk = stores(corpus)
    Failures(desk)[ONE] = 1
    desk.refresh_all()
    assert desk.store.progress().ready
    assert [*desk.articles()] == ["Two"]
    desk.refresh_all()
    assert {*desk.articles()} == {"One", "Two"}


def test_a_renamed_file_that_cannot_be_read_at_first_comes_back_as_the_article_it_was(
    desk: Desk, failures: Failures
) -> None:
    desk.write(ONE, title="One")
    desk.refresh_all()
    before = desk.article()
    (desk.root / ONE).rename(desk.root / TWO)
    failures[TWO] = 1
    desk.refresh_all()
    desk.refresh_all()
    assert desk.article() == before


def test_a_folder_in_place_of_a_file_is_no_passing_error(desk: Desk, see: See) -> None:
    file = desk.write(ONE)
    desk.refresh_all()
    file.unlink()
    file.mkdir()
    see(ONE)
    assert desk.records() == {}


@pytest.fixture
def unlisted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bool]]:
    """Which listings of a folder fail, by its path: the first, the second and so on."""
    failing: dict[str, list[bool]] = {}
    scandir = os.scandir

    def listed(path: Any = ".") -> Any:
        rest = failing.get(os.path.relpath(path, desk.root), [])
        if rest and rest.pop(0):
            raise OSError(24, "Too many open files")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", listed)
    return failing


@pytest.mark.parametrize("folder", ["_news", "_news/deep", "."])
@pytest.mark.parametrize(
    "fails", [[True], [False, True], [True, True], [False, True, True], [True] * 9], ids=str
)
def test_nothing_is_gone_below_a_folder_that_cannot_be_listed_for_now(
    desk: Desk, unlisted: dict[str, list[bool]], folder: str, fails: list[bool]
) -> None:
    """Another file is gone for good meanwhile, so that all are looked for again."""
    desk.write("_news/deep/one.md", title="One")
    desk.write("a/gone.md", title="Gone")
    desk.refresh_all()
    before = desk.articles()["One"]
    (desk.root / "a/gone.md").unlink()
    unlisted[folder] = [*fails]
    desk.refresh_all()
    assert desk.articles()["One"] == before
    unlisted.clear()
    desk.refresh_all()
    assert desk.articles() == {"One": before}
    assert [left.id[-6:] for left in desk.tombstones()] == ["a/gone"]


def test_a_copy_of_an_article_whose_file_cannot_be_seen_is_another_article(desk: Desk, see: See) -> None:
    """Whether the file has moved, nobody can tell: its article stays as it is."""
    file = desk.write(ONE, title="One", webUrl="https://example.org/one")
    desk.refresh_all()
    [id_] = desk.records()
    file.unlink()
    file.symlink_to(file)  # stat fails, with something else than "not found"
    desk.write(TWO, title="One", webUrl="https://example.org/one")
    see(TWO)
    assert len(desk.records()) == 2
    assert id_ in desk.records()
    assert desk.tombstones() == []


# At work.


def ids(path: Path) -> set[str]:
    store = SQLiteStore(path)
    found = {each.id for each in store.load().records}
    store.close()
    return found


@pytest.mark.parametrize("before", [True, False], ids=["there at the start", "written later"])
def test_a_writer_tries_again_by_itself_what_it_could_not_read(
    corpus: Path, tmp_path: Path, before: bool
) -> None:
    path = tmp_path / "store.db"
    desk = Desk(corpus, path)
    desk.limit(retry=(0.05, 0.2))
    failures = Failures(desk)
    desk.write(TWO, title="Two")
    desk.refresher.refresh_all()
    failures[ONE] = 5
    if before:
        desk.write(ONE, title="One")
    with Running(desk):
        eventually(lambda: titles(path) == {"Two"})
        if not before:
            desk.write(ONE, title="One")
        eventually(lambda: titles(path) == {"One", "Two"})
    assert failures[ONE] == 0
    desk.store.close()


def test_a_damaged_row_of_a_file_is_repaired_and_the_writer_goes_on(
    corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    desk = Desk(corpus, path)
    for name in (ONE, TWO):
        desk.write(name, title=name[-6:-3])
    with Running(desk):
        eventually(lambda: titles(path) == {"one", "two"})
        before = ids(path)
        database = sqlite3.connect(path, timeout=10)
        with database:
            database.execute("UPDATE files SET size = 1 WHERE path = ?", (ONE,))
        database.close()
        desk.write(ONE, title="Edited")
        eventually(lambda: titles(path) == {"Edited", "two"})
        desk.write(THREE, title="three")
        eventually(lambda: titles(path) == {"Edited", "two", "three"})
        assert before < ids(path)
        eventually(lambda: desk.reports[-1].trouble == "")
    assert "damaged" in caplog.text
    desk.store.close()
