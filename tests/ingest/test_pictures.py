"""Pictures that change alone: their articles are recorded with the new size."""

import os
import shutil
from pathlib import Path

import pytest

from tests.ingest.ingest_harness import ONE, TWO, IngestHarness, RefreshFiles

PICTURE = "assets/images/a.png"


@pytest.fixture
def picture(ingest: IngestHarness) -> Path:
    """The recorded picture of one of two articles, with five bytes."""
    file = ingest.root / PICTURE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"12345")
    ingest.write(ONE, images=[{"url": f"http://127.0.0.1:8000/{PICTURE}"}])
    ingest.write(TWO, images=[{"url": "https://example.org/b.png"}])
    ingest.refresh_all()
    ingest.corpus.reads.clear()
    return file


def lengths(ingest: IngestHarness) -> list[int]:
    return [each.images[0].length for _, each in sorted(ingest.articles().items())]


def test_a_picture_of_another_size_is_recorded_with_its_article_alone(
    ingest: IngestHarness, picture: Path, refresh: RefreshFiles
) -> None:
    before = ingest.articles()
    assert lengths(ingest) == [5, 0]
    picture.write_bytes(b"1234567")
    refresh(PICTURE)
    assert lengths(ingest) == [7, 0]
    assert set(ingest.corpus.reads) == {ONE}
    (changed,) = [each for each in ingest.records().values() if each.changed == ingest.now]
    assert changed.updated == before["Title of 2026-01-02-one"].updated.timestamp()  # no edit
    assert ingest.refresh_all() == 0


def test_a_picture_that_disappears_or_comes_later_is_recorded(
    ingest: IngestHarness, picture: Path, refresh: RefreshFiles
) -> None:
    picture.unlink()
    refresh(PICTURE)
    assert lengths(ingest) == [0, 0]
    picture.write_bytes(b"123")
    refresh(PICTURE)
    assert lengths(ingest) == [3, 0]


def test_a_picture_that_changed_while_nothing_ran_is_recorded(
    ingest: IngestHarness, picture: Path
) -> None:
    picture.write_bytes(b"1")
    ingest.restart()
    assert ingest.refresh_all() == 1
    assert lengths(ingest) == [1, 0]


@pytest.mark.parametrize("path", ["assets", "assets/images"])
def test_a_link_that_leads_to_another_folder_of_pictures_is_followed(
    ingest: IngestHarness, picture: Path, path: str
) -> None:
    folder = ingest.root / path
    first, second = folder.with_name(f"{folder.name}-1"), folder.with_name(f"{folder.name}-2")
    folder.rename(first)
    shutil.copytree(first, second)
    (second / picture.relative_to(folder)).write_bytes(b"1234567")
    for target, length in (first, 5), (second, 7), (first, 5):
        folder.unlink(missing_ok=True)
        folder.symlink_to(target.name)
        ingest.refresh_all()
        assert lengths(ingest) == [length, 0]


def test_a_picture_of_the_same_size_reads_no_article_again(ingest: IngestHarness, picture: Path) -> None:
    picture.write_bytes(b"54321")
    os.utime(picture, (ingest.now, ingest.now))
    assert ingest.refresh_all() == 0
    assert ingest.refresh_paths(PICTURE)
    assert not ingest.corpus.reads


def test_a_scan_that_failed_is_repeated_with_its_pictures(
    ingest: IngestHarness, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture.write_bytes(b"1")
    with monkeypatch.context() as broken:
        broken.setattr(ingest.store, "record", lambda _changes: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ingest.refresh_all()
    ingest.refresh_all()
    assert lengths(ingest) == [1, 0]


def test_a_bad_article_with_a_changed_picture_is_read_once(ingest: IngestHarness, picture: Path) -> None:
    (ingest.root / ONE).write_text("---\ntitle: [\n---\n")
    ingest.refresh_all()
    picture.write_bytes(b"1")
    assert ingest.refresh_all() == 1
    assert ingest.refresh_all() == 0
    assert lengths(ingest) == [5, 0]


def test_a_picture_with_a_name_that_is_not_utf_8_stops_no_scan(
    ingest: IngestHarness, picture: Path
) -> None:
    Path(os.fsdecode(os.fsencode(picture.parent) + b"/\xff.png")).write_bytes(b"1")
    picture.write_bytes(b"1234567")
    ingest.refresh_all()
    assert lengths(ingest) == [7, 0]


def test_pictures_that_did_not_change_cost_no_reading_of_the_store(
    ingest: IngestHarness, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(ingest.store), "load", lambda _store: pytest.fail("read"))
    ingest.restart()
    assert ingest.refresh_all() == 0
