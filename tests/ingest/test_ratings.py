"""Heat and quality: the times at which articles appeared and were rated."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import lost_store
from tests.ingest.desk import ONE, TWO, WHEN, Desk, seconds


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
