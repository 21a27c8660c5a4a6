"""Translations that take missing fields from the article they are of, as in Nikola."""

from pathlib import Path

import pytest

from feeds.article import Article
from feeds.corpus import Corpus, Reading, Withheld
from feeds.errors import ArticleError
from tests.builders import write_file

CONFIG = 'BLOG_TITLE = "Tide"\nDEFAULT_LANG = "en"\nTRANSLATIONS = {"en": "", "es": "./es"}\n'
ONE, ES, META = "posts/one.md", "posts/one.es.md", "posts/one.meta"


def header(**fields: str) -> str:
    return "".join(f".. {key}: {value}\n" for key, value in fields.items()) + "\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_file(tmp_path, "conf.py", CONFIG)
    write_file(tmp_path, "posts/two.md", header(title="Two", date="2026-01-01") + "Text")
    write_file(
        tmp_path,
        ONE,
        header(title="One", date="2026-01-02", tags="Go, Rust", description="In English.") + "Text",
    )
    return tmp_path


def read(root: Path, path: str = ES) -> Reading | None:
    return Corpus(root, dialect="auto").read(path)


def test_a_translation_has_the_date_and_topics_of_its_original(root: Path) -> None:
    write_file(root, ES, header(title="Uno") + "Texto")
    article = read(root)
    assert isinstance(article, Article)
    assert (article.title, article.language) == ("Uno", "es")
    assert article.published.isoformat() == "2026-01-02T00:00:00+00:00"
    assert article.topics == ("Go", "Rust")
    assert article.summary == "Texto"


def test_its_own_fields_have_precedence(root: Path) -> None:
    write_file(root, ES, header(title="Uno", date="2026-01-03", tags="C") + "Texto")
    article = read(root)
    assert isinstance(article, Article)
    assert article.published.day == 3
    assert article.topics == ("C",)


@pytest.mark.parametrize("path", [ONE, META])
def test_a_translation_of_a_draft_is_a_draft(root: Path, path: str) -> None:
    fields = header(title="One", date="2026-01-02", status="draft")
    write_file(root, path, fields if path == META else f"{fields}Text")
    write_file(root, ES, header(title="Uno", date="2026-01-02") + "Texto")
    assert isinstance(read(root), Withheld)


def test_a_file_with_another_suffix_is_no_translation(root: Path) -> None:
    write_file(root, "posts/one.old.md", header(title="Old", date="2026-01-03") + "Text")
    article = read(root, "posts/one.old.md")
    assert isinstance(article, Article)
    assert article.topics == ()


def test_a_translation_of_an_original_that_cannot_be_read_is_held_back(root: Path) -> None:
    write_file(root, ES, header(title="Uno", date="2026-01-02") + "Texto")
    (root / ONE).write_bytes(b".. title: \xff\n\nText")
    assert isinstance(read(root), ArticleError)


def test_a_translation_without_an_original_is_an_article(root: Path) -> None:
    (root / ONE).unlink()
    write_file(root, ES, header(title="Uno", date="2026-01-02") + "Texto")
    assert isinstance(read(root), Article)


@pytest.mark.parametrize("path", [ONE, META])
def test_a_change_of_the_original_changes_its_translation(root: Path, path: str) -> None:
    write_file(root, ES, header(title="Uno") + "Texto")
    corpus = Corpus(root, dialect="auto")
    before = corpus.stamp(ES)
    fields = header(title="One", date="2026-01-02", status="draft")
    write_file(root, path, fields if path == META else f"{fields}Text")
    assert corpus.affected({path}) >= {ES}
    assert corpus.stamp(ES) != before
    assert isinstance(corpus.read(ES), Withheld)
    assert dict(each for each in corpus.files() if isinstance(each, tuple))[ES] == corpus.stamp(ES)


def test_a_file_of_fields_that_cannot_be_read_holds_back_its_article(root: Path) -> None:
    write_file(root, "posts/page.html", "Text")
    (root / "posts/page.meta").write_bytes(b".. title: \xff\n")
    (root / "posts/page.html").write_bytes(b"\xff")
    assert isinstance(read(root, "posts/page.html"), ArticleError)
    (root / "posts/two.meta").mkdir()
    assert isinstance(read(root, "posts/two.md"), ArticleError)
