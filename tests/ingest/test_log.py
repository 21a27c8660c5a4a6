"""The log lines about scans: what changed, one line for each scan, and the progress of a long one."""

import logging
from pathlib import Path

import pytest

from feeds.ingest import change_log
from feeds.ingest.change_log import MAX_LOGGED_TITLE
from feeds.ingest.progress_log import INTERVAL, ProgressLog
from tests.ingest.ingest_harness import ONE, THREE, TWO, IngestHarness, RefreshFiles, RunningWriter
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


def changes(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines logged since the last call, without the summary of each scan."""
    lines = [each for each in caplog.messages if not each.startswith("recorded ")]
    caplog.clear()
    return lines


def test_each_change_is_one_line_with_path_title_and_topics(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE, title="One", topics=["Oceans", "Cities"])
    refresh(ONE)
    assert changes(caplog) == [f'added {ONE} "One" (2 topics)']
    ingest.write(TWO, title="Two", topics=[])
    refresh(TWO)
    assert changes(caplog) == [f'added {TWO} "Two" (0 topics)']
    ingest.write(ONE, title="One, edited", topics=["Oceans"])
    refresh(ONE)
    assert changes(caplog) == [f'changed {ONE} "One, edited" (1 topic)']
    (ingest.root / ONE).rename(ingest.root / THREE)
    refresh(ONE, THREE)
    assert changes(caplog) == [f'moved {THREE} "One, edited" (1 topic, from {ONE})']
    (ingest.root / THREE).unlink()
    refresh(THREE)
    assert changes(caplog) == [f'removed {THREE} "One, edited" (1 topic)']
    ingest.write(TWO, title="Two", topics=[], published=False)
    refresh(TWO)
    assert changes(caplog) == [f'withheld {TWO} "Two" (0 topics, published: false)']
    ingest.write(TWO, title="Two", topics=[])
    refresh(TWO)
    assert changes(caplog) == [f'added {TWO} "Two" (0 topics)']


def test_a_first_load_is_only_counted(
    new_ingest: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    new_ingest.write(ONE)
    new_ingest.refresh_all()
    assert not any(each.startswith("added ") for each in caplog.messages)
    assert_recorded("1 file (1 article)", new_ingest, caplog)


def test_a_file_that_is_held_back_is_one_line_and_its_correction_another(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE, title="One")
    ingest.refresh_all()
    changes(caplog)
    ingest.write(ONE, title=None)
    refresh(ONE)
    [problem] = changes(caplog)
    assert problem.startswith(f"{ONE}:1: title: missing; ")
    ingest.write(ONE, title="One")
    refresh(ONE)
    assert changes(caplog) == [f'accepted {ONE} "One" (1 topic)']
    ingest.write(TWO, published=False)
    refresh(TWO)
    assert changes(caplog) == [f"withheld {TWO} (published: false)"]
    ingest.write(TWO, published=False, body="still a draft")
    refresh(TWO)
    assert changes(caplog) == []


def test_the_removal_of_a_file_that_was_held_back_is_logged_too(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE, published=False)
    ingest.write(TWO, title=None)
    ingest.write(THREE)
    ingest.refresh_all()
    changes(caplog)
    for name in ONE, TWO:
        (ingest.root / name).unlink()
    refresh(ONE, TWO)
    assert changes(caplog) == [f"removed {ONE}", f"removed {TWO}"]


def test_a_revision_is_logged_once(ingest: IngestHarness, caplog: pytest.LogCaptureFixture) -> None:
    ingest.write(ONE)
    ingest.refresh_all()
    ingest.write(ONE, secured="2026-01-01")
    ingest.refresh_all()
    ingest.write(ONE, title="Edited")
    ingest.refresh_all()
    recorded = [each for each in caplog.messages if each.startswith("recorded ")]
    assert recorded == [
        "recorded 1 file (1 article) in 0.00 s at revision 2",
        "recorded 1 file (0 articles) in 0.00 s",
        "recorded 1 file (1 article) in 0.00 s at revision 3",
    ]


def test_a_scheduled_article_is_logged_with_its_date(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE)
    ingest.refresh_all()
    ingest.write(TWO, title="Two", publishedDateTime="2999-01-02T03:04:05Z")
    changes(caplog)
    refresh(TWO)
    assert changes(caplog) == [f'added {TWO} "Two" (1 topic, scheduled for 2999-01-02 03:04 UTC)']


def test_what_no_subscriber_sees_is_no_change(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE)
    ingest.refresh_all()
    changes(caplog)
    ingest.write(ONE, secured="2026-01-01")
    refresh(ONE)
    assert changes(caplog) == []


def test_a_title_cannot_break_the_line(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(ONE)
    ingest.refresh_all()
    changes(caplog)
    ingest.write(ONE, title="\x1b[2J" + "x" * 1000)
    refresh(ONE)
    [line] = changes(caplog)
    assert line.isprintable()
    assert len(line) < MAX_LOGGED_TITLE + 60


def test_many_changes_and_problems_are_counted_after_the_first_ones(
    ingest: IngestHarness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_log, "MAX_CHANGES", 2)
    monkeypatch.setattr(change_log, "MAX_LOGGED_PROBLEMS", 3)
    ingest.limit(batch=2)
    ingest.write(ONE)
    ingest.refresh_all()
    changes(caplog)
    for number in range(5):
        ingest.write(f"_news/good-{number}.md", title=f"Good {number}")
        ingest.write(f"_news/bad-{number}.md", title=None)
    ingest.refresh_all()
    lines = changes(caplog)
    assert [each for each in lines if "good" in each] == [
        'added _news/good-0.md "Good 0" (1 topic)',
        'added _news/good-1.md "Good 1" (1 topic)',
    ]
    assert sum("title: missing" in each for each in lines) == 3
    assert lines[-2:] == [
        "changes not logged: 3",
        "problems not logged: 2; run feeds check to see all",
    ]


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
