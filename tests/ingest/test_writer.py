"""The writer at work: it follows the corpus, honours requests, reports trouble."""

import tracemalloc
from pathlib import Path
from threading import Event, Thread

import pytest

from feeds.corpus import Corpus
from feeds.errors import StoreError
from feeds.ingest.refresher import Refresher
from feeds.ingest.watch import Watcher
from feeds.ingest.writer import Writer
from feeds.monitoring.process_registry import Problem, Refresh
from feeds.store import Changes, File, WriterRequest
from feeds.store.sqlite import SQLiteStore
from tests.builders import write_article
from tests.ingest.ingest_harness import NOW, ONE, TWO, IngestHarness, RunningWriter, titles
from tests.waiting import eventually


@pytest.mark.parametrize("mode", ["notify", "poll"])
def test_changes_of_files_are_soon_in_the_store(
    new_ingest: IngestHarness, corpus: Path, mode: str
) -> None:
    path = new_ingest.store.path
    new_ingest.write(title="One")
    with RunningWriter(new_ingest, mode=mode, interval=0.05):
        eventually(lambda: titles(path) == {"One"})
        new_ingest.write(TWO, title="Two")
        eventually(lambda: titles(path) == {"One", "Two"})
        new_ingest.write(TWO, title="Edited")
        eventually(lambda: titles(path) == {"One", "Edited"})
        (corpus / "_news").rename(corpus / "_old")
        eventually(lambda: titles(path) == {"One", "Edited"})
        (corpus / "_old" / Path(ONE).name).unlink()
        eventually(lambda: titles(path) == {"Edited"})


def test_a_file_with_another_article_than_before_needs_no_look_at_all_files(
    new_ingest: IngestHarness,
) -> None:
    path = new_ingest.store.path
    new_ingest.write(title="One")
    with RunningWriter(new_ingest):
        eventually(lambda: titles(path) == {"One"})
        new_ingest.write(TWO, title="Two")
        eventually(lambda: titles(path) == {"One", "Two"})  # after the first sweep
        listings = new_ingest.corpus.listings
        new_ingest.write(title="Another", webUrl="https://example.org/another")
        eventually(lambda: titles(path) == {"Another", "Two"})
        assert new_ingest.corpus.listings == listings


def test_a_request_makes_the_writer_scan_and_keeps_it_notified(
    new_ingest: IngestHarness,
) -> None:
    other = SQLiteStore(new_ingest.store.path)
    with RunningWriter(new_ingest) as running:
        eventually(lambda: other.progress().ready)
        for number in range(3):
            new_ingest.write(title=f"Title {number}")
            other.request("scan")
            eventually(lambda title=f"Title {number}": titles(other.path) == {title})
        assert not running.watcher.polls
    other.close()


