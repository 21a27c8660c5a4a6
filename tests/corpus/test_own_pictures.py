"""Pictures in the folder ``assets``: their sizes are known."""

from pathlib import Path

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from tests.builders import write_article

SITE = "https://feeds.example"


def lengths(root: Path, *urls: str, **settings: str) -> list[int]:
    path = write_article(root, images=[{"url": url} for url in urls]).relative_to(root).as_posix()
    reading = Corpus(root, fallback_url=SITE, **settings).read(path)  # type: ignore[arg-type]
    assert isinstance(reading, Article)
    return [image.length for image in reading.images]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "assets" / "é").mkdir(parents=True)
    (folder / "assets" / "a.png").write_bytes(b"12345")
    (folder / "assets" / "é" / "b c.JPG").write_bytes(b"123")
    (tmp_path / "secret.png").write_bytes(b"1")
    return folder


def test_the_length_of_a_picture_is_the_size_of_its_file(root: Path) -> None:
    assert lengths(root, "/assets/a.png", "/assets/é/b%20c.JPG?v=1", f"{SITE}/assets/a.png#x") == [
        5,
        3,
        5,
    ]


def test_a_process_that_reads_a_corpus_once_looks_at_a_picture_once(root: Path) -> None:
    path = write_article(root, images=[{"url": "/assets/a.png"}]).relative_to(root).as_posix()
    corpus = Corpus(root, fallback_url=SITE)
    corpus.pictures.keep_lengths()
    before = corpus.read(path)
    (root / "assets" / "a.png").write_bytes(b"1234567")
    assert before == corpus.read(path) != Corpus(root, fallback_url=SITE).read(path)


def test_a_link_inside_the_folder_leads_to_a_picture(root: Path) -> None:
    (root / "assets" / "link.png").symlink_to("a.png")
    (root / "assets" / "e").symlink_to("é")
    assert lengths(root, "/assets/link.png", "/assets/e/b%20c.JPG") == [5, 3]


def test_the_length_of_a_picture_without_a_file_is_unknown(root: Path) -> None:
    (root / "assets" / "empty.png").write_bytes(b"")
    (root / "assets" / "folder.png").mkdir()
    missing = ["/assets/gone.png", "/assets/empty.png", "/assets/folder.png", "/assets/%00.png"]
    assert lengths(root, *missing, f"/assets/{'x' * 300}.png") == [0] * 5


def test_the_length_of_a_file_that_is_not_published_is_unknown(root: Path) -> None:
    (root / "assets" / "note.txt").write_bytes(b"1")
    (root / "assets" / "link.png").symlink_to(root.parent / "secret.png")
    (root / "assets" / "loop.png").symlink_to("loop.png")
    hidden = [
        "/assets/note.txt",
        "/assets/link.png",
        "/assets/loop.png",
        "/assets/%2E%2E/%2E%2E/secret.png",
    ]
    assert lengths(root, *hidden) == [0, 0, 0, 0]


def test_the_length_of_a_picture_elsewhere_is_unknown(root: Path) -> None:
    assert lengths(root, "https://other.example/assets/a.png") == [0]
    assert lengths(root, "/assets/a.png", url="https://blog.example") == [0]
    assert lengths(root, "/assets/a.png", url=SITE) == [5]
