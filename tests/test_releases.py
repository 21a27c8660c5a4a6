"""A corpus behind a symbolic link: a switch to the next release changes everything without a restart."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import write_article
from tests.harness import Harness
from tests.server import Server
from tests.waiting import eventually

PICTURES = {"one": b"\x89PNG first", "two": b"\x89PNG second picture"}


class Releases:
    """Releases *one* and *two* of a corpus; *corpus* is the path to serve, by a link called *kind*.

    The link is the corpus itself, a folder above it, or the folders in it that have content.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder
        self._kind = kind
        for name in PICTURES:
            self._write(name)
        self.corpus = folder / ("current/site" if kind != "corpus" else "current")
        if kind == "inner folders":
            self.corpus.mkdir(parents=True)
            (self.corpus / "_config.yml").write_text("url: https://corpus.example\n")
        self.switch("one")

    def _write(self, name: str) -> None:
        root = self._folder / "releases" / name / "site"
        write_article(root, "_news/both.md", title=f"Both in {name}", topics=["Oceans"])
        write_article(root, f"_news/only-{name}.md", title=f"Only in {name}", topics=["Oceans"])
        (root / "_config.yml").write_text("url: https://corpus.example\n")
        (root / "_data" / "topics").mkdir(parents=True)
        (root / "_data" / "topics" / "oceans.yaml").write_text(f"_id: oceans\nname: Sea {name}\n")
        (root / "assets").mkdir()
        (root / "assets" / "a.png").write_bytes(PICTURES[name])
        (root / "assets" / f"{name}.png").write_bytes(PICTURES[name])

    def switch(self, name: str) -> None:
        """Let the link lead to release *name*, in one step."""
        match self._kind:
            case "corpus":
                _link(self.corpus, self._folder / "releases" / name / "site")
            case "folder above":
                _link(self._folder / "current", Path("releases") / name)
            case _:
                for inner in "assets", "_data", "_news":
                    _link(self.corpus / inner, self._folder / "releases" / name / "site" / inner)


def _link(path: Path, target: Path) -> None:
    made = path.with_name(f"{path.name}.next")
    made.symlink_to(target)
    os.replace(made, path)


@pytest.fixture(params=["corpus", "folder above", "inner folders"])
def releases(request: pytest.FixtureRequest, tmp_path: Path) -> Releases:
    return Releases(tmp_path, request.param)


@pytest.fixture
def harness(releases: Releases, tmp_path: Path) -> Iterator[Harness]:
    (tmp_path / "corpus").symlink_to(releases.corpus)
    harness = Harness(tmp_path)
    harness.refresh_all()
    yield harness
    harness.close()


def shown(harness: Harness) -> tuple[set[str], str, bytes, list[int]]:
    """The titles, the name of the topic, the picture in both releases, and the answers for the others."""
    feed = json.loads(harness.get("/topics/oceans.json").data)
    picture = harness.get("/assets/a.png").data
    statuses = [harness.get(f"/assets/{name}.png").status_code for name in PICTURES]
    return {item["title"] for item in feed["items"]}, feed["title"], picture, statuses


def test_every_kind_of_content_follows_a_switch_to_another_release(
    releases: Releases, harness: Harness
) -> None:
    for name, statuses in ("one", [200, 404]), ("two", [404, 200]), ("one", [200, 404]):
        releases.switch(name)
        harness.now += 60
        harness.refresh_all()
        titles, feed, picture, found = shown(harness)
        assert titles == {f"Both in {name}", f"Only in {name}"}
        assert f"Sea {name}" in feed
        assert picture == PICTURES[name]
        assert found == statuses


def test_a_picture_of_another_release_has_another_etag(releases: Releases, harness: Harness) -> None:
    had = harness.get("/assets/a.png").headers["ETag"]
    assert harness.get("/assets/a.png", If_None_Match=had).status_code == 304
    releases.switch("two")
    assert harness.get("/assets/a.png", If_None_Match=had).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("releases", ["corpus", "inner folders"], indirect=True)
def test_a_running_server_follows_a_switch_to_another_release(releases: Releases, tmp_path: Path) -> None:
    with Server(releases.corpus, tmp_path / "run") as server:
        for name in "one", "two", "one":
            releases.switch(name)
            eventually(lambda name=name: {*server.titles()} == {f"Both in {name}", f"Only in {name}"})
            assert server.get("/assets/a.png").body == PICTURES[name]
            eventually(lambda name=name: f"Sea {name}" in server.get("/topics/oceans").body.decode())
        write_article(releases.corpus, "_news/later.md", title="Later")
        eventually(lambda: "Later" in server.titles(), within=10)
