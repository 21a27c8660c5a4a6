"""Facts of articles that are kept up to date with a store."""

import pytest

from feeds.ingest.followed import FollowedArticles
from tests.ingest.ingest_harness import ONE, TWO, IngestHarness

OWN = "http://127.0.0.1:8000/assets/a.png"


@pytest.fixture
def followed(ingest: IngestHarness) -> FollowedArticles[bytes]:
    """The contents of the articles with a picture, except those with the word *nothing*."""
    for path in (ONE, TWO):
        ingest.write(path, images=[{"url": OWN}])
    ingest.refresh_all()
    return FollowedArticles(
        ingest.store,
        lambda facets: facets.pictured,
        lambda content: None if b"nothing" in content else content,
    )


def test_only_articles_that_changed_are_read_again(
    ingest: IngestHarness, followed: FollowedArticles[bytes]
) -> None:
    before = dict(followed.facts())
    assert len(before) == 2
    ingest.write(ONE, images=[{"url": OWN}], excerpt="Another.")
    ingest.refresh_all()
    after = followed.facts()
    assert sorted(after[id_] is content for id_, content in before.items()) == [False, True]
    assert any(b"Another." in content for content in after.values())


def test_an_article_without_a_fact_or_a_file_is_dropped(
    ingest: IngestHarness, followed: FollowedArticles[bytes]
) -> None:
    assert len(followed.facts()) == 2
    ingest.write(ONE, images=[{"url": OWN}], excerpt="nothing")
    ingest.refresh_all()
    assert len(followed.facts()) == 1
    ingest.write(ONE)
    (ingest.root / TWO).unlink()
    ingest.refresh_paths(ONE, TWO)
    assert followed.facts() == {}
