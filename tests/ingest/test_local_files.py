"""Files of the corpus that articles name: a change of one is recorded, and is no edit."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from feeds.article import Article
from feeds.article.hashes import content_hash
from feeds.ingest.local_files import NamedFiles
from tests.corpus.media_files import jpeg, png
from tests.corpus.paths_schema import PathsSchema
from tests.ingest.ingest_harness import ONE, TWO, IngestHarness, RefreshFiles
from tests.table import for_each

PICTURE = "static/a.png"


@pytest.fixture
def picture(ingest: IngestHarness, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The recorded picture of one of two articles; the picture of the other is missing."""
    monkeypatch.setattr("feeds.corpus.schema_of", PathsSchema)
    ingest.use_corpus()
    file = ingest.root / PICTURE
    file.parent.mkdir(parents=True)
    file.write_bytes(png(3, 2))
    ingest.write(ONE, excerpt="/a.png")
    ingest.write(TWO, excerpt="b.png")
    ingest.refresh_all()
    ingest.corpus.reads.clear()
    return file


def article(ingest: IngestHarness, path: str = ONE) -> Article:
    return ingest.articles()[f"Title of {Path(path).stem}"]


def widths(ingest: IngestHarness) -> list[int]:
    found = (article(ingest, path).images for path in (ONE, TWO))
    return [images[0].width if images else 0 for images in found]


def test_a_replaced_picture_changes_its_address_and_version_alone(
    ingest: IngestHarness, picture: Path, refresh: RefreshFiles
) -> None:
    before, record = article(ingest), ingest.records()[article(ingest).id]
    picture.write_bytes(jpeg(30, 20))
    picture.rename(picture.with_suffix(".tmp"))
    picture.with_suffix(".tmp").rename(picture)
    refresh(PICTURE)
    after, now = article(ingest), ingest.records()[before.id]
    assert widths(ingest) == [30, 0]
    assert before.images[0].url != after.images[0].url
    assert after.images[0].url in after.html
    assert set(ingest.corpus.reads) == {ONE}
    assert record.version != now.version  # the feed has another ETag
    assert (now.changed, now.updated, now.appeared) == (record.changed, record.updated, record.appeared)
    assert not ingest.tombstones()
    assert ingest.refresh_all() == 0


def test_a_picture_that_comes_later_is_found(
    ingest: IngestHarness, picture: Path, refresh: RefreshFiles
) -> None:
    (ingest.root / "_news" / "b.png").write_bytes(png(7, 7))
    refresh("_news/b.png")
    assert widths(ingest) == [3, 7]
    assert set(ingest.corpus.reads) == {TWO}


def test_a_missing_picture_is_sought_only_after_a_change_of_its_name_or_of_a_folder(
    ingest: IngestHarness, picture: Path
) -> None:
    (ingest.root / "_news" / "b.png").write_bytes(png(7, 7))
    (ingest.root / "_news" / "b.tmp").write_bytes(b"x")
    named = NamedFiles(ingest.corpus, ingest.store)
    assert named.concerned({"_news/b.tmp", "_news/gone.png"}) == set()
    assert named.concerned({"_news/b.tmp", "_news/b.png"}) == {TWO}
    assert named.concerned({"_news"}) == {TWO}


@for_each(
    ("written", "path"),
    [
        ("c.png", "static/c.png"),
        ("my%20c.png?v=1#x", "_news/my c.png"),
        ("c%3F.png", "_news/c?.png"),
        ("c%20.png", "_news/c%20.png"),
        ("{static}/c.png", "static/c.png"),
        ("pics\\c.png", "_news/pics/c.png"),
        ("/pics/../c.png", "static/c.png"),
        ("../c.png", "c.png"),
        ("pics/c.png/", "_news/pics/c.png"),
        ("caf\u00e9.png", "_news/cafe\u0301.png"),
        ("cafe\u0301.png", "_news/caf\u00e9.png"),
        ("C.PNG", "static/C.PNG"),
    ],
)
def test_a_missing_picture_is_found_under_each_of_its_names(
    ingest: IngestHarness, picture: Path, written: str, path: str
) -> None:
    file = ingest.root / path
    ingest.write(TWO, excerpt=written)
    ingest.refresh_all()
    assert widths(ingest) == [3, 0]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(png(7, 7))
    ingest.refresh_paths(path)
    assert widths(ingest) == [3, 7]
    file.unlink()
    ingest.refresh_paths(path)
    assert widths(ingest) == [3, 0]


def test_a_picture_that_disappears_is_dropped(
    ingest: IngestHarness, picture: Path, refresh: RefreshFiles
) -> None:
    picture.unlink()
    refresh(PICTURE)
    assert widths(ingest) == [0, 0]
    assert ingest.refresh_all() == 0


