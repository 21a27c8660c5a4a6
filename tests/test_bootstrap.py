"""Settings -> live objects, and what processes share of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds import bootstrap
from feeds.bootstrap import Server, forget, preload
from feeds.index import article
from feeds.settings import load
from feeds.store.sqlite import SQLiteStore
from tests.conftest import write_article

TWO = "_news/2026-01-02-two.md"


class Place:
    """A corpus of one article, a store filled from it, and servers of both."""

    def __init__(self, corpus: Path, store: Path) -> None:
        self.corpus = corpus
        self.environment = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(store)}
        self.servers: list[Server] = []
        write_article(corpus)

    def server(self) -> Server:
        self.servers.append(Server(load(self.environment)))
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
    """Which stores were read whole."""
    found: list[Path] = []
    load = SQLiteStore.load

    def counted(store: SQLiteStore) -> object:
        found.append(store.path)
        return load(store)

    monkeypatch.setattr(SQLiteStore, "load", counted)
    return found


def titles(server: Server) -> list[str]:
    index = server.catalog.index()
    return [article(each).title for each in index.newest(index.everything, 10)]


def test_what_was_preloaded_is_there_at_once_and_is_the_same(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    one, two = place.server(), place.server()
    assert titles(one) == titles(two) == ["Title of 2026-01-02-one"]
    [first], [second] = (
        each.newest(each.everything, 1) for each in (one.catalog.index(), two.catalog.index())
    )
    assert first is second
    assert not one.catalog.follow()
    assert len(loads) == 1


def test_what_changed_since_it_was_preloaded_is_followed(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    write_article(place.corpus, TWO)
    place.refresh()
    server = place.server()
    assert len(titles(server)) == 1
    assert server.catalog.follow()
    assert len(titles(server)) == 2
    preload(place.environment)
    assert len(titles(place.server())) == 2
    assert len(loads) == 1


def test_what_was_preloaded_is_searched_on_a_connection_of_ones_own(place: Place) -> None:
    place.refresh()
    preload(place.environment)
    index = place.server().catalog.index()
    assert len(index.matching(("title",), titles=True)) == 1


def test_preloading_leaves_nothing_open(place: Place) -> None:
    place.refresh()
    before = sorted(os.listdir("/proc/self/fd"))
    preload(place.environment)
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_before_the_first_load_there_is_nothing_to_preload(place: Place) -> None:
    preload(place.environment)
    place.refresh()
    server = place.server()
    assert server.catalog.follow()
    assert len(titles(server)) == 1


def test_a_store_that_took_the_place_of_another_is_read_whole(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    store = Path(place.environment["FEEDS_STORE_PATH"])
    store.rename(store.with_name("former.db"))
    place.refresh()
    assert place.server().catalog.follow()
    assert len(loads) == 2


def test_another_language_is_another_index(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    place.environment["FEEDS_SITE_LANGUAGE"] = "sv"
    server = place.server()
    assert server.catalog.follow()
    assert server.catalog.index().language == "sv"
    assert len(loads) == 2


def test_what_is_forgotten_is_read_again(place: Place, loads: list[Path]) -> None:
    place.refresh()
    preload(place.environment)
    forget()
    assert not bootstrap._loaded
    assert place.server().catalog.follow()
    assert len(loads) == 2
