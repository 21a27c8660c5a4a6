"""Feeds without an article for longer than usual."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.article import Provider
from feeds.feed.silence import ENDED_AFTER, MIN_SILENCE, SilentFeeds
from feeds.index import Index
from feeds.period import DAY
from tests.builders import article
from tests.harness import Harness

NEWEST = 1_760_000_000
HOUR = 3600


def index_of(folder: Path, *feeds: tuple[str, int, float]) -> Index:
    """An index of feeds, each given by its topic, its number of articles and the gap between them."""
    harness = Harness(folder, now=NEWEST + 1)
    numbers = iter(range(1, 10_000))
    harness.put(
        *(
            article(
                next(numbers),
                topics=(topic,),
                provider=Provider(f"{topic}.example", topic),
                published=datetime.fromtimestamp(NEWEST - place * gap, UTC),
            )
            for topic, count, gap in feeds
            for place in range(count)
        )
    )
    try:
        return harness.main.index()
    finally:
        harness.close()


def test_a_feed_is_silent_after_five_of_its_usual_gaps(tmp_path: Path) -> None:
    index = index_of(tmp_path, ("weekly", 10, 7 * DAY))
    silent, begin = SilentFeeds(), NEWEST + 35 * DAY
    assert silent.count(index, begin - 1) == {"all": 0, "topics": 0, "providers": 0}
    assert silent.count(index, begin) == {"all": 1, "topics": 1, "providers": 1}


def test_a_weekend_is_no_silence(tmp_path: Path) -> None:
    index = index_of(tmp_path, ("hourly", 100, HOUR))
    silent = SilentFeeds()
    assert silent.count(index, NEWEST + MIN_SILENCE - 1)["topics"] == 0
    assert silent.count(index, NEWEST + MIN_SILENCE)["topics"] == 1


def test_feeds_are_counted_one_by_one(tmp_path: Path) -> None:
    index = index_of(tmp_path, ("daily", 20, DAY), ("weekly", 10, 7 * DAY))
    silent = SilentFeeds()
    assert silent.count(index, NEWEST + 10 * DAY)["topics"] == 1
    assert silent.count(index, NEWEST + 40 * DAY)["topics"] == 2


def test_a_feed_that_has_ended_is_not_silent(tmp_path: Path) -> None:
    index = index_of(tmp_path, ("daily", 20, DAY), ("yearly", 6, 365 * DAY))
    silent = SilentFeeds()
    assert silent.count(index, NEWEST + ENDED_AFTER - 1)["topics"] == 1
    assert silent.count(index, NEWEST + ENDED_AFTER)["topics"] == 0


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_few_articles_have_no_usual_gap(tmp_path: Path, count: int) -> None:
    index = index_of(tmp_path, ("rare", count, HOUR))
    assert SilentFeeds().count(index, NEWEST + 30 * DAY) == {"all": 0, "topics": 0, "providers": 0}


def test_a_new_index_is_counted_anew(tmp_path: Path) -> None:
    silent, now = SilentFeeds(), NEWEST + 30 * DAY
    old = index_of(tmp_path / "old", ("daily", 20, DAY))
    new = index_of(tmp_path / "new", ("monthly", 20, 30 * DAY))
    assert [silent.count(each, now)["all"] for each in (old, new, old)] == [1, 0, 1]
