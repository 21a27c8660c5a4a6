"""The last times of articles, of an index and of its successors."""

from datetime import timedelta
from random import Random

import pytest
from pyroaring import BitMap

from feeds.article import Article
from feeds.index import Index
from feeds.index.articles import article as decoded
from feeds.index.builder import apply, build
from feeds.index.timeline import MAX_SCANNED, MIN_BY_DAY
from tests.builders import LATER, NOON, article, index, snapshot
from tests.table import for_each

CROWD = MAX_SCANNED + 20  # articles of one day
BUSY_DAYS = 2


def crowd(day: int, number: int, second: int | None = None) -> Article:
    """The article *number* of *day*, which appeared and changed at *second* of that day."""
    published = NOON + timedelta(days=day, seconds=number if second is None else second)
    return article(10_000 * day + number, published=published, updated=published)


CROWDS = [crowd(day, number) for day in range(BUSY_DAYS) for number in range(1, CROWD)]


def lasts(made: Index) -> list[int]:
    """The last second of every kind and busy day, which sorts each of these days."""
    until = (
        made.between(None, int((NOON + timedelta(days=day, hours=11)).timestamp())) for day in range(2)
    )
    return [made.timeline.last(kind, each) for each in until for kind in ("changed", "appeared")]


@pytest.fixture(scope="module")
def asked() -> Index:
    made = index(*CROWDS)
    assert len(set(lasts(made))) == BUSY_DAYS
    return made


@for_each(
    ("put", "removed"),
    [
        ([crowd(0, 5, CROWD + 9)], []),
        ([crowd(0, CROWD - 1, 3)], []),
        ([], [crowd(0, CROWD - 1).id, crowd(1, CROWD - 1).id]),
        ([crowd(1, CROWD)], []),
    ],
)
def test_last_times_after_a_change_are_those_of_a_new_index(
    asked: Index, put: list[Article], removed: list[str]
) -> None:
    gone = {*removed, *(each.id for each in put)}
    left = [each for each in CROWDS if each.id not in gone]
    after = apply(asked, snapshot(*put, revision=2, removed=removed, partial=True), LATER)
    assert lasts(after) == lasts(build(snapshot(*left, *put), LATER)) != lasts(asked)


@for_each("count", [0, 1, MIN_BY_DAY - 1, MIN_BY_DAY, CROWD])
def test_the_last_time_of_few_and_of_many_articles_is_that_of_a_list(asked: Index, count: int) -> None:
    for seed in range(3):
        some = BitMap(Random(seed).sample([*asked.everything], count))
        expected = max(
            (int(decoded(each).updated.timestamp()) for each in asked.records(some)), default=0
        )
        assert asked.timeline.last("changed", some) == asked.timeline.last("appeared", some) == expected
        assert asked.timeline.last("rated", some) == 0


def test_only_the_days_of_changed_articles_are_sorted_again(asked: Index) -> None:
    changed = apply(asked, snapshot(crowd(1, 5, CROWD), revision=2, partial=True), LATER)
    before, after = asked.timeline.sorted_days, changed.timeline.sorted_days
    assert len(before) == 2 * BUSY_DAYS
    assert after.items() <= before.items()
    assert {day for _, day in before.keys() - after.keys()} == {max(day for _, day in before)}
    assert len(after) == 2
