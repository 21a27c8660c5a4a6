"""Heat and quality: the times at which articles appeared and were rated."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import lost_store
from tests.ingest.ingest_harness import DEFAULT_DATE, ONE, TWO, IngestHarness, RefreshFiles, seconds


def ranking(ingest: IngestHarness) -> tuple[int, int]:
    return ingest.record().daily, ingest.record().weekly


@pytest.mark.parametrize("rating", ["heat", "quality"])
def test_a_change_of_ratings_is_a_revision_and_no_date(
    ingest: IngestHarness, refresh: RefreshFiles, rating: str
) -> None:
    ingest.write(heat=10, quality=10)
    ingest.refresh_all()
    before, article, revision = ingest.record(), ingest.article(), ingest.store.revision()
    assert before.rated == 0
    ingest.write(**({"heat": 10, "quality": 10} | {rating: 11}))
    refresh(ONE)
    after = ingest.record()
    assert getattr(ingest.article(), rating) == 11
    assert ingest.article().updated == article.updated
    assert (after.changed, after.version, after.published) == (
        before.changed,
        before.version,
        before.published,
    )
    assert after.rated == ingest.now
    assert ingest.store.changes_since(revision).records == [after]
    assert ingest.tombstones() == []
    rated = ingest.now
    ingest.write(title="Edited", **({"heat": 10, "quality": 10} | {rating: 11}))
    ingest.refresh_all()
    assert ingest.record().rated == rated


def test_an_article_appears_when_it_is_first_seen_or_at_its_instant(ingest: IngestHarness) -> None:
    ingest.write(title="Late")
    ingest.write(TWO, title="Scheduled", publishedDateTime="2027-01-01T00:00:00Z")
    ingest.refresh_all()
    came = ingest.now
    ingest.write(title="Edited")
    ingest.refresh_all()
    appeared = {each.published: each.appeared for each in ingest.records().values()}
    assert appeared == {
        DEFAULT_DATE: came,
        seconds("2027-01-01T00:00:00Z"): seconds("2027-01-01T00:00:00Z"),
    }


def test_in_a_first_load_everything_appeared_when_it_was_published(
    ingest: IngestHarness, stores: Callable[..., IngestHarness], tmp_path: Path
) -> None:
    ingest.write(heat=5)
    path = lost_store(tmp_path / "replaced.db")
    for fresh in (stores(ingest.root), IngestHarness(ingest.root, path)):
        fresh.refresh_all()
        assert fresh.record().appeared == fresh.record().published
        assert (fresh.record().rated, *ranking(fresh)) == (0, 5, 5)
        fresh.store.close()


def test_a_scheduled_article_that_is_given_another_date_appears_then(ingest: IngestHarness) -> None:
    ingest.write(publishedDateTime="2027-01-01T00:00:00Z")
    ingest.refresh_all()
    ingest.write(publishedDateTime="2026-08-01T00:00:00Z")
    ingest.refresh_all()
    assert ingest.record().appeared == seconds("2026-08-01T00:00:00Z")
    ingest.write(publishedDateTime="2026-03-03T00:00:00Z")
    ingest.refresh_all()
    assert ingest.record().appeared == ingest.now
    ingest.write(publishedDateTime="2026-04-04T00:00:00Z", title="Edited")
    ingest.refresh_all()
    assert ingest.record().appeared == ingest.now - 60


def test_an_article_withdrawn_before_its_date_appears_when_it_returns(
    ingest: IngestHarness,
) -> None:
    file = ingest.write(publishedDateTime="2026-07-01T00:00:00Z")
    ingest.refresh_all()
    file.unlink()
    ingest.refresh_all()
    ingest.now = seconds("2026-07-09T00:00:00Z")
    ingest.write(publishedDateTime="2026-07-01T00:00:00Z")
    ingest.refresh_all()
    assert ingest.record().appeared == ingest.now


def test_the_heat_of_a_day_and_of_a_week_stays_what_it_was_at_their_ends(ingest: IngestHarness) -> None:
    ingest.now = seconds("2026-06-02T10:00:00Z")  # a Tuesday
    ingest.write(heat=10)
    ingest.refresh_all()
    assert ranking(ingest) == (10, 10)
    for now, heat, then in (
        ("2026-06-02T23:58:59Z", 20, (20, 20)),
        ("2026-06-02T23:59:00Z", 30, (20, 30)),
        ("2026-06-07T23:58:59Z", 40, (20, 40)),
        ("2026-06-07T23:59:00Z", 50, (20, 40)),
        ("2026-09-09T00:00:00Z", 60, (20, 40)),
    ):
        ingest.now = seconds(now)
        ingest.write(heat=heat)
        ingest.refresh_all()
        assert ranking(ingest) == then
        assert ingest.article().heat == heat


def test_a_scheduled_article_has_the_heat_of_its_own_day(ingest: IngestHarness) -> None:
    ingest.write(publishedDateTime="2026-07-01T12:00:00Z", heat=10)
    ingest.refresh_all()
    ingest.now = seconds("2026-07-01T23:00:00Z")
    ingest.write(publishedDateTime="2026-07-01T12:00:00Z", heat=20)
    ingest.refresh_all()
    assert ranking(ingest) == (20, 20)


FATES: dict[str, Callable[[IngestHarness], object]] = {
    "rewritten": lambda ingest: ingest.write(heat=99, title="Rewritten", topics=["Other"]),
    "moved": lambda ingest: (ingest.root / ONE).rename(ingest.root / TWO),
    "removed": lambda ingest: ((ingest.root / ONE).unlink(), ingest.refresh_all(), ingest.write(heat=99)),
    "withheld": lambda ingest: (
        ingest.write(published=False),
        ingest.refresh_all(),
        ingest.write(heat=99),
    ),
    "read again": lambda ingest: (ingest.root / "_config.yml").write_text("title: Another\n"),
}


@pytest.mark.parametrize("fate", FATES.values(), ids=FATES)
def test_the_ratings_of_daily_and_weekly_feeds_stay_through_later_events(
    ingest: IngestHarness, fate: Callable[[IngestHarness], object]
) -> None:
    ingest.write(heat=10)
    ingest.refresh_all()
    appeared = ingest.record().appeared
    ingest.now += 30 * 86400
    fate(ingest)
    ingest.refresh_all()
    assert ranking(ingest) == (10, 10)
    assert ingest.record().appeared == appeared


def test_an_article_that_returns_with_another_rating_was_rated_then(ingest: IngestHarness) -> None:
    file = ingest.write(heat=10)
    ingest.refresh_all()
    file.unlink()
    ingest.refresh_all()
    ingest.write(heat=20)
    ingest.refresh_all()
    assert ingest.record().rated == ingest.now
