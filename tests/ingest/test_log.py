"""The log lines about scans: one for each that recorded files, and the progress of a long one."""

import logging
from pathlib import Path

import pytest

from feeds.ingest.progress_log import INTERVAL, ProgressLog
from tests.ingest.ingest_harness import ONE, THREE, TWO, IngestHarness, RunningWriter
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def _log_events(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_a_scan_logs_the_numbers_of_files_it_recorded(
    ingest: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE)
    ingest.write(TWO, published=False)
    (ingest.root / THREE).write_text("---\ntitle: 1\n---\n")
    ingest.refresh_all()
    assert_recorded("3 files (1 article, 1 withheld, 1 bad)", ingest, caplog)


def test_an_edit_and_a_removal_are_logged_once(
    ingest: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE)
    ingest.write(TWO)
    ingest.refresh_all()
    caplog.clear()
    ingest.write(ONE, title="Edited")
    (ingest.root / TWO).unlink()
    assert ingest.refresh_paths(ONE, TWO)
    assert_recorded("2 files (1 article, 1 removed)", ingest, caplog)


def test_a_scan_without_changes_logs_nothing(
    ingest: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE)
    ingest.refresh_all()
    caplog.clear()
    ingest.refresh_all()
    assert caplog.messages == []


def test_a_long_scan_logs_its_progress_every_few_seconds(caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    progress = ProgressLog(lambda: now)
    for done in range(1000, 13_000, 1000):
        progress(done, 12_345)
        now += INTERVAL / 2
    assert caplog.messages[:2] == ["read 3,000 of 12,345 files (24%)", "read 5,000 of 12,345 files (40%)"]
    assert len(caplog.messages) == 5


def test_a_short_scan_after_a_long_time_logs_no_progress(caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    progress = ProgressLog(lambda: now)
    for _ in range(3):
        progress(1000, 1500)
        progress(1500, 1500)
        now += 1000
    assert caplog.messages == []


def test_an_election_is_logged_once_and_every_end_of_trouble(
    new_ingest: IngestHarness, corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (corpus / "_config.yml").write_text("title: Example\n")  # without a domain for ids
    new_ingest.write(ONE)
    with RunningWriter(new_ingest):
        for count in 1, 2:
            eventually(
                lambda count=count: sum("scan complete" in each for each in caplog.messages) == count
            )
            corpus.rename(tmp_path / "elsewhere")
            lost = f"{corpus}: no such folder; create or mount it; retrying"
            eventually(lambda lost=lost: caplog.messages[-1] == lost)
            (tmp_path / "elsewhere").rename(corpus)
        eventually(lambda: caplog.messages[-1] == "scan complete: 0 files changed")
    assert caplog.messages.count(f"became the writer of {new_ingest.store.name}") == 1
    assert sum("site.authority" in each for each in caplog.messages) == 1


def assert_recorded(numbers: str, ingest: IngestHarness, caplog: pytest.LogCaptureFixture) -> None:
    """Assert that one line about recorded files was logged, with these *numbers*."""
    [line] = [each for each in caplog.messages if each.startswith("recorded ")]
    assert line == f"recorded {numbers} in 0.00 s at revision {ingest.store.revision()}"
