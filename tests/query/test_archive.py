"""The history of a feed: archives that never shift (RFC 5005)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feeds.article import Article, Provider, tombstone_facets
from feeds.errors import UnknownFeed
from feeds.feed import compose, content_key, head
from feeds.feed.site import Site
from feeds.formats import FORMATS
from feeds.index import Index
from feeds.index.builder import apply
from feeds.period import period
from feeds.query import Query
from feeds.query.parameters.window import MAX_ENTRIES_PER_FEED
from feeds.query.selection import Selection, select
from feeds.store import Tombstone
from tests.builders import article, index, record, snapshot
from tests.examples import examples
from tests.table import for_each

SITE = Site("https://feeds.example", title="Example", authority="example.org")
BELL = Provider("bell.example", "Bell")
START = datetime(2025, 11, 30, 22, 50, tzinfo=UTC)
NOW = START.timestamp() + 400 * 86_400
QUERIES = [
    Query(),
    Query(limit=1),
    Query("go", limit=3, content="title"),
    Query("", "bell.example", limit=2),
    Query("go", "bell.example", limit=1, content="summary"),
]

# Number of articles, offset of the first and interval, in seconds: months are split into days, days into
# hours, hours into minutes, and one minute can have too many articles.
CLUSTERS = st.lists(
    st.tuples(
        st.sampled_from([1, 3, 60, 150, 201, 260]),
        st.integers(0, 90 * 24).map(lambda hours: hours * 3600),
        st.sampled_from([0, 1, 7, 60, 400, 3600, 40_000]),
    ),
    min_size=1,
    max_size=4,
)


def made(number: int, published: datetime, **fields: object) -> Article:
    shown = {"topics": ("Go",) if number % 3 else ("Rust",), "provider": BELL if number % 4 else None}
    return article(number, published=published, updated=published, **(shown | fields))


def corpus(clusters: list[tuple[int, int, int]]) -> list[Article]:
    dates = [
        START + timedelta(seconds=s + n * apart) for count, s, apart in clusters for n in range(count)
    ]
    return [made(number, date) for number, date in enumerate(dates)]


def stock(articles: list[Article], **fields: object) -> Index:
    return index(*articles, now=NOW, **fields)


def chain(index: Index, query: Query) -> Iterator[Selection]:
    """Yield the feed and its archives, found by following links."""
    selection = select(index, query)
    yield selection
    while selection.older:
        asked = query.archive_of(selection.older)
        selection = select(index, asked)
        assert selection.query == asked, "a link leads where it says"
        yield selection


def keys(index: Index, query: Query) -> dict[str, bytes]:
    """The content key of every archive, by name."""
    return {
        each.query.archive: content_key(head(SITE, index, each), each)
        for each in list(chain(index, query))[1:]
    }


def all_of(index: Index, query: Query) -> set[str]:
    every = msgspec.structs.replace(query, limit=10**6)
    return {each.id for each in select(index, every).records}


@settings(max_examples=examples(20))
@given(CLUSTERS, st.sampled_from(QUERIES))
def test_every_article_is_in_the_feed_or_in_exactly_one_archive(
    clusters: list[tuple[int, int, int]], query: Query
) -> None:
    stocked = stock(corpus(clusters))
    try:
        feed, *archives = chain(stocked, query)
    except UnknownFeed:
        return
    found = [each.id for archive in archives for each in archive.records]
    assert len(found) == len(set(found))
    assert set(found) | {each.id for each in feed.records} == all_of(stocked, query)
    for newer, older in pairwise(archives):
        assert period(older.query.archive).end <= period(newer.query.archive).begin  # type: ignore[union-attr]
    for archive in archives:
        within = period(archive.query.archive)
        assert within
        assert all(within.begin <= each.published < within.end for each in archive.records)
        assert 1 <= len(archive.records) <= MAX_ENTRIES_PER_FEED or within.end - within.begin == 60
        assert archive.query == query.archive_of(within)
        assert archive.query.content == query.content
        assert not archive.complete


@settings(max_examples=examples(20))
@given(CLUSTERS, st.integers(1, 30))
def test_archives_stay_as_they_are_when_newer_articles_arrive(
    clusters: list[tuple[int, int, int]], later: int
) -> None:
    articles = corpus(clusters)
    newest = max(each.published for each in articles)
    before = stock(articles)
    more = [made(9000 + n, newest + timedelta(days=32, hours=n)) for n in range(later)]
    after = apply(before, snapshot(*more, revision=2, partial=True), NOW)
    for query in (Query(limit=1), Query("rust", limit=1)):
        if before.postings("topic", "rust") is None and query.topic:
            continue
        was, now = keys(before, query), keys(after, query)
        assert {name: now[name] for name in was} == was


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before.keys() & after.keys() if before[name] != after[name]}


def links(index: Index, query: Query) -> dict[str, str]:
    return {each.query.archive: each.older.name if each.older else "" for each in chain(index, query)}


@settings(max_examples=examples(20))
@given(CLUSTERS, st.data())
def test_a_change_of_an_article_changes_its_own_archive_alone(
    clusters: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """At most one other archive changes: its link to a period that is added, removed or split."""
    articles = corpus(clusters)
    chosen = data.draw(st.sampled_from(articles))
    before = stock(articles)
    stamp = int(NOW)
    match data.draw(st.sampled_from(["edit", "remove", "add"])):
        case "edit":
            change = snapshot(revision=2, partial=True)
            edited = msgspec.structs.replace(chosen, title="Edited")
            change.records.append(record(edited, changed=stamp))
        case "remove":
            left = Tombstone(
                stamp, tombstone_facets(chosen), chosen.id, int(chosen.published.timestamp())
            )
            change = snapshot(revision=2, partial=True, removed=[chosen.id], tombstones=[left])
        case _:
            change = snapshot(revision=2, partial=True)
            change.records.append(
                record(made(7000, chosen.published + timedelta(seconds=1)), changed=stamp)
            )
    after = apply(before, change, NOW)
    for query in (Query(limit=1), Query("go", limit=1)):
        if query.topic and before.postings("topic", "go") is None:
            continue
        was, now = links(before, query), links(after, query)
        relinked = {name for name in was.keys() & now.keys() if was[name] != now[name]}
        touched = changed(keys(before, query), keys(after, query)) - relinked
        second = int(chosen.published.timestamp())
        for name in touched:
            within = period(name)
            assert within
            assert within.begin <= second + 1
            assert second < within.end
        assert len(relinked - {""}) <= 1


def test_a_removal_is_told_in_the_archive_the_article_was_in_and_in_no_other() -> None:
    articles = [made(n, START + timedelta(days=10 * n), topics=("Go",)) for n in range(1, 30)]
    left = Tombstone(
        int(NOW), tombstone_facets(articles[3]), articles[3].id, int(articles[3].published.timestamp())
    )
    change = snapshot(revision=2, partial=True, removed=[articles[3].id], tombstones=[left])
    after = apply(stock(articles), change, NOW)
    deleted = {each.query.archive: each.deleted for each in chain(after, Query(limit=1))}
    own = articles[3].published.strftime("%Y-%m")
    assert [each.id for each in deleted.pop(own)] == [articles[3].id]
    assert [each.id for each in deleted.pop("")] == [articles[3].id]
    assert not any(deleted.values())


@for_each("archive", ["2019-01", "2025-11-29", "2031-01", "2025-13", "latest", "٢٠٢٥-١١", "9999-12"])
def test_a_period_without_articles_is_no_archive(archive: str) -> None:
    with pytest.raises(UnknownFeed):
        select(stock([made(1, START)]), Query(archive=archive))


def test_a_month_in_parts_leads_to_the_newest_of_them() -> None:
    busy = [made(n, datetime(2025, 12, 5 + n % 3, tzinfo=UTC)) for n in range(210)]
    found = select(stock(busy), Query(archive="2025-12", content="title"))
    assert found.query == Query(archive="2025-12-07", content="title")
    assert found.older
    assert found.older.name == "2025-12-06"


def test_a_day_in_parts_leads_to_its_newest_minute_however_full_that_is() -> None:
    moment = datetime(2025, 12, 5, 14, 30, tzinfo=UTC)
    found = select(stock([made(n, moment) for n in range(450)]), Query(archive="2025-12"))
    assert found.query.archive == "2025-12-05T1430"
    assert len(found.records) == 450


@for_each("year", [1, 999, 1969])
def test_history_begins_with_the_oldest_article_whenever_that_was(year: int) -> None:
    articles = [made(n, datetime(year, 1, 5, tzinfo=UTC)) for n in range(3)]
    stocked = stock([*articles, made(3, START), made(4, START + timedelta(days=40))])
    assert [each.query.archive for each in chain(stocked, Query(limit=1))] == [
        "",
        "2025-11",
        f"{year:04}-01",
    ]


@for_each("content", ["", "title", "summary", "full"])
def test_every_format_leads_through_the_whole_history_with_as_much_of_each_article(content: str) -> None:
    stocked = stock(corpus([(260, 0, 400), (3, 86_400 * 60, 60)]))
    query = Query(limit=1, content=content)
    for extension, format_ in ((each.extension, each) for each in FORMATS.values() if each.has_head):
        seen = []
        for each in chain(stocked, query):
            document = format_.render(compose(SITE, stocked, each))
            here = SITE.url + each.query.address(extension)
            if extension == "json":
                feed = json.loads(document)
                assert feed["feed_url"] == here
                older = feed.get("next_url", "")
            else:
                root = etree.fromstring(document)
                found = root.xpath("//*[local-name()='link'][@rel='prev-archive']/@href")
                older = found[0] if found else ""
                archive = root.xpath("//*[local-name()='archive']")
                assert bool(archive) == bool(each.query.archive)
            assert older != here
            assert older not in seen
            assert (content and older) in older
            assert older == (
                SITE.url + query.archive_of(each.older).address(extension) if each.older else ""
            )
            seen.append(here)
        assert len(seen) > 3
