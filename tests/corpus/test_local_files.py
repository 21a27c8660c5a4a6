"""Files in the corpus that articles name by a path."""

import os
import pickle
import re
from hashlib import blake2b
from pathlib import Path

import pytest

from feeds.corpus.local_files import LocalFiles
from feeds.corpus.site import SourceSite
from tests.corpus.media_files import mp3, png

URL = "https://feeds.example"


def folder(root: Path, *paths: str) -> Path:
    """A corpus with a picture at each of *paths*, as wide as its position in them, from 1."""
    for number, path in enumerate(paths, 1):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(png(number, 1))
    return root


def found(root: Path, written: str, path: str = "posts/a.md", **site: object) -> str | None:
    local = LocalFiles(root, SourceSite(dialect="test", **site), URL).find(written, path)  # type: ignore[arg-type]
    return local.path if local else None


def test_a_file_has_the_facts_of_its_content(tmp_path: Path) -> None:
    content = png(640, 480)
    (tmp_path / "a.jpg").write_bytes(content)
    (tmp_path / "talk.txt").write_bytes(mp3())
    files = LocalFiles(tmp_path, SourceSite(dialect="test"), URL)
    picture, talk = files.find("a.jpg", "a.md"), files.find("talk.txt", "a.md")
    assert picture
    assert talk
    assert (picture.path, picture.type, picture.size) == ("a.jpg", "image/png", len(content))
    assert (picture.width, picture.height) == (640, 480)
    assert picture.digest == blake2b(content, digest_size=10).hexdigest()
    assert (talk.type, talk.width, talk.height) == ("audio/mpeg", 0, 0)


def test_the_address_of_a_file_is_its_digest_and_its_name(tmp_path: Path) -> None:
    folder(tmp_path, "posts/über uns.png")
    files = LocalFiles(tmp_path, SourceSite(dialect="test"), f"{URL}/base/")
    address = files.address("%C3%BCber%20uns.png?v=1#x", "posts/a.md")
    assert re.fullmatch(rf"{URL}/base/media/[0-9a-f]{{20}}/%C3%BCber%20uns\.png", address or "")
    assert files.address("gone.png", "posts/a.md") is None


def test_a_replaced_file_has_another_digest(tmp_path: Path) -> None:
    folder(tmp_path, "a.png")
    files = LocalFiles(tmp_path, SourceSite(dialect="test"), URL)
    first = files.find("a.png", "a.md")
    assert first == files.find("a.png", "a.md")
    (tmp_path / "a.png").write_bytes(png(7, 7))
    second = files.find("a.png", "a.md")
    assert first
    assert second
    assert first.digest != second.digest
    assert second.width == 7


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("x.png", "posts/x.png"),
        ("./x.png", "posts/x.png"),
        ("x.png", "posts/images/x.png"),
        ("x.png", "posts/a/x.png"),
        ("img/x.png", "posts/img/x.png"),
        ("../img/x.png", "img/x.png"),
        ("/img/x.png", "static/img/x.png"),
        ("/img/x.png", "public/img/x.png"),
        ("/img/x.png", "source/img/x.png"),
        ("/img/x.png", "src/img/x.png"),
        ("img/x.png", "assets/img/x.png"),
        ("/img/x.png", "content/img/x.png"),
        ("/img/x.png", "img/x.png"),
        ("{static}/img/x.png", "content/img/x.png"),
        ("{attach}x.png", "posts/x.png"),
        ("|filename|/img/x.png", "content/img/x.png"),
        ("@site/static/img/x.png", "static/img/x.png"),
        ("@/assets/x.png", "src/assets/x.png"),
        ("~/assets/x.png", "src/assets/x.png"),
        ("pathname:///img/x.png", "static/img/x.png"),
        (" x.png ", "posts/x.png"),
        ("x.png?raw=true#top", "posts/x.png"),
        ("a%20b.png", "posts/a b.png"),
        ("a%20b.png", "posts/a%20b.png"),
        ("a#1.png", "posts/a#1.png"),
        ("img\\x.png", "posts/img/x.png"),
        ("é.png", "posts/e\u0301.png"),
        ("e\u0301.png", "posts/é.png"),
    ],
)
def test_a_file_is_found_in_the_usual_places(tmp_path: Path, written: str, at: str) -> None:
    assert found(folder(tmp_path, at), written) == at


def test_the_place_beside_the_article_has_precedence(tmp_path: Path) -> None:
    folder(tmp_path, "posts/x.png", "posts/images/x.png", "posts/a/x.png", "static/x.png", "x.png")
    expected = ["posts/x.png", "posts/images/x.png", "posts/a/x.png", "static/x.png", "x.png"]
    for path in expected:
        assert found(tmp_path, "x.png") == path
        (tmp_path / path).unlink()
    assert found(tmp_path, "x.png") is None


