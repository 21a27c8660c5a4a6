"""A running server with a topic for each test, and the readers."""

from collections.abc import Callable, Iterator

import pytest

from tests.builders import write_article
from tests.newsroom import Newsroom
from tests.readers.clients import Client
from tests.readers.clients.feedparser import Feedparser
from tests.readers.clients.newsboat import Newsboat
from tests.readers.clients.node import Feedsmith, RssParser
from tests.readers.clients.programs import end_programs
from tests.readers.clients.quiterss import QuiteRss
from tests.readers.clients.reader import Reader
from tests.readers.clients.rss2email import Rss2email
from tests.readers.clients.rssguard import RssGuard
from tests.readers.clients.sfeed import Sfeed
from tests.readers.clients.windowed import X_SERVER, Display
from tests.server import Server
from tests.skipping import skip_without

CLIENTS: list[type[Client]] = [
    Newsboat,
    Sfeed,
    Feedparser,
    Reader,
    Feedsmith,
    RssParser,
    Rss2email,
    QuiteRss,
    RssGuard,
]


@pytest.fixture(scope="session")
def newsrooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Newsroom]]:
    """Makes a newsroom for a topic of the one server."""
    folder = tmp_path_factory.mktemp("newsroom")
    corpus = folder / "corpus"
    write_article(corpus, topics=["First"])
    (corpus / "_config.yml").write_text("title: Example\nurl: https://corpus.example\nlocale: en-us\n")
    with Server(corpus, folder / "server", logs_requests=True) as server:
        yield lambda topic: Newsroom(server, topic)


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A display for readers with windows."""
    with Display(tmp_path_factory.mktemp("display")) as display, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", display.name)
        yield


@pytest.fixture(scope="session")
def start(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[type[Client]], Client]]:
    """Makes a reader that has not been used yet."""

    def start(client: type[Client]) -> Client:
        present(client)
        if X_SERVER in client.needs:
            request.getfixturevalue("display")
        return client(tmp_path_factory.mktemp(client.__name__.lower()))

    yield start
    end_programs()


def present(client: type[Client]) -> type[Client]:
    """Return *client* if its programs are installed; else skip the test."""
    if missing := client.missing():
        skip_without(*missing)
    return client


@pytest.fixture
def client(request: pytest.FixtureRequest, start: Callable[[type[Client]], Client]) -> Client:
    """A reader that has not been used yet; tests parametrise over CLIENTS."""
    return start(request.param)


@pytest.fixture
def newsroom(
    newsrooms: Callable[[str], Newsroom], client: Client, request: pytest.FixtureRequest
) -> Newsroom:
    """The newsroom of a topic for this test alone."""
    topic = "".join(letter for letter in request.node.name.lower() if letter.isalnum())
    return newsrooms(topic)
