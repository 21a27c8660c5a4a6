"""Files that are being written or replaced: nothing half is published, and nothing leaves for it."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from feeds.article import Article
from feeds.corpus import ARTICLES
from feeds.corpus.descriptions import DescriptionFiles, find
from feeds.ingest.refresher import Refresher
from feeds.store import Record
from feeds.store.sqlite import SQLiteStore
from tests.conftest import eventually
from tests.ingest.desk import ONE, TWO, Counted, Desk, Running

Step = Callable[[], object]


class Paused:
    """A refresher that waits for files, and what happens to them meanwhile, one thing in each pause."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.steps: list[Step] = []
        self.pauses = 0
        desk.refresher = Refresher(
            desk.corpus, desk.store, lambda: desk.now, report=desk.reports.append, pause=self._pause
        )

    def _pause(self, seconds: float) -> bool:
        self.pauses += 1
        if self.steps:
            self.steps.pop(0)()
        return False


@pytest.fixture
def paused(desk: Desk) -> Paused:
    return Paused(desk)


def see(desk: Desk, told: bool, *paths: str) -> None:
    assert desk.refresh_paths(*paths) if told else desk.refresh_all() >= 0


told = pytest.mark.parametrize("told", [True, False], ids=["look", "scan"])


@told
def test_a_file_that_is_away_for_a_moment_is_edited(desk: Desk, paused: Paused, told: bool) -> None:
    desk.write(title="One")
    desk.refresh_all()
    before = desk.record()
    (desk.root / ONE).unlink()
    paused.steps = [lambda: desk.write(title="Edited")]
    see(desk, told, ONE)
    assert (desk.record().id, desk.record().published) == (before.id, before.published)
    assert [*desk.articles()] == ["Edited"]
    assert desk.tombstones() == []


@told
def test_a_file_that_stays_away_is_gone(desk: Desk, paused: Paused, told: bool) -> None:
    desk.write()
    desk.refresh_all()
    (desk.root / ONE).unlink()
    see(desk, told, ONE)
    assert desk.records() == {}


@told
def test_a_body_that_comes_in_pieces_is_published_once_and_whole(
    desk: Desk, paused: Paused, told: bool
) -> None:
    text = desk.write(body="A long body. " * 50, title="One").read_text()
    pieces = [text[start : start + 200] for start in range(0, len(text), 200)]
    (desk.root / ONE).unlink()

    def append() -> None:
        with (desk.root / ONE).open("a") as file:
            file.write(pieces.pop(0))

    append()
    paused.steps = [append] * len(pieces)
    revision = desk.store.revision()
    see(desk, told, ONE)
    assert desk.article().html.count("A long body") == 50
    assert desk.store.revision() == revision + 1


@told
def test_a_file_that_vanishes_while_it_is_waited_for_never_was(
    desk: Desk, paused: Paused, told: bool
) -> None:
    file = desk.write()
    paused.steps = [file.unlink]
    see(desk, told, ONE)
    assert desk.records() == {}
    assert desk.store.stamps() == {}


@told
def test_a_known_file_that_vanishes_while_it_is_waited_for_is_gone(
    desk: Desk, paused: Paused, told: bool
) -> None:
    file = desk.write(title="One")
    desk.refresh_all()
    desk.write(title="Edited")
    paused.steps = [file.unlink]
    see(desk, told, ONE)
    assert desk.records() == {}
    assert len(desk.tombstones()) == 1


@told
def test_a_file_that_was_put_in_the_place_of_another_is_not_waited_for(
    desk: Desk, paused: Paused, told: bool
) -> None:
    desk.write(title="One")
    desk.refresh_all()
    paused.pauses = 0
    address = desk.article().url
    desk.write("_news/one.new", title="Edited", webUrl=address).rename(desk.root / ONE)
    see(desk, told, ONE)
    assert [*desk.articles()] == ["Edited"]
    assert paused.pauses == 0


