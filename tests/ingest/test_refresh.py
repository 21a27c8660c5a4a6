"""The write side: what a change on disk comes to in the store."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import msgspec
import pytest

from feeds.corpus import Corpus, reader_pool
from feeds.corpus.problems import StoredProblem
from feeds.errors import CorpusError, StoreError
from feeds.index import Index
from feeds.ingest import Limits
from feeds.ingest.refresher import Refresher
from feeds.ingest.watch import Watcher
from feeds.ingest.writer import Writer
from feeds.monitoring.process_registry import Problem, Refresh
from feeds.store import Changes, File, Record, Request, Snapshot, Tombstone
from feeds.store.sqlite import SQLiteStore
from tests.conftest import ROOT, eventually, lost_store, write_article
from tests.ingest.desk import HELD, NOW, ONE, THREE, TWO, WHEN, Counted, Desk, Running, seconds, titles

# The first load.


def mixed(root: Path) -> None:
    """A corpus with a bit of everything."""
    for number in range(25):
        write_article(root, f"_news/{number % 3}/2026-01-02-{number}.md", "Body", heat=number)
    write_article(root, "_news/2027-01-01-scheduled.md", publishedDateTime="2027-01-01T00:00:00Z")
    write_article(root, "_news/hidden.md", published=False)
    write_article(root, "_news/bad.md", title=None)
    write_article(root, "_news/0/2026-01-02-first.md", id="shared", title="First")
    write_article(root, "_news/z.md", id="shared", title="Last", publishedDateTime="2025-01-01T00:00:00Z")
    write_article(root, "_news/edited.md", modifiedDateTime="2026-03-03T00:00:00Z")


def comparable(snapshot: Snapshot) -> object:
    """All of *snapshot* but the numbers, which tell in what order it was recorded."""
    records = [msgspec.structs.replace(each, number=0) for each in snapshot.records]
    return sorted(records, key=lambda each: each.id), snapshot.taxonomy, snapshot.tombstones


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_stores_filled_from_one_corpus_at_different_times_are_equal(
    corpus: Path, stores: Callable[..., Desk], batch: int
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
    corpus: Path, stores: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed(corpus)
    alone, together = stores(corpus), stores(corpus)
    alone.refresh_all()
    monkeypatch.setattr(reader_pool, "CHUNK_FILES", 2)
    monkeypatch.setattr(reader_pool, "processes", lambda _files: 3)
    together.limit(batch=7)
    together.refresh_all()
    assert alone.corpus.reads
    assert not together.corpus.reads
    assert comparable(together.store.load()) == comparable(alone.store.load())
    assert together.store.files() == alone.store.files()
    assert together.refresh_all() == 0


def test_every_date_of_the_first_load_comes_from_the_articles(
    desk: Desk, stores: Callable[..., Desk]
) -> None:
    desk.write(modifiedDateTime="2026-03-03T00:00:00Z")
    fresh = stores(desk.root)
    fresh.refresh_all()
    assert fresh.record().changed == fresh.record().published == seconds("2026-01-02T03:04:05Z")
    assert fresh.article().updated == datetime(2026, 3, 3, tzinfo=UTC)
    assert fresh.tombstones() == []


def test_a_store_is_ready_when_everything_was_read(corpus: Path, stores: Callable[..., Desk]) -> None:
    for number in range(5):
        write_article(corpus, f"_news/2026-01-02-{number}.md")
    desk = stores(corpus)
    seen = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total, desk.store.progress().ready))

    Refresher(desk.corpus, desk.store, lambda: NOW, b"", progress, limits=Limits(batch=2)).refresh_all()
    assert seen == [(2, 5, False), (4, 5, False), (5, 5, True)]


def test_a_corpus_of_nothing_is_ready_too(desk: Desk) -> None:
    assert desk.store.progress().ready
    assert desk.store.load().taxonomy.title == "Example"


def test_a_restart_reads_only_what_changed(desk: Desk) -> None:
    for name in (ONE, TWO, THREE):
        desk.write(name)
    assert desk.refresh_all() == 3
    desk.corpus.reads.clear()
    desk.write(TWO, "Edited")
    assert desk.another().refresh_all() == 1
    assert desk.corpus.reads == [TWO]
    assert desk.another().refresh_all() == 0
    assert desk.corpus.reads == [TWO]


KILLED = """
import os, signal, sys
from tests.ingest.desk import *
desk = Desk(Path(sys.argv[1]), Path(sys.argv[2]))
def progress(done, total):
    if done >= 30:
        os.kill(os.getpid(), signal.SIGKILL)
