"""The update frequency and the publication rate of feeds."""

from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from feeds.feed.update_frequency import (
    DAYS,
    MAX_INTERVAL,
    MIN_INTERVAL,
    WEEKS,
    PublicationRate,
    UpdateFrequency,
    publication_rate,
    update_frequency,
    weeks,
)
from tests.builders import NOON
from tests.table import for_each

DAY = 86_400
MIDNIGHT = int(NOON.timestamp()) // DAY * DAY


def every(seconds: int, count: int = 200, start: int = MIDNIGHT) -> list[int]:
    return [start - n * seconds for n in range(count)]


@given(
    st.lists(st.integers(-(10**9), 2 * 10**9), max_size=300).map(
        lambda dates: sorted(dates, reverse=True)
    ),
    st.integers(0, 36_000),
    st.integers(60, 36_000),
)
def test_an_interval_is_whole_minutes_within_its_bounds(dates: list[int], least: int, more: int) -> None:
    made = update_frequency(dates).within(least, least + more)
    assert max(60, least) <= made.interval <= max(60, least + more)
    assert made.interval % 60 == 0
    assert all(0 <= hour <= 23 for hour in made.quiet_hours)
    assert set(made.quiet_days) < set(DAYS)


@for_each(
    ("gap", "interval"),
    [(60, MIN_INTERVAL), (3600, 1800), (4 * 3600, 7200), (DAY, MAX_INTERVAL), (365 * DAY, MAX_INTERVAL)],
)
def test_a_feed_is_to_be_asked_twice_between_two_articles(gap: int, interval: int) -> None:
    assert update_frequency(every(gap)).within(MIN_INTERVAL, MAX_INTERVAL).interval == interval


@for_each("dates", [[], [MIDNIGHT]])
def test_a_feed_of_one_article_or_none_is_to_be_asked_as_rarely_as_any(dates: list[int]) -> None:
    assert update_frequency(dates).within(MIN_INTERVAL, MAX_INTERVAL).interval == MAX_INTERVAL


def test_one_burst_does_not_make_a_slow_feed_a_fast_one() -> None:
    burst = [MIDNIGHT + n for n in range(3)]
    assert (
        update_frequency(sorted(burst + every(DAY, 30), reverse=True))
        .within(MIN_INTERVAL, MAX_INTERVAL)
        .interval
        == MAX_INTERVAL
    )


@for_each("daily", [2, 5, 19, 20, 21, 40, 60])
def test_articles_with_a_day_and_no_time_are_not_looked_for_every_five_minutes(daily: int) -> None:
    """Gaps of 0 between articles of one day do not count as a high frequency."""
    dates = [MIDNIGHT - n // daily * DAY for n in range(500)]
    made = update_frequency(dates).within(MIN_INTERVAL, MAX_INTERVAL)
    assert made.interval > MIN_INTERVAL
    assert made.interval <= max(DAY / daily, 2 * MIN_INTERVAL)


def test_a_corpus_loaded_with_one_date_tells_no_rhythm() -> None:
    assert update_frequency([MIDNIGHT] * 500).within(MIN_INTERVAL, MAX_INTERVAL).interval == MAX_INTERVAL


@for_each("hours", [(0,), (0, 23), (22, 23, 0)])
def test_dates_without_a_time_do_not_make_nearly_all_hours_quiet(hours: tuple[int, ...]) -> None:
    dates = sorted((MIDNIGHT - n * DAY + hours[n % len(hours)] * 3600 for n in range(200)), reverse=True)
    assert update_frequency(dates).quiet_hours == ()


def test_hours_and_days_in_which_nothing_ever_came_are_quiet() -> None:
    """Articles appear every hour from 8 to 20 on workdays."""
    busy = [
        second
        for second in range(MIDNIGHT - 60 * DAY, MIDNIGHT, 3600)
        if 8 <= datetime.fromtimestamp(second, UTC).hour < 20
        and datetime.fromtimestamp(second, UTC).weekday() < 5
    ]
    made = update_frequency(busy[::-1])
    assert made.quiet_days == ("Saturday", "Sunday")
    assert made.quiet_hours == (*range(8), *range(20, 24))


def test_few_articles_say_nothing_about_hours_and_days() -> None:
    made = update_frequency(every(7 * DAY, 99))
    assert (made.quiet_hours, made.quiet_days) == ((), ())


def test_a_day_is_called_what_it_is() -> None:
    for weekday, name in enumerate(DAYS):
        day = datetime(2024, 1, 1 + weekday, tzinfo=UTC)
        assert day.weekday() == weekday
        assert format_datetime(day).startswith(name[:3])


def test_an_hourly_interval_has_no_quiet_hours() -> None:
    quiet = UpdateFrequency(MIN_INTERVAL, (1, 2), ("Sunday",))
    assert quiet.within(MIN_INTERVAL, MAX_INTERVAL) == UpdateFrequency(MIN_INTERVAL)
    assert quiet.within(3600, MAX_INTERVAL) == UpdateFrequency(3600, (1, 2), ("Sunday",))


@for_each(
    ("interval", "words"),
    [
        (60, ("hourly", 60)),
        (300, ("hourly", 12)),
        (1800, ("hourly", 2)),
        (3600, ("daily", 24)),
        (6 * 3600, ("daily", 4)),
        (DAY, ("daily", 1)),
        (30 * DAY, ("daily", 1)),
    ],
)
def test_an_interval_is_said_as_so_many_times_an_hour_or_a_day(
    interval: int, words: tuple[str, int]
) -> None:
    assert UpdateFrequency(interval).period == words


@given(st.integers(1, 1440).map(lambda minutes: minutes * 60))
def test_the_frequency_in_words_is_about_the_interval_in_seconds(interval: int) -> None:
    period, frequency = UpdateFrequency(interval).period
    said = {"hourly": 3600, "daily": DAY}[period] / frequency
    assert interval / 1.51 <= said <= interval * 1.51


@given(st.integers(0, 2 * 10**9))
def test_the_last_weeks_end_with_the_day_of_the_newest_article(newest: int) -> None:
    bounds = weeks(newest)
    assert len(bounds) == WEEKS + 1
    assert {later - earlier for earlier, later in pairwise(bounds)} == {7 * DAY}
    assert bounds[-1] % DAY == 0
    assert bounds[-1] - DAY <= newest < bounds[-1]


@for_each(
    ("counts", "older", "said"),
    [
        ([0] * 26, True, PublicationRate(0, "")),
        ([0] * 25 + [1], False, PublicationRate(0, "")),  # one article has no rate
        ([0] * 25 + [2], False, PublicationRate(2, "month")),  # nor is a first week like those to come
        ([0] * 25 + [2], True, PublicationRate(4, "year")),
        ([0] * 13 + [1] * 13, False, PublicationRate(1, "week")),
        ([0] * 13 + [1] * 13, True, PublicationRate(2, "month")),
        ([3, 2, 4, 3] * 6 + [3, 3], True, PublicationRate(3, "week")),
        ([6] * 26, True, PublicationRate(6, "week")),
        ([7] * 26, True, PublicationRate(1, "day")),
        ([700] * 26, True, PublicationRate(100, "day")),
        ([1, 0] * 13, True, PublicationRate(2, "month")),
    ],
)
def test_a_pace_is_said_of_the_unit_that_has_one_and_more(
    counts: list[int], older: bool, said: PublicationRate
) -> None:
    assert publication_rate(counts, older=older) == said
