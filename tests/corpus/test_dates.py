"""Dates as people, programs and files write them."""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.corpus.dates import date_in_name, date_in_path, parse_any_date, parse_date, zone_named
from tests.table import for_each

BERLIN = ZoneInfo("Europe/Berlin")

WRITTEN = {
    # RFC 3339, and what differs from it a little
    "2020-01-31": "2020-01-31T00:00:00+01:00",
    "2020-07-31": "2020-07-31T00:00:00+02:00",
    "2020-1-3": "2020-01-03T00:00:00+01:00",
    "2020-01-31T08:00:23Z": "2020-01-31T08:00:23+00:00",
    "2020-01-31t08:00:23z": "2020-01-31T08:00:23+00:00",
    "2020-01-31T08:00:23.123456789+05:30": "2020-01-31T08:00:23+05:30",
    "2010-07-05 10:00:00.000000000 +01:00": "2010-07-05T10:00:00+01:00",
    "2001-12-14 21:59:43.10 -5": "2001-12-14T21:59:43-05:00",
    "2020-01-31 8:05": "2020-01-31T08:05:00+01:00",
    "2020-01-31 08:00 -0800": "2020-01-31T08:00:00-08:00",
    "2020-01-31Z": "2020-01-31T00:00:00+00:00",
    "2021-12-31T24:00:00Z": "2022-01-01T00:00:00+00:00",
    "2016-12-31T23:59:60Z": "2016-12-31T23:59:59+00:00",
    "2020-01-31T08:00:00+01:00[Europe/Paris]": "2020-01-31T08:00:00+01:00",
    "20200131": "2020-01-31T00:00:00+01:00",
    "20200131T080000Z": "2020-01-31T08:00:00+00:00",
    "202001310830": "2020-01-31T08:30:00+01:00",
    "2013/7/13 20:46:25": "2013-07-13T20:46:25+02:00",
    "2013.07.13": "2013-07-13T00:00:00+02:00",
    "2018-11-08 01:50 PM": "2018-11-08T13:50:00+01:00",
    "2018-11-08, 12:05am": "2018-11-08T00:05:00+01:00",
    "2020-01-05 8pm": "2020-01-05T20:00:00+01:00",
    # zones
    "2019-03-01 12:00:00 UTC+01:00": "2019-03-01T12:00:00+01:00",
    "2019-03-01 12:00:00 GMT-3": "2019-03-01T12:00:00-03:00",
    "2019-03-01 12:00:00 +0000 UTC": "2019-03-01T12:00:00+00:00",
    "2020-07-31 10:00 America/New_York": "2020-07-31T10:00:00-04:00",
    "2020-07-31 10:00 CEST": "2020-07-31T10:00:00+02:00",
    # programs
    "Tue, 12 May 2020 08:06:34 -0700": "2020-05-12T08:06:34-07:00",
    "Tue, 12 May 2020 08:06:34 GMT": "2020-05-12T08:06:34+00:00",
    "Wed Jul 19 2023 15:10:54 GMT+0200 (Central European Summer Time)": "2023-07-19T15:10:54+02:00",
    "Wed Jul 19 15:10:54 UTC 2023": "2023-07-19T15:10:54+00:00",
    "Wed Jul 19 15:10:54 2023 -0700": "2023-07-19T15:10:54-07:00",
    "1579824000": "2020-01-24T00:00:00+00:00",
    "1579824000000": "2020-01-24T00:00:00+00:00",
    # people
    "Monday, October 2, 2023 at 9:37:12 AM PDT": "2023-10-02T09:37:12-07:00",
    "June 13, 2020": "2020-06-13T00:00:00+02:00",
    "june 13th 2020": "2020-06-13T00:00:00+02:00",
    "13th of June 2020": "2020-06-13T00:00:00+02:00",
    "13. June 2020, 18:30": "2020-06-13T18:30:00+02:00",
    "Sept. 3, 2019 8:00 p.m. EST": "2019-09-03T20:00:00-05:00",
    "05-Jan-2021": "2021-01-05T00:00:00+01:00",
    "2021 Jan 5": "2021-01-05T00:00:00+01:00",
    "13/2/2020": "2020-02-13T00:00:00+01:00",
    "2/13/2020 10:00": "2020-02-13T10:00:00+01:00",
    "3/3/2020": "2020-03-03T00:00:00+01:00",
    "1.2.2020": "2020-02-01T00:00:00+01:00",
    "2020年1月31日": "2020-01-31T00:00:00+01:00",
}  # fmt: skip


@for_each(("written", "expected"), WRITTEN.items())
def test_a_date_is_read_in_the_zone_that_is_written(written: str, expected: str) -> None:
    assert parse_any_date(f" {written} ", BERLIN).isoformat() == expected