@told
def test_files_that_were_written_long_ago_are_not_waited_for(
    desk: Desk, paused: Paused, told: bool
) -> None:
    paused.pauses = 0
    os.utime(desk.write(), (desk.now, desk.now))
    see(desk, told, ONE)
    assert len(desk.records()) == 1
    assert paused.pauses == 0


def test_a_file_that_is_moved_to_another_folder_during_a_scan_never_left(
    desk: Desk, paused: Paused
) -> None:
    desk.write("b/one.md", title="One")
    desk.write("a/two.md", title="Two")
    desk.refresh_all()
    before = desk.store.load()
    aside = desk.root.with_name("aside")
    (desk.root / "b/one.md").rename(aside)
    paused.steps = [lambda: aside.rename(desk.root / "a/one.md")]  # once both folders were listed
    desk.refresh_all()
    assert desk.store.load() == before
    assert {*desk.store.files()} == {"a/one.md", "a/two.md"}


def test_files_that_patterns_leave_out_from_now_on_are_gone_though_they_are_there(
    desk: Desk, paused: Paused
) -> None:
    desk.write("deep/one.md", title="One")
    desk.write(TWO, title="Two")
    desk.refresh_all()
    desk.corpus = Counted(desk.root, articles=(*ARTICLES, "!deep/"))
    Paused(desk)
    desk.refresh_all()
    assert [*desk.articles()] == ["Two"]
    assert {*desk.store.files()} == {TWO}
    assert desk.refresh_all() == 0


def test_files_below_a_folder_that_is_linked_now_keep_their_ids(desk: Desk, paused: Paused) -> None:
    """A folder is read under its own name: the former name is that of a link to it."""
    desk.write("a/one.md", title="One")
    desk.refresh_all()
    before = desk.store.load()
    (desk.root / "a").rename(desk.root / "z")
    (desk.root / "a").symlink_to(desk.root / "z")
    desk.refresh_all()
    assert desk.store.load() == before
    assert {*desk.store.files()} == {"z/one.md"}
    assert desk.refresh_all() == 0


# With a real watcher.


class Published:
    """What readers of the store at *path* can see."""

    def __init__(self, path: Path) -> None:
        self.store = SQLiteStore(path)

    def records(self) -> dict[str, Record]:
        """What is live, by title."""
        return {
            msgspec.msgpack.decode(each.content, type=Article).title: each
            for each in self.store.load().records
        }

    def html(self) -> str:
        [record] = self.records().values()
        return msgspec.msgpack.decode(record.content, type=Article).html


@pytest.fixture
def published(corpus: Path, tmp_path: Path) -> Iterator[Callable[[Desk], Published]]:
    made: list[Published] = []

    def of(desk: Desk) -> Published:
        made.append(Published(desk.store.path))
        return made[-1]

    yield of
    for each in made:
        each.store.close()


def test_edits_of_every_kind_are_published_without_a_departure(
    corpus: Path, tmp_path: Path, published: Callable[[Desk], Published]
) -> None:
    desk = Desk(corpus, tmp_path / "store.db")
    desk.write(title="One")
    seen = published(desk)
    with Running(desk):
        before = eventually(seen.records)["One"]
        (corpus / ONE).unlink()
        desk.write(title="Deleted and written")
        eventually(lambda: "Deleted and written" in seen.records())
        desk.write("_news/one.new", title="Renamed over").rename(corpus / ONE)
        eventually(lambda: "Renamed over" in seen.records())
        desk.write(title="Written in place, and longer than before")
        eventually(lambda: "Written in place, and longer than before" in seen.records())
        [after] = seen.records().values()
        assert (after.id, after.published) == (before.id, before.published)
        assert seen.store.load().tombstones == []
    desk.store.close()