def test_the_folder_of_an_article_is_its_name_without_language(tmp_path: Path) -> None:
    folder(tmp_path, "posts/v1.2/x.png", "posts/b/y.png")
    assert found(tmp_path, "x.png", "posts/v1.2.md") == "posts/v1.2/x.png"
    assert found(tmp_path, "y.png", "posts/b.de.md") == "posts/b/y.png"


def test_a_site_in_a_subfolder_has_folders_of_its_own(tmp_path: Path) -> None:
    folder(tmp_path, "docs/static/x.png", "static/x.png", "static/y.png", "docs/text/z.png")
    site = {"folder": "docs", "content": ("docs/text",)}
    assert found(tmp_path, "/x.png", **site) == "docs/static/x.png"
    assert found(tmp_path, "/y.png", **site) == "static/y.png"
    assert found(tmp_path, "/z.png", **site) == "docs/text/z.png"


def test_the_path_of_the_site_may_begin_an_address(tmp_path: Path) -> None:
    folder(tmp_path, "img/x.png", "blog/img/y.png")
    assert found(tmp_path, "/blog/img/x.png", url="https://a.example/blog") == "img/x.png"
    assert found(tmp_path, "/blog/img/y.png", url="https://a.example/blog") == "blog/img/y.png"
    assert found(tmp_path, "/blog/img/x.png") is None


@pytest.mark.parametrize(
    "written",
    [
        "", ".", "/", "..", "#x", "?x", "https://a.example/x.png", "//a.example/x.png",
        "data:image/png,x", "mailto:a@b.example", "x" * 300, "a/" * 5000,
        "%00", "\0", "\udcff.png", "%FF.png",
        "blog/" * 800,
    ],
)  # fmt: skip
def test_an_address_elsewhere_or_nowhere_is_no_file(tmp_path: Path, written: str) -> None:
    folder(tmp_path, "x.png", "posts/x.png")
    assert found(tmp_path, written, url="https://a.example/blog") is None


def test_a_file_outside_of_the_corpus_is_never_found(tmp_path: Path) -> None:
    root = folder(tmp_path / "corpus", "posts/x.png")
    folder(tmp_path, "secret.png", "corpus-2/x.png", "elsewhere/x.png")
    (root / "link.png").symlink_to("../secret.png")
    (root / "twin.png").symlink_to("../corpus-2/x.png")
    (root / "folder").symlink_to("../elsewhere")
    (root / "loop.png").symlink_to("loop.png")
    outside = ["../../secret.png", "/../secret.png", "/link.png", "/twin.png", "folder/x.png", "loop.png"]
    outside += ["%2E%2E/%2E%2E/secret.png", "..\\..\\secret.png", "{static}../../secret.png"]
    outside += [f"{tmp_path}/secret.png", f"../..{tmp_path}/secret.png"]
    assert [found(root, written) for written in outside] == [None] * len(outside)


def test_a_link_inside_of_the_corpus_is_followed(tmp_path: Path) -> None:
    root = tmp_path / "real"
    folder(root, "posts/x.png")
    (root / "posts" / "y.png").symlink_to("x.png")
    (tmp_path / "linked").symlink_to("real")
    assert found(tmp_path / "linked", "y.png") == "posts/y.png"


def test_a_hidden_file_is_never_found(tmp_path: Path) -> None:
    folder(tmp_path, ".x.png", ".git/x.png", "posts/.a/x.png", "$RECYCLE.BIN/x.png", "posts/~$x.png")
    (tmp_path / "link.png").symlink_to(".git/x.png")
    hidden = [
        ".x.png",
        "/.x.png",
        "/.git/x.png",
        ".a/x.png",
        "/$RECYCLE.BIN/x.png",
        "~$x.png",
        "/link.png",
    ]
    assert [found(tmp_path, written) for written in hidden] == [None] * len(hidden)


def test_content_that_is_no_media_is_never_found(tmp_path: Path) -> None:
    for name, content in ("draft.md", b"# Secret"), ("page.png", b"<html>"), ("empty.png", b""):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    names = ("draft.md", "page.png", "empty.png", "folder.png", "pipe.png")
    assert [found(tmp_path, name, "a.md") for name in names] == [None] * 5


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path, "x.png")
    files = LocalFiles(tmp_path, SourceSite(dialect="test"), URL)
    first = files.find("x.png", "a.md")
    with monkeypatch.context() as closed:
        closed.setattr(os, "open", lambda *_: pytest.fail("read again"))
        assert files.find("x.png", "a.md") == files.find("/x.png", "posts/b.md") == first
    assert pickle.loads(pickle.dumps(files)).find("x.png", "a.md") == first
