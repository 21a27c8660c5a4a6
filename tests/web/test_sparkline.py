"""Sparklines: counts over time, as a path."""

import re

from hypothesis import given
from hypothesis import strategies as st

from feeds.web.sparkline import HEIGHT, sparkline
from tests.table import for_each


def points(path: str) -> list[tuple[int, int]]:
    """The points of *path*, which has only the commands M, l and h (SVG 2, 9.3)."""
    at, found = (0, 0), []
    for command, arguments in re.findall(r"([Mlh])([-0-9 ]+)", path):
        numbers = [int(number) for number in re.findall(r"-?[0-9]+", arguments)]
        if command == "h":
            numbers = [1, 0] * numbers[0]
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            at = (x, y) if command == "M" else (at[0] + x, at[1] + y)
            found += [at]
    return found


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_each_count_is_a_step_to_the_right_and_as_high_as_its_share_of_the_most(
    counts: list[int],
) -> None:
    most = max(counts) or 1
    assert points(sparkline(counts)) == [
        (place, HEIGHT - round(HEIGHT * count / most)) for place, count in enumerate(counts)
    ]


@for_each(("counts", "path"), [([], "M0 9"), ([0, 0, 0], "M0 9h2"), ([0, 3, 3, 1], "M0 9l1-9h1l1 6")])
def test_it_is_written_in_few_characters(counts: list[int], path: str) -> None:
    assert sparkline(counts) == path