@pytest.mark.parametrize(
    "error", [NotADirectoryError(20, "Not a directory"), StoreError("store", "gone", "restore it")]
)
def test_requests_that_cannot_be_read_are_read_again(
    new_ingest: IngestHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:  # fmt: skip
    new_ingest.write(title="One")
    requests, failures = new_ingest.store.requests, [error] * 4

    def failing() -> set[WriterRequest]:
        if failures:
            raise failures.pop()
        return requests()

    with RunningWriter(new_ingest) as running:
        eventually(lambda: titles(new_ingest.store.path) == {"One"})
        monkeypatch.setattr(new_ingest.store, "requests", failing)
        eventually(lambda: not failures)
        new_ingest.write(TWO, title="Two")
        eventually(lambda: titles(new_ingest.store.path) == {"One", "Two"})
        assert not running.watcher.polls
    assert len([each for each in caplog.messages if each.endswith("; retrying")]) == 1


def test_a_store_that_is_lost_is_filled_again(
    new_ingest: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    path = new_ingest.store.path
    new_ingest.write(title="One")
    new_ingest.refresh_all()
    new_ingest.close()
    path.write_bytes(b"")
    new_ingest.restart()
    with RunningWriter(new_ingest):
        eventually(lambda: titles(path) == {"One"})
    assert "no article intact, reading all files again" in caplog.text


def test_a_corpus_that_comes_back_is_followed_again_and_its_loss_is_logged_once(
    new_ingest: IngestHarness, corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = new_ingest.store.path
    new_ingest.write(title="One")
    with RunningWriter(new_ingest):
        eventually(lambda: titles(path) == {"One"})
        for _ in range(2):
            caplog.clear()
            corpus.rename(tmp_path / "elsewhere")
            eventually(lambda: "no such folder; create or mount it; retrying" in caplog.text)
            assert titles(path) == {"One"}
            (tmp_path / "elsewhere").rename(corpus)
            new_ingest.write(TWO, title="Two")
            eventually(lambda: titles(path) == {"One", "Two"})
            (corpus / TWO).unlink()
            eventually(lambda: titles(path) == {"One"})
            assert len([each for each in caplog.messages if "no such folder" in each]) == 1


def test_a_sweep_of_many_files_holds_few_of_them_in_memory(ingest: IngestHarness) -> None:
    """Sweeps run twice a minute, and Python does not give their memory back."""
    ingest.limit(batch=100)
    paths = [f"_news/{number % 40}/{number}.md" for number in range(4000)]
    for path in paths:
        (ingest.root / path).parent.mkdir(exist_ok=True)
        (ingest.root / path).touch()
    stamps = {path: ingest.corpus.stamp(path) for path in paths}
    ingest.store.record(Changes(files=[File(path, stamp) for path, stamp in stamps.items() if stamp]))
    tracemalloc.start()
    try:
        assert ingest.refresh_all() == 0
        assert tracemalloc.get_traced_memory()[1] < 100 * len(paths)
    finally:
        tracemalloc.stop()


def test_a_writer_in_waiting_takes_over(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = SQLiteStore(path)
    assert first.acquire_writer()
    second = SQLiteStore(path)
    stop = Event()
    write_article(corpus, title="One")
    waiting = Refresher(Corpus(corpus), second, lambda: NOW)
    thread = Thread(target=Writer(waiting, second).run, args=(Watcher(corpus), stop))
    thread.start()
    try:
        assert first.record(Changes(entries=[])) == 0
        assert titles(path) == set()
        first.close()
        eventually(lambda: titles(path) == {"One"})
    finally:
        stop.set()
        thread.join(10)
        second.close()


def test_a_read_is_reported_once(ingest: IngestHarness) -> None:
    ingest.write(ONE)
    ingest.write(TWO)
    assert ingest.refresh_all() == 2
    assert ingest.reports[-1] == Refresh(finished=ingest.now, files=2, recorded=ingest.now)
    reported = len(ingest.reports)
    for _ in range(3):
        ingest.refresh_all()
    assert len(ingest.reports) == reported
    ingest.write(ONE, title="New")
    assert ingest.refresh_paths(ONE)
    assert ingest.reports[reported:] == [Refresh(finished=ingest.now, files=1, recorded=ingest.now)]


def test_problems_of_the_whole_corpus_are_reported_until_they_are_fixed(
    ingest: IngestHarness,
) -> None:
    bad = ingest.root / "_data" / "topics" / "oceans.yaml"
    bad.parent.mkdir(parents=True)
    bad.write_text("- not\n- fields\n")
    ingest.refresh_all()
    report = ingest.reports[-1]
    assert report.bad == 1
    assert report.problems[0].path == "_data/topics/oceans.yaml"
    assert isinstance(report.problems[0], Problem)
    bad.write_text("name: Oceans\n")
    ingest.refresh_all()
    assert (ingest.reports[-1].bad, ingest.reports[-1].problems) == (0, [])


def test_trouble_is_reported_and_that_it_is_over(
    new_ingest: IngestHarness, corpus: Path, tmp_path: Path
) -> None:
    new_ingest.write()
    reports = new_ingest.reports
    aside = corpus.rename(tmp_path / "aside")
    with RunningWriter(new_ingest, mode="poll", interval=0.05):
        eventually(lambda: reports and "no such folder" in reports[-1].trouble)
        aside.rename(corpus)
        eventually(lambda: reports[-1].trouble == "" and reports[-1].files == 1)
