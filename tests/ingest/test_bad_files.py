"""Files that are bad, half written or inaccessible."""

from pathlib import Path

import pytest

from feeds.corpus.problems import StoredProblem
from feeds.errors import CorpusError
from tests.conftest import write_article
from tests.ingest.desk import ONE, TWO, Desk


@pytest.mark.parametrize("told", [True, False])
def test_a_bad_file_keeps_its_last_good_version_up_and_heals(
    desk: Desk, caplog: pytest.LogCaptureFixture, told: bool
) -> None:
    def see() -> object:
        return desk.refresh_paths(ONE) if told else desk.refresh_all()

    file = desk.write()
    desk.write(TWO)
    desk.refresh_all()
    before, good = desk.store.load(), file.read_text()
    file.write_text(good.replace('title: "', 'title: ["'))
    see()
    assert desk.store.load() == before
    held = desk.store.file(ONE)
    assert held
    assert held.problem
    assert held.line
    assert f"{ONE}:{held.line}: {StoredProblem.decoded(held.problem).text}" in caplog.messages
    file.write_text(good.replace("An excerpt", "Another"))
    see()
    assert desk.articles()["Title of 2026-01-02-one"].summary == "Another."
    healed = desk.store.file(ONE)
    assert healed
    assert not healed.problem


def test_all_problems_of_a_file_are_logged_and_stored(
    desk: Desk, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = desk.write()
    desk.refresh_all()
    before = desk.store.load()
    write_article(corpus, ONE, publishedDateTime="soon", webUrl="x:y", images=[{"url": "z:"}])
    desk.refresh_all()
    held = desk.store.file(ONE)
    assert held
    assert held.line == 4
    logged = [line.removeprefix(f"{ONE}:") for line in caplog.messages if line.startswith(ONE)]
    assert [line[0] for line in logged] == ["4", "5", "8"]
    expected = "; ".join([logged[0].removeprefix("4: "), f"line {logged[1]}", f"line {logged[2]}"])
    assert StoredProblem.decoded(held.problem).text == expected
    assert desk.store.load() == before
    assert file.exists()


def test_a_bad_file_that_is_deleted_takes_its_article_along(desk: Desk) -> None:
    file = desk.write()
    desk.refresh_all()
    file.write_text("---\ntitle: [\n---\n")
    desk.refresh_all()
    file.unlink()
    desk.refresh_all()
    assert desk.records() == {}


def test_a_file_that_was_read_half_is_read_again_when_it_is_whole(desk: Desk) -> None:
    file = desk.write(body="A long body. " * 50)
    whole = file.read_text()
    for size in (0, 5, len(whole) // 4, len(whole) - 100):
        file.write_text(whole[:size])
        desk.refresh_paths(ONE)
        desk.refresh_all()
    file.write_text(whole)
    desk.refresh_all()
    assert desk.article().html.count("A long body") == 50
    assert len(desk.records()) == 1


def test_a_folder_that_vanished_is_a_mount_that_failed(desk: Desk) -> None:
    desk.write()
    desk.refresh_all()
    before = desk.store.load()
    desk.root.rename(desk.root.with_name("elsewhere"))
    assert not desk.refresh_paths(ONE)
    with pytest.raises(CorpusError, match="no such folder"):
        desk.refresh_all()
    desk.root.mkdir()
    with pytest.raises(CorpusError, match="mount that failed"):
        desk.refresh_all()
    assert desk.store.load() == before
    desk.root.rmdir()
    desk.root.with_name("elsewhere").rename(desk.root)
    assert desk.refresh_all() == 0
    assert desk.store.load() == before


def test_the_last_article_may_go(desk: Desk) -> None:
    file = desk.write()
    desk.refresh_all()
    file.unlink()
    desk.refresh_all()
    assert desk.records() == {}


@pytest.mark.parametrize("unreadable", [ONE, "_news"])
def test_what_cannot_be_seen_now_is_not_gone(desk: Desk, unreadable: str) -> None:
    desk.write()
    desk.refresh_all()
    before = desk.records()
    path = desk.root / unreadable
    path.rename(desk.root.with_name("aside"))
    path.symlink_to(path)  # stat fails, with something else than "not found"
    desk.refresh_all()
    desk.refresh_paths(ONE)
    assert desk.records() == before
    path.unlink()
    desk.refresh_all()
    assert desk.records() == {}
