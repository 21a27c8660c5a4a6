"""Fixtures of a server with an article in every kind of feed."""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import msgspec
import pytest

from feeds.article import NamedFile, Provider, Taxonomy, Topic
from feeds.formats import FORMATS
from feeds.settings.sections import HttpSettings, NamedSettings, ReadershipSettings
from tests import harness
from tests.builders import article, named_file
from tests.corpus.media_files import png
from tests.harness import Harness
from tests.table import pairs

BEST = NamedSettings("The Best", "min_quality=0&limit=20", "What is good")
SITE = msgspec.structs.replace(harness.SITE, feeds={"best": BEST})
HTTP = HttpSettings(most_age=300)
TAXONOMY = Taxonomy(
    topics=(Topic("oceans", "Oceans"), Topic("reefs", "Reefs", parent="oceans"), Topic("quiet", "Quiet")),
)
TIDAL = Provider("tidal.example", "Tidal Post", "https://tidal.example/")

# A file of the corpus that an article names: it has no stamp, as after a copy of the corpus.
PICTURE = NamedFile("a.png", "a.md", "static/a.png", "", "image/png")
PICTURE = msgspec.structs.replace(PICTURE, digest=blake2b(png(), digest_size=10).hexdigest())

# One address of every kind of feed, the addresses of their pages, and those in one format each.
FEEDS = (
    "/feed", "/topics/oceans", "/providers/tidal.example", "/topics/oceans/providers/tidal.example",
    "/authors/zoe", "/f/best", "/feed/daily", "/topics/oceans/daily",
)  # fmt: skip
PAGES = ("/", *FEEDS[1:])
ADDRESSES = tuple(f"{feed}.{extension}" for feed, extension in pairs(FEEDS, FORMATS))


def unfilled(folder: Path, entrypoint: str) -> Iterator[Harness]:
    badges = ReadershipSettings(badge=True)
    made = Harness(folder, entrypoint, site=SITE, http=HTTP, taxonomy=TAXONOMY, readership=badges)
    yield made
    made.close()


@pytest.fixture
def empty(tmp_path: Path, entrypoint: str) -> Iterator[Harness]:
    """A server before the first load of its corpus."""
    yield from unfilled(tmp_path, entrypoint)


@pytest.fixture
def served(empty: Harness) -> Harness:
    """A server with an article in every kind of feed."""
    return filled(empty)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, entrypoint: str) -> Iterator[Harness]:
    """The same server for all tests of a module, which must not change it."""
    for made in unfilled(tmp_path_factory.mktemp("shared"), entrypoint):
        yield filled(made)


def filled(made: Harness) -> Harness:
    """Put an article into every kind of feed, one of them with a local picture."""
    named_file(made.root, PICTURE.path, png())
    made.put(
        article(1, topics=("Oceans",), provider=TIDAL, html="<p>größer</p>" * 50),
        article(2, topics=("Reefs",), provider=TIDAL),
        article(3, topics=("Oceans", "Cities"), authors=("Zoe",), local=(PICTURE,)),
    )
    return made