def test_a_body_that_is_written_slowly_is_published_once_and_whole(
    corpus: Path, tmp_path: Path, published: Callable[[Desk], Published]
) -> None:
    desk = Desk(corpus, tmp_path / "store.db")
    text = desk.write(body="A long body. " * 60).read_text()
    (corpus / ONE).unlink()
    seen = published(desk)
    with Running(desk):
        eventually(lambda: seen.store.progress().ready)
        revision = seen.store.revision()
        with (corpus / ONE).open("w") as file:
            for start in range(0, len(text), len(text) // 9):
                file.write(text[start : start + len(text) // 9])
                file.flush()
                time.sleep(0.05)  # the pace of the one who writes
        eventually(seen.records)
        assert seen.html().count("A long body") == 60
        assert seen.store.revision() == revision + 1
    desk.store.close()


def test_a_file_that_never_stops_growing_is_published_all_the_same(
    corpus: Path, tmp_path: Path, published: Callable[[Desk], Published]
) -> None:
    desk = Desk(corpus, tmp_path / "store.db")
    desk.limit(unsettled=0.4)
    seen = published(desk)
    with Running(desk):
        eventually(lambda: seen.store.progress().ready)
        desk.write()

        def grown() -> bool:
            with (corpus / ONE).open("a") as file:
                file.write("More. ")
            return bool(seen.records())

        eventually(grown)
        with (corpus / ONE).open("a") as file:
            file.write("The end.")
        eventually(lambda: "The end." in seen.html())
    desk.store.close()


def test_files_that_shift_in_several_bursts_keep_the_ids_of_their_articles(
    desk: Desk, paused: Paused
) -> None:
    def put(number: int, title: str) -> None:
        desk.write(f"_news/{number}.md", title=title, webUrl=f"https://example.org/{title}")

    for number, title in enumerate(("Alpha", "Beta", "Gamma"), 1):
        put(number, title)
    desk.refresh_all()
    before = {title: article.id for title, article in desk.articles().items()}
    put(1, "New")
    shifts: list[Step] = [lambda: put(2, "Alpha"), lambda: put(3, "Beta"), lambda: put(4, "Gamma")]
    paused.steps = [step for shift in shifts for step in (lambda: None, shift)]
    for path in ("_news/1.md", "_news/2.md", "_news/3.md", "_news/4.md"):
        if not desk.refresh_paths(path):
            desk.refresh_all()
    after = {title: article.id for title, article in desk.articles().items()}
    assert after == before | {"New": f"{before['Alpha']}~2"}
    assert desk.tombstones() == []


@told
def test_a_file_in_which_another_article_stays_is_published_after_a_while(
    desk: Desk, paused: Paused, told: bool
) -> None:
    desk.write(title="One")
    desk.refresh_all()
    desk.write(title="Another", webUrl="https://example.org/another")
    if not told or not desk.refresh_paths(ONE):
        desk.refresh_all()
    assert list(desk.articles()) == ["Another"]
    assert paused.pauses


@pytest.mark.parametrize("half", ["", "title: Half", "title: Half\nurl: https://other.example\n"])
def test_a_configuration_that_is_still_written_is_not_in_force(
    desk: Desk, paused: Paused, half: str
) -> None:
    desk.write(webUrl="/one")
    desk.refresh_all()
    config, seen = desk.root / "_config.yml", desk.store.revision()
    config.write_text(half)
    paused.steps = [lambda: config.write_text("title: Whole\nurl: https://corpus.example\n")]
    desk.refresh_all()
    assert desk.store.taxonomy().title == "Whole"
    assert desk.article().url == "https://corpus.example/one"
    assert desk.store.revision() == seen + 1


def test_a_scan_looks_once_for_the_files_that_describe_the_corpus(
    desk: Desk, paused: Paused, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []

    def counted(*arguments: Any) -> DescriptionFiles:
        found.append(arguments)
        return find(*arguments)

    monkeypatch.setattr("feeds.corpus.find", counted)
    desk.refresh_all()
    assert len(found) == 1
