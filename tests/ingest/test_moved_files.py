"""Files that move: articles keep their ids and dates."""

from feeds.store import Tombstone
from tests.ingest.desk import HELD, ONE, THREE, TWO, WHEN, Desk


def test_a_renamed_file_keeps_its_id_and_dates(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    before, revision = desk.records(), desk.store.revision()
    (desk.root / ONE).rename(desk.root / "_news/renamed.md")
    desk.refresh_all()
    assert desk.records() == before
    assert desk.store.revision() == revision
    assert list(desk.store.files()) == ["_news/renamed.md"]
    assert desk.tombstones() == []


def test_a_renamed_file_keeps_its_id_when_it_is_told_of(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    before = desk.records()
    (desk.root / ONE).rename(desk.root / THREE)
    assert desk.refresh_paths(ONE, THREE)
    assert desk.records() == before


def test_a_file_whose_going_is_told_before_its_coming_keeps_its_id(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    before = desk.record()
    (desk.root / ONE).rename(desk.root / TWO)
    assert desk.refresh_paths(ONE)
    assert desk.records() == {}
    assert desk.refresh_paths(TWO)
    assert (desk.record().id, desk.record().published) == (before.id, before.published)
    assert desk.article().updated == desk.article().published


def test_a_renamed_folder_keeps_every_id_however_large_it_is(desk: Desk) -> None:
    desk.limit(batch=3)
    for number in range(10):
        desk.write(f"_news/old/2026-01-02-{number}.md", publishedDateTime="2026-01-02T03:04:05Z")
    desk.refresh_all()
    before, revision = desk.records(), desk.store.revision()
    (desk.root / "_news/old").rename(desk.root / "_news/new")
    assert desk.refresh_all() == 20
    assert desk.records() == before
    assert desk.store.revision() == revision
    assert all(path.startswith("_news/new/") for path in desk.store.files())


def test_twins_keep_their_ids_when_both_are_renamed(desk: Desk) -> None:
    for name in (ONE, TWO):
        desk.write(f"a/{name}", title="Twin", webUrl="https://example.org/twin")
    desk.refresh_all()
    before = desk.records()
    assert len(before) == 2
    (desk.root / "a").rename(desk.root / "b")
    desk.refresh_all()
    assert desk.records() == before


def test_a_file_that_is_renamed_after_its_date_was_edited_keeps_its_id(desk: Desk) -> None:
    desk.write(title="One")
    desk.refresh_all()
    before = desk.record()
    desk.write(title="One", publishedDateTime="2026-02-02T00:00:00Z")
    desk.refresh_all()
    (desk.root / ONE).rename(desk.root / TWO)
    desk.write(
        TWO,
        title="One",
        publishedDateTime="2026-02-02T00:00:00Z",
        webUrl="https://example.org/2026-01-02-one",
    )
    desk.refresh_all()
    assert desk.record() == before


def test_a_file_that_is_moved_and_edited_is_new(desk: Desk) -> None:
    desk.write(title="One")
    desk.refresh_all()
    before = desk.record()
    (desk.root / ONE).unlink()
    desk.write(TWO, title="Two")
    desk.refresh_all()
    assert desk.record().id != before.id
    assert desk.tombstones() == [Tombstone(desk.now, HELD, before.id, WHEN)]


def test_an_id_of_its_own_survives_a_move_with_an_edit(desk: Desk) -> None:
    desk.write(title="One", id="mine")
    desk.refresh_all()
    before = desk.record()
    (desk.root / ONE).unlink()
    desk.write(TWO, title="Two", id="mine", webUrl="https://example.org/two")
    desk.refresh_all()
    assert (desk.record().id, desk.record().published) == (before.id, before.published)
    assert desk.article().title == "Two"
    assert desk.tombstones() == []
