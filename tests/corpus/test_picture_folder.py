"""The pictures in the folder ``assets`` that a server publishes, with the digests of their contents."""

import os
from hashlib import blake2b
from pathlib import Path

import pytest

from feeds.corpus.picture_folder import FolderPicture, PictureFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a picture at two paths, beside a file that is not published."""
    made = tmp_path / "assets"
    (made / "é").mkdir(parents=True)
    (made / "é" / "b c.JPG").write_bytes(b"123")
    (made / "a.png").write_bytes(b"12345")
    (made / "notes.txt").write_bytes(b"1")
    (tmp_path / "secret.png").write_bytes(b"secret")
    os.utime(made / "a.png", (1_700_000_000.75, 1_700_000_000.75))
    return made


def digest(content: bytes) -> str:
    return blake2b(content, digest_size=10).hexdigest()


def paths(folder: Path) -> list[str]:
    """The paths of all pictures. Each picture can be opened."""
    pictures = PictureFolder(folder)
    found = dict(pictures.all())
    for path, facts in found.items():
        opened = pictures.open(path)
        assert opened
        with opened[0] as file:
            assert digest(file.read()) == facts.digest == opened[1].digest
    return [*found]


def test_all_pictures_are_found_with_their_facts(folder: Path) -> None:
    assert paths(folder) == ["a.png", "é/b c.JPG"]
    assert dict(PictureFolder(folder).all())["a.png"] == FolderPicture(digest(b"12345"), 5, 1_700_000_000)


def test_links_are_followed_inside_of_the_folder_only(folder: Path) -> None:
    (folder / "e").symlink_to("é")
    (folder / "link.png").symlink_to("a.png")
    (folder / "outside.png").symlink_to("../secret.png")
    (folder / "above").symlink_to("..")
    (folder / "circle").symlink_to(".")
    (folder / "é" / "circle").symlink_to("..")
    (folder / "loop.png").symlink_to("loop.png")
    assert paths(folder) == ["a.png", "link.png", "e/b c.JPG", "é/b c.JPG"]
    for path in ("outside.png", "above/secret.png", "loop.png", "../secret.png", "a.png/../a.png"):
        assert PictureFolder(folder).open(path) is None or path == "a.png/../a.png"


def test_what_is_no_readable_picture_is_left_out(folder: Path) -> None:
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    with open(os.fsencode(folder) + b"/\xff.png", "wb") as file:
        file.write(b"1")
    assert paths(folder) == ["a.png", "é/b c.JPG"]
    for path in (
        "folder.png",
        "pipe.png",
        "notes.txt",
        "none.png",
        "\0.png",
        "x" * 5000 + ".png",
        ".png",
    ):
        assert PictureFolder(folder).open(path) is None


def test_a_replaced_picture_has_another_digest(folder: Path) -> None:
    pictures = PictureFolder(folder)
    assert dict(pictures.all())["a.png"].digest == digest(b"12345")
    (folder / "new.png").write_bytes(b"54321")
    (folder / "new.png").replace(folder / "a.png")
    assert dict(pictures.all())["a.png"].digest == digest(b"54321")


def test_every_change_is_found_at_the_next_look(folder: Path) -> None:
    pictures = PictureFolder(folder)

    def found() -> dict[str, str]:
        return {path: facts.digest for path, facts in pictures.all()}

    for _ in range(3):
        assert found() == {"a.png": digest(b"12345"), "é/b c.JPG": digest(b"123")}
    (folder / "é" / "new.png").write_bytes(b"new")
    assert found()["é/new.png"] == digest(b"new")
    (folder / "a.png").write_bytes(b"overwritten")
    assert found()["a.png"] == digest(b"overwritten")
    (folder / "é" / "new.png").unlink()
    (folder / "other").mkdir()
    (folder / "a.png").rename(folder / "other" / "a.png")
    assert found() == {"é/b c.JPG": digest(b"123"), "other/a.png": digest(b"overwritten")}


def test_without_a_folder_there_are_no_pictures(tmp_path: Path) -> None:
    assert paths(tmp_path / "missing") == []
    assert PictureFolder(tmp_path / "missing").open("a.png") is None
