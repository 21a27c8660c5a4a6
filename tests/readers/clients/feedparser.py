"""feedparser (feedparser.readthedocs.io), which half of Python's readers are built on."""

from calendar import timegm
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser

from tests import agents
from tests.readers.clients import Client, Item


class Feedparser(Client):
    agent = agents.FEEDPARSER
    conditions = ("a-im", *Client.conditions)
    titles_as_html = ("rss",)  # where there is a closing tag

    def __init__(self, home: Path) -> None:
        self._url = ""
        self._got: Any = {}

    def subscribe(self, url: str) -> None:
        self._url = url
        self.refresh()

    def refresh(self) -> None:
        got = feedparser.parse(self._url, etag=self._got.get("etag"), modified=self._got.get("modified"))
        if got.status != 304:
            assert got.status == 200, got.status  # its users do not know of A-IM: feed, which it sends
            assert not got.bozo, got.bozo_exception
            self._got = got

    def items(self) -> list[Item]:
        return [
            Item(
                id=entry.id,
                title=entry.title,
                link=entry.link,
                date=datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
                image=entry.media_content[0]["url"] if "media_content" in entry else "",
                authors=tuple(author.name for author in entry.authors),
                categories=tuple(tag.term for tag in entry.tags),
                text=entry.content[0].value if "content" in entry else entry.summary,
            )
            for entry in self._got.entries
        ]
