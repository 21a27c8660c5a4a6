"""Parsers written for Node, which leave fetching to their users: fetch.mjs does what those write."""

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from tests import agents
from tests.readers.clients import NODE_MODULES, Client, Item
from tests.readers.clients.programs import program


class _Node(Client):
    script: str
    agent = agents.NODE

    def __init__(self, home: Path) -> None:
        self._url = ""
        self._validators: dict[str, str] = {}
        self._items: list[Item] = []

    def subscribe(self, url: str) -> None:
        self._url = url
        self.refresh()

    def refresh(self) -> None:
        answer = self._fetch()
        if answer["status"] == 304:
            self._validators = answer["validators"]
            return
        assert answer["status"] == 200, answer
        self._validators = answer["validators"]
        self._items = [
            Item(
                id=item["id"],
                title=item["title"],
                link=item["link"],
                date=datetime.fromisoformat(item["date"]),
                image=item["image"],
                authors=tuple(item["authors"]),
                categories=tuple(item["categories"]),
                text=item["text"],
            )
            for item in answer["items"]
        ]

    def items(self) -> list[Item]:
        return self._items

    def _fetch(self) -> Any:
        return program(self.script, "node").answer({"url": self._url, **self._validators})


class Feedsmith(_Node):
    """feedsmith (feedsmith.dev), a parser that knows every namespace."""

    needs = ("node", str(NODE_MODULES / "feedsmith"))
    formats = ("rss", "atom", "json")
    script = "feedsmith.mjs"


class RssParser(_Node):
    """rss-parser (github.com/rbren/rss-parser), the one most used."""

    needs = ("node", str(NODE_MODULES / "rss-parser"))
    authors_shown: ClassVar = dict.fromkeys(("rss", "atom"), slice(1))  # it takes the first
    categories_in = ("rss",)  # in Atom it leaves them out
    script = "rss-parser.mjs"
