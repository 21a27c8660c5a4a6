"""Validators of clients, in every form."""

from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from feeds.formats.document import CODINGS, etag
from feeds.http.conditional import is_current
from tests.builders import LATER
from tests.table import for_each

KEY = "0123456789abcdef"
MOMENT = 784_111_777  # Sun, 06 Nov 1994 08:49:37 GMT, as in RFC 9110, 5.6.7


@for_each(
    "sent",
    [
        f'"{KEY}"',
        f'W/"{KEY}"',
        f'w/"{KEY}"',
        f'"{KEY}-gzip"',
        f'"{KEY}--gzip"',
        f'"{KEY};gzip"',
        f'W/"{KEY}-br"',
        f'"other", "{KEY}"',
        f'"other",W/"{KEY}-zstd","another"',
        f'"with, comma", "{KEY}"',
        "*",
        " * ",
    ],
)
def test_a_tag_is_known_however_it_comes_back(sent: str) -> None:
    assert is_current(KEY, 100, sent, None, LATER)


@for_each("coding", CODINGS)
def test_our_own_tags_are_known(coding: str) -> None:
    assert is_current(KEY, 100, etag(KEY, coding), None, LATER)


@for_each(
    "sent",
    ["", '""', 'W/""', '"other"', f'"x{KEY}"', f'"{KEY}x"', f'"{KEY}', KEY[:-1], "gibberish", '"*"'],
)
def test_any_other_tag_is_not_and_decides_alone(sent: str) -> None:
    """sfeed sends an empty tag with a date from its own clock, and must be answered."""
    assert not is_current(KEY, 100, sent, None, LATER)
    assert not is_current(KEY, 100, sent, formatdate(100, usegmt=True), LATER)
    assert not is_current(KEY, 100, sent, formatdate(LATER, usegmt=True), LATER)


@for_each(
    "date",
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
)
def test_a_date_is_understood_in_all_its_forms(date: str) -> None:
    assert is_current(KEY, MOMENT, None, date, LATER)
    assert is_current(KEY, MOMENT - 1, None, date, LATER)
    assert not is_current(KEY, MOMENT + 1, None, date, LATER)


@given(none_match=st.none() | st.text(), since=st.none() | st.text())
def test_no_validator_is_an_error(none_match: str | None, since: str | None) -> None:
    assert is_current(KEY, 100, none_match, since, LATER) in (True, False)
