"""Clusters of articles on one event, in stores filled from one corpus."""

from collections.abc import Callable

import msgspec

from tests.ingest.ingest_harness import TWO, IngestHarness, comparable


def test_stores_filled_from_one_corpus_have_the_same_stories(
    ingest: IngestHarness, stores: Callable[..., IngestHarness]
) -> None:
    for number in range(9):
        ingest.write(
            f"_news/{number}.md",
            title=f"Number {number}",
            publishedDateTime=f"2026-01-{20 - number}T00:00:00Z",
            related=[{"title": "Another", "webUrl": f"https://example.org/{number - number % 3}"}],
        )
    whole = stores(ingest.root)
    whole.refresh_all()
    parts = stores(ingest.root)
    parts.limit(batch=2)
    parts.refresh_all()
    assert comparable(parts.store.load()) == comparable(whole.store.load())
    assert sorted(each.cluster[-1] for each in whole.records().values()) == list("222555888")


def test_an_article_that_joins_a_story_is_no_change_of_the_others(ingest: IngestHarness) -> None:
    ingest.write(title="One")
    ingest.refresh_all()
    before = ingest.record()
    related = [{"title": "One", "webUrl": "https://example.org/2026-01-02-one"}]
    ingest.write(TWO, title="Two", publishedDateTime="2026-01-03T00:00:00Z", related=related)
    ingest.refresh_all()
    assert ingest.records()[before.id] == msgspec.structs.replace(before, cluster=before.id)
    assert {each.cluster for each in ingest.records().values()} == {before.id}
    revision = ingest.store.revision()
    ingest.write(title="One", secured="a secret")
    ingest.refresh_all()
    assert ingest.store.revision() == revision
