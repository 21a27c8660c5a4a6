"""Files that are bad, half written or inaccessible."""

from pathlib import Path

import pytest

from feeds.corpus.problems import NOT_A_DATE, NOT_A_PICTURE_ADDRESS, NOT_AN_ADDRESS
from feeds.corpus.stored_problem import StoredProblem
from feeds.errors import CorpusError
from tests.builders import write_article
from tests.ingest.ingest_harness import ONE, TWO, IngestHarness, RefreshFiles


def test_a_bad_file_keeps_its_last_good_version_up_and_heals(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    file = ingest.write()
    ingest.write(TWO)
    ingest.refresh_all()
    before, good = ingest.store.load(), file.read_text()
    file.write_text(good.replace('title: "', 'title: ["'))
    refresh(ONE)
    assert ingest.store.load() == before
    held = ingest.store.file(ONE)
    assert held
    assert held.problem
    assert held.line
    problem = StoredProblem.decoded(held.problem)
    assert f"{ONE}:{held.line}: {problem.text}; {problem.remedy}" in caplog.messages
    file.write_text(good.replace("An excerpt", "Another"))
    refresh(ONE)
    assert ingest.articles()["Title of 2026-01-02-one"].summary == "Another."
    healed = ingest.store.file(ONE)
    assert healed
    assert not healed.problem


CODES = (NOT_A_DATE, NOT_AN_ADDRESS, NOT_A_PICTURE_ADDRESS)


def test_all_problems_of_a_file_are_logged_and_stored(
    ingest: IngestHarness, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = ingest.write()
    ingest.refresh_all()
    before = ingest.store.load()
    write_article(corpus, ONE, publishedDateTime="soon", webUrl="x:y", images=[{"url": "z:"}])
    ingest.refresh_all()
    held = ingest.store.file(ONE)
    assert held
    assert held.line == 4
    logged = [line.removeprefix(f"{ONE}:") for line in caplog.messages if line.startswith(ONE)]
    assert [line[0] for line in logged] == ["4", "5", "8"]
    problems = zip(logged, CODES, strict=True)
    first, second, third = (line.removesuffix(f"; {code.remedy}") for line, code in problems)
    expected = "; ".join([first.removeprefix("4: "), f"line {second}", f"line {third}"])
    assert StoredProblem.decoded(held.problem) == StoredProblem(expected, CODES)
    assert ingest.store.load() == before
    assert file.exists()


def test_a_problem_that_stays_is_logged_once(
    ingest: IngestHarness, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The URL in the file is mended; its title stays bad."""
    for url in "ftp://corpus.example", "https://corpus.example":
        (corpus / "_config.yml").write_text(f"title: [Example]\nurl: {url}\n")
        ingest.refresh_all()
    assert [line.split(": ")[1] for line in caplog.messages if line.startswith("_config.yml")] == [
        "title", "url",
    ]  # fmt: skip


def test_a_bad_file_that_is_deleted_takes_its_article_along(ingest: IngestHarness) -> None:
    file = ingest.write()
    ingest.refresh_all()
    file.write_text("---\ntitle: [\n---\n")
    ingest.refresh_all()
    file.unlink()
    ingest.refresh_all()
    assert ingest.records() == {}


def test_a_file_that_was_read_half_is_read_again_when_it_is_whole(ingest: IngestHarness) -> None:
    file = ingest.write(body="A long body. " * 50)
    whole = file.read_text()
    for size in (0, 5, len(whole) // 4, len(whole) - 100):
        file.write_text(whole[:size])
        ingest.refresh_paths(ONE)
        ingest.refresh_all()
    file.write_text(whole)
    ingest.refresh_all()
    assert ingest.article().html.count("A long body") == 50
    assert len(ingest.records()) == 1


def test_a_folder_that_vanished_is_a_mount_that_failed(ingest: IngestHarness) -> None:
    ingest.write()
    ingest.refresh_all()
    before = ingest.store.load()
    ingest.root.rename(ingest.root.with_name("elsewhere"))
    assert not ingest.refresh_paths(ONE)
    with pytest.raises(CorpusError, match="no such folder"):
        ingest.refresh_all()
    ingest.root.mkdir()
    with pytest.raises(CorpusError, match="failed mount"):
        ingest.refresh_all()
    assert ingest.store.load() == before
    ingest.root.rmdir()
    ingest.root.with_name("elsewhere").rename(ingest.root)
    assert ingest.refresh_all() == 0
    assert ingest.store.load() == before


def test_the_last_article_may_go(ingest: IngestHarness) -> None:
    file = ingest.write()
    ingest.refresh_all()
    file.unlink()
    ingest.refresh_all()
    assert ingest.records() == {}


@pytest.mark.parametrize("unreadable", [ONE, "_news"])
def test_a_file_that_cannot_be_seen_now_is_not_gone(ingest: IngestHarness, unreadable: str) -> None:
    ingest.write()
    ingest.refresh_all()
    before = ingest.records()
    path = ingest.root / unreadable
    path.rename(ingest.root.with_name("aside"))
    path.symlink_to(path)  # stat fails, with something else than "not found"
    ingest.refresh_all()
    ingest.refresh_paths(ONE)
    assert ingest.records() == before
    path.unlink()
    ingest.refresh_all()
    assert ingest.records() == {}


def test_a_file_in_the_root_that_is_no_article_is_recorded_and_not_bad(
    ingest: IngestHarness, refresh: RefreshFiles, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    (ingest.root / "CHANGES.md").write_text("# Changes\n")
    ingest.write("hello.md")
    ingest.refresh_all()
    assert [*ingest.articles()] == ["Title of hello"]
    passed_over = ingest.store.file("CHANGES.md")
    assert passed_over
    assert not passed_over.problem
    assert "passed over, without a field of an article: CHANGES.md" in caplog.messages
    ingest.corpus.reads.clear()
    ingest.refresh_all()
    assert ingest.corpus.reads == []
    write_article(ingest.root, "CHANGES.md", title="Changes")
    refresh("CHANGES.md")
    assert [*ingest.articles()] == ["Title of hello", "Changes"]


@pytest.mark.parametrize("content", ["", "# Hello\n", "---\ntitle: Hello\n---\n", "---\ntitle: 'Hello\n"])
def test_an_article_in_the_root_stays_while_its_file_has_no_field_of_ours(
    ingest: IngestHarness, refresh: RefreshFiles, content: str
) -> None:
    file = ingest.write("hello.md")
    ingest.refresh_all()
    before = ingest.store.load()
    file.write_text(content)
    refresh("hello.md")
    assert ingest.store.load() == before
    held = ingest.store.file("hello.md")
    assert held
    assert held.problem


SLIPS = {
    "_config.yml": (
        "title: Tide\nurl: https://u.example\nbaseurl: /blog\nlang: en\n", "lang: en", "lang: English",
    ),
    "_data/organizations/p.md": (
        "---\ndomain: p.example\nname: The Post\ncontent: summary\n---\n", "name: The", 'name: "The',
    ),
    "_data/topics/oceans.yaml": (
        "_id: oceans\nname: Oceans and Seas\naliases: [seas]\nparent: nature\n", "name: O", 'name: "O',
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", SLIPS)
def test_a_slip_in_a_description_changes_no_article_and_no_feed(
    corpus: Path, tmp_path: Path, path: str
) -> None:
    """The next process changes nothing either, and a new article has the right id."""
    for name, (text, _, _) in SLIPS.items():
        (corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / name).write_text(text)
    ingest = IngestHarness(corpus, tmp_path / "store.db")
    provider = {"name": "Post", "domain": "p.example"}
    ingest.write(webUrl="/2026/one.html", provider=provider, topics=["seas"], images=[{"url": "/i.png"}])
    ingest.refresh_all()
    before, taxonomy = ingest.store.load(), ingest.store.taxonomy()
    assert ingest.article().provider.content == "summary"
    assert ingest.article().url == "https://u.example/blog/2026/one.html"
    good = (corpus / path).read_text()
    (corpus / path).write_text(good.replace(*SLIPS[path][1:]))
    for _ in range(2):
        ingest.refresh_all()
        assert (ingest.store.load(), ingest.store.taxonomy()) == (before, taxonomy)
        ingest.restart()
        ingest.refresher.begin()
    ingest.write(TWO, webUrl="/2026/two.html")
    ingest.refresh_all()
    assert {each.id for each in ingest.articles().values()} == {
        "tag:u.example,2020:news/2026-01-02-one", "tag:u.example,2020:news/2026-01-02-two",
    }  # fmt: skip
    assert ingest.store.taxonomy() == taxonomy
    ingest.close()
