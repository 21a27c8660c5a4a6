"""Articles with files of the corpus."""

from pathlib import Path

from feeds.article import Enclosure, Image, NamedFile
from feeds.corpus.local_files import LocalFiles
from feeds.corpus.local_media import LocalPictures, with_files
from feeds.corpus.site import SourceSite
from tests.builders import article, image
from tests.corpus.media_files import mp3, png


def test_an_article_has_the_facts_of_the_files_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(png(640, 480))
    (tmp_path / "talk.m4a").write_bytes(mp3())
    files = LocalFiles(tmp_path, SourceSite(dialect="test"), "https://feeds.example")
    picture, talk = files.address("a.jpg", "x.md"), files.address("talk.m4a", "x.md")
    assert picture
    assert talk
    assert files.address("gone.png", "x.md") is None
    assert files.address("https://a.example/b.png", "x.md") is None
    read = article(
        images=(Image(picture, alt="A"), image("b.png")),
        enclosures=(
            Enclosure(talk, "audio/mp4", title="Talk"),
            Enclosure("https://a.example/b", "audio/mp4"),
        ),
    )
    made = with_files(read, files, "x.md")
    assert made.images == (
        Image(picture, 640, 480, "image/png", "A", len(png(640, 480))), image("b.png"),
    )  # fmt: skip
    assert made.enclosures[0] == Enclosure(talk, "audio/mpeg", len(mp3()), title="Talk")
    assert made.enclosures[1] == read.enclosures[1]
    assert [each.path for each in made.local] == ["a.jpg", "talk.m4a", ""]
    assert made.local[2] == NamedFile("gone.png", "x.md")
    assert with_files(read, files, "x.md") is read


def test_a_picture_is_an_image_and_other_files_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(3, 2))
    (tmp_path / "talk.mp3").write_bytes(mp3())
    files = LocalFiles(tmp_path, SourceSite(dialect="test"), "https://feeds.example")
    pictures = LocalPictures(files)
    url = files.address("a.png", "x.md") or ""
    assert pictures.find("a.png", "x.md") == Image(url, 3, 2, "image/png", length=len(png()))
    assert pictures.find("talk.mp3", "x.md") is None
    assert pictures.find("gone.png", "x.md") is None
