"""The hottest articles of digests, of an index and of its successors."""

from datetime import timedelta

import msgspec
import pytest
from pyroaring import BitMap

from feeds.article import Article
from feeds.index import Index
from feeds.index.builder import apply, build
from feeds.period import week_of
from feeds.query import Query
from feeds.query.selection import select
from tests.builders import LATER, NOON, article, index, record, snapshot
from tests.table import for_each

CROWD = 120  # articles of one day
DAYS = 10


def crowd(day: int, number: int, heat: int = 0) -> Article:
    published = NOON + timedelta(days=day, seconds=number)
    return article(1000 * day + number, published=published, updated=published, heat=heat or number)


CROWDS = [crowd(day, number) for day in range(DAYS) for number in range(1, CROWD)]
LAST = crowd(40, 1)  # closes the periods of the others


def hottest(made: Index) -> dict[str, list[list[str]]]:
    """The ids of the articles in each entry of both digests."""
    return {
        digest: [
            [each.id for each in item.records]
            for item in select(made, Query(digest=digest, limit=200)).items
        ]
        for digest in ("daily", "weekly")
    }


@pytest.fixture(scope="module")
def asked() -> Index:
    """An index whose digests have all been selected once."""
    made = index(*CROWDS, LAST)
    assert len(hottest(made)["daily"]) == DAYS
    return made


@for_each(
    ("put", "removed"),
    [
        ([crowd(3, 5, heat=900)], []),
        ([crowd(3, CROWD - 1, heat=-1)], []),
        ([crowd(3, CROWD, heat=900), crowd(8, CROWD)], []),
        ([], [crowd(3, CROWD - 1).id]),
        ([crowd(20, 1)], [crowd(0, n).id for n in range(1, CROWD)]),
        ([msgspec.structs.replace(crowd(3, 5, heat=900), published=NOON + timedelta(days=6))], []),
    ],
)
def test_digests_after_a_change_are_those_of_a_new_index(
    asked: Index, put: list[Article], removed: list[str]
) -> None:
    change = snapshot(*put, revision=2, removed=removed, partial=True)
    gone = {*removed, *(each.id for each in put)}
    left = [each for each in (*CROWDS, LAST) if each.id not in gone]
    after = apply(asked, change, LATER)
    assert hottest(after) == hottest(build(snapshot(*left, *put), LATER)) != hottest(asked)


def test_only_the_periods_of_changed_articles_are_sorted_again(asked: Index) -> None:
    changed = snapshot(crowd(3, 5, heat=900), revision=2, partial=True)
    before, after = asked.hottest_articles, apply(asked, changed, LATER).hottest_articles
    again = {(digest, period.name) for digest, period in before.kept.keys() - after.kept.keys()}
    assert len(before.kept) > 2
    assert len(again) == 2
    assert after.kept.items() <= before.kept.items()


def test_an_index_that_is_made_anew_sorts_all_periods_again(asked: Index) -> None:
    assert not apply(asked, snapshot(LAST, revision=2), LATER).hottest_articles.kept


def test_a_day_and_its_week_are_sorted_again_if_one_record_is_replaced(asked: Index) -> None:
    rated = record(crowd(3, 5))
    rated = msgspec.structs.replace(rated, daily=900, weekly=900, rated=int(LATER))
    change = msgspec.structs.replace(snapshot(revision=2, partial=True), records=[rated])
    found = hottest(apply(asked, change, LATER))
    assert sum(rated.id == ids[0] for ids in found["daily"] + found["weekly"]) == 2


WEEK = week_of(int(NOON.timestamp()))
SOME = [each for each in CROWDS if WEEK.begin <= each.published.timestamp() < WEEK.end]
COLDEST = sorted(SOME, key=lambda each: each.heat)


@for_each("wanted", [SOME, SOME[::2], SOME[::70], COLDEST[:90], COLDEST[:9], COLDEST[-9:], COLDEST[:1]])
def test_the_hottest_of_any_share_of_a_week_are_found(asked: Index, wanted: list[Article]) -> None:
    positions = BitMap([asked.documents.positions[each.id] for each in wanted])
    found = asked.hottest("weekly", WEEK, positions, 10)
    assert len(SOME) > 200
    assert [each.id for each in found] == [
        each.id
        for each in sorted(wanted, key=lambda each: (-each.heat, -each.published.timestamp()))[:10]
    ]
