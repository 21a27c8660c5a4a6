"""Changes that concern every article: descriptions, settings, patterns, folders."""

import shutil
from pathlib import Path

import pytest

from feeds.store import Tombstone
from tests.conftest import write_article
from tests.ingest.desk import ONE, TWO, Counted, Desk


def test_a_taxonomy_that_changed_reads_everything_again(desk: Desk) -> None:
    for name in (ONE, TWO):
        desk.write(name)
    desk.refresh_all()
    desk.corpus.reads.clear()
    before = desk.records()
    topic = desk.root / "_data/topics/tests.yaml"
    topic.parent.mkdir(parents=True)
    topic.write_text("name: Testing\nslug: tests\n")
    assert not desk.refresh_paths("_data/topics/tests.yaml")
    revision = desk.store.revision()
    assert desk.refresh_all() == 2
    assert sorted(desk.corpus.reads) == [ONE, TWO]
    assert desk.records() == before
    assert [each.name for each in desk.store.load().taxonomy.topics] == ["Testing"]
    assert not desk.store.changes_since(revision).partial
    assert desk.tombstones() == [Tombstone(desk.now, None)]
    assert desk.refresh_all() == 0


def test_another_edition_of_the_settings_departs_everywhere(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    before = desk.records()
    desk.refresher = desk.another(b"another")
    assert desk.refresh_all() == 1
    assert desk.tombstones() == [Tombstone(desk.now, None)]
    assert desk.records() == before
    assert desk.refresh_all() == 0


def test_patterns_decide_which_files_are_articles(corpus: Path, tmp_path: Path) -> None:
    patterns = ("*.md", "!_drafts/", "!secret-*.md", "secret-not.md")
    for name in ("a.md", "deep/er/b.md", "_drafts/c.md", "secret-d.md", "secret-not.md", "e.txt"):
        write_article(corpus, name, publishedDateTime="2026-01-02")
    desk = Desk(corpus, tmp_path / "store.db", articles=patterns)
    desk.refresh_all()
    assert sorted(desk.store.files()) == ["a.md", "deep/er/b.md", "secret-not.md"]
    assert desk.refresh_paths("secret-d.md", "e.txt")
    assert len(desk.records()) == 3
    desk.corpus = Counted(corpus, articles=(*patterns, "!deep/"))
    desk.refresher = desk.another()
    desk.refresh_all()
    assert sorted(desk.store.files()) == ["a.md", "secret-not.md"]
    assert len(desk.records()) == 2
    desk.store.close()


def test_a_folder_that_came_or_went_needs_a_look_at_everything(desk: Desk) -> None:
    desk.write("_news/deep/one.md")
    desk.refresh_all()
    assert desk.refresh_paths("_news/deep/one.md")
    shutil.rmtree(desk.root / "_news/deep")
    assert not desk.refresh_paths("_news/deep")


@pytest.mark.parametrize(
    "gone", ["_news/deep/one.new", "_news/deep/.one.md.swp", "_news/dee", "caf\udce9"]
)
def test_what_came_only_to_take_anothers_place_needs_no_look_at_everything(desk: Desk, gone: str) -> None:
    """As editors write: another file, renamed over the one that was there."""
    desk.write("_news/deep/one.md")
    desk.refresh_all()
    desk.write("_news/deep/one.md", title="Replaced")
    assert desk.refresh_paths(gone, "_news/deep/one.md")
    assert desk.article().title == "Replaced"
