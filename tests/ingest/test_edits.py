"""Edits: the dates, tombstones and revisions that they cause."""

import os
from datetime import UTC, datetime

import pytest

from feeds.store import Tombstone
from tests.ingest.desk import (
    HELD,
    ONE,
    WHEN,
    Desk,
    mixed,
    seconds,
)


def test_a_file_whose_secret_alone_changed_changes_nothing(desk: Desk) -> None:
    desk.write(secured="one")
    desk.refresh_all()
    before, revision = desk.store.load(), desk.store.revision()
    desk.write(secured="another and longer")
    assert desk.refresh_all() == 1
    assert desk.store.load() == before
    assert desk.store.revision() == revision
    desk.write(secured="x")
    assert desk.refresh_paths(ONE)
    assert desk.store.load() == before
    assert desk.refresh_all() == 0


def test_touching_every_file_changes_nothing(desk: Desk) -> None:
    mixed(desk.root)
    desk.refresh_all()
    before, latest = desk.store.load(), desk.store.latest(0)
    files = list(desk.store.files())
    for path in files:
        os.utime(desk.root / path, (desk.now, desk.now))
    assert desk.refresh_all() == len(files)
    assert desk.store.load() == before
    assert desk.store.latest(0) == latest
    assert desk.refresh_all() == 0


def test_an_edit_moves_updated_and_not_published(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    before = desk.article()
    desk.write(title="Edited")
    desk.refresh_all()
    after = desk.article()
    assert after.id == before.id
    assert after.published == before.published
    assert after.updated.timestamp() == desk.record().changed == desk.now


def test_an_edit_that_says_when_it_was_is_believed(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    desk.write(title="Edited", modifiedDateTime="2026-03-03T00:00:00Z")
    desk.refresh_all()
    assert desk.article().updated == datetime(2026, 3, 3, tzinfo=UTC)
    assert desk.record().changed == desk.now


@pytest.mark.parametrize("date", ["2025-01-01", "2026-02-02"])
def test_editing_the_date_of_an_article_that_was_seen_changes_nothing(desk: Desk, date: str) -> None:
    desk.write()
    desk.refresh_all()
    before, revision = desk.records(), desk.store.revision()
    desk.write(publishedDateTime=date)
    desk.refresh_all()
    assert desk.records() == before
    assert desk.store.revision() == revision
    desk.write(publishedDateTime=date, title="Edited")
    desk.refresh_all()
    assert desk.record().published == seconds("2026-01-02T03:04:05Z")
    assert desk.article().updated.timestamp() == desk.now


def test_moving_to_other_feeds_departs_from_the_former_without_an_id(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    desk.write(topics=["Other"])
    desk.refresh_all()
    assert desk.tombstones() == [Tombstone(desk.now, HELD, "", WHEN)]


def test_an_article_that_comes_to_a_type_has_changed(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    desk.write(type="video")
    desk.refresh_all()
    assert desk.record().changed == desk.now
