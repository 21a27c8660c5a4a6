"""Published articles stay while other files come to their folder, or while their files are empty."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import write_file
from tests.ingest.ingest_harness import IngestHarness, post

Stores = Callable[..., IngestHarness]

UNDATED = "---\ntitle: Page\n---\nText\n"


@pytest.fixture(params=["same process", "restarted"])
def restarted(request: pytest.FixtureRequest) -> Callable[[IngestHarness], None]:
    def again(ingest: IngestHarness) -> None:
        if request.param == "restarted":
            ingest.close()
            ingest.use_corpus(dialect="auto")
        ingest.refresher.begin()

    return again


@pytest.mark.parametrize(
    ("site", "published", "added"),
    [
        ("CNAME", "notes/{}.md", "notes/page-{}.md: " + UNDATED),
        ("CNAME", "{}.md", "page-{}.md: " + UNDATED),
        ("CNAME", "{}.md", "news/{}.md: " + post("Other")),
        ("CNAME", "notes/2026/{}/index.md", "notes/2026/page-{}.md: " + UNDATED),
        ("hugo.toml", "content/notes/{}.md", "content/notes/page-{}.md: " + UNDATED),
        ("hugo.toml", "notes/{}.md", "content/posts/{}.md: " + post("Other")),
        ("quartz.config.ts", "content/{}.md", "content/page-{}.md: " + UNDATED),
        ("astro.config.mjs", "src/content/blog/{}.md", "src/content/blog/page-{}.md: " + UNDATED),
        (".vitepress/config.ts", "notes/{}.md", "notes/page-{}.md: " + UNDATED),
    ],
)  # fmt: skip
def test_other_files_withdraw_no_article(
    tmp_path: Path,
    stores: Stores,
    restarted: Callable[[IngestHarness], None],
    site: str,
    published: str,
    added: str,
) -> None:
    root = tmp_path / "site"
    write_file(root, site, "")
    for title in "ABC":
        write_file(root, published.format(title), post(title))
    ingest = stores(root, dialect="auto")
    ingest.refresh_all()
    assert ingest.articles().keys() == {*"ABC"}
    restarted(ingest)
    path, _, text = added.partition(": ")
    for number in range(40):
        write_file(root, path.format(number), text)
    ingest.refresh_all()
    assert ingest.articles().keys() >= {*"ABC"}
    assert not any(each.id for each in ingest.tombstones())
    write_file(root, published.format("D"), post("D"))
    ingest.refresh_all()
    assert "D" in ingest.articles()


@pytest.mark.parametrize("emptied", ["AB", "ABC"])
@pytest.mark.parametrize("content", ["", "\n \n", "---\n---\n"])
@pytest.mark.parametrize(
    ("site", "path"),
    [
        ("CNAME", "notes/{}.md"),
        ("CNAME", "{}.md"),
        ("hugo.toml", "content/posts/{}.md"),
        ("_config.yml", "_posts/2026-01-02-{}.md"),
        ("_config.landscape.yml", "source/_posts/{}.md"),
        ("astro.config.mjs", "src/content/blog/{}.md"),
    ],
)
def test_an_emptied_file_keeps_its_article(
    tmp_path: Path, stores: Stores, site: str, path: str, content: str, emptied: str
) -> None:
    root = tmp_path / "site"
    write_file(root, site, "")
    for title in "ABC":
        write_file(root, path.format(title), post(title))
    ingest = stores(root, dialect="auto")
    ingest.refresh_all()
    before = ingest.articles()
    assert before.keys() == {*"ABC"}
    ingest.refresher.begin()
    for title in emptied:
        write_file(root, path.format(title), content)
    ingest.refresh_all()
    assert ingest.articles() == before
    problems = {each.path: each.problem for each in ingest.store.files().values() if each.problem}
    assert problems.keys() == {path.format(title) for title in emptied}
    write_file(root, path.format("A"), post("New"))
    ingest.refresh_all()
    assert ingest.articles().keys() == {"New", "B", "C"}
    for title in "ABC":
        (root / path.format(title)).unlink()
    ingest.refresh_all()
    assert not ingest.articles()
