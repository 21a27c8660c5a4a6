"""Many files that are gone at once: their articles stay until their removal is accepted."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from feeds.bootstrap import ServerProcess
from feeds.errors import CorpusError, StoreError
from feeds.settings import load
from feeds.store.sqlite import SQLiteStore
from tests.builders import write_article
from tests.commands import invoke
from tests.ingest.ingest_harness import IngestHarness, RunningWriter
from tests.server import Server
from tests.waiting import eventually

FILES = 24  # more than MAX_FILES_OF_SMALL_CORPUS

Feeds = Callable[..., Result]


def name(number: int) -> str:
    return f"_news/2026-01-02-{number:02}.md"


def fill(root: Path, count: int = FILES) -> None:
    for number in range(count):
        write_article(root, name(number), title=f"Title {number}")


def lose(root: Path, count: int, first: int = 0) -> list[str]:
    """Delete *count* files; return their paths."""
    paths = [name(number) for number in range(first, first + count)]
    for path in paths:
        (root / path).unlink()
    return paths


def set_aside(root: Path, count: int) -> Path:
    """Move *count* files to another folder, where their names are their numbers; return the folder."""
    aside = root.with_name("aside")
    aside.mkdir()
    for number in range(count):
        (root / name(number)).rename(aside / str(number))
    return aside


def gone(lost: int, had: int = FILES) -> str:
    return f"{lost} of {had} files are gone (their articles are kept)"


def said(root: Path, lost: int, had: int = FILES) -> str:
    """The problem of *root* and its remedy."""
    return f"{root}: {gone(lost, had)}; restore the files, or run feeds refresh --accept-removals"


@pytest.fixture
def full(ingest: IngestHarness) -> IngestHarness:
    """A corpus of 24 recorded articles."""
    fill(ingest.root)
    ingest.refresh_all()
    return ingest


@pytest.mark.parametrize("left", [[], [".keep"], ["lost+found/"]], ids=str)
def test_articles_stay_where_most_files_are_gone(
    full: IngestHarness, caplog: pytest.LogCaptureFixture, left: list[str]
) -> None:
    before = full.store.load()
    lose(full.root, 13)
    for each in left:
        (full.root / each).mkdir() if each.endswith("/") else (full.root / each).touch()
    for _ in range(3):
        full.refresh_all()
    assert full.store.load() == before
    assert full.refresher.held == said(full.root, 13)
    assert full.reports[-1].trouble == said(full.root, 13)
    assert [each for each in caplog.messages if "are gone" in each] == [said(full.root, 13)]


@pytest.mark.parametrize(
    "left", [[".keep"], ["lost+found/"], ["_config.yml"], ["_news/", ".keep"]], ids=str
)
def test_articles_stay_where_a_mount_left_nothing_but_what_is_no_article(
    full: IngestHarness, left: list[str]
) -> None:
    before = full.store.load()
    config = (full.root / "_config.yml").read_bytes()
    shutil.rmtree(full.root)
    full.root.mkdir()
    for each in left:
        (full.root / each).mkdir() if each.endswith("/") else (full.root / each).write_bytes(config)
    full.refresh_all()
    assert full.records() == {each.id: each for each in before.records}
    assert full.tombstones() == before.tombstones
    assert full.refresher.held == said(full.root, FILES)


def test_articles_stay_where_the_whole_folder_is_empty(full: IngestHarness) -> None:
    before = full.store.load()
    shutil.rmtree(full.root)
    full.root.mkdir()
    with pytest.raises(CorpusError, match="empty, probably a failed mount"):
        full.refresh_all()
    assert full.store.load() == before


def test_files_that_come_back_end_the_wait_without_a_change(full: IngestHarness) -> None:
    before = full.store.load()
    aside = set_aside(full.root, 20)
    full.refresh_all()
    assert full.refresher.held
    for number in range(20):
        (aside / str(number)).rename(full.root / name(number))
    assert full.refresh_all() == 0
    assert full.store.load() == before
    assert full.refresher.held == full.reports[-1].trouble == ""


def test_a_slow_restore_removes_nothing_on_its_way(
    full: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    before = full.store.load()
    aside = set_aside(full.root, 20)
    full.refresh_all()
    for number in range(19):
        (aside / str(number)).rename(full.root / name(number))
        full.refresh_all()
        assert full.refresher.held == said(full.root, 19 - number)
        assert full.store.load() == before
    assert caplog.text.count("are gone") == 1
    full.refresher.refresh_all(accept_removals=True)
    assert len(full.records()) == FILES - 1


def test_articles_go_once_that_is_accepted(full: IngestHarness) -> None:
    lose(full.root, 20)
    full.refresh_all()
    full.now += 60
    assert full.refresher.refresh_all(accept_removals=True) == 20
    assert len(full.records()) == 4
    assert len(full.tombstones()) == 20
    assert full.refresher.held == full.reports[-1].trouble == ""
    assert full.refresh_all() == 0


def test_all_articles_go_once_that_is_accepted(full: IngestHarness) -> None:
    lose(full.root, FILES)
    full.refresher.refresh_all(accept_removals=True)
    assert full.records() == {}
    assert full.refresh_all() == 0


@pytest.mark.parametrize(("had", "lost"), [(24, 12), (20, 20), (20, 11), (21, 10)])
def test_half_of_many_files_and_any_of_few_are_not_held(
    ingest: IngestHarness, had: int, lost: int
) -> None:
    fill(ingest.root, had)
    ingest.refresh_all()
    lose(ingest.root, lost)
    ingest.refresh_all()
    assert len(ingest.records()) == had - lost
    assert ingest.refresher.held == ""


@pytest.mark.parametrize(("had", "lost"), [(21, 11), (21, 21), (25, 13)])
def test_more_than_half_of_many_files_are_held(ingest: IngestHarness, had: int, lost: int) -> None:
    fill(ingest.root, had)
    ingest.refresh_all()
    lose(ingest.root, lost)
    ingest.refresh_all()
    assert len(ingest.records()) == had
    assert ingest.refresher.held == said(ingest.root, lost, had)


def test_a_folder_that_is_renamed_is_no_loss(full: IngestHarness) -> None:
    before = full.store.load()
    (full.root / "_news").rename(full.root / "_old")
    full.refresh_all()
    assert full.store.load() == before
    assert full.refresher.held == ""


def test_a_file_withheld_in_place_is_no_loss(full: IngestHarness) -> None:
    """Files that exist and request it themselves are no failed mount."""
    for number in range(20):
        write_article(full.root, name(number), title=f"Title {number}", published=False)
    full.refresh_all()
    assert len(full.records()) == 4
    assert full.refresher.held == ""


@pytest.mark.parametrize("by_paths", [True, False])
def test_other_files_are_followed_while_removals_are_held(full: IngestHarness, by_paths: bool) -> None:
    lose(full.root, 20)
    full.refresh_all()
    write_article(full.root, name(22), title="Edited")
    write_article(full.root, name(30), title="New")
    (full.root / name(23)).unlink()
    if by_paths:
        assert not full.refresh_paths(name(22), name(30), name(23))  # so that a scan counts all files
    full.refresh_all()
    assert {"Edited", "New", "Title 0", "Title 19"} <= {*full.articles()}
    assert full.refresher.held == said(full.root, 21)


def test_files_that_go_in_many_small_bursts_go(full: IngestHarness) -> None:
    """Each burst may be the work of a person."""
    for first in range(0, 20, 4):
        assert full.refresh_paths(*lose(full.root, 4, first))
    assert len(full.records()) == 4
    assert full.refresher.held == ""


@pytest.mark.parametrize("count", [13, 20, 22])
def test_most_files_that_go_in_one_burst_are_held_as_in_a_scan(full: IngestHarness, count: int) -> None:
    paths = lose(full.root, count)
    if not full.refresh_paths(*paths):
        full.refresh_all()
    assert len(full.records()) == FILES
    assert full.refresher.held == said(full.root, count)


def test_half_of_all_files_may_go_in_one_burst(full: IngestHarness) -> None:
    assert full.refresh_paths(*lose(full.root, 12))
    assert len(full.records()) == 12


def test_removals_that_are_held_are_held_after_a_restart(
    full: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    lose(full.root, 20)
    full.refresh_all()
    full.use_refresher()
    full.refresh_all()
    assert len(full.records()) == FILES
    assert full.refresher.held == said(full.root, 20)
    assert caplog.text.count("are gone") == 2


def test_removals_are_held_even_if_other_files_are_new(full: IngestHarness) -> None:
    full.limit(batch=3)
    lose(full.root, 20)
    (full.root / "_config.yml").write_text("title: Another\nurl: https://corpus.example\n")
    full.refresh_all()
    assert len(full.records()) == FILES
    assert full.store.taxonomy().title == "Another"


# On the command line.


@pytest.fixture
def feeds(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Feeds]:
    """The command line, on a corpus of 24 recorded articles."""
    monkeypatch.setenv("FEEDS_CORPUS_PATH", str(corpus))
    monkeypatch.setenv("FEEDS_STORE_PATH", str(tmp_path / "store.db"))
    before = dict(os.environ)
    fill(corpus)
    assert invoke("refresh").exit_code == 0
    yield invoke
    os.environ.clear()
    os.environ.update(before)


def test_check_says_that_removals_will_be_held(feeds: Feeds, corpus: Path) -> None:
    lose(corpus, 20)
    result = feeds("check", "--explain")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == f".: {gone(20)}"
    report = json.loads(feeds("check", "--format", "json").stdout)
    assert report["problems"] == [{"path": ".", "line": 0, "reason": gone(20)}]


def test_check_has_nothing_to_say_about_a_renamed_folder(feeds: Feeds, corpus: Path) -> None:
    (corpus / "_news").rename(corpus / "_old")
    assert feeds("check").exit_code == 0


def test_refresh_fails_until_removals_are_accepted(feeds: Feeds, corpus: Path) -> None:
    lose(corpus, 20)
    for _ in range(2):
        result = feeds("refresh")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.splitlines()[-1] == f"feeds: {said(corpus, 20)}"
    result = feeds("refresh", "--accept-removals")
    assert (result.exit_code, result.stderr) == (0, "20 files changed\n")
    assert feeds("refresh").exit_code == 0
    assert feeds("check").exit_code == 0


def test_export_fails_until_removals_are_accepted_and_writes_what_stays(
    feeds: Feeds, corpus: Path, tmp_path: Path
) -> None:
    def exported(*words: str) -> tuple[int, int]:
        plain = ("--no-archives", "--no-digests", "--no-pages", "--codings", "none", "--workers", "1")
        result = feeds("export", tmp_path / "out", *plain, *words)
        [feed] = (tmp_path / "out").rglob("feed.json")
        return result.exit_code, len(json.loads(feed.read_text())["items"])

    lose(corpus, 20)
    assert exported() == (1, FILES)
    assert exported("--accept-removals") == (0, 4)


def test_a_running_writer_accepts_removals_on_request(feeds: Feeds, corpus: Path, tmp_path: Path) -> None:
    server = ServerProcess(load(os.environ))
    assert server.store.acquire_writer()
    result = feeds("refresh", "--accept-removals")
    assert result.exit_code == 0
    assert server.store.requests() == {"scan", "accept-removals"}
    server.stop()


@pytest.mark.parametrize("mode", ["notify", "poll"])
def test_a_writer_that_polls_accepts_removals_too(full: IngestHarness, mode: str) -> None:
    with RunningWriter(full, mode=mode, interval=0.05):
        lose(full.root, FILES)
        (full.root / "_news" / ".keep").touch()
        eventually(lambda: full.refresher.held == said(full.root, FILES), within=20)
        other = SQLiteStore(full.store.path)
        other.request("accept-removals")
        eventually(lambda: not other.load().records, within=20)
        other.close()


def test_a_request_stands_until_it_is_fulfilled(
    full: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(full.root, FILES)
    (full.root / "_news" / ".keep").touch()
    full.store.request("accept-removals")
    refresh_all, fails = full.refresher.refresh_all, [True, True]

    def failing(**options: bool) -> int:
        if fails:
            fails.pop()
            raise StoreError(full.store.path, "disk is full", "free some space")
        return refresh_all(**options)

    monkeypatch.setattr(full.refresher, "refresh_all", failing)
    with RunningWriter(full):
        other = SQLiteStore(full.store.path)
        eventually(lambda: not other.load().records, within=20)
        other.close()


def test_requests_that_cannot_be_read_do_not_stop_the_writer(
    full: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    Path(f"{full.store.path}.requests").mkdir()
    with RunningWriter(full, mode="poll", interval=0.05):
        full.write(name(FILES), title="New")
        other = SQLiteStore(full.store.path)
        eventually(lambda: len(other.load().records) == FILES + 1, within=20)
        other.close()
    assert sum("requests cannot be read" in each for each in caplog.messages) == 1


@pytest.mark.slow
def test_a_server_reports_held_removals_until_they_are_accepted(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(corpus)
    with Server(corpus, tmp_path / "run") as server:

        def titles() -> int:
            return len(json.loads(server.get("/feed.json").body)["items"])

        shutil.rmtree(corpus / "_news")
        eventually(lambda: said(corpus, FILES) in server.get("/ready").body.decode(), within=20)
        assert titles() == FILES
        monkeypatch.setenv("FEEDS_CORPUS_PATH", str(corpus))
        monkeypatch.setenv("FEEDS_STORE_PATH", str(tmp_path / "run" / "store.db"))
        result = invoke("refresh", "--accept-removals")
        assert result.exit_code == 0
        eventually(lambda: titles() == 0, within=20)
        eventually(lambda: "degraded" not in server.get("/ready").body.decode(), within=20)
