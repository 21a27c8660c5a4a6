"""Any number of threads may read one Index, also through the caches that take no lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from typing import Any

import pytest

from feeds.index import Index
from feeds.index.builder import apply, build
from feeds.index.timeline import MAX_SCANNED
from tests.builders import LATER, NOON, article, snapshot

THREADS = 8


pytestmark = pytest.mark.usefixtures("frequent_switches")


def at_once(call: Callable[[], Any]) -> list[Any]:
    """The results of THREADS threads that make the same *call* at the same time."""
    start = Barrier(THREADS)

    def run() -> Any:
        start.wait()
        return call()

    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(THREADS)]]


def crowded() -> Index:
    """An index in which a day has more articles than are read one by one."""
    return build(
        snapshot(
            *(
                article(
                    n,
                    published=NOON + timedelta(seconds=n % 997),
                    updated=NOON + timedelta(seconds=n % 997),
                    topics=(f"Topic {n % 7}",),
                    authors=(f"Author {n % 11}",),
                )
                for n in range(MAX_SCANNED * 3)
            )
        ),
        LATER,
        lambda phrases, _titles: [len(phrases[0][0])],
    )


def seen(made: Index) -> tuple[Any, ...]:
    """Results that depend on each cache and on each part of an index."""
    topics = [made.postings("topic", each.slug) or made.everything for each in made.listings.topics()]
    return (
        made.latest(made.everything),
        made.appeared_at,
        [made.latest(each) for each in topics],
        [made.newest(each, 3) for each in topics],
        [made.matching(((word * n,),), False) for word in "abc" for n in range(1, 30)],
        [each.count for each in made.listings.authors()],
        made.find(article(5).url),
    )


def test_threads_that_sort_a_day_at_the_same_time_all_see_it_sorted() -> None:
    for _ in range(5):
        made = crowded()
        last = int((NOON + timedelta(seconds=996)).timestamp())
        assert at_once(lambda made=made: made.latest(made.everything)) == [last] * THREADS
        assert list(made.timeline.sorted_days) == [("changed", last // 86_400)]


def test_threads_see_what_one_thread_sees() -> None:
    expected = seen(crowded())
    made = crowded()
    assert all(each == expected for each in at_once(lambda: seen(made)))


def test_an_index_stays_as_it_is_while_the_next_ones_are_made_of_it() -> None:
    made = crowded()
    expected, stop = seen(made), Event()

    def change() -> None:
        following, number = made, 5000
        while not stop.is_set():
            number += 1
            following = apply(following, snapshot(article(number), revision=number, partial=True), LATER)

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        results = at_once(lambda: seen(made))
        stop.set()
        changing.result()
    assert all(each == expected for each in results)
