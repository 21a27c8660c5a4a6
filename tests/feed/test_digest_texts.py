"""The addresses of the articles of a digest's periods."""

from hypothesis import given, settings

from feeds.feed.digest_texts import hottest_pages
from feeds.period import day_of, week_of
from feeds.query import Query
from feeds.query.grammar import parse
from tests.examples import examples
from tests.query_strategies import questions

PERIODS = [day_of(1_772_000_000), week_of(1_772_000_000), week_of(1_767_000_000)]
SPANS = [("2026-02-25", "2026-02-25"), ("2026-02-23", "2026-03-01"), ("2025-12-29", "2026-01-04")]


@given(asked=questions())
@settings(max_examples=examples(60))
def test_each_period_has_the_page_of_its_days(asked: list[tuple[str, str]]) -> None:
    query = parse(asked, archive="weekly")
    pages = [query.hottest_of(*span).page for span in SPANS]
    assert [*hottest_pages(query, PERIODS)] == pages


def test_a_word_like_a_date_changes_no_page() -> None:
    query = parse([("q", "since=2026-02-25&until=2026-02-25")], archive="daily")
    assert [*hottest_pages(query, PERIODS)] == [query.hottest_of(*span).page for span in SPANS]


def test_no_periods_have_no_pages() -> None:
    assert [*hottest_pages(Query(digest="daily"), [])] == []
