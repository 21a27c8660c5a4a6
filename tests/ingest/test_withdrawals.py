"""Articles that leave and return, and files that claim one id."""

import os
from collections.abc import Callable

import pytest

from feeds.corpus.problems import StoredProblem
from feeds.index.builder import build
from feeds.store import Tombstone
from tests.ingest.desk import (
    HELD,
    ONE,
    TWO,
    WHEN,
    Desk,
    seconds,
)

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
    assert build(desk.store.load(), desk.now).find(id_) is None
    again = build(desk.store.load(), seconds("2026-08-01T00:00:00Z")).find(id_)
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
