"""Files that move: articles keep their ids and dates."""

from feeds.store import Tombstone
from tests.ingest.ingest_harness import DEFAULT_DATE, DEFAULT_FACETS, ONE, THREE, TWO, IngestHarness


def test_a_renamed_file_keeps_its_id_and_dates(ingest: IngestHarness) -> None:
    ingest.write()
    ingest.refresh_all()
    before, revision = ingest.records(), ingest.store.revision()
    (ingest.root / ONE).rename(ingest.root / "_news/renamed.md")
    ingest.refresh_all()
    assert ingest.records() == before
    assert ingest.store.revision() == revision
    assert list(ingest.store.files()) == ["_news/renamed.md"]
    assert ingest.tombstones() == []


def test_a_renamed_file_keeps_its_id_when_it_is_notified(ingest: IngestHarness) -> None:
    ingest.write()
    ingest.refresh_all()
    before = ingest.records()
    (ingest.root / ONE).rename(ingest.root / THREE)
    assert ingest.refresh_paths(ONE, THREE)
    assert ingest.records() == before


def test_a_moved_file_keeps_its_id_if_its_removal_is_notified_first(ingest: IngestHarness) -> None:
    ingest.write()
    ingest.refresh_all()
    before = ingest.record()
    (ingest.root / ONE).rename(ingest.root / TWO)
    assert ingest.refresh_paths(ONE)
    assert ingest.records() == {}
    assert ingest.refresh_paths(TWO)
    assert (ingest.record().id, ingest.record().published) == (before.id, before.published)
    assert ingest.article().updated == ingest.article().published


def test_a_renamed_folder_keeps_every_id_however_large_it_is(ingest: IngestHarness) -> None:
    ingest.limit(batch=3)
    for number in range(10):
        ingest.write(f"_news/old/2026-01-02-{number}.md", publishedDateTime="2026-01-02T03:04:05Z")
    ingest.refresh_all()
    before, revision = ingest.records(), ingest.store.revision()
    (ingest.root / "_news/old").rename(ingest.root / "_news/new")
    assert ingest.refresh_all() == 20
    assert ingest.records() == before
    assert ingest.store.revision() == revision
    assert all(path.startswith("_news/new/") for path in ingest.store.files())


def test_twins_keep_their_ids_when_both_are_renamed(ingest: IngestHarness) -> None:
    for name in (ONE, TWO):
        ingest.write(f"a/{name}", title="Twin", webUrl="https://example.org/twin")
    ingest.refresh_all()
    before = ingest.records()
    assert len(before) == 2
    (ingest.root / "a").rename(ingest.root / "b")
    ingest.refresh_all()
    assert ingest.records() == before


def test_a_file_that_is_renamed_after_its_date_was_edited_keeps_its_id(ingest: IngestHarness) -> None:
    ingest.write(title="One")
    ingest.refresh_all()
    before = ingest.record()
    ingest.write(title="One", publishedDateTime="2026-02-02T00:00:00Z")
    ingest.refresh_all()
    (ingest.root / ONE).rename(ingest.root / TWO)
    ingest.write(
        TWO,
        title="One",
        publishedDateTime="2026-02-02T00:00:00Z",
        webUrl="https://example.org/2026-01-02-one",
    )
    ingest.refresh_all()
    assert ingest.record() == before


def test_a_file_that_is_moved_and_edited_is_new(ingest: IngestHarness) -> None:
    ingest.write(title="One")
    ingest.refresh_all()
    before = ingest.record()
    (ingest.root / ONE).unlink()
    ingest.write(TWO, title="Two")
    ingest.refresh_all()
    assert ingest.record().id != before.id
    assert ingest.tombstones() == [Tombstone(ingest.now, DEFAULT_FACETS, before.id, DEFAULT_DATE)]


def test_an_id_of_its_own_survives_a_move_with_an_edit(ingest: IngestHarness) -> None:
    ingest.write(title="One", id="mine")
    ingest.refresh_all()
    before = ingest.record()
    (ingest.root / ONE).unlink()
    ingest.write(TWO, title="Two", id="mine", webUrl="https://example.org/two")
    ingest.refresh_all()
    assert (ingest.record().id, ingest.record().published) == (before.id, before.published)
    assert ingest.article().title == "Two"
    assert ingest.tombstones() == []
