"""Changes that concern every article: descriptions, settings, patterns, folders."""

import shutil
from pathlib import Path

import pytest

from feeds.store import Tombstone
from tests.builders import write_article
from tests.ingest.ingest_harness import ONE, TWO, CountingCorpus, IngestHarness


def test_a_taxonomy_that_changed_reads_everything_again(ingest: IngestHarness) -> None:
    for name in (ONE, TWO):
        ingest.write(name)
    ingest.refresh_all()
    ingest.corpus.reads.clear()
    before = ingest.records()
    topic = ingest.root / "_data/topics/tests.yaml"
    topic.parent.mkdir(parents=True)
    topic.write_text("name: Testing\nslug: tests\n")
    assert not ingest.refresh_paths("_data/topics/tests.yaml")
    revision = ingest.store.revision()
    assert ingest.refresh_all() == 2
    assert sorted(ingest.corpus.reads) == [ONE, TWO]
    assert ingest.records() == before
    assert [each.name for each in ingest.store.load().taxonomy.topics] == ["Testing"]
    assert not ingest.store.changes_since(revision).partial
    assert ingest.tombstones() == [Tombstone(ingest.now, None)]
    assert ingest.refresh_all() == 0


def test_another_edition_of_the_settings_departs_everywhere(ingest: IngestHarness) -> None:
    ingest.write()
    ingest.refresh_all()
    before = ingest.records()
    ingest.use_refresher(b"another")
    assert ingest.refresh_all() == 1
    assert ingest.tombstones() == [Tombstone(ingest.now, None)]
    assert ingest.records() == before
    assert ingest.refresh_all() == 0


def test_patterns_decide_which_files_are_articles(corpus: Path, tmp_path: Path) -> None:
    patterns = ("*.md", "!_drafts/", "!secret-*.md", "secret-not.md")
    for name in ("a.md", "deep/er/b.md", "_drafts/c.md", "secret-d.md", "secret-not.md", "e.txt"):
        write_article(corpus, name, publishedDateTime="2026-01-02")
    ingest = IngestHarness(corpus, tmp_path / "store.db", articles=patterns)
    ingest.refresh_all()
    assert sorted(ingest.store.files()) == ["a.md", "deep/er/b.md", "secret-not.md"]
    assert ingest.refresh_paths("secret-d.md", "e.txt")
    assert len(ingest.records()) == 3
    ingest.corpus = CountingCorpus(corpus, articles=(*patterns, "!deep/"))
    ingest.use_refresher()
    ingest.refresh_all()
    assert sorted(ingest.store.files()) == ["a.md", "secret-not.md"]
    assert len(ingest.records()) == 2
    ingest.store.close()


def test_a_folder_that_came_or_went_needs_a_look_at_everything(ingest: IngestHarness) -> None:
    ingest.write("_news/deep/one.md")
    ingest.refresh_all()
    assert ingest.refresh_paths("_news/deep/one.md")
    shutil.rmtree(ingest.root / "_news/deep")
    assert not ingest.refresh_paths("_news/deep")


@pytest.mark.parametrize(
    "gone", ["_news/deep/one.new", "_news/deep/.one.md.swp", "_news/dee", "caf\udce9"]
)
def test_a_file_that_replaced_another_needs_no_scan(ingest: IngestHarness, gone: str) -> None:
    """Editors write another file, and rename it over the former one."""
    ingest.write("_news/deep/one.md")
    ingest.refresh_all()
    ingest.write("_news/deep/one.md", title="Replaced")
    assert ingest.refresh_paths(gone, "_news/deep/one.md")
    assert ingest.article().title == "Replaced"


def test_a_scan_that_finds_nothing_reads_no_recorded_description(
    ingest: IngestHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    descriptions, corpus = ingest.store.descriptions, ingest.store.corpus
    monkeypatch.setattr(
        ingest.store, "descriptions", lambda: read.append("descriptions") or descriptions()
    )
    monkeypatch.setattr(ingest.store, "corpus", lambda: read.append("corpus") or corpus())
    ingest.refresh_all()
    assert read == []
    ingest.refresher.begin()
    read.clear()
    ingest.refresh_all()
    assert read == ["descriptions", "corpus"]
    read.clear()
    (ingest.root / "_config.yml").write_text("title: Another\nurl: https://corpus.example\n")
    ingest.refresh_all()
    assert ingest.store.descriptions()["_config.yml"].startswith(b"title: Another")
