"""A running server whose articles come and go, one topic to each test."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import write_article
from tests.readers.clients import Client
from tests.readers.clients.feedparser import Feedparser
from tests.readers.clients.newsboat import Newsboat
from tests.readers.clients.node import Feedsmith, RssParser
from tests.readers.clients.reader import Reader
from tests.readers.clients.sfeed import Sfeed
from tests.server import Running, running
from tests.waiting import eventually

CLIENTS: list[type[Client]] = [Newsboat, Sfeed, Feedparser, Reader, Feedsmith, RssParser]

_LOG = "--access-logfile {} --access-logformat '%(s)s %(U)s %({{user-agent}}i)s'"
_OURS = "Python-urllib"  # how our own requests call themselves


class Desk:
    """Where one topic's articles are written and withdrawn; every method waits until readers can tell."""

    def __init__(self, server: Running, corpus: Path, topic: str) -> None:
        self._server = server
        self._corpus = corpus
        self._topic = topic
        self._titles: dict[str, str] = {}

    def publish(self, articles: dict[str, dict[str, Any]]) -> None:
        """Write *articles*, fields by name; a name that is there already is an edit."""
        for name, fields in articles.items():
            made = {"title": name, "topics": [self._topic, "R&D"]} | fields
            address = f"https://example.org/{self._topic}/{name}"
            write_article(self._corpus, self._file(name), webUrl=address, **made)
            self._titles[name] = made["title"]
        eventually(self._all_there)

    def withdraw(self, name: str) -> None:
        """Delete an article's file."""
        (self._corpus / self._file(name)).unlink()
        del self._titles[name]
        eventually(self._all_there)

    def url(self, extension: str) -> str:
        """Where the topic's feed is."""
        return self._server.url + self._path(extension)

    def answers(self, extension: str) -> list[int]:
        """The status of every answer to a reader of the topic's feed, in order."""
        lines = (line.split(" ", 2) for line in access_log(self._server).read_text().splitlines())
        path = self._path(extension)
        return [int(status) for status, asked, agent in lines if asked == path and _OURS not in agent]

    def _all_there(self) -> bool:
        answer = self._server.get(self._path("json"))
        if answer.status != 200:
            return False
        titles = [item["title"] for item in json.loads(answer.body)["items"]]
        return sorted(titles) == sorted(self._titles.values())

    def _path(self, extension: str) -> str:
        return f"/topics/{self._topic}.{extension}"

    def _file(self, name: str) -> str:
        return f"_news/{self._topic}/{name}.md"


def access_log(server: Running) -> Path:
    """Where the server writes down who asked for what."""
    return server.log.with_name("access")


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Desk]]:
    """Makes a Desk for a topic."""
    folder = tmp_path_factory.mktemp("newsroom")
    corpus = folder / "corpus"
    write_article(corpus, topics=["First"])
    (corpus / "_config.yml").write_text("title: Example\nurl: https://corpus.example\nlocale: en-us\n")
    with running(
        corpus, folder / "server", GUNICORN_CMD_ARGS=_LOG.format(folder / "server/access")
    ) as server:
        yield lambda topic: Desk(server, corpus, topic)


def present(client: type[Client]) -> type[Client]:
    """*client*, if it is here. Where CI_PEERS is set, one that is not fails the test."""
    if missing := client.missing():
        reason = f"no {', '.join(missing)} here; tests/install-tools installs it"
        (pytest.fail if os.environ.get("CI_PEERS") else pytest.skip)(reason)
    return client


@pytest.fixture
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Client:
    """A reader that has not been used yet; tests parametrise over CLIENTS."""
    return present(request.param)(tmp_path)


@pytest.fixture
def desk(newsroom: Callable[..., Desk], client: Client, request: pytest.FixtureRequest) -> Desk:
    """A topic for this test alone."""
    topic = "".join(letter for letter in request.node.name.lower() if letter.isalnum())
    return newsroom(topic)
