"""Articles that are written and withdrawn while a real server runs."""

from html import unescape
from typing import Any

from tests.builders import write_article
from tests.server import CLIENT_NAME, LoggedRequest, Server
from tests.waiting import eventually


class Newsroom:
    """The articles of one topic of a server; every method waits until its feeds show the change."""

    def __init__(self, server: Server, topic: str) -> None:
        self._server = server
        self._topic = topic
        self._titles: dict[str, str] = {}  # by name of the article

    def publish(self, articles: dict[str, dict[str, Any]]) -> None:
        """Write *articles*, fields by name; an article with the name of an earlier one replaces it."""
        for name, fields in articles.items():
            made = {"title": name, "topics": [self._topic, "R&D"]} | fields
            url = f"https://example.org/{self._topic}/{name}"
            write_article(self._server.corpus, self._file(name), webUrl=url, **made)
            self._titles[name] = unescape(made["title"])
        eventually(self._is_shown)

    def withdraw(self, name: str) -> None:
        """Delete an article's file."""
        (self._server.corpus / self._file(name)).unlink()
        del self._titles[name]
        eventually(self._is_shown)

    def url(self, extension: str) -> str:
        """The URL of the topic's feed."""
        return self._server.url + self._path(extension)

    def requests(self, extension: str) -> list[LoggedRequest]:
        """The requests of readers for the topic's feed, in order."""
        path = self._path(extension)
        return [
            each
            for each in self._server.requests()
            if each.path == path and CLIENT_NAME not in each.agent
        ]

    def _is_shown(self) -> bool:
        return sorted(self._server.titles(self._path("json"))) == sorted(self._titles.values())

    def _path(self, extension: str) -> str:
        return f"/topics/{self._topic}.{extension}"

    def _file(self, name: str) -> str:
        return f"_news/{self._topic}/{name}.md"
