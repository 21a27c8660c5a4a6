"""Files and folders that cannot be read for now: nothing is lost, and they are read later."""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from errno import EACCES, EMFILE
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feeds.corpus import Source
from feeds.corpus.problems import TOO_MANY_OPEN_FILES
from feeds.errors import UnreadableFile
from feeds.store.sqlite import SQLiteStore
from tests.builders import write_article, write_file
from tests.ingest.ingest_harness import (
    ONE,
    THREE,
    TWO,
    IngestHarness,
    RefreshFiles,
    RunningWriter,
    titles,
)
from tests.waiting import eventually

REFUSED = "too many open files"
MKDOCS = "authors:\n  ann:\n    name: NAME\n    description: Author\n"
REASON = f"cannot be read: {REFUSED}"


class Failures(Counter[str]):
    """The number of coming read errors, by path."""

    def __init__(self, ingest: IngestHarness) -> None:
        super().__init__()
        self._read = ingest.corpus.read_source
        ingest.corpus.read_source = self.read_source  # type: ignore[method-assign]

    def read_source(self, path: str) -> Source | None:
        if self[path] > 0:
            self[path] -= 1
            return Source(b"", UnreadableFile(TOO_MANY_OPEN_FILES, path, reason=REFUSED))
        return self._read(path)


@pytest.fixture
def failures(ingest: IngestHarness) -> Failures:
    return Failures(ingest)


def test_a_new_article_that_could_not_be_read_appears_at_the_next_try(
    ingest: IngestHarness, refresh: RefreshFiles, failures: Failures, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE, title="One")
    failures[ONE] = 3
    for _ in range(3):
        refresh(ONE)
        assert ingest.store.stamps() == {}
        assert ingest.records() == {}
        assert [(each.path, each.reason) for each in ingest.reports[-1].problems] == [(ONE, REASON)]
    assert caplog.messages == [f"{ONE}: {REASON}; {TOO_MANY_OPEN_FILES.remedy}"]
    refresh(ONE)
    assert [*ingest.articles()] == ["One"]
    assert ingest.reports[-1].problems == []
    assert ingest.store.file(ONE)


def test_an_article_whose_file_cannot_be_read_stays_as_it_was(
    ingest: IngestHarness, refresh: RefreshFiles, failures: Failures
) -> None:
    ingest.write(ONE, title="One")
    ingest.refresh_all()
    before, stamps = ingest.store.load(), ingest.store.stamps()
    ingest.write(ONE, title="Edited")
    failures[ONE] = 2
    for _ in range(2):
        refresh(ONE)
        assert ingest.store.load() == before
        assert ingest.store.stamps() == stamps
    refresh(ONE)
    assert [*ingest.articles()] == ["Edited"]
    assert ingest.tombstones() == []


def test_a_first_load_leaves_out_what_cannot_be_read_and_takes_it_up_later(
    corpus: Path, stores: Callable[..., IngestHarness]
) -> None:
    write_article(corpus, ONE, title="One")
    write_article(corpus, TWO, title="Two")
    ingest = stores(corpus)
    Failures(ingest)[ONE] = 1
    ingest.refresh_all()
    assert ingest.store.progress().ready
    assert [*ingest.articles()] == ["Two"]
    ingest.refresh_all()
    assert {*ingest.articles()} == {"One", "Two"}


def test_a_renamed_file_that_cannot_be_read_at_first_comes_back_as_the_article_it_was(
    ingest: IngestHarness, failures: Failures
) -> None:
    ingest.write(ONE, title="One")
    ingest.refresh_all()
    before = ingest.article()
    (ingest.root / ONE).rename(ingest.root / TWO)
    failures[TWO] = 1
    ingest.refresh_all()
    ingest.refresh_all()
    assert ingest.article() == before