@for_each(
    "written",
    [
        "", "true", "Created", "git Last Modified", "{{date}}", "%Y-%m-%d", "soon", "12", "2020",
        "2020-01",
        "June 2020", "Jun 13", "2017-02-29", "2010-14-24", "13:017:00", "18:30:22 2023 -0800", "1/2/2020",
        "2020-01-31 25:00", "2020-01-31 13:00 PM", "2020-01-31 0:30 AM", "2020-01-31 10", "2020-01-31T",
        "2020-01-31 10:00 IST", "2020-01-31 10:00 Asia", "2020-01-31 10:00 +25:00",
        "2020-01-31 10:00 +01:75",
        "2020-01/31", "0001-01-01T00:00:00Z", "0000-01-01", "9999-12-31", "2020-01-31 to 2020-02-01",
        "Maybe 3, 2020", "２０２０-01-31", "x" * 101, "9" * 100_000,
    ],
)  # fmt: skip
def test_a_date_that_is_ambiguous_or_impossible_is_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_any_date(written, BERLIN)


@given(st.text(alphabet="0123456789-:/ .,+TZapmJunGMT(日", max_size=40))
def test_a_text_of_any_characters_is_a_date_that_every_zone_has_or_none(written: str) -> None:
    try:
        found = parse_any_date(written, UTC)
    except ValueError:
        return
    assert found.utcoffset() is not None
    assert found.astimezone(timezone(timedelta(hours=14))) == found.astimezone(
        timezone(-timedelta(hours=12))
    )


@given(st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9998, 1, 1)))
def test_every_date_of_the_strict_reading_is_the_same_here(moment: datetime) -> None:
    for written in (moment.isoformat(), moment.isoformat(" ", "minutes"), f"{moment.isoformat()}Z"):
        assert parse_any_date(written, BERLIN) == parse_date(written, BERLIN)


def test_a_hostile_date_takes_no_time() -> None:
    began = time.process_time()
    for written in ("1" * 99, " " * 98 + "x", "jan" * 33, "2020-01-01 " + "a" * 88, "(" * 99):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_any_date(written, UTC)
    assert time.process_time() - began < 1


@for_each(
    ("name", "expected"),
    [
        ("2020-01-31-title", (date(2020, 1, 31), "title")),
        ("2020-01-31", (date(2020, 1, 31), "")),
        ("2020-1-3-title", (date(2020, 1, 3), "title")),
        ("2020_01_31_title", (date(2020, 1, 31), "title")),
        ("2020-01-31 A title", (date(2020, 1, 31), "A title")),
        ("2020-01-31-1-title", (date(2020, 1, 31), "1-title")),
        ("20200131-title", (date(2020, 1, 31), "title")),
        ("title-2020-01-31", (date(2020, 1, 31), "title")),
        ("title", None), ("1984-is-a-book", None), ("15-01-09-title", None), ("12345678-title", None),
        ("2020-13-01-title", None), ("2020-02-30-title", None), ("2020-01-311", None),
        ("20200131093000", None), ("0020-01-31-title", None), ("", None), ("1-2020-01-3", None),
    ],
)  # fmt: skip
def test_a_date_in_a_name_is_found_with_the_rest_of_the_name(name: str, expected: object) -> None:
    found = date_in_name(name)
    assert (found and (found.date, found.rest)) == expected


@for_each(
    ("path", "expected"),
    [
        ("blog/2020-01-31-title.md", date(2020, 1, 31)),
        ("blog/2020/01/31/title.md", date(2020, 1, 31)),
        ("blog/2020/01/31-title.md", date(2020, 1, 31)),
        ("2020/01/31/title/index.md", date(2020, 1, 31)),
        ("2020-01/31-title.md", date(2020, 1, 31)),
        ("blog/2020-01-31-title/index.de.md", date(2020, 1, 31)),
        ("/2020/01/31/title", date(2020, 1, 31)),
        ("2020.01.31/notes.md", date(2020, 1, 31)),
        ("2019-12-01-series/2020-01-31-title.md", date(2020, 1, 31)),
        ("blog/2020/title.md", None), ("blog/2020/01/5-tips.md", None), ("blog/title.md", None),
        ("v2020/01/31/title.md", None), ("2020/13/31/x.md", None), ("", None),
    ],
)  # fmt: skip
def test_a_date_in_a_path_is_that_of_the_last_name_or_of_folders(
    path: str, expected: date | None
) -> None:
    assert date_in_path(path) == expected


@for_each("name", ["Europe/Berlin", "UTC", "America/Argentina/Ushuaia", " Asia/Tokyo "])
def test_a_zone_is_found_by_its_name(name: str) -> None:
    assert str(zone_named(name)) == name.strip()


@for_each(
    "name", ["", "US/Pacific-New", "America", "../../etc/passwd", "/etc", "Europe", "a" * 5000, "x\0"]
)
def test_an_unknown_zone_is_none(name: str) -> None:
    assert zone_named(name) is None
