"""Edits: the dates, tombstones and revisions that they cause."""

import os
from datetime import UTC, datetime

import pytest

from feeds.corpus.problems import MODIFIED_IN_FUTURE, SIMILAR_FIELD
from feeds.ingest import recorder
from feeds.store import Tombstone
from tests.ingest.ingest_harness import (
    DEFAULT_DATE,
    DEFAULT_FACETS,
    ONE,
    IngestHarness,
    RefreshFiles,
    mixed,
    seconds,
)


def test_a_file_whose_secret_alone_changed_changes_nothing(ingest: IngestHarness) -> None:
    ingest.write(secured="one")
    ingest.refresh_all()
    before, revision = ingest.store.load(), ingest.store.revision()
    ingest.write(secured="another and longer")
    assert ingest.refresh_all() == 1
    assert ingest.store.load() == before
    assert ingest.store.revision() == revision
    ingest.write(secured="x")
    assert ingest.refresh_paths(ONE)
    assert ingest.store.load() == before
    assert ingest.refresh_all() == 0


def test_touching_every_file_changes_nothing(ingest: IngestHarness) -> None:
    mixed(ingest.root)
    ingest.refresh_all()
    before, latest = ingest.store.load(), ingest.store.latest(0)
    files = list(ingest.store.files())
    for path in files:
        os.utime(ingest.root / path, (ingest.now, ingest.now))
    assert ingest.refresh_all() == len(files)
    assert ingest.store.load() == before
    assert ingest.store.latest(0) == latest
    assert ingest.refresh_all() == 0


def test_an_edit_moves_updated_and_not_published(ingest: IngestHarness) -> None:
    ingest.write()
    ingest.refresh_all()
    before = ingest.article()
    ingest.write(title="Edited")
    ingest.refresh_all()
    after = ingest.article()
    assert after.id == before.id
    assert after.published == before.published
    assert after.updated.timestamp() == ingest.record().changed == ingest.now


def test_an_edit_that_says_when_it_was_is_believed(ingest: IngestHarness) -> None:
    ingest.write()
    ingest.refresh_all()
    ingest.write(title="Edited", modifiedDateTime="2026-03-03T00:00:00Z")
    ingest.refresh_all()
    assert ingest.article().updated == datetime(2026, 3, 3, tzinfo=UTC)
    assert ingest.record().changed == ingest.now


def test_a_last_change_in_the_future_is_none(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    """It would be the date of the whole feed until then."""
    ingest.write(modifiedDateTime="2099-01-01")
    ingest.refresh_all()
    assert ingest.article().updated == ingest.article().published
    problem = "in the future, and ignored: 2099-01-01T00:00:00Z"
    expected = f"{ONE}: modifiedDateTime: {problem}; {MODIFIED_IN_FUTURE.remedy}"
    assert caplog.messages.count(expected) == 1
    ingest.write(title="Edited", modifiedDateTime="2099-01-01")
    refresh(ONE)
    assert ingest.article().updated.timestamp() == ingest.now
    ingest.write(title="Edited", modifiedDateTime="2026-05-01")
    refresh(ONE)
    assert ingest.article().updated.timestamp() <= ingest.now


def test_a_scheduled_article_has_no_later_change_when_it_appears(ingest: IngestHarness) -> None:
    ingest.write(publishedDateTime="2026-07-01", modifiedDateTime="2026-07-02")
    ingest.refresh_all()
    assert ingest.article().updated == ingest.article().published == datetime(2026, 7, 1, tzinfo=UTC)


def test_a_future_change_that_an_earlier_version_recorded_is_corrected_and_no_news(
    ingest: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest.write(modifiedDateTime="2099-01-01")
    with monkeypatch.context() as earlier:
        earlier.setattr(recorder, "without_future_change", lambda article, _now: article)
        ingest.refresh_all()
    recorded = ingest.record()
    assert ingest.article().updated == datetime(2099, 1, 1, tzinfo=UTC)
    ingest.use_refresher(version=b"next")
    ingest.refresh_all()
    assert ingest.article().updated == ingest.article().published
    assert ingest.record().changed == recorded.changed


def test_misspelt_fields_are_logged_when_a_file_changes(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    ingest.write(topic="Go")
    ingest.refresh_all()
    expected = f"{ONE}:8: topic: not read, but similar to topics; {SIMILAR_FIELD.remedy}"
    assert caplog.messages.count(expected) == 1
    ingest.refresh_all()
    assert caplog.messages.count(expected) == 1
    ingest.write(topic="Go", title="Edited")
    refresh(ONE)
    assert caplog.messages.count(expected) == 2
    assert not ingest.store.file(ONE).problem


@pytest.mark.parametrize("date", ["2025-01-01", "2026-02-02"])
def test_editing_the_date_of_an_article_that_was_seen_changes_nothing(
    ingest: IngestHarness, date: str
) -> None:
    ingest.write()
    ingest.refresh_all()
    before, revision = ingest.records(), ingest.store.revision()
    ingest.write(publishedDateTime=date)
    ingest.refresh_all()
    assert ingest.records() == before
    assert ingest.store.revision() == revision
    ingest.write(publishedDateTime=date, title="Edited")
    ingest.refresh_all()
    assert ingest.record().published == seconds("2026-01-02T03:04:05Z")
    assert ingest.article().updated.timestamp() == ingest.now


def test_moving_to_other_feeds_departs_from_the_former_without_an_id(ingest: IngestHarness) -> None:
    ingest.write()
    ingest.refresh_all()
    ingest.write(topics=["Other"])
    ingest.refresh_all()
    assert ingest.tombstones() == [Tombstone(ingest.now, DEFAULT_FACETS, "", DEFAULT_DATE)]


def test_an_article_that_comes_to_a_type_has_changed(ingest: IngestHarness) -> None:
    ingest.write()
    ingest.refresh_all()
    ingest.write(type="video")
    ingest.refresh_all()
    assert ingest.record().changed == ingest.now
