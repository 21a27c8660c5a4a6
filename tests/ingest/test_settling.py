"""Files that are being written or replaced: no half file is published, no article is removed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from feeds.article import Article
from feeds.corpus import ARTICLES
from feeds.corpus.descriptions import DescriptionFiles, find
from feeds.store import Record
from feeds.store.sqlite import SQLiteStore
from tests.ingest.ingest_harness import ONE, TWO, IngestHarness, RefreshFiles, RunningWriter
from tests.waiting import eventually

Step = Callable[[], object]


class Paused:
    """A refresher that waits for files; each pause runs the next of *steps*."""

    def __init__(self, ingest: IngestHarness) -> None:
        self.ingest = ingest
        self.steps: list[Step] = []
        self.pauses = 0
        ingest.use_refresher(pause=self._pause)

    def _pause(self, seconds: float) -> bool:
        self.pauses += 1
        if self.steps:
            self.steps.pop(0)()
        return False


@pytest.fixture
def paused(ingest: IngestHarness) -> Paused:
    return Paused(ingest)


def test_a_file_that_is_away_for_a_moment_is_edited(
    ingest: IngestHarness, paused: Paused, refresh: RefreshFiles
) -> None:
    ingest.write(title="One")
    ingest.refresh_all()
    before = ingest.record()
    (ingest.root / ONE).unlink()
    paused.steps = [lambda: ingest.write(title="Edited")]
    refresh(ONE)
    assert (ingest.record().id, ingest.record().published) == (before.id, before.published)
    assert [*ingest.articles()] == ["Edited"]
    assert ingest.tombstones() == []


def test_a_file_that_stays_away_is_gone(
    ingest: IngestHarness, paused: Paused, refresh: RefreshFiles
) -> None:
    ingest.write()
    ingest.refresh_all()
    (ingest.root / ONE).unlink()
    refresh(ONE)
    assert ingest.records() == {}


def test_a_body_that_comes_in_pieces_is_published_once_and_whole(
    ingest: IngestHarness, paused: Paused, refresh: RefreshFiles
) -> None:
    text = ingest.write(body="A long body. " * 50, title="One").read_text()
    pieces = [text[start : start + 200] for start in range(0, len(text), 200)]
    (ingest.root / ONE).unlink()

    def append() -> None:
        with (ingest.root / ONE).open("a") as file:
            file.write(pieces.pop(0))

    append()
    paused.steps = [append] * len(pieces)
    revision = ingest.store.revision()
    refresh(ONE)
    assert ingest.article().html.count("A long body") == 50
    assert ingest.store.revision() == revision + 1


def test_a_file_that_vanishes_while_it_is_waited_for_never_was(
    ingest: IngestHarness, paused: Paused, refresh: RefreshFiles
) -> None:
    file = ingest.write()
    paused.steps = [file.unlink]
    refresh(ONE)
    assert ingest.records() == {}
    assert ingest.store.stamps() == {}


def test_a_known_file_that_vanishes_while_it_is_waited_for_is_gone(
    ingest: IngestHarness, paused: Paused, refresh: RefreshFiles
) -> None:
    file = ingest.write(title="One")
    ingest.refresh_all()
    ingest.write(title="Edited")
    paused.steps = [file.unlink]
    refresh(ONE)
    assert ingest.records() == {}
    assert len(ingest.tombstones()) == 1


def test_a_file_that_was_put_in_the_place_of_another_is_not_waited_for(
    ingest: IngestHarness, paused: Paused, refresh: RefreshFiles
) -> None:
    ingest.write(title="One")
    ingest.refresh_all()
    paused.pauses = 0
    address = ingest.article().url
    ingest.write("_news/one.new", title="Edited", webUrl=address).rename(ingest.root / ONE)
    refresh(ONE)
    assert [*ingest.articles()] == ["Edited"]
    assert paused.pauses == 0


def test_files_that_were_written_long_ago_are_not_waited_for(
    ingest: IngestHarness, paused: Paused, refresh: RefreshFiles
) -> None:
    paused.pauses = 0
    os.utime(ingest.write(), (ingest.now, ingest.now))
    refresh(ONE)
    assert len(ingest.records()) == 1
    assert paused.pauses == 0


def test_a_file_that_is_moved_to_another_folder_during_a_scan_never_left(
    ingest: IngestHarness, paused: Paused
) -> None:
    ingest.write("b/one.md", title="One")
    ingest.write("a/two.md", title="Two")
    ingest.refresh_all()
    before = ingest.store.load()
    aside = ingest.root.with_name("aside")
    (ingest.root / "b/one.md").rename(aside)
    paused.steps = [lambda: aside.rename(ingest.root / "a/one.md")]  # once both folders were listed
    ingest.refresh_all()
    assert ingest.store.load() == before
    assert {*ingest.store.files()} == {"a/one.md", "a/two.md"}


def test_files_that_patterns_leave_out_from_now_on_are_gone_though_they_are_there(
    ingest: IngestHarness, paused: Paused
) -> None:
    ingest.write("deep/one.md", title="One")
    ingest.write(TWO, title="Two")
    ingest.refresh_all()
    ingest.use_corpus(articles=(*ARTICLES, "!deep/"))
    Paused(ingest)
    ingest.refresh_all()
    assert [*ingest.articles()] == ["Two"]
    assert {*ingest.store.files()} == {TWO}
    assert ingest.refresh_all() == 0


def test_files_below_a_folder_that_is_linked_now_keep_their_ids(
    ingest: IngestHarness, paused: Paused
) -> None:
    """A folder is read at its own path, not at the path of a link to it."""
    ingest.write("a/one.md", title="One")
    ingest.refresh_all()
    before = ingest.store.load()
    (ingest.root / "a").rename(ingest.root / "z")
    (ingest.root / "a").symlink_to(ingest.root / "z")
    ingest.refresh_all()
    assert ingest.store.load() == before
    assert {*ingest.store.files()} == {"z/one.md"}
    assert ingest.refresh_all() == 0


# With a real watcher.


class Published:
    """The published articles in the store at *path*."""

    def __init__(self, path: Path) -> None:
        self.store = SQLiteStore(path)

    def records(self) -> dict[str, Record]:
        """The live articles by title."""
        return {
            msgspec.msgpack.decode(each.content, type=Article).title: each
            for each in self.store.load().records
        }

    def html(self) -> str:
        [record] = self.records().values()
        return msgspec.msgpack.decode(record.content, type=Article).html


@pytest.fixture
def published() -> Iterator[Callable[[IngestHarness], Published]]:
    made: list[Published] = []

    def of(ingest: IngestHarness) -> Published:
        made.append(Published(ingest.store.path))
        return made[-1]

    yield of
    for each in made:
        each.store.close()


def test_edits_of_every_kind_are_published_without_a_tombstone(
    new_ingest: IngestHarness, corpus: Path, published: Callable[[IngestHarness], Published]
) -> None:
    new_ingest.write(title="One")
    seen = published(new_ingest)
    with RunningWriter(new_ingest):
        before = eventually(seen.records)["One"]
        (corpus / ONE).unlink()
        new_ingest.write(title="Deleted and written")
        eventually(lambda: "Deleted and written" in seen.records())
        new_ingest.write("_news/one.new", title="Renamed over").rename(corpus / ONE)
        eventually(lambda: "Renamed over" in seen.records())
        new_ingest.write(title="Written in place, and longer than before")
        eventually(lambda: "Written in place, and longer than before" in seen.records())
        [after] = seen.records().values()
        assert (after.id, after.published) == (before.id, before.published)
        assert seen.store.load().tombstones == []


def test_a_body_that_is_written_slowly_is_published_once_and_whole(
    new_ingest: IngestHarness, corpus: Path, published: Callable[[IngestHarness], Published]
) -> None:
    text = new_ingest.write(body="A long body. " * 60).read_text()
    pieces = [text[start : start + 100] for start in range(0, len(text), 100)]
    (corpus / ONE).unlink()

    def append() -> None:
        with (corpus / ONE).open("a") as file:
            file.write(pieces.pop(0))

    seen, paused = published(new_ingest), Paused(new_ingest)
    with RunningWriter(new_ingest):
        eventually(lambda: seen.store.progress().ready)
        revision = seen.store.revision()
        paused.steps = [append] * (len(pieces) - 1)
        append()
        eventually(seen.records)
        assert seen.html().count("A long body") == 60
        assert seen.store.revision() == revision + 1


def test_a_file_that_never_stops_growing_is_published_all_the_same(
    new_ingest: IngestHarness, corpus: Path, published: Callable[[IngestHarness], Published]
) -> None:
    new_ingest.limit(unsettled=0.4)
    seen = published(new_ingest)
    with RunningWriter(new_ingest):
        eventually(lambda: seen.store.progress().ready)
        new_ingest.write()

        def grown() -> bool:
            with (corpus / ONE).open("a") as file:
                file.write("More. ")
            return bool(seen.records())

        eventually(grown)
        with (corpus / ONE).open("a") as file:
            file.write("The end.")
        eventually(lambda: "The end." in seen.html())


@pytest.mark.parametrize("by_paths", [True, False], ids=["refresh_paths", "refresh_all"])
def test_files_that_shift_in_several_bursts_keep_the_ids_of_their_articles(
    ingest: IngestHarness, paused: Paused, by_paths: bool
) -> None:
    def put(number: int, title: str) -> str:
        path = f"_news/{number}.md"
        ingest.write(path, title=title, webUrl=f"https://example.org/{title}")
        return path

    for number, title in enumerate(("Alpha", "Beta", "Gamma"), 1):
        put(number, title)
    ingest.refresh_all()
    before = {title: article.id for title, article in ingest.articles().items()}
    bursts = {1: "New", 2: "Alpha", 3: "Beta", 4: "Gamma"}
    if by_paths:
        for number, title in bursts.items():
            assert ingest.refresh_paths(put(number, title))
        assert ingest.refresh_paths()  # nothing changes any more
    else:
        put(1, bursts.pop(1))
        paused.steps = [lambda burst=burst: put(*burst) for burst in bursts.items()]
        ingest.refresh_all()
    after = {title: article.id for title, article in ingest.articles().items()}
    assert after == before | {"New": f"{before['Alpha']}~2"}
    assert ingest.tombstones() == []


@pytest.mark.parametrize("by_paths", [True, False], ids=["refresh_paths", "refresh_all"])
def test_a_file_in_which_another_article_stays_is_published_after_a_while(
    ingest: IngestHarness, paused: Paused, by_paths: bool
) -> None:
    ingest.write(title="One")
    ingest.refresh_all()
    ingest.write(title="Another", webUrl="https://example.org/another")
    if by_paths:
        assert ingest.refresh_paths(ONE)
        assert list(ingest.articles()) == ["One"]
        assert ingest.refresh_paths()  # nothing changes any more
    else:
        ingest.refresh_all()
    assert list(ingest.articles()) == ["Another"]
    assert paused.pauses


def test_a_file_with_another_article_is_published_though_other_files_never_stop_changing(
    ingest: IngestHarness,
) -> None:
    ingest.limit(unsettled=0.0)
    Paused(ingest)
    ingest.write(title="One")
    ingest.refresh_all()
    ingest.write(title="Another", webUrl="https://example.org/another")
    assert ingest.refresh_paths(ONE)
    ingest.write(TWO, title="Two")
    assert ingest.refresh_paths(TWO)
    assert set(ingest.articles()) == {"Another", "Two"}


def test_an_article_that_appears_elsewhere_after_another_took_its_file_keeps_its_id(
    ingest: IngestHarness, paused: Paused
) -> None:
    one = {"title": "One", "webUrl": "https://example.org/one"}
    ingest.write(**one)
    ingest.refresh_all()
    before = ingest.record()
    other = {"webUrl": "https://example.org/another", "publishedDateTime": "2026-05-05T00:00:00Z"}
    ingest.write(title="Another", **other)
    assert ingest.refresh_paths(ONE)
    ingest.write(TWO, **one)
    assert ingest.refresh_paths(TWO)
    assert ingest.refresh_paths()
    assert ingest.articles()["One"].id == before.id
    assert ingest.tombstones() == []


def test_a_scan_reads_the_files_that_waited_for_others(ingest: IngestHarness, paused: Paused) -> None:
    ingest.write(title="One")
    ingest.refresh_all()
    ingest.write(title="Another", webUrl="https://example.org/another")
    assert ingest.refresh_paths(ONE)
    assert ingest.refresh_all() == 1
    ingest.corpus.reads.clear()
    assert ingest.refresh_paths()
    assert ingest.corpus.reads == []


@pytest.mark.parametrize("half", ["", "title: Half", "title: Half\nurl: https://other.example\n"])
def test_a_configuration_that_is_still_written_is_not_in_force(
    ingest: IngestHarness, paused: Paused, half: str
) -> None:
    ingest.write(webUrl="/one")
    ingest.refresh_all()
    config, seen = ingest.root / "_config.yml", ingest.store.revision()
    config.write_text(half)
    paused.steps = [lambda: config.write_text("title: Whole\nurl: https://corpus.example\n")]
    ingest.refresh_all()
    assert ingest.store.taxonomy().title == "Whole"
    assert ingest.article().url == "https://corpus.example/one"
    assert ingest.store.revision() == seen + 1


def test_a_scan_finds_the_files_that_describe_the_corpus_once(
    ingest: IngestHarness, paused: Paused, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []

    def counted(*arguments: Any) -> DescriptionFiles:
        found.append(arguments)
        return find(*arguments)

    monkeypatch.setattr("feeds.corpus.own_schema.find", counted)
    ingest.refresh_all()
    assert len(found) == 1
