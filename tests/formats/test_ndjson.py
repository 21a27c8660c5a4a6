"""NDJSON: the items of a JSON Feed, one on each line."""

import json

from feeds.formats import FOR_READERS, FORMATS
from tests.builders import article
from tests.formats.articles import FEEDS, feed_of
from tests.table import for_each

NDJSON = FORMATS["ndjson"]


@for_each("name", FEEDS)
def test_every_line_is_the_item_of_the_json_feed(name: str) -> None:
    items = json.loads(FORMATS["json"].render(FEEDS[name]))["items"]
    lines = NDJSON.render(FEEDS[name]).split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == items


def test_a_feed_without_articles_is_zero_bytes() -> None:
    assert NDJSON.render(FEEDS["empty"]) == b""


def test_a_line_ends_where_every_program_believes_it_to_end() -> None:
    title = "one\ntwo\rthree\u2028four\u2029five\x85six\x0bseven\x0ceight"
    document = NDJSON.render(feed_of(article(1, title=title), article(2))).decode()
    assert len(document.splitlines()) == 2
    assert json.loads(document.splitlines()[0])["title"].startswith("one\ntwo\rthree\u2028four\u2029five")


def test_it_is_for_programs() -> None:
    assert NDJSON not in FOR_READERS
    assert not NDJSON.opened_as