limits = Limits(batch=10)
Refresher(desk.corpus, desk.store, lambda: NOW, b"", progress, limits=limits).refresh_all()
"""


def test_a_first_load_that_was_killed_resumes(
    corpus: Path, tmp_path: Path, stores: Callable[..., Desk]
) -> None:
    for number in range(50):
        write_article(corpus, f"_news/2026-01-02-{number}.md")
    path = tmp_path / "killed.db"
    answer = subprocess.run(
        [sys.executable, "-c", KILLED, corpus, path], cwd=ROOT, timeout=60, check=False
    )
    assert answer.returncode == -signal.SIGKILL
    desk = Desk(corpus, path, seconds("2030-01-01T00:00:00Z"))
    progress = desk.store.progress()
    assert (progress.done, progress.total, progress.ready) == (30, 50, False)
    read = list(desk.store.files())
    write_article(corpus, read[0], title="Edited meanwhile", publishedDateTime="2026-02-02T00:00:00Z")
    assert desk.refresh_all() == 21
    whole = stores(corpus)
    whole.refresh_all()
    assert comparable(desk.store.load()) == comparable(whole.store.load())
    assert desk.store.progress() == whole.store.progress()
    desk.store.close()


def test_a_store_that_replaces_another_dates_everything_now(desk: Desk, tmp_path: Path) -> None:
    desk.write()
    desk.refresh_all()
    path = lost_store(tmp_path / "replaced.db")
    anew = Desk(desk.root, path)
    anew.refresh_all()
    assert anew.record().changed == anew.now
    assert anew.article().updated == anew.article().published
    anew.store.close()


# Names.


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


# Edits.


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


# Ratings.


def ranking(desk: Desk) -> tuple[int, int]:
    return desk.record().daily, desk.record().weekly


@pytest.mark.parametrize("rating", ["heat", "quality"])
@pytest.mark.parametrize("told", [True, False])
def test_a_change_of_ratings_is_a_revision_and_no_date(desk: Desk, rating: str, told: bool) -> None:
    desk.write(heat=10, quality=10)
    desk.refresh_all()
    before, article, revision = desk.record(), desk.article(), desk.store.revision()
    assert before.rated == 0
    desk.write(**({"heat": 10, "quality": 10} | {rating: 11}))
    assert desk.refresh_paths(ONE) if told else desk.refresh_all()
    after = desk.record()
    assert getattr(desk.article(), rating) == 11
    assert desk.article().updated == article.updated
    assert (after.changed, after.version, after.published) == (
        before.changed,
        before.version,
        before.published,
    )
    assert after.rated == desk.now
    assert desk.store.changes_since(revision).records == [after]
    assert desk.tombstones() == []
    rated = desk.now
    desk.write(title="Edited", **({"heat": 10, "quality": 10} | {rating: 11}))
    desk.refresh_all()
    assert desk.record().rated == rated


def test_an_article_appears_when_it_is_first_seen_or_at_its_instant(desk: Desk) -> None:
    desk.write(title="Late")
    desk.write(TWO, title="Scheduled", publishedDateTime="2027-01-01T00:00:00Z")
    desk.refresh_all()
    came = desk.now
    desk.write(title="Edited")
    desk.refresh_all()
    appeared = {each.published: each.appeared for each in desk.records().values()}
    assert appeared == {WHEN: came, seconds("2027-01-01T00:00:00Z"): seconds("2027-01-01T00:00:00Z")}


def test_in_a_first_load_everything_appeared_when_it_was_published(
    desk: Desk, stores: Callable[..., Desk], tmp_path: Path
) -> None:
    desk.write(heat=5)
    path = lost_store(tmp_path / "replaced.db")
    for fresh in (stores(desk.root), Desk(desk.root, path)):
        fresh.refresh_all()
        assert fresh.record().appeared == fresh.record().published
        assert (fresh.record().rated, *ranking(fresh)) == (0, 5, 5)
        fresh.store.close()


def test_a_scheduled_article_that_is_given_another_date_appears_then(desk: Desk) -> None:
    desk.write(publishedDateTime="2027-01-01T00:00:00Z")
    desk.refresh_all()
    desk.write(publishedDateTime="2026-08-01T00:00:00Z")
    desk.refresh_all()
    assert desk.record().appeared == seconds("2026-08-01T00:00:00Z")
    desk.write(publishedDateTime="2026-03-03T00:00:00Z")
    desk.refresh_all()
    assert desk.record().appeared == desk.now
    desk.write(publishedDateTime="2026-04-04T00:00:00Z", title="Edited")
    desk.refresh_all()
    assert desk.record().appeared == desk.now - 60


def test_what_was_withdrawn_before_anyone_saw_it_appears_when_it_comes_back(desk: Desk) -> None:
    file = desk.write(publishedDateTime="2026-07-01T00:00:00Z")
    desk.refresh_all()
    file.unlink()
    desk.refresh_all()
    desk.now = seconds("2026-07-09T00:00:00Z")
    desk.write(publishedDateTime="2026-07-01T00:00:00Z")
    desk.refresh_all()
    assert desk.record().appeared == desk.now


def test_the_heat_of_a_day_and_of_a_week_stays_what_it_was_at_their_ends(desk: Desk) -> None:
    desk.now = seconds("2026-06-02T10:00:00Z")  # a Tuesday
    desk.write(heat=10)
    desk.refresh_all()
    assert ranking(desk) == (10, 10)
    for now, heat, then in (
        ("2026-06-02T23:58:59Z", 20, (20, 20)),
        ("2026-06-02T23:59:00Z", 30, (20, 30)),
        ("2026-06-07T23:58:59Z", 40, (20, 40)),
        ("2026-06-07T23:59:00Z", 50, (20, 40)),
        ("2026-09-09T00:00:00Z", 60, (20, 40)),
    ):
        desk.now = seconds(now)
        desk.write(heat=heat)
        desk.refresh_all()
        assert ranking(desk) == then
        assert desk.article().heat == heat


def test_a_scheduled_article_has_the_heat_of_its_own_day(desk: Desk) -> None:
    desk.write(publishedDateTime="2026-07-01T12:00:00Z", heat=10)
    desk.refresh_all()
    desk.now = seconds("2026-07-01T23:00:00Z")
    desk.write(publishedDateTime="2026-07-01T12:00:00Z", heat=20)
    desk.refresh_all()
    assert ranking(desk) == (20, 20)


FATES: dict[str, Callable[[Desk], object]] = {
    "rewritten": lambda desk: desk.write(heat=99, title="Rewritten", topics=["Other"]),
    "moved": lambda desk: (desk.root / ONE).rename(desk.root / TWO),
    "removed": lambda desk: ((desk.root / ONE).unlink(), desk.refresh_all(), desk.write(heat=99)),
    "withheld": lambda desk: (desk.write(published=False), desk.refresh_all(), desk.write(heat=99)),
    "read again": lambda desk: (desk.root / "_config.yml").write_text("title: Another\n"),
}


@pytest.mark.parametrize("fate", FATES.values(), ids=FATES)
def test_what_a_digest_goes_by_stays_whatever_becomes_of_the_article(
    desk: Desk, fate: Callable[[Desk], object]
) -> None:
    desk.write(heat=10)
    desk.refresh_all()
    appeared = desk.record().appeared
    desk.now += 30 * 86400
    fate(desk)
    desk.refresh_all()
    assert ranking(desk) == (10, 10)
    assert desk.record().appeared == appeared


def test_what_comes_back_rated_otherwise_was_rated_then(desk: Desk) -> None:
    file = desk.write(heat=10)
    desk.refresh_all()
    file.unlink()
    desk.refresh_all()
    desk.write(heat=20)
    desk.refresh_all()
    assert desk.record().rated == desk.now


# Stories.


def test_stores_filled_from_one_corpus_have_the_same_stories(
    desk: Desk, stores: Callable[..., Desk]
) -> None:
    for number in range(9):
        desk.write(
            f"_news/{number}.md",
            title=f"Number {number}",
            publishedDateTime=f"2026-01-{20 - number}T00:00:00Z",
            related=[{"title": "Another", "webUrl": f"https://example.org/{number - number % 3}"}],
        )
    whole = stores(desk.root)
    whole.refresh_all()
    parts = stores(desk.root)
    parts.limit(batch=2)
    parts.refresh_all()
    assert comparable(parts.store.load()) == comparable(whole.store.load())
    assert sorted(each.cluster[-1] for each in whole.records().values()) == list("222555888")


def test_an_article_that_joins_a_story_is_no_change_of_the_others(desk: Desk) -> None:
    desk.write(title="One")
    desk.refresh_all()
    before = desk.record()
    related = [{"title": "One", "webUrl": "https://example.org/2026-01-02-one"}]
    desk.write(TWO, title="Two", publishedDateTime="2026-01-03T00:00:00Z", related=related)
    desk.refresh_all()
    assert desk.records()[before.id] == msgspec.structs.replace(before, cluster=before.id)
    assert {each.cluster for each in desk.records().values()} == {before.id}
    revision = desk.store.revision()
    desk.write(title="One", secured="a secret")
    desk.refresh_all()
    assert desk.store.revision() == revision


# Going and coming back.

WITHDRAWALS: dict[str, Callable[[Desk], object]] = {
    "removed": lambda desk: desk.write(removed=True),
    "unpublished": lambda desk: desk.write(published=False),
    "deleted": lambda desk: (desk.root / ONE).unlink(),
}


@pytest.mark.parametrize("withdraw", WITHDRAWALS.values(), ids=WITHDRAWALS)
@pytest.mark.parametrize("told", [True, False])
def test_what_is_withdrawn_is_nowhere_and_comes_back_as_what_it_was(
    desk: Desk, withdraw: Callable[[Desk], object], told: bool
) -> None:
    def see() -> object:
        return desk.refresh_paths(ONE) if told else desk.refresh_all()

    desk.write()
    desk.write(TWO)
    desk.refresh_all()
    before = desk.articles()["Title of 2026-01-02-one"]
    revision = desk.store.revision()
    withdraw(desk)
    see()
    assert list(desk.articles()) == ["Title of 2026-01-02-two"]
    assert desk.tombstones() == [Tombstone(desk.now, HELD, before.id, WHEN)]
    assert desk.store.changes_since(revision).removed == [before.id]
    desk.write()
    see()
    assert desk.articles()["Title of 2026-01-02-one"] == before
    assert desk.records()[before.id].changed == desk.now
    desk.write(title="Edited")
    see()
    assert desk.articles()["Edited"].id == before.id


def test_what_returns_elsewhere_with_the_same_content_has_its_id(desk: Desk) -> None:
    desk.write(title="One", webUrl="https://example.org/one")
    desk.refresh_all()
    before = desk.article()
    (desk.root / ONE).unlink()
    desk.refresh_all()
    desk.write("_news/deeper/two.md", title="One", webUrl="https://example.org/one")
    desk.refresh_all()
    assert desk.article() == before


def test_what_never_was_seen_departs_from_nowhere(desk: Desk) -> None:
    desk.write(publishedDateTime="2027-01-01T00:00:00Z")
    desk.refresh_all()
    (desk.root / ONE).unlink()
    desk.refresh_all()
    assert desk.tombstones() == []
    assert desk.records() == {}


def test_a_scheduled_article_may_be_given_another_date(desk: Desk) -> None:
    desk.write(publishedDateTime="2027-01-01T00:00:00Z")
    desk.refresh_all()
    desk.write(publishedDateTime="2026-03-03T00:00:00Z")
    desk.refresh_all()
    assert desk.record().published == seconds("2026-03-03T00:00:00Z")
    assert desk.record().changed == desk.now
    assert desk.article().updated == desk.article().published


def test_a_scheduled_article_keeps_its_date_once_it_was_seen(desk: Desk) -> None:
    desk.write(publishedDateTime="2026-07-01T00:00:00Z")
    desk.refresh_all()
    desk.now = seconds("2026-07-02T00:00:00Z")
    desk.write(publishedDateTime="2026-06-20T00:00:00Z")
    desk.refresh_all()
    assert desk.record().published == seconds("2026-07-01T00:00:00Z")


@pytest.mark.parametrize("told", [True, False])
def test_a_published_article_that_is_given_a_date_to_come_leaves_every_feed_until_then(
    desk: Desk, told: bool
) -> None:
    desk.write()
    desk.refresh_all()
    id_ = desk.record().id
    desk.write(publishedDateTime="2026-08-01T00:00:00Z")
    assert desk.refresh_paths(ONE) if told else desk.refresh_all()
    left = desk.now
    assert desk.tombstones() == [Tombstone(left, HELD, id_, WHEN)]
    assert Index(desk.store.load(), desk.now).find(id_) is None
    again = Index(desk.store.load(), seconds("2026-08-01T00:00:00Z")).find(id_)
    assert again
    assert again.published == again.appeared == seconds("2026-08-01T00:00:00Z")
    desk.write(publishedDateTime="2026-03-01T00:00:00Z")
    desk.refresh_all()
    assert desk.record().published == seconds("2026-03-01T00:00:00Z")
    assert desk.record().changed == desk.now


def test_a_touch_of_a_file_with_a_date_to_come_withdraws_what_was_seen_already(desk: Desk) -> None:
    file = desk.write(publishedDateTime="2026-08-01T00:00:00Z")
    desk.refresh_all()
    desk.now = seconds("2026-08-02T00:00:00Z")
    desk.write(TWO, title="Another")
    desk.refresh_all()
    desk.now = seconds("2026-07-01T00:00:00Z")
    os.utime(file, (1, 1))
    desk.refresh_all()
    assert set(desk.articles()) >= {"Another"}


# Two files, one article.


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [(ONE, TWO), (TWO, ONE)])
def test_of_two_files_with_one_id_the_same_one_wins_in_any_order(
    desk: Desk, order: tuple[str, str], together: bool
) -> None:
    for name in order:
        desk.write(name, id="shared")
        if not together:
            desk.refresh_paths(name)
    if together:
        desk.refresh_all()
    assert list(desk.articles()) == ["Title of 2026-01-02-one"]
    file = desk.store.file(TWO)
    assert file
    assert StoredProblem.decoded(file.problem).text == f"has the id of {ONE}, which is syndicated"
    assert desk.store.paths_claiming(desk.record().id) == [ONE, TWO]
    won = desk.store.file(ONE)
    assert won
    assert not won.problem


@pytest.mark.parametrize("go", ["deleted", "removed", "another id"])
@pytest.mark.parametrize("told", [True, False])
def test_the_loser_takes_over_when_the_winner_goes(desk: Desk, go: str, told: bool) -> None:
    desk.write(ONE, id="shared")
    desk.write(TWO, id="shared")
    desk.refresh_all()
    before = desk.article()
    match go:
        case "deleted":
            (desk.root / ONE).unlink()
        case "removed":
            desk.write(ONE, id="shared", removed=True)
        case _:
            desk.write(ONE, id="own")
    assert desk.refresh_paths(ONE) if told else desk.refresh_all()
    after = desk.articles()["Title of 2026-01-02-two"]
    assert (after.id, after.published) == (before.id, before.published)
    assert after.updated > before.updated
    assert len(desk.articles()) == (2 if go == "another id" else 1)
    file = desk.store.file(TWO)
    assert file
    assert not file.problem


def test_an_id_handed_on_in_one_batch_never_left(desk: Desk) -> None:
    desk.write(ONE, id="shared")
    desk.refresh_all()
    before = desk.record().id
    desk.write(ONE, id="own")
    desk.write(TWO, id="shared")
    desk.refresh_all()
    assert desk.articles()["Title of 2026-01-02-two"].id == before
    assert desk.tombstones() == []


# What is bad, half, or cannot be seen.


@pytest.mark.parametrize("told", [True, False])
def test_a_bad_file_keeps_its_last_good_version_up_and_heals(
    desk: Desk, caplog: pytest.LogCaptureFixture, told: bool
) -> None:
    def see() -> object:
        return desk.refresh_paths(ONE) if told else desk.refresh_all()

    file = desk.write()
    desk.write(TWO)
    desk.refresh_all()
    before, good = desk.store.load(), file.read_text()
    file.write_text(good.replace('title: "', 'title: ["'))
    see()
    assert desk.store.load() == before
    held = desk.store.file(ONE)
    assert held
    assert held.problem
    assert held.line
    assert f"{ONE}:{held.line}: {StoredProblem.decoded(held.problem).text}" in caplog.messages
    file.write_text(good.replace("An excerpt", "Another"))
    see()
    assert desk.articles()["Title of 2026-01-02-one"].summary == "Another."
    healed = desk.store.file(ONE)
    assert healed
    assert not healed.problem


def test_all_problems_of_a_file_are_logged_and_stored(
    desk: Desk, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = desk.write()
    desk.refresh_all()
    before = desk.store.load()
    write_article(corpus, ONE, publishedDateTime="soon", webUrl="x:y", images=[{"url": "z:"}])
    desk.refresh_all()
    held = desk.store.file(ONE)
    assert held
    assert held.line == 4
    logged = [line.removeprefix(f"{ONE}:") for line in caplog.messages if line.startswith(ONE)]
    assert [line[0] for line in logged] == ["4", "5", "8"]
    expected = "; ".join([logged[0].removeprefix("4: "), f"line {logged[1]}", f"line {logged[2]}"])
    assert StoredProblem.decoded(held.problem).text == expected
    assert desk.store.load() == before
    assert file.exists()


def test_a_bad_file_that_is_deleted_takes_its_article_along(desk: Desk) -> None:
    file = desk.write()
    desk.refresh_all()
    file.write_text("---\ntitle: [\n---\n")
    desk.refresh_all()
    file.unlink()
    desk.refresh_all()
    assert desk.records() == {}


def test_a_file_that_was_read_half_is_read_again_when_it_is_whole(desk: Desk) -> None:
    file = desk.write(body="A long body. " * 50)
    whole = file.read_text()
    for size in (0, 5, len(whole) // 4, len(whole) - 100):
        file.write_text(whole[:size])
        desk.refresh_paths(ONE)
        desk.refresh_all()
    file.write_text(whole)
    desk.refresh_all()
    assert desk.article().html.count("A long body") == 50
    assert len(desk.records()) == 1


def test_a_folder_that_vanished_is_a_mount_that_failed(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    before = desk.store.load()
    desk.root.rename(desk.root.with_name("elsewhere"))
    assert not desk.refresh_paths(ONE)
    with pytest.raises(CorpusError, match="no such folder"):
        desk.refresh_all()
    desk.root.mkdir()
    with pytest.raises(CorpusError, match="mount that failed"):
        desk.refresh_all()
    assert desk.store.load() == before
    desk.root.rmdir()
    desk.root.with_name("elsewhere").rename(desk.root)
    assert desk.refresh_all() == 0
    assert desk.store.load() == before


def test_the_last_article_may_go(desk: Desk) -> None:
    file = desk.write()
    desk.refresh_all()
    file.unlink()
    desk.refresh_all()
    assert desk.records() == {}


@pytest.mark.parametrize("unreadable", [ONE, "_news"])
def test_what_cannot_be_seen_now_is_not_gone(desk: Desk, unreadable: str) -> None:
    desk.write()
    desk.refresh_all()
    before = desk.records()
    path = desk.root / unreadable
    path.rename(desk.root.with_name("aside"))
    path.symlink_to(path)  # stat fails, with something else than "not found"
    desk.refresh_all()
    desk.refresh_paths(ONE)
    assert desk.records() == before
    path.unlink()
    desk.refresh_all()
    assert desk.records() == {}


# What concerns everything.


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


# Stamps.


def test_changes_are_stamped_in_seconds_each_later_than_the_last(desk: Desk) -> None:
    desk.limit(batch=2)
    desk.now = NOW + 0.9
    for name in (ONE, TWO, THREE):
        desk.write(name)
    desk.refresher.refresh_all()
    assert sorted(each.changed for each in desk.records().values()) == [NOW, NOW, NOW + 1]
    desk.write(ONE, title="Edited")
    desk.refresher.refresh_paths({ONE})
    assert max(each.changed for each in desk.records().values()) == NOW + 2
    desk.now = NOW - 5000  # the clock was put back
    (desk.root / ONE).unlink()
    desk.refresher.refresh_paths({ONE})
    assert desk.tombstones()[-1].at == NOW + 3


def test_a_stamp_is_later_than_the_newest_article_that_may_be_seen(desk: Desk) -> None:
    """So that what came after a Last-Modified is told by its moment alone."""
    desk.write(ONE, publishedDateTime="2026-05-01T00:00:00Z")
    desk.write(TWO, publishedDateTime="2026-07-01T00:00:00Z")
    desk.refresh_all()
    desk.now = seconds("2026-07-01T00:00:00Z") + 0.5  # just released
    desk.write(ONE, title="Edited", publishedDateTime="2026-05-01T00:00:00Z")
    desk.refresher.refresh_all()
    assert desk.articles()["Edited"].updated.timestamp() == seconds("2026-07-01T00:00:01Z")


def test_what_changed_since_is_exactly_what_has_a_later_moment(desk: Desk) -> None:
    """A model: random changes with an impatient clock, and somebody who asks after each."""
    rng = random.Random(5)
    desk.now = NOW
    for _ in range(150):
        desk.now += rng.choice([0, 0.2, 0.4, 1, 7])
        before = visible(desk)
        validator = max([desk.store.latest(desk.now), *(moment(each) for each in before.values())])
        name = rng.choice([ONE, TWO, THREE])
        match rng.randrange(4):
            case 0:
                (desk.root / name).unlink(missing_ok=True)
            case 1:
                desk.write(name, secured=str(rng.random()))
            case 2:
                desk.write(name, title=f"Edited {rng.random()}")
            case _:
                date = datetime.fromtimestamp(int(desk.now) - rng.randrange(3), UTC)
                desk.write(name, publishedDateTime=date.isoformat())
        desk.refresher.refresh_paths({name})
        after = visible(desk)
        changed = {id_ for id_ in after if after[id_] != before.get(id_)}
        assert {id_ for id_ in after if moment(after[id_]) > validator} == changed
        left = {each.id for each in desk.tombstones() if each.at > validator}
        assert left == set(before) - set(after)


def visible(desk: Desk) -> dict[str, Record]:
    """What shows in the entry of each article, which its story does not."""
    return {
        id_: msgspec.structs.replace(each, cluster="")
        for id_, each in desk.records().items()
        if each.published <= desk.now
    }


def moment(shown: Record) -> int:
    return max(shown.changed, shown.published)


# In the long run.


@pytest.mark.parametrize("mode", ["notify", "poll"])
def test_what_is_done_to_files_is_soon_in_the_store(corpus: Path, tmp_path: Path, mode: str) -> None:
    path = tmp_path / "store.db"
    desk = Desk(corpus, path)
    desk.write(title="One")
    with Running(desk, mode=mode, interval=0.05):
        eventually(lambda: titles(path) == {"One"})
        desk.write(TWO, title="Two")
        eventually(lambda: titles(path) == {"One", "Two"})
        desk.write(TWO, title="Edited")
        eventually(lambda: titles(path) == {"One", "Edited"})
        (corpus / "_news").rename(corpus / "_old")
        eventually(lambda: titles(path) == {"One", "Edited"})
        (corpus / "_old" / Path(ONE).name).unlink()
        eventually(lambda: titles(path) == {"Edited"})
    desk.store.close()


def test_a_request_makes_the_writer_scan_and_keeps_it_notified(corpus: Path, tmp_path: Path) -> None:
    desk = Desk(corpus, tmp_path / "store.db")
    other = SQLiteStore(tmp_path / "store.db")
    with Running(desk) as running:
        eventually(lambda: other.progress().ready)
        for number in range(3):
            desk.write(title=f"Title {number}")
            other.request("scan")
            eventually(lambda title=f"Title {number}": titles(other.path) == {title})
        assert not running.watcher.polls
    other.close()
    desk.store.close()


@pytest.mark.parametrize(
    "error", [NotADirectoryError(20, "Not a directory"), StoreError("store", "gone")]
)
def test_requests_that_cannot_be_read_are_read_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:  # fmt: skip
    path = tmp_path / "store.db"
    desk = Desk(corpus, path)
    desk.write(title="One")
    requests, failures = desk.store.requests, [error] * 4

    def failing() -> set[Request]:
        if failures:
            raise failures.pop()
        return requests()

    with Running(desk) as running:
        eventually(lambda: titles(path) == {"One"})
        monkeypatch.setattr(desk.store, "requests", failing)
        eventually(lambda: not failures)
        desk.write(TWO, title="Two")
        eventually(lambda: titles(path) == {"One", "Two"})
        assert not running.watcher.polls
    assert len([each for each in caplog.messages if each.endswith("; trying again")]) == 1
    desk.store.close()


def test_a_store_that_is_lost_is_filled_again(
    corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    desk = Desk(corpus, path)
    desk.write(title="One")
    desk.refresh_all()
    desk.store.close()
    path.write_bytes(b"")
    desk.store = SQLiteStore(path)
    desk.refresher = desk.another()
    with Running(desk):
        eventually(lambda: titles(path) == {"One"})
    assert "nothing is intact, everything is read again" in caplog.text
    desk.store.close()


def test_a_corpus_that_comes_back_is_followed_again_and_its_loss_is_told_once(
    corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    desk = Desk(corpus, path)
    desk.write(title="One")
    with Running(desk):
        eventually(lambda: titles(path) == {"One"})
        for _ in range(2):
            caplog.clear()
            corpus.rename(tmp_path / "elsewhere")
            eventually(lambda: "no such folder; trying again" in caplog.text)
            assert titles(path) == {"One"}
            (tmp_path / "elsewhere").rename(corpus)
            desk.write(TWO, title="Two")
            eventually(lambda: titles(path) == {"One", "Two"})
            (corpus / TWO).unlink()
            eventually(lambda: titles(path) == {"One"})
            assert len([each for each in caplog.messages if "no such folder" in each]) == 1
    desk.store.close()


def test_a_sweep_of_many_files_holds_few_of_them_in_memory(desk: Desk) -> None:
    """It comes twice a minute, and what it takes is not given back."""
    desk.limit(batch=100)
    paths = [f"_news/{number % 40}/{number}.md" for number in range(4000)]
    for path in paths:
        (desk.root / path).parent.mkdir(exist_ok=True)
        (desk.root / path).touch()
    stamps = {path: desk.corpus.stamp(path) for path in paths}
    desk.store.record(Changes(files=[File(path, stamp) for path, stamp in stamps.items() if stamp]))
    tracemalloc.start()
    try:
        assert desk.refresh_all() == 0
        assert tracemalloc.get_traced_memory()[1] < 100 * len(paths)
    finally:
        tracemalloc.stop()


def test_who_waits_for_the_lead_takes_over(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    leader = SQLiteStore(path)
    assert leader.acquire_writer()
    second = SQLiteStore(path)
    stop = Event()
    write_article(corpus, title="One")
    waiting = Refresher(Corpus(corpus), second, lambda: NOW)
    thread = Thread(target=Writer(waiting, second).run, args=(Watcher(corpus), stop))
    thread.start()
    try:
        assert leader.record(Changes(entries=[])) == 0
        assert titles(path) == set()
        leader.close()
        eventually(lambda: titles(path) == {"One"})
    finally:
        stop.set()
        thread.join(10)
        second.close()


def test_what_was_read_is_reported_once(desk: Desk) -> None:
    desk.write(ONE)
    desk.write(TWO)
    assert desk.refresh_all() == 2
    assert desk.reports[-1] == Refresh(finished=desk.now, files=2)
    reported = len(desk.reports)
    for _ in range(3):
        desk.refresh_all()
    assert len(desk.reports) == reported
    desk.write(ONE, title="New")
    assert desk.refresh_paths(ONE)
    assert desk.reports[reported:] == [Refresh(finished=desk.now, files=1)]


def test_problems_of_the_corpus_as_a_whole_are_reported_until_they_are_mended(desk: Desk) -> None:
    bad = desk.root / "_data" / "topics" / "oceans.yaml"
    bad.parent.mkdir(parents=True)
    bad.write_text("- not\n- fields\n")
    desk.refresh_all()
    report = desk.reports[-1]
    assert report.bad == 1
    assert report.problems[0].path == "_data/topics/oceans.yaml"
    assert isinstance(report.problems[0], Problem)
    bad.write_text("name: Oceans\n")
    desk.refresh_all()
    assert (desk.reports[-1].bad, desk.reports[-1].problems) == (0, [])


def test_trouble_is_reported_and_that_it_is_over(corpus: Path, tmp_path: Path) -> None:
    write_article(corpus)
    desk = Desk(corpus, tmp_path / "store.db")
    aside = corpus.rename(tmp_path / "aside")
    stop = Event()
    watcher = Watcher(corpus, mode="poll", interval=0.05)
    thread = Thread(target=Writer(desk.refresher, desk.store).run, args=(watcher, stop))
    thread.start()
    try:
        eventually(lambda: desk.reports and "no such folder" in desk.reports[-1].trouble)
        aside.rename(corpus)
        eventually(lambda: desk.reports[-1].trouble == "" and desk.reports[-1].files == 1)
    finally:
        stop.set()
        thread.join()
        desk.store.close()
