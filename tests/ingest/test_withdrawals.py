"""Articles that leave and return, and files that claim one id."""

import os
from collections.abc import Callable

import pytest

from feeds.corpus.stored_problem import StoredProblem
from feeds.index.builder import build
from feeds.store import Tombstone
from tests.ingest.ingest_harness import (
    DEFAULT_DATE,
    DEFAULT_FACETS,
    ONE,
    TWO,
    IngestHarness,
    RefreshFiles,
    seconds,
)

WITHDRAWALS: dict[str, Callable[[IngestHarness], object]] = {
    "removed": lambda ingest: ingest.write(removed=True),
    "unpublished": lambda ingest: ingest.write(published=False),
    "deleted": lambda ingest: (ingest.root / ONE).unlink(),
}


@pytest.mark.parametrize("withdraw", WITHDRAWALS.values(), ids=WITHDRAWALS)
def test_a_withdrawn_article_is_nowhere_and_returns_unchanged(
    ingest: IngestHarness, refresh: RefreshFiles, withdraw: Callable[[IngestHarness], object]
) -> None:
    ingest.write()
    ingest.write(TWO)
    ingest.refresh_all()
    before = ingest.articles()["Title of 2026-01-02-one"]
    revision = ingest.store.revision()
    withdraw(ingest)
    refresh(ONE)
    assert list(ingest.articles()) == ["Title of 2026-01-02-two"]
    assert ingest.tombstones() == [Tombstone(ingest.now, DEFAULT_FACETS, before.id, DEFAULT_DATE)]
    assert ingest.store.changes_since(revision).removed == [before.id]
    ingest.write()
    refresh(ONE)
    assert ingest.articles()["Title of 2026-01-02-one"] == before
    assert ingest.records()[before.id].changed == ingest.now
    ingest.write(title="Edited")
    refresh(ONE)
    assert ingest.articles()["Edited"].id == before.id


def test_a_file_that_returns_elsewhere_with_the_same_content_has_its_id(ingest: IngestHarness) -> None:
    ingest.write(title="One", webUrl="https://example.org/one")
    ingest.refresh_all()
    before = ingest.article()
    (ingest.root / ONE).unlink()
    ingest.refresh_all()
    ingest.write("_news/deeper/two.md", title="One", webUrl="https://example.org/one")
    ingest.refresh_all()
    assert ingest.article() == before


def test_an_article_that_was_never_visible_leaves_no_tombstone(ingest: IngestHarness) -> None:
    ingest.write(publishedDateTime="2027-01-01T00:00:00Z")
    ingest.refresh_all()
    (ingest.root / ONE).unlink()
    ingest.refresh_all()
    assert ingest.tombstones() == []
    assert ingest.records() == {}


def test_a_scheduled_article_may_be_given_another_date(ingest: IngestHarness) -> None:
    ingest.write(publishedDateTime="2027-01-01T00:00:00Z")
    ingest.refresh_all()
    ingest.write(publishedDateTime="2026-03-03T00:00:00Z")
    ingest.refresh_all()
    assert ingest.record().published == seconds("2026-03-03T00:00:00Z")
    assert ingest.record().changed == ingest.now
    assert ingest.article().updated == ingest.article().published


def test_a_scheduled_article_keeps_its_date_once_it_was_seen(ingest: IngestHarness) -> None:
    ingest.write(publishedDateTime="2026-07-01T00:00:00Z")
    ingest.refresh_all()
    ingest.now = seconds("2026-07-02T00:00:00Z")
    ingest.write(publishedDateTime="2026-06-20T00:00:00Z")
    ingest.refresh_all()
    assert ingest.record().published == seconds("2026-07-01T00:00:00Z")


def test_a_published_article_that_is_given_a_date_to_come_leaves_every_feed_until_then(
    ingest: IngestHarness, refresh: RefreshFiles
) -> None:
    ingest.write()
    ingest.refresh_all()
    id_ = ingest.record().id
    ingest.write(publishedDateTime="2026-08-01T00:00:00Z")
    refresh(ONE)
    left = ingest.now
    assert ingest.tombstones() == [Tombstone(left, DEFAULT_FACETS, id_, DEFAULT_DATE)]
    assert build(ingest.store.load(), ingest.now).find(id_) is None
    again = build(ingest.store.load(), seconds("2026-08-01T00:00:00Z")).find(id_)
    assert again
    assert again.published == again.appeared == seconds("2026-08-01T00:00:00Z")
    ingest.write(publishedDateTime="2026-03-01T00:00:00Z")
    ingest.refresh_all()
    assert ingest.record().published == seconds("2026-03-01T00:00:00Z")
    assert ingest.record().changed == ingest.now


def test_an_article_is_in_no_feed_before_its_date_though_it_was_by_a_wrong_clock(
    ingest: IngestHarness,
) -> None:
    file = ingest.write(publishedDateTime="2026-08-01T00:00:00Z")
    ingest.refresh_all()
    id_ = ingest.record().id
    ingest.now = seconds("2026-08-02T00:00:00Z")
    ingest.write(TWO, title="Another")
    ingest.refresh_all()
    ingest.now = seconds("2026-07-01T00:00:00Z")
    os.utime(file, (1, 1))
    ingest.refresh_all()
    assert len(ingest.articles()) == 2
    index = build(ingest.store.load(), ingest.now)
    assert index.find(id_) is None
    assert index.find(ingest.articles()["Another"].id)
    assert build(ingest.store.load(), seconds("2026-08-01T00:00:00Z")).find(id_)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [(ONE, TWO), (TWO, ONE)])
def test_the_same_one_of_two_files_with_one_id_wins_in_any_order(
    ingest: IngestHarness, order: tuple[str, str], together: bool
) -> None:
    for name in order:
        ingest.write(name, id="shared")
        if not together:
            ingest.refresh_paths(name)
    if together:
        ingest.refresh_all()
    assert list(ingest.articles()) == ["Title of 2026-01-02-one"]
    file = ingest.store.file(TWO)
    assert file
    assert StoredProblem.decoded(file.problem).text == f"same id as {ONE}"
    assert ingest.store.paths_claiming(ingest.record().id) == [ONE, TWO]
    won = ingest.store.file(ONE)
    assert won
    assert not won.problem


@pytest.mark.parametrize("go", ["deleted", "removed", "another id"])
def test_the_loser_takes_over_when_the_winner_goes(
    ingest: IngestHarness, refresh: RefreshFiles, go: str
) -> None:
    ingest.write(ONE, id="shared")
    ingest.write(TWO, id="shared")
    ingest.refresh_all()
    before = ingest.article()
    match go:
        case "deleted":
            (ingest.root / ONE).unlink()
        case "removed":
            ingest.write(ONE, id="shared", removed=True)
        case _:
            ingest.write(ONE, id="own")
    refresh(ONE)
    after = ingest.articles()["Title of 2026-01-02-two"]
    assert (after.id, after.published) == (before.id, before.published)
    assert after.updated > before.updated
    assert len(ingest.articles()) == (2 if go == "another id" else 1)
    file = ingest.store.file(TWO)
    assert file
    assert not file.problem


def test_an_id_handed_on_in_one_batch_never_left(ingest: IngestHarness) -> None:
    ingest.write(ONE, id="shared")
    ingest.refresh_all()
    before = ingest.record().id
    ingest.write(ONE, id="own")
    ingest.write(TWO, id="shared")
    ingest.refresh_all()
    assert ingest.articles()["Title of 2026-01-02-two"].id == before
    assert ingest.tombstones() == []
