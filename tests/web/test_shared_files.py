"""Files of the corpus in a fleet: hosts without a corpus folder redirect to fleet.assets."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from feeds.bootstrap.files import shared_files_of
from feeds.corpus.local_files import media_path
from feeds.errors import SettingsError
from feeds.fleet.files import SharedFiles
from feeds.index.current import CurrentIndex
from feeds.settings import Settings, load
from feeds.settings.sections import FleetSettings
from tests.builders import NOON, article, named_file
from tests.corpus.media_files import mp3, png
from tests.error_form import assert_form
from tests.harness import Harness
from tests.table import for_each

BASE = "https://files.example/corpus"
ELSEWHERE = FleetSettings(dsn="postgresql://db.example/feeds", assets=f"{BASE}/")


def files_of(settings: Settings, index: CurrentIndex, clock: Callable[[], float]) -> SharedFiles | None:
    """The files of a host in a fleet; its store follows no journal, so that tests can record."""
    return shared_files_of(msgspec.structs.replace(settings, fleet=ELSEWHERE), index, clock)


Host = Callable[[str], Harness]


@pytest.fixture
def host(tmp_path: Path, entrypoint: str) -> Iterator[Host]:
    """Start a host of that name, with a corpus folder and a store of its own."""
    made: list[Harness] = []

    def start(name: str) -> Harness:
        made.append(Harness(tmp_path / name, entrypoint, parts={"find_files": files_of}))
        return made[-1]

    yield start
    for each in made:
        each.close()


def without_corpus(harness: Harness) -> Harness:
    """The host of *harness* after the loss of its corpus folder."""
    shutil.rmtree(harness.root)
    return harness


@pytest.fixture
def named(host: Host) -> tuple[Harness, str]:
    """A host, and the address of an audio file that an article on it names."""
    harness = host("a")
    file = named_file(harness.root, "static/a talk.mp3", mp3())
    harness.put(article(1, local=(file,)))
    return harness, media_path(file)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_host_without_the_folder_redirects_to_the_address_of_files(
    named: tuple[Harness, str], method: str
) -> None:
    harness, media = without_corpus(named[0]), named[1]
    for path in (media, "/assets/in/a%20b.png"):
        answer = harness.get(path, method)
        assert (answer.status_code, answer.headers["Location"]) == (302, BASE + path)
        assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_a_host_with_the_folder_serves_its_files(named: tuple[Harness, str]) -> None:
    harness, media = named
    (harness.assets / "a.png").write_bytes(png())
    assert harness.get("/assets/a.png").data == png()
    assert harness.get(media).data == mp3()


def test_hosts_with_the_folder_send_the_same_headers(host: Host) -> None:
    answers = []
    for name, modified in (("a", 1), ("b", 2)):
        harness = host(name)
        (harness.assets / "a.png").write_bytes(png())
        os.utime(harness.assets / "a.png", (modified, modified))
        answers.append(harness.get("/assets/a.png"))
    one, two = answers
    del one.headers["Date"], two.headers["Date"]
    assert dict(one.headers) == dict(two.headers)
    assert one.headers["Cache-Control"] == "public, max-age=86400"
    assert "Last-Modified" not in one.headers
    harness = host("c")
    (harness.assets / "a.png").write_bytes(png())
    assert harness.get("/assets/a.png", If_None_Match=one.headers["ETag"]).status_code == 304
    assert harness.get("/assets/a.png", Range="bytes=1-3").data == png()[1:4]


def test_what_is_not_published_is_redirected_nowhere(host: Host) -> None:
    harness = host("a")
    file = named_file(harness.root, "a.png", png())
    harness.put(article(1, local=(file,), published=NOON.replace(year=2099)))
    without_corpus(harness)
    for path in (media_path(file), "/assets/notes.txt", "/assets/%2e%2e/%2e%2e/a.png"):
        assert harness.get(path).status_code == 404


def test_a_host_alone_does_not_redirect(tmp_path: Path) -> None:
    harness = Harness(tmp_path, fleet=FleetSettings(assets=BASE))
    assert harness.get("/assets/a.png").status_code == 404
    harness.close()


@for_each("slash", ["", "/"])
def test_the_address_of_the_feeds_themselves_is_refused(slash: str) -> None:
    settings = {
        "FEEDS_SITE_URL": "https://feeds.example",
        "FEEDS_FLEET_ASSETS": f"https://feeds.example{slash}",
    }
    with pytest.raises(SettingsError, match="FEEDS_FLEET_ASSETS: the address of the feeds") as raised:
        load(settings)
    assert_form(str(raised.value))
