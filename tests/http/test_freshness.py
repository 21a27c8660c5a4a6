"""The max-age of feeds: short after a change, and long for feeds that are quiet."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.article import tombstone_facets
from feeds.http.freshness import Freshness, for_people, since_change
from feeds.index.builder import scheduled as coming_of
from feeds.query.grammar import read
from feeds.query.schedule import due
from feeds.store import Tombstone
from tests.builders import LATER, NOON, article
from tests.entrypoints import ALL
from tests.harness import Harness
from tests.table import for_each

HOUR = 3600
DAY = 24 * HOUR
QUIET = 6 * HOUR  # the longest max-age, by default


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Harness]:
    """A feed with an article every ten days, unchanged for a year."""
    made = Harness(tmp_path, ALL)
    made.put(*(article(10 * number, topics=("Oceans",)) for number in range(1, 5)))
    made.put(article(1, topics=("Cities",)), article(60, topics=("Cities",)))
    yield made
    made.close()


def max_age(harness: Harness, path: str = "/feed.rss", **headers: str) -> int:
    control = harness.get(path, **headers).headers["Cache-Control"]
    return int(control.partition("max-age=")[2].partition(",")[0])


def edit(harness: Harness) -> None:
    harness.edit(article(20, title="Edited", topics=("Oceans",)))


def remove(harness: Harness) -> None:
    gone = article(20, topics=("Oceans",))
    at, published = int(harness.now), int(gone.published.timestamp())
    harness.retire(gone, tombstone=Tombstone(at, tombstone_facets(gone), gone.id, published))


def publish(harness: Harness) -> None:
    at = NOON + timedelta(seconds=harness.now - NOON.timestamp())
    harness.edit(article(99, published=at, updated=at, topics=("Oceans",)))


@pytest.mark.parametrize("change", [edit, remove, publish])
def test_max_age_is_short_after_a_change_and_grows_while_the_feed_is_quiet(
    quiet: Harness, change: Callable[[Harness], None]
) -> None:
    assert max_age(quiet) == QUIET
    change(quiet)
    begun, ages = quiet.now, []
    for after in (0, 60, 0.2 * HOUR, HOUR, 3 * HOUR - 1, 3 * HOUR, QUIET - 1):
        quiet.now = begun + after
        ages.append(max_age(quiet))
        assert ages[-1] <= max(300, after)
    assert ages[0] == 300
    assert ages == sorted(ages)
    quiet.now = begun + QUIET
    assert max_age(quiet) == QUIET


def test_the_document_and_its_etag_stay_the_same_while_max_age_grows(quiet: Harness) -> None:
    edit(quiet)
    begun = quiet.now
    first = quiet.get("/feed.rss")
    assert b"<ttl>360</ttl>" in first.data
    for after in (HOUR, QUIET, 30 * DAY):
        quiet.now = begun + after
        again = quiet.get("/feed.rss")
        assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
        assert quiet.get("/feed.rss", If_None_Match=first.headers["ETag"]).status_code == 304


def test_a_304_has_the_same_max_age(quiet: Harness) -> None:
    edit(quiet)
    begun, tag = quiet.now, quiet.get("/feed.rss").headers["ETag"]
    for after in (0, HOUR, QUIET):
        quiet.now = begun + after
        assert max_age(quiet, If_None_Match=tag) == max_age(quiet)


def test_only_the_feeds_that_changed_are_fresh_for_less(quiet: Harness) -> None:
    edit(quiet)
    assert max_age(quiet, "/topics/oceans.rss") == 300
    assert max_age(quiet, "/topics/cities.rss") == QUIET


def test_every_process_says_the_same_max_age_at_any_time(quiet: Harness) -> None:
    """The response cache is asked before and after each step, at whole seconds and between them."""
    edit(quiet)
    begun, other = quiet.now, quiet.process()
    for step in (300, 337, 675, 1350, 2700, 5400, 10_800, QUIET):
        for around in (-1, -0.5, 0, 0.5, 1):
            quiet.now = begun + step + around
            assert quiet.get("/feed.rss").headers == other.get("/feed.rss", entrypoint="flask").headers


@given(st.integers(60, 10**6), st.integers(1, 10**6), st.floats(-(10**7), 10**7))
def test_max_age_is_within_its_bounds_and_the_same_until_it_grows(
    most: int, least: int, quiet: float
) -> None:
    made = since_change(most, least, 0, quiet)
    assert min(least, most) <= made.age <= most
    assert made.age == most or made.age <= max(least, quiet)
    if made.until == inf:
        assert made.age == most
    else:
        assert made.until >= quiet
        assert since_change(most, least, 0, made.until) == made
        assert since_change(most, least, 0, made.until + 1).age > made.age


def test_max_age_ends_at_the_next_article() -> None:
    assert Freshness(300, inf).before(1000, 600.0) == Freshness(300, 700)
    assert Freshness(300, inf).before(1000, 900.5) == Freshness(99, 901)
    assert Freshness(300, inf).before(1000, 1001.0) == Freshness(0, 1000)


# Scheduled articles


COMING = int(LATER) + 100


@pytest.fixture
def scheduled(quiet: Harness) -> Harness:
    """An article on reefs in 100 seconds, and one on oceans a day later."""
    for number, after, topic in ((201, 100, "Reefs"), (202, 100 + DAY, "Oceans")):
        at = NOON + timedelta(seconds=LATER + after - NOON.timestamp())
        quiet.edit(
            article(
                number, published=at, updated=at, topics=(topic,), language="en", title=f"Soon {topic}"
            )
        )
    quiet.now = float(LATER)
    return quiet


@for_each(
    ("asked", "after"),
    [
        ("feed", 0), ("topics/reefs", 0), ("topic=reefs,cities", 0), ("topic=cities,oceans", DAY),
        ("topics/oceans", DAY), ("topics/cities", None), ("topic=-cities", 0), ("topic=-reefs", DAY),
        ("topics/cities?lang=en", None), ("lang=en", 0), ("lang=de", None),
        ("provider=example.org&topic=oceans", DAY), ("topics/oceans?limit=1", DAY),
        ("topics/oceans?sort=heat", DAY), ("topics/oceans?per_provider=1", DAY),
        ("topics/oceans?min_heat=5", None), ("topics/oceans?min_heat=top10%", DAY),
        ("until=2026", None), ("since=2026", 0), ("feed/2026-02", None), ("feed/2027-01", 0),
        # These depend on articles that do not match: the newest one, or those of a day.
        ("topics/cities?since=7d", 0), ("topics/cities/daily", 0), ("topics/cities?collapse=story", 0),
    ],
)  # fmt: skip
def test_a_feed_is_due_when_an_article_that_it_will_hold_is(
    scheduled: Harness, asked: str, after: int | None
) -> None:
    index = scheduled.main.index()
    assert index.due == COMING
    assert due(index, coming_of(index), read(asked)) == (None if after is None else COMING + after)


def test_words_of_a_scheduled_article_count_without_being_shown(scheduled: Harness) -> None:
    assert max_age(scheduled, "/feed.json?q=soon+reefs") == 100
    assert scheduled.get("/feed.json?q=soon+reefs").json["items"] == []  # type: ignore[index]
    assert max_age(scheduled, "/feed.json?q=nothing") == QUIET
    assert max_age(scheduled, "/feed.json?q=-soon") == QUIET


def test_max_age_ends_only_at_articles_that_the_feed_will_hold(scheduled: Harness) -> None:
    assert max_age(scheduled, "/feed.rss") == 100
    assert max_age(scheduled, "/topics/cities.rss") == QUIET
    scheduled.now = COMING + DAY - 90
    assert max_age(scheduled, "/topics/oceans.rss") == 90
    assert max_age(scheduled, "/topics/cities.rss") == QUIET
    assert max_age(scheduled, "/embed/topics/oceans") == 90
    assert max_age(scheduled, "/embed/topics/cities") == 300


def test_a_feed_without_scheduled_articles_is_answered_from_the_cache(scheduled: Harness) -> None:
    """Shortly before a scheduled article of another feed, too."""
    path = "/topics/cities.rss"
    scheduled.now = COMING - 2.0
    scheduled.get(path)
    size = scheduled.main.response_cache.size
    scheduled.now = COMING - 1.0
    scheduled.get(path)
    assert scheduled.main.response_cache.size == size > 0


def test_nginx_reads_its_own_age_of_a_page_before_that_of_browsers() -> None:
    """nginx 1.22 does not store a response with max-age=0 if it reads that first."""
    made = for_people({"Cache-Control": "public, max-age=9, stale-if-error=8", "Vary": "Accept-Encoding"})
    assert made == {
        "X-Accel-Expires": "9",
        "Surrogate-Control": "max-age=9, stale-if-error=8",
        "Cache-Control": "public, max-age=0, stale-if-error=8",
        "Vary": "Accept-Encoding",
    }
    assert [*made].index("X-Accel-Expires") < [*made].index("Cache-Control")
