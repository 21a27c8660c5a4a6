"""The files that describe a site, found in its folder."""

from pathlib import Path

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.corpus.detection import Detected
from feeds.corpus.dialects import Dialect
from feeds.corpus.dialects.registry import DIALECTS
from feeds.corpus.reading import Withheld
from feeds.corpus.site_descriptions import find
from feeds.corpus.site_reading import site_files


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize("folder", ["", "site"])
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_every_file_that_describes_a_site_is_found(tmp_path: Path, dialect: Dialect, folder: str) -> None:
    paths = {
        line.removeprefix("/").replace("**/", between).replace("*", "some")
        for line in site_files(dialect, folder)
        for between in ("", "in/", "in/there/")
    }
    for path in paths:
        write(tmp_path, path, "title: One")
    assert find(tmp_path, Detected(dialect, folder), {}).keys() == paths


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("node_modules/tide/_data.yml", "lume"),
        ("_includes/_data.yml", "lume"),
        ("themes/tide/content/_index.md", "hugo"),
        ("content/.git/_index.md", "zola"),
        ("dist/posts/posts.json", "eleventy"),
    ],
)
def test_a_folder_without_articles_describes_none(tmp_path: Path, path: str, dialect: str) -> None:
    write(tmp_path, path, "title: One")
    (found,) = (each for each in DIALECTS if each.name == dialect)
    assert find(tmp_path, Detected(found, ""), {}) == {}


@pytest.mark.parametrize(
    ("site", "section", "head"),
    [
        ("hugo.toml", "content/talks/_index.md", "---\ncascade:\n  draft: true\n---\n"),
        ("hugo.toml", "content/talks/_index.md", "+++\n[[cascade]]\ndraft = true\n+++\n"),
        ("zola.toml", "content/talks/_index.md", "+++\ndraft = true\n+++\n"),
    ],
)
def test_an_article_in_a_section_of_drafts_is_withheld(
    tmp_path: Path, site: str, section: str, head: str
) -> None:
    write(tmp_path, site, 'title = "Tide"\nbase_url = "https://tide.example"\n')
    write(tmp_path, section, head)
    for path in "content/talks/one.md", "content/two.md":
        write(tmp_path, path, "+++\ntitle = 'One'\ndate = 2024-05-01\n+++\nText\n")
    corpus = Corpus(tmp_path, dialect="auto")
    assert {path: type(source.reading) for path, source in corpus.sources()} == {
        "content/talks/one.md": Withheld,
        "content/two.md": Article,
    }
