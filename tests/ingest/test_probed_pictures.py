"""Facts that probes found: in the articles that show the picture, and no news."""

from pathlib import Path

import pytest

from feeds.article import Article
from feeds.article.probed import filled
from feeds.store.state import Probe
from tests.ingest.ingest_harness import ONE, TWO, IngestHarness

URL = "https://pictures.example/a.png"
OTHER = "https://pictures.example/b.png"


def found(url: str = URL, width: int = 3, **more: int) -> Probe:
    return Probe(
        url, 1_780_000_000, "ok", length=70, type="image/webp", width=width, height=2, **more
    )  # fmt: skip


def shown(ingest: IngestHarness) -> list[tuple[int, int, int, str]]:
    """The width, height, length and type of the lead picture of each article, by path."""
    pictures = [filled(each).images[0] for _, each in sorted(ingest.articles().items())]
    return [(each.width, each.height, each.length, each.type) for each in pictures]


@pytest.fixture
def pictured(ingest: IngestHarness) -> IngestHarness:
    """Two recorded articles with a picture each; the author of the second wrote everything."""
    ingest.write(ONE, images=[{"url": URL}])
    written = {"url": OTHER, "width": 9, "height": 9, "contentType": "image/png"}
    ingest.write(TWO, images=[written])
    ingest.refresh_all()
    return ingest


UNKNOWN, WRITTEN = (0, 0, 0, "image/png"), (9, 9, 0, "image/png")


def test_a_scan_takes_new_facts_without_reading_a_file(pictured: IngestHarness) -> None:
    before = pictured.records()
    pictured.corpus.reads.clear()
    pictured.state.record_probes([found(), found(OTHER)])
    assert pictured.refresh_all() == 0
    assert pictured.corpus.reads == []
    assert shown(pictured) == [(3, 2, 70, "image/webp"), (9, 9, 70, "image/png")]
    for id_, record in pictured.records().items():
        former = before[id_]
        assert record.version != former.version
        assert (record.updated, record.changed, record.moment, record.slug, record.cluster) == (
            former.updated, former.changed, former.moment, former.slug, former.cluster,
        )  # fmt: skip
    assert pictured.tombstones() == []


def test_only_the_articles_with_other_facts_change(pictured: IngestHarness) -> None:
    before = {each.id: each.version for each in pictured.records().values()}
    pictured.state.record_probes([found()])
    pictured.refresh_all()
    after = {each.id: each.version for each in pictured.records().values()}
    assert len(before.items() - after.items()) == 1
    revision = pictured.store.revision()
    pictured.state.record_probes([Probe("https://pictures.example/unused.png", 1, "dead", "gone")])
    pictured.refresh_all()
    assert pictured.store.revision() == revision


def test_a_new_or_edited_article_has_the_facts_at_once(pictured: IngestHarness) -> None:
    pictured.state.record_probes([found()])
    pictured.refresh_all()
    pictured.write(ONE, "Edited.", images=[{"url": URL}])
    pictured.refresh_paths(ONE)
    assert shown(pictured)[0] == (3, 2, 70, "image/webp")
    pictured.write("_news/three.md", images=[{"url": URL}])
    pictured.refresh_paths("_news/three.md")
    assert shown(pictured)[2] == (3, 2, 70, "image/webp")


def test_a_store_made_anew_and_one_that_was_updated_are_equal(
    pictured: IngestHarness, tmp_path: Path
) -> None:
    pictured.state.record_probes([found()])
    pictured.refresh_all()
    other = IngestHarness(pictured.root, tmp_path / "other.db")
    other.state.record_probes([found()])
    other.refresh_all()

    def versions(ingest: IngestHarness) -> dict[str, Article]:
        return {each.id: each for each in ingest.articles().values()}

    assert versions(other) == versions(pictured)
    other.close()


def test_facts_without_a_state_leave_the_articles_again(pictured: IngestHarness) -> None:
    before = {each.id: each.version for each in pictured.records().values()}
    pictured.state.record_probes([found()])
    pictured.refresh_all()
    Path(f"{pictured.store.name}.state").unlink()
    pictured.restart()
    pictured.refresh_all()
    assert shown(pictured) == [UNKNOWN, WRITTEN]
    assert {each.id: each.version for each in pictured.records().values()} == before


def test_facts_stay_while_the_state_cannot_be_read(
    pictured: IngestHarness, caplog: pytest.LogCaptureFixture
) -> None:
    pictured.state.record_probes([found()])
    pictured.refresh_all()
    file = Path(f"{pictured.store.name}.state")
    content = file.read_bytes()
    file.write_bytes(b"damaged" * 1000)
    pictured.refresh_all()
    pictured.refresh_all()
    assert shown(pictured)[0] == (3, 2, 70, "image/webp")
    assert len([each for each in caplog.messages if "keeping the facts" in each]) == 1
    pictured.restart()
    pictured.write(ONE, "Edited.", images=[{"url": URL}])
    pictured.refresh_all()  # reads it without facts
    file.write_bytes(content)
    pictured.refresh_all()
    assert shown(pictured)[0] == (3, 2, 70, "image/webp")
