"""Clusters of articles on one event, in stores filled from one corpus."""

from collections.abc import Callable

import msgspec

from tests.ingest.desk import TWO, Desk, comparable


def test_stores_filled_from_one_corpus_have_the_same_stories(
    desk: Desk, stores: Callable[..., Desk]
) -> None:
    for number in range(9):
        desk.write(
            f"_news/{number}.md",
            title=f"Number {number}",
            publishedDateTime=f"2026-01-{20 - number}T00:00:00Z",
            related=[{"title": "Another", "webUrl": f"https://example.org/{number - number % 3}"}],
        )
    whole = stores(desk.root)
    whole.refresh_all()
    parts = stores(desk.root)
    parts.limit(batch=2)
    parts.refresh_all()
    assert comparable(parts.store.load()) == comparable(whole.store.load())
    assert sorted(each.cluster[-1] for each in whole.records().values()) == list("222555888")


def test_an_article_that_joins_a_story_is_no_change_of_the_others(desk: Desk) -> None:
    desk.write(title="One")
    desk.refresh_all()
    before = desk.record()
    related = [{"title": "One", "webUrl": "https://example.org/2026-01-02-one"}]
    desk.write(TWO, title="Two", publishedDateTime="2026-01-03T00:00:00Z", related=related)
    desk.refresh_all()
    assert desk.records()[before.id] == msgspec.structs.replace(before, cluster=before.id)
    assert {each.cluster for each in desk.records().values()} == {before.id}
    revision = desk.store.revision()
    desk.write(title="One", secured="a secret")
    desk.refresh_all()
    assert desk.store.revision() == revision
