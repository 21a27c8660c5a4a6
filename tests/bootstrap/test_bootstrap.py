"""Settings -> running objects, and their parts that processes share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.bootstrap import ServerProcess, accept, forget, preload, settings_in_force
from feeds.bootstrap.clock import SaneClock
from feeds.bootstrap.inherited import inherited
from feeds.errors import FeedsError, NotReady, StoreError, StoreRefused
from feeds.index.articles import article
from feeds.index.current import CurrentIndex
from feeds.query import Query
from feeds.settings import Settings, load
from feeds.store.sqlite import SQLiteStore
from tests.builders import write_article
from tests.commands import output_of
from tests.paths import ROOT
from tests.waiting import eventually

TWO = "_news/2026-01-02-two.md"


class Place:
    """A corpus of one article, a store filled from it, and servers of both."""

    def __init__(self, corpus: Path, store: Path) -> None:
        self.corpus = corpus
        self.environment = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(store)}
        self.servers: list[ServerProcess] = []
        write_article(corpus)

    def server(self) -> ServerProcess:
        self.servers.append(ServerProcess(load(self.environment)))
        return self.servers[-1]

    def refresh(self) -> None:
        assert self.server().refresh(lambda _done, _total: None) is not None


@pytest.fixture
def place(corpus: Path, tmp_path: Path) -> Iterator[Place]:
    made = Place(corpus, tmp_path / "store.db")
    yield made
    forget()
    for server in made.servers:
        server.stop()


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The paths of the stores that were loaded whole, in order."""
    found: list[Path] = []
    load = SQLiteStore.load

    def counted(store: SQLiteStore) -> object:
        found.append(store.path)
        return load(store)

    monkeypatch.setattr(SQLiteStore, "load", counted)
    return found


def titles(server: ServerProcess) -> list[str]:
    index = server.current_index.index()
    return [article(each).title for each in index.newest(index.everything, 10)]


