"""Formats for programs are in Link headers and the feed list, but not offered to subscribers."""

import json

import pytest
from lxml import html

from feeds.formats import DEFAULT, FOR_READERS, FORMATS, Format
from feeds.formats.document import CODINGS
from tests.codings import decoded
from tests.harness import Harness
from tests.table import for_each
from tests.web.conftest import SITE

FOR_PROGRAMS = [each for each in FORMATS.values() if not each.is_for_readers]
HEADLESS = [each.extension for each in FORMATS.values() if not each.has_head]


@pytest.mark.parametrize("made", FOR_PROGRAMS, ids=lambda made: made.extension)
def test_programs_find_it_in_link_headers_and_in_the_feed_list(shared: Harness, made: Format) -> None:
    link = f'<{SITE.url}/feed.{made.extension}>; rel="alternate"; type="{made.type}"'
    assert link in shared.get(f"/feed.{DEFAULT.extension}").headers["Link"]
    for feed in json.loads(shared.get("/catalog.json").data)["feeds"]:
        assert feed["addresses"][made.extension].endswith(f".{made.extension}")


@pytest.mark.parametrize("made", FOR_PROGRAMS, ids=lambda made: made.extension)
@pytest.mark.parametrize("page", ["/", "/topics/oceans", "/build?q=tide", "/embed/topics/oceans"])
def test_pages_do_not_offer_it_to_readers(shared: Harness, page: str, made: Format) -> None:
    shown = shared.get(page)
    assert shown.status_code == 200
    assert f".{made.extension}" not in shown.text
    announced = html.fromstring(shown.data).xpath("//link[@rel='alternate']/@type")
    assert {each.type for each in FOR_READERS} <= set(announced)
    assert made.type not in announced


@pytest.mark.parametrize("made", FOR_PROGRAMS, ids=lambda made: made.extension)
def test_no_list_of_subscriptions_has_it(shared: Harness, made: Format) -> None:
    answer = shared.get(f"/opml?format={made.extension}")
    assert answer.status_code == 400
    assert "one of rss, atom, json" in answer.text


@for_each("coding", CODINGS)
@for_each("extension", HEADLESS)
def test_a_feed_without_articles_is_an_empty_body(shared: Harness, extension: str, coding: str) -> None:
    path = f"/feed.{extension}?q=nowhere"
    for _ in range(3):  # rendered, then cached
        answer = shared.get(path, Accept_Encoding=coding)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == FORMATS[extension].media_type
        assert int(answer.headers["Content-Length"]) == len(answer.data)
        assert decoded(answer) == b""
    if coding == "identity":
        assert answer.headers["Content-Length"] == "0"
    again = shared.get(path, Accept_Encoding=coding, If_None_Match=answer.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    head = shared.get(path, "HEAD", Accept_Encoding=coding)
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]
    assert head.headers["ETag"] == answer.headers["ETag"]


@for_each("extension", HEADLESS)
def test_an_error_is_one_line_for_programs(shared: Harness, extension: str) -> None:
    answer = shared.get(f"/topics/nothing.{extension}", Accept="text/html")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
