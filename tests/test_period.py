"""Calendar periods in UTC."""

import calendar
import re
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from feeds.period import MONTHS, day_of, period, periods_around, week, week_of
from tests.paths import ROOT
from tests.table import for_each

FIRST = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(9999, 11, 30, tzinfo=UTC).timestamp())
SECONDS = st.integers(FIRST, LAST)


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]


@for_each(
    ("name", "begin", "end"),
    [
        ("2021-12", at(2021, 12, 1), at(2022, 1, 1)),
        ("2024-02", at(2024, 2, 1), at(2024, 3, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2021-12-31T23", at(2021, 12, 31, 23), at(2022, 1, 1)),
        ("2021-12-05T1459", at(2021, 12, 5, 14, 59), at(2021, 12, 5, 15)),
        ("1969-12", at(1969, 12, 1), 0),
    ],
)
def test_a_period_lasts_from_its_first_second_to_just_before_the_next_one(
    name: str, begin: int, end: int
) -> None:
    made = period(name)
    assert made
    assert (made.begin, made.end, made.name) == (begin, end, name)


@for_each(
    "name",
    [
        "",
        "2021",
        "2021-1",
        "2021-13",
        "2021-00",
        "0000-01",
        "2023-02-29",
        "2021-12-05T24",
        "2021-12-05T1460",
        "2021-12-05T",
        "2021-12-05T1",
        "2021-12-05T14:30",
        "2021-12-05T14300",
        "2021-12 ",
        " 2021-12",
        "+021-12",
        "2021_12",
        "2021-12\n",
        "9999-12",
        "٢٠٢١-١٢",
        "２０２１-12",
        "2021-12-05t14",
        "latest",
        "a" * 5000,
    ],
)
def test_anything_else_is_no_period(name: str) -> None:
    assert period(name) is None


@given(st.text("0123456789-T: ", max_size=16))
def test_a_name_is_of_one_period_and_that_is_called_so(name: str) -> None:
    made = period(name)
    assert made is None or (made.name == name and made in periods_around(made.begin))


@given(SECONDS)
def test_around_any_second_there_are_four_periods_each_within_the_one_before(second: int) -> None:
    around = periods_around(second)
    assert [len(each.name) for each in around] == [7, 10, 13, 15]
    for outer, inner in pairwise(around):
        assert outer.begin <= inner.begin <= second < inner.end <= outer.end
    assert all(period(each.name) == each for each in around)


@given(SECONDS)
def test_periods_leave_no_gap(second: int) -> None:
    for place, each in enumerate(periods_around(second)):
        assert periods_around(each.end)[place].begin == each.end


@given(SECONDS)
def test_any_second_is_of_one_day_and_one_week(second: int) -> None:
    day, around = day_of(second), week_of(second)
    assert day in periods_around(second)
    assert around.begin <= day.begin <= second < day.end <= around.end
    assert week_of(around.end).begin == around.end
    assert week(around.name) == around


@for_each(
    ("name", "begin", "end"),
    [
        ("2026-W40", at(2026, 9, 28), at(2026, 10, 5)),
        ("2026-W01", at(2025, 12, 29), at(2026, 1, 5)),
        ("2020-W53", at(2020, 12, 28), at(2021, 1, 4)),
        ("1970-W01", at(1969, 12, 29), at(1970, 1, 5)),
        ("0001-W01", at(1, 1, 1), at(1, 1, 8)),
        ("9999-W51", at(9999, 12, 20), at(9999, 12, 27)),
    ],
)
def test_a_week_lasts_from_monday_to_sunday(name: str, begin: int, end: int) -> None:
    made = week(name)
    assert made
    assert (made.begin, made.end, made.name) == (begin, end, name)


@for_each(
    "name",
    ["", "2026", "2026-40", "2026-W4", "2026-W00", "2026-W54", "2021-W53", "0000-W01", "2026-W40-1",
     "2026-w40", "2026W40", "2026-W40\n", "２０２６-W40"],
)  # fmt: skip
def test_anything_else_is_no_week(name: str) -> None:
    assert week(name) is None


def test_no_archive_is_of_a_week() -> None:
    assert period("2026-W40") is None


def test_months_are_called_as_python_calls_them_without_a_locale() -> None:
    assert list(MONTHS) == list(calendar.month_name)[1:]


def test_no_text_depends_on_the_locale_of_the_server() -> None:
    """The names that strftime has of days and months, and its whole dates, are those of a locale."""
    named = re.compile(r"(?:strftime\(|:)[^\n]*%-?[aAbBcpxX](?![0-9A-Fa-f])")
    files = [file for kind in ("*.py", "*.html") for file in (ROOT / "feeds").rglob(kind)]
    assert [file.name for file in files if named.search(file.read_text())] == []