def test_a_preloaded_index_is_used_at_once_and_shared(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    one, two = place.server(), place.server()
    assert titles(one) == titles(two) == ["Title of 2026-01-02-one"]
    [first], [second] = (
        each.newest(each.everything, 1) for each in (one.current_index.index(), two.current_index.index())
    )
    assert first is second
    assert not one.current_index.follow()
    assert len(loads) == 1


def test_changes_since_the_preload_are_followed(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    write_article(place.corpus, TWO)
    place.refresh()
    server = place.server()
    assert len(titles(server)) == 1
    assert server.current_index.follow()
    assert len(titles(server)) == 2
    preload(place.environment)
    assert len(titles(place.server())) == 2
    assert len(loads) == 1


def test_a_preloaded_index_is_searched_on_its_own_connection(place: Place) -> None:
    place.refresh()
    preload(place.environment)
    current_index = place.server().current_index
    assert not current_index.follow()
    index = current_index.index()
    assert len(index.matching((("title",),), titles=True)) == 1


def test_preloading_leaves_nothing_open(place: Place) -> None:
    place.refresh()
    before = sorted(os.listdir("/proc/self/fd"))
    preload(place.environment)
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_before_the_first_load_there_is_nothing_to_preload(place: Place) -> None:
    preload(place.environment)
    place.refresh()
    server = place.server()
    assert server.current_index.follow()
    assert len(titles(server)) == 1


def test_a_store_that_took_the_place_of_another_is_read_whole(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    store = Path(place.environment["FEEDS_STORE_PATH"])
    store.rename(store.with_name("former.db"))
    place.refresh()
    assert place.server().current_index.follow()
    assert len(loads) == 2


def test_another_language_is_another_index(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    place.environment["FEEDS_SITE_LANGUAGE"] = "sv"
    server = place.server()
    assert server.current_index.follow()
    assert server.current_index.index().language == "sv"
    assert len(loads) == 2


def test_a_forgotten_preload_is_read_again(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    forget()
    assert not inherited.preloaded
    assert place.server().current_index.follow()
    assert len(loads) == 2


def test_a_preloaded_index_stays_when_it_cannot_be_loaded_again(place: Place) -> None:
    place.refresh()
    preload(place.environment)
    folder = Path(place.environment["FEEDS_STORE_PATH"]).parent / "elsewhere"
    folder.mkdir()
    place.environment["FEEDS_STORE_PATH"] = str(folder / "store.db")
    place.refresh()
    preload(place.environment)
    shutil.move(folder, folder.with_name("aside"))
    folder.write_text("a file")
    with pytest.raises(StoreError):
        preload(place.environment)
    server = place.server()
    assert not server.current_index.follow()
    assert titles(server) == ["Title of 2026-01-02-one"]
    assert "follower" in server.troubles()


def test_a_server_needs_neither_corpus_nor_store_to_start(place: Place) -> None:
    shutil.move(place.corpus, place.corpus.with_name("aside"))
    store = Path(place.environment["FEEDS_STORE_PATH"]).parent / "folder" / "store.db"
    store.parent.write_text("a file")
    place.environment["FEEDS_STORE_PATH"] = str(store)
    server = place.server()
    server.start()
    with pytest.raises(NotReady):
        server.current_index.index()
    eventually(lambda: {"follower", "writer"} <= {*server.troubles()})
    store.parent.unlink()
    shutil.move(place.corpus.with_name("aside"), place.corpus)
    eventually(lambda: server.current_index.revision and titles(server))
    eventually(lambda: server.troubles() == {})


def test_an_unexpected_error_at_the_start_is_left_to_the_follower(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place.refresh()

    def broken(_current_index: CurrentIndex) -> bool:
        raise ZeroDivisionError("division by zero")

    server = place.server()
    with monkeypatch.context() as patch:
        patch.setattr(CurrentIndex, "follow", broken)
        server.start()
        eventually(lambda: server.troubles() == {"follower": "ZeroDivisionError: division by zero"})
    eventually(lambda: server.troubles() == {})
    assert titles(server) == ["Title of 2026-01-02-one"]
    [failure] = [each for each in caplog.records if each.exc_info]
    assert failure.getMessage().startswith("follower thread: ZeroDivisionError: division by zero; ")


def test_a_store_that_must_not_be_used_ends_the_start(place: Place) -> None:
    def refuse(settings: Settings) -> SQLiteStore:
        raise StoreRefused(settings.store_path, "of a newer version of this program", "install it")

    server = ServerProcess(load(place.environment), open_store=refuse)
    place.servers.append(server)
    with pytest.raises(StoreRefused):
        server.start()


def test_a_jump_of_the_clock_is_trouble_while_it_lasts(place: Place) -> None:
    place.refresh()
    now = [1_900_000_000.0, 0.0]
    server = ServerProcess(load(place.environment), SaneClock(lambda: now[0], lambda: now[1]))
    place.servers.append(server)
    assert server.troubles() == {}
    now[0] += 86_400
    assert server.clock() == 1_900_000_000.0
    assert "jumped ahead" in server.troubles()["clock"]
    now[0] -= 86_400
    assert server.troubles() == {}


def test_the_clock_of_a_server_is_not_misled(place: Place) -> None:
    place.refresh()
    server = place.server()
    assert isinstance(server.clock, SaneClock)
    server.current_index.follow()
    assert server.clock.newest() == server.current_index.latest > 0


def test_settings_that_were_accepted_stay_in_force(place: Place, accepting: None) -> None:
    accept(place.environment)
    for bad in ({"FEEDS_SITE_TITEL": "x"}, {"FEEDS_CORPUS_PATH": "/nowhere"}):
        with pytest.raises(FeedsError):
            accept(place.environment | bad)
        assert settings_in_force(bad).corpus.path == str(place.corpus)
    accept(place.environment | {"FEEDS_SITE_TITLE": "Changed"})
    assert settings_in_force({}).site.title == "Changed"


def test_an_accepted_store_is_not_created_again_if_its_folder_is_gone(
    place: Place, accepting: None
) -> None:
    store = place.corpus.with_name("folder") / "store.db"
    place.environment["FEEDS_STORE_PATH"] = str(store)
    accept(place.environment)
    shutil.rmtree(store.parent)
    for attempt in (
        lambda: preload(place.environment),
        lambda: accept(place.environment, load(place.environment)),
        place.server().current_index.open,
    ):
        with pytest.raises(StoreError, match="no such folder"):
            attempt()
    assert not store.parent.exists()


@pytest.fixture
def accepting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the accepted settings after the test."""
    monkeypatch.setattr(inherited, "accepted", None)


def test_ids_of_feeds_need_no_corpus(place: Place) -> None:
    """Their authority is the host of the corpus's URL when it was last read."""
    place.refresh()
    shutil.move(place.corpus, place.corpus.with_name("aside"))
    server = place.server()
    server.current_index.follow()
    feed = server.pipeline.prepare(Query(), "atom").feed
    assert feed.id == "tag:corpus.example,2020:feeds"
    assert server.site.authority == ""


IMPORT = """
import os, sys, threading
files = os.listdir("/proc/self/fd")
import feeds.bootstrap, feeds.cli, feeds.web
assert os.listdir("/proc/self/fd") == files
assert threading.active_count() == 1
"""


def test_an_import_starts_no_thread_and_opens_no_file(tmp_path: Path) -> None:
    output_of(IMPORT, folder=tmp_path)
    assert [*tmp_path.iterdir()] == []


RELOAD = """
import os, runpy, time
from unittest.mock import MagicMock

jump, wall = 0, time.time
time.time = lambda: wall() + jump
from feeds import bootstrap

hooks = runpy.run_path("config/gunicorn.py")
jump = 86400
counted = bootstrap.system_clock()
assert counted - wall() < 60
hooks["on_reload"](MagicMock(cfg=MagicMock(uid=os.geteuid(), worker_connections=1000)))
from feeds import bootstrap as reloaded
assert reloaded is not bootstrap
assert reloaded.system_clock() - counted < 60
"""


def test_a_reload_does_not_follow_a_jump_of_the_clock(corpus: Path, tmp_path: Path) -> None:
    places = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(tmp_path / "store.db")}
    output_of(RELOAD, folder=ROOT, **places)
