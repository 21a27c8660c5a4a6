"""The authority in ids: a store fixes it once, and later settings do not change it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feeds.bootstrap import ServerProcess
from feeds.query import Query
from feeds.settings import load
from tests.builders import write_article
from tests.ingest.ingest_harness import ONE, TWO, IngestHarness, RunningWriter
from tests.waiting import eventually

Open = Callable[..., IngestHarness]


def describe(root: Path, url: str) -> None:
    """Write ``_config.yml`` with *url*, or without a URL."""
    (root / "_config.yml").write_text("title: Example\n" + (f"url: {url}\n" if url else ""))


@pytest.fixture
def run(corpus: Path, tmp_path: Path) -> Iterator[Open]:
    """Runs of the refresher on the same store, one after another, each with its own settings."""
    made: list[IngestHarness] = []

    def begun(**settings: object) -> IngestHarness:
        if made:
            made[-1].close()
        made.append(IngestHarness(corpus, tmp_path / "store.db", **settings))
        made[-1].refresher.begin()
        made[-1].refresh_all()
        return made[-1]

    yield begun
    made[-1].close()


def ids(ingest: IngestHarness) -> set[str]:
    return {*ingest.records()}


ARTICLE = "tag:{},2020:news/2026-01-02-one"
LATER = "tag:{},2020:news/2026-01-02-two"


@pytest.mark.parametrize(
    ("url", "setting", "fixed"),
    [
        ("https://corpus.example", "", "corpus.example"),
        ("https://corpus.example", "set.example", "set.example"),
        ("", "set.example", "set.example"),
        ("http://localhost:4000", "set.example", "set.example"),
    ],
)
def test_the_first_start_fixes_the_setting_or_else_the_host_of_the_corpus(
    corpus: Path, run: Open, url: str, setting: str, fixed: str
) -> None:
    describe(corpus, url)
    write_article(corpus, ONE)
    ingest = run(authority=setting)
    assert ingest.store.authority() == ingest.store.taxonomy().authority == fixed
    assert ids(ingest) == {ARTICLE.format(fixed)}


@pytest.mark.parametrize("restart", [True, False], ids=["restarted", "at work"])
def test_another_url_of_the_corpus_changes_no_id_then_or_later(
    corpus: Path, run: Open, restart: bool
) -> None:
    write_article(corpus, ONE)
    ingest = run()
    before = ingest.records()
    describe(corpus, "https://moved.example")
    if restart:
        ingest = run()
    else:
        ingest.refresh_all()
    assert ingest.records() == before
    write_article(corpus, TWO)
    ingest.refresh_all()
    assert ids(ingest) == {ARTICLE.format("corpus.example"), LATER.format("corpus.example")}
    assert ingest.store.taxonomy().url == "https://moved.example"
    assert ingest.store.taxonomy().authority == ingest.store.authority() == "corpus.example"


def test_a_setting_that_differs_later_is_warned_about_and_not_used(
    corpus: Path, run: Open, caplog: pytest.LogCaptureFixture
) -> None:
    write_article(corpus, ONE)
    run()
    ingest = run(authority="other.example")
    write_article(corpus, TWO)
    ingest.refresh_all()
    assert ids(ingest) == {ARTICLE.format("corpus.example"), LATER.format("corpus.example")}
    assert ingest.store.authority() == "corpus.example"
    assert ingest.refresh_all() == 0
    for _ in range(2):
        caplog.clear()
        ingest.use_refresher()
        with RunningWriter(ingest):
            eventually(lambda: "site.authority" in caplog.text)
        assert [each for each in caplog.messages if "site.authority" in each] == [
            "site.authority: 'other.example' ignored, because ids in the store contain "
            "'corpus.example'; set 'corpus.example'"
        ]


@pytest.mark.parametrize("url", ["", "http://localhost:4000", "http://127.0.0.1:4000/x"])
def test_an_authority_that_is_unique_nowhere_is_warned_about_at_every_start_and_not_fixed(
    corpus: Path, run: Open, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    describe(corpus, url)
    write_article(corpus, ONE)
    ingest = run()
    assert ingest.store.authority() == ""
    for _ in range(2):
        caplog.clear()
        ingest.use_refresher()
        with RunningWriter(ingest):
            eventually(lambda: "site.authority" in caplog.text)
        [warning] = [each for each in caplog.messages if "site.authority" in each]
        host = "127.0.0.1" if "127" in url else "localhost"
        assert warning.startswith(f"site.authority: not set, so ids contain '{host}'; set a domain")
    assert ingest.store.authority() == ""


def test_an_authority_is_fixed_as_soon_as_there_is_one_and_known_ids_stay(
    corpus: Path, run: Open, caplog: pytest.LogCaptureFixture
) -> None:
    describe(corpus, "")
    write_article(corpus, ONE)
    ingest = run()
    assert ids(ingest) == {ARTICLE.format("localhost")}
    ingest = run(authority="set.example")
    write_article(corpus, TWO)
    ingest.refresh_all()
    assert ingest.store.authority() == "set.example"
    assert ids(ingest) == {ARTICLE.format("localhost"), LATER.format("set.example")}
    assert [left.id for left in ingest.tombstones() if left.id] == []
    ingest = run()
    assert ingest.refresh_all() == 0
    assert ids(ingest) == {ARTICLE.format("localhost"), LATER.format("set.example")}


def test_a_setting_that_agrees_is_not_mentioned(
    corpus: Path, run: Open, caplog: pytest.LogCaptureFixture
) -> None:
    write_article(corpus, ONE)
    ingest = run(authority="corpus.example")
    with RunningWriter(ingest):
        write_article(corpus, TWO)
        eventually(lambda: ingest.reports and ingest.reports[-1].files)
    assert "site.authority" not in caplog.text


def test_the_id_of_a_feed_stays_when_the_corpus_moves_to_another_url(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDS_CORPUS_PATH", str(corpus))
    monkeypatch.setenv("FEEDS_STORE_PATH", str(tmp_path / "store.db"))
    write_article(corpus, ONE)
    made = []
    for url in ("https://corpus.example", "https://moved.example"):
        describe(corpus, url)
        server = ServerProcess(load(os.environ))
        server.refresh(lambda _done, _total: None)
        server.current_index.follow()
        made.append(server.pipeline.document(Query(), "atom").body)
        server.stop()
    for body in made:
        assert b"<id>tag:corpus.example,2020:feeds</id>" in body
        assert b"<id>tag:corpus.example,2020:news/2026-01-02-one</id>" in body
