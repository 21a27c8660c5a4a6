"""The first load: dates come from the articles, and a load that was killed is resumed."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.corpus import reader_pool
from feeds.ingest import Limits
from feeds.ingest.refresher import Refresher
from tests.builders import lost_store, write_article
from tests.commands import run_python
from tests.ingest.ingest_harness import NOW, ONE, THREE, TWO, IngestHarness, comparable, mixed, seconds


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_stores_filled_from_one_corpus_at_different_times_are_equal(
    corpus: Path, stores: Callable[..., IngestHarness], batch: int
) -> None:
    mixed(corpus)
    early = stores(corpus)
    early.refresh_all()
    late = stores(corpus, seconds("2030-01-01T00:00:00Z"))
    late.limit(batch=batch)
    late.refresh_all()
    assert comparable(late.store.load()) == comparable(early.store.load())
    assert len(late.records()) == 28
    assert "First" in late.articles()
    assert "Last" not in late.articles()


def test_several_processes_fill_the_same_store(
    corpus: Path, stores: Callable[..., IngestHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed(corpus)
    alone, together = stores(corpus), stores(corpus)
    alone.refresh_all()
    monkeypatch.setattr(reader_pool, "CHUNK_FILES", 2)
    monkeypatch.setattr(reader_pool, "processes", lambda _files: 2)
    together.limit(batch=7)
    together.refresh_all()
    assert alone.corpus.reads
    assert not together.corpus.reads
    assert comparable(together.store.load()) == comparable(alone.store.load())
    assert together.store.files() == alone.store.files()
    assert together.refresh_all() == 0


def test_every_date_of_the_first_load_comes_from_the_articles(
    ingest: IngestHarness, stores: Callable[..., IngestHarness]
) -> None:
    ingest.write(modifiedDateTime="2026-03-03T00:00:00Z")
    fresh = stores(ingest.root)
    fresh.refresh_all()
    assert fresh.record().changed == fresh.record().published == seconds("2026-01-02T03:04:05Z")
    assert fresh.article().updated == datetime(2026, 3, 3, tzinfo=UTC)
    assert fresh.tombstones() == []


def test_a_store_is_ready_when_everything_was_read(
    corpus: Path, stores: Callable[..., IngestHarness]
) -> None:
    for number in range(5):
        write_article(corpus, f"_news/2026-01-02-{number}.md")
    ingest = stores(corpus)
    seen = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total, ingest.store.progress().ready))

    Refresher(
        ingest.corpus, ingest.store, lambda: NOW, b"", progress, limits=Limits(batch=2)
    ).refresh_all()
    assert seen == [(2, 5, False), (4, 5, False), (5, 5, True)]


def test_a_corpus_of_nothing_is_ready_too(ingest: IngestHarness) -> None:
    assert ingest.store.progress().ready
    assert ingest.store.load().taxonomy.title == "Example"


def test_a_restart_reads_only_what_changed(ingest: IngestHarness) -> None:
    for name in (ONE, TWO, THREE):
        ingest.write(name)
    assert ingest.refresh_all() == 3
    ingest.corpus.reads.clear()
    ingest.write(TWO, "Edited")
    ingest.use_refresher()
    assert ingest.refresh_all() == 1
    assert ingest.corpus.reads == [TWO]
    ingest.use_refresher()
    assert ingest.refresh_all() == 0
    assert ingest.corpus.reads == [TWO]


KILLED = """
import os, signal, sys
from tests.ingest.ingest_harness import *
ingest = IngestHarness(Path(sys.argv[1]), Path(sys.argv[2]))
def progress(done, total):
    if done >= 30:
        os.kill(os.getpid(), signal.SIGKILL)
limits = Limits(batch=10)
Refresher(ingest.corpus, ingest.store, lambda: NOW, b"", progress, limits=limits).refresh_all()
"""


def test_a_first_load_that_was_killed_resumes(
    corpus: Path, tmp_path: Path, stores: Callable[..., IngestHarness]
) -> None:
    for number in range(50):
        write_article(corpus, f"_news/2026-01-02-{number}.md")
    path = tmp_path / "killed.db"
    assert run_python("-c", KILLED, corpus, path).returncode == -signal.SIGKILL
    ingest = IngestHarness(corpus, path, seconds("2030-01-01T00:00:00Z"))
    progress = ingest.store.progress()
    assert (progress.done, progress.total, progress.ready) == (30, 50, False)
    read = list(ingest.store.files())
    write_article(corpus, read[0], title="Edited meanwhile", publishedDateTime="2026-02-02T00:00:00Z")
    assert ingest.refresh_all() == 21
    whole = stores(corpus)
    whole.refresh_all()
    assert comparable(ingest.store.load()) == comparable(whole.store.load())
    assert ingest.store.progress() == whole.store.progress()
    ingest.store.close()


def test_a_store_that_replaces_another_dates_everything_now(
    ingest: IngestHarness, tmp_path: Path
) -> None:
    ingest.write()
    ingest.refresh_all()
    path = lost_store(tmp_path / "replaced.db")
    anew = IngestHarness(ingest.root, path)
    anew.refresh_all()
    assert anew.record().changed == anew.now
    assert anew.article().updated == anew.article().published
    anew.store.close()