def test_a_folder_of_pictures_that_disappears_is_noticed(
    ingest: IngestHarness, picture: Path, refresh: RefreshFiles
) -> None:
    picture.unlink()
    picture.parent.rmdir()
    refresh("static")
    assert widths(ingest) == [0, 0]


def test_a_picture_in_a_better_place_replaces_another(ingest: IngestHarness, picture: Path) -> None:
    (ingest.root / "a.png").write_bytes(png(5, 5))
    ingest.refresh_paths("a.png")
    assert widths(ingest) == [3, 0]
    picture.rename(ingest.root / "a.png")
    (ingest.root / "public").mkdir()
    (ingest.root / "public" / "a.png").write_bytes(png(9, 9))
    ingest.refresh_paths(PICTURE, "public/a.png", "a.png")
    assert widths(ingest) == [9, 0]


def test_pictures_that_changed_while_nothing_ran_are_recorded(
    ingest: IngestHarness, picture: Path
) -> None:
    picture.write_bytes(png(8, 8))
    (ingest.root / "_news" / "b.png").write_bytes(png(7, 7))
    ingest.restart()
    assert ingest.refresh_all() == 2
    assert widths(ingest) == [8, 7]


def test_a_picture_with_the_same_content_reads_no_article_again(
    ingest: IngestHarness, picture: Path
) -> None:
    picture.write_bytes(picture.read_bytes())
    picture.rename(picture.with_suffix(".old"))
    picture.write_bytes(png(3, 2))
    assert ingest.refresh_all() == 0
    ingest.refresh_paths(PICTURE)
    assert not ingest.corpus.reads


def test_an_edit_with_another_picture_is_an_edit(ingest: IngestHarness, picture: Path) -> None:
    picture.write_bytes(png(8, 8))
    ingest.write(ONE, excerpt="/a.png", topics=["Other"])
    ingest.refresh_all()
    assert article(ingest).updated.timestamp() == ingest.now


def test_an_invisible_edit_with_another_picture_is_no_edit(ingest: IngestHarness, picture: Path) -> None:
    before = article(ingest).updated
    picture.write_bytes(png(8, 8))
    ingest.write(ONE, excerpt="/a.png", secured="x")
    ingest.refresh_all()
    assert widths(ingest) == [8, 0]
    assert article(ingest).updated == before


def test_a_bad_article_with_a_changed_picture_is_read_once(ingest: IngestHarness, picture: Path) -> None:
    (ingest.root / ONE).write_text("---\ntitle: [\n---\n")
    ingest.refresh_all()
    picture.write_bytes(png(8, 8))
    assert ingest.refresh_all() == 1
    assert ingest.refresh_all() == 0


def test_a_renamed_article_keeps_its_files(ingest: IngestHarness, picture: Path) -> None:
    (ingest.root / ONE).rename(ingest.root / "_news" / "renamed.md")
    ingest.refresh_all()
    ingest.corpus.reads.clear()
    picture.write_bytes(png(8, 8))
    ingest.refresh_paths(PICTURE)
    assert ingest.corpus.reads == ["_news/renamed.md"]
    assert widths(ingest) == [8, 0]


def test_the_digest_of_an_article_has_the_names_of_its_files_alone(
    ingest: IngestHarness, picture: Path
) -> None:
    before = article(ingest)
    picture.write_bytes(png(8, 8))
    ingest.refresh_all()
    after = article(ingest)
    assert content_hash(before) == content_hash(after)
    assert content_hash(before) != content_hash(replace(after, images=()))
    other = replace(after.images[0], url="https://a.example/a.png")
    assert content_hash(before) != content_hash(replace(after, images=(other,)))


def test_an_article_with_both_kinds_of_pictures_is_read_again_only_if_one_of_them_changed(
    ingest: IngestHarness, picture: Path, refresh: RefreshFiles
) -> None:
    own, other = (ingest.root / "assets" / name for name in ("own.png", "other.png"))
    own.parent.mkdir()
    own.write_bytes(b"12345")
    ingest.write(ONE, excerpt="/a.png", images=[{"url": "http://127.0.0.1:8000/assets/own.png"}])
    refresh(ONE)
    assert [each.length for each in article(ingest).images] == [len(picture.read_bytes()), 5]
    ingest.corpus.reads.clear()
    other.write_bytes(b"1")
    refresh("assets/other.png")
    assert not ingest.corpus.reads
    own.write_bytes(b"123")
    refresh("assets/own.png")
    assert set(ingest.corpus.reads) == {ONE}
    assert [each.length for each in article(ingest).images] == [len(picture.read_bytes()), 3]
