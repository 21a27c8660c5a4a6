"""Positions as texts, and their order."""

import pytest

from feeds.push.position import StreamPosition
from tests.builders import article, index


@pytest.mark.parametrize(
    "position", [StreamPosition(0, 0), StreamPosition(7, 7), StreamPosition(7, 9), StreamPosition(9, 7)]
)
def test_a_written_position_is_read_as_the_same(position: StreamPosition) -> None:
    assert StreamPosition.read(str(position)) == position


def test_most_positions_are_one_number() -> None:
    assert str(StreamPosition(1_772_452_800, 1_772_452_800)) == "1772452800"


@pytest.mark.parametrize(
    "text", ["", "soon", "-1", "1-", "1-2-3", "1.5", "９", "1 2", '"opened"', "9" * 12, "1\n"]
)
def test_any_other_text_is_no_position(text: str) -> None:
    assert StreamPosition.read(text) is None


def test_an_index_is_at_its_own_position() -> None:
    for made in (index(), index(article(1)), index(article(1), article(500))):
        assert StreamPosition.of(made).is_reached(made)