def test_a_folder_in_place_of_a_file_is_no_passing_error(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    file = ingest.write(ONE)
    ingest.refresh_all()
    file.unlink()
    file.mkdir()
    refresh(ONE)
    assert ingest.records() == {}


@pytest.fixture
def unlisted(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """For each folder by path: the error of each coming listing, 0 for none."""
    failing: dict[str, list[int]] = {}

    def listed(how: Callable[[Any], Any], path: Any = ".") -> Any:
        rest = [] if isinstance(path, int) else failing.get(os.path.relpath(path, corpus), [])
        if rest and (error := rest.pop(0)):
            raise OSError(error, os.strerror(error))
        return how(path)

    for function in os.scandir, os.listdir:
        monkeypatch.setattr(os, function.__name__, partial(listed, function))
    return failing


@pytest.mark.parametrize("folder", ["_news", "_news/deep", "."])
@pytest.mark.parametrize(
    "fails", [[EMFILE], [0, EMFILE], [EMFILE] * 2, [0, EMFILE, EMFILE], [EMFILE] * 9], ids=str
)
def test_nothing_is_gone_below_a_folder_that_cannot_be_listed_for_now(
    ingest: IngestHarness, unlisted: dict[str, list[int]], folder: str, fails: list[int]
) -> None:
    """Another file is deleted, so that the scan looks for all missing files."""
    ingest.write("_news/deep/one.md", title="One")
    ingest.write("a/gone.md", title="Gone")
    ingest.refresh_all()
    before = ingest.articles()["One"]
    (ingest.root / "a/gone.md").unlink()
    unlisted[folder] = [*fails]
    ingest.refresh_all()
    assert ingest.articles()["One"] == before
    unlisted.clear()
    ingest.refresh_all()
    assert ingest.articles() == {"One": before}
    assert [left.id[-6:] for left in ingest.tombstones()] == ["a/gone"]


def test_a_copy_of_an_article_whose_file_cannot_be_seen_is_another_article(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    """The file may or may not have moved, so that its article stays."""
    file = ingest.write(ONE, title="One", webUrl="https://example.org/one")
    ingest.refresh_all()
    [id_] = ingest.records()
    file.unlink()
    file.symlink_to(file)  # stat fails, with something else than "not found"
    ingest.write(TWO, title="One", webUrl="https://example.org/one")
    refresh(TWO)
    assert len(ingest.records()) == 2
    assert id_ in ingest.records()
    assert ingest.tombstones() == []


# With a running writer.


def ids(path: Path) -> set[str]:
    store = SQLiteStore(path)
    found = {each.id for each in store.load().records}
    store.close()
    return found


@pytest.mark.parametrize("before", [True, False], ids=["there at the start", "written later"])
def test_a_writer_tries_again_by_itself_what_it_could_not_read(
    new_ingest: IngestHarness, before: bool
) -> None:
    new_ingest.limit(retry=(0.05, 0.2))
    failures = Failures(new_ingest)
    new_ingest.write(TWO, title="Two")
    new_ingest.refresher.refresh_all()
    failures[ONE] = 5
    if before:
        new_ingest.write(ONE, title="One")
    with RunningWriter(new_ingest):
        eventually(lambda: titles(new_ingest.store.path) == {"Two"})
        if not before:
            new_ingest.write(ONE, title="One")
        eventually(lambda: titles(new_ingest.store.path) == {"One", "Two"})
    assert failures[ONE] == 0


def test_a_file_that_cannot_be_read_does_not_end_notifications(
    new_ingest: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    failures = Failures(new_ingest)
    new_ingest.limit(retry=(0.01, 0.01))
    new_ingest.write(ONE, title="One")
    failures[ONE] = 6
    with RunningWriter(new_ingest, sweep=0.05, patience=0.01) as running:
        eventually(lambda: titles(new_ingest.store.path) == {"One"}, 20)
        new_ingest.write(TWO, title="Two")
        eventually(lambda: titles(new_ingest.store.path) == {"One", "Two"})
        assert not running.watcher.polls
    assert "without notification" not in caplog.text


def test_a_damaged_row_of_a_file_is_repaired_and_the_writer_goes_on(
    new_ingest: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    path = new_ingest.store.path
    for name in (ONE, TWO):
        new_ingest.write(name, title=name[-6:-3])
    with RunningWriter(new_ingest):
        eventually(lambda: titles(path) == {"one", "two"})
        before = ids(path)
        database = sqlite3.connect(path, timeout=10)
        with database:
            database.execute("UPDATE files SET size = 1 WHERE path = ?", (ONE,))
        database.close()
        new_ingest.write(ONE, title="Edited")
        eventually(lambda: titles(path) == {"Edited", "two"})
        new_ingest.write(THREE, title="three")
        eventually(lambda: titles(path) == {"Edited", "two", "three"})
        assert before < ids(path)
        eventually(lambda: new_ingest.reports[-1].trouble == "")
    assert "damaged" in caplog.text


@pytest.mark.parametrize(
    ("dialect", "post", "author", "text", "folder"),
    [
        ("jekyll", "_posts/2024-05-01-one.md", "_data/authors.yml", "ann: NAME", "_data"),
        ("jekyll", "_posts/2024-05-01-one.md", "_authors/ann.md", "---\nname: NAME\n---", "_authors"),
        ("hugo", "content/one.md", "data/authors.yml", "ann: NAME", "data"),
        ("hugo", "content/one.md", "data/authors/ann.yml", "name: NAME", "data/authors"),
        ("zola", "content/one.md", "data/authors.yml", "ann: NAME", "data"),
        ("eleventy", "one.md", "_data/authors.yml", "ann: NAME", "_data"),
        ("mkdocs", "docs/blog/posts/one.md", "docs/blog/.authors.yml", MKDOCS, "docs"),
        ("mkdocs", "docs/blog/posts/one.md", "docs/blog/.authors.yml", MKDOCS, "docs/blog"),
        ("docusaurus", "blog/one.md", "blog/authors.yml", "ann: NAME", "."),
    ],
)
@pytest.mark.parametrize("error", [EMFILE, EACCES])
def test_the_descriptions_of_a_site_stay_while_a_folder_cannot_be_listed(
    corpus: Path,
    stores: Callable[..., IngestHarness],
    unlisted: dict[str, list[int]],
    dialect: str,
    post: str,
    author: str,
    text: str,
    folder: str,
    error: int,
) -> None:
    write_file(corpus, post, "---\ntitle: One\ndate: 2024-05-01\nauthors: [ann]\n---\nBody\n")
    write_file(corpus, author, text.replace("NAME", "Ann Lee"))
    ingest = stores(corpus, dialect=dialect)
    ingest.refresh_all()
    before = ingest.store.load()
    assert ingest.article().authors == ("Ann Lee",)
    unlisted[folder] = [error] * 99
    for _ in range(2):
        ingest.refresh_all()
        assert ingest.store.load() == before
        assert [each.path for each in ingest.reports[-1].problems] == [folder]
    unlisted.clear()
    write_file(corpus, author, text.replace("NAME", "Ann Day"))
    ingest.refresh_all()
    assert ingest.article().authors == ("Ann Day",)
    assert ingest.reports[-1].problems == []
