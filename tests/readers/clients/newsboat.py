"""Newsboat (newsboat.org), the terminal reader: reloads without a terminal, keeps all in SQLite."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from tests import agents
from tests.readers.clients import Client, Item, first_picture, names, run


class Newsboat(Client):
    needs = ("newsboat",)
    agent = agents.NEWSBOAT
    conditions = ("a-im", *Client.conditions)
    conditional_from = 3  # it keeps validators once the feed is in its cache
    authors_shown: ClassVar = {"rss": slice(-1, None)}  # each dc:creator replaces the one before
    categories_in = ()  # it has no place for them
    keeps_removed = True  # until told to clean up
    remembers_reading = True

    def __init__(self, home: Path) -> None:
        self._home = home
        self._urls = home / "urls"
        self._cache = home / "cache.db"
        (home / "config").write_text("")

    def subscribe(self, url: str) -> None:
        self._urls.write_text(url + "\n")
        self.refresh()

    def refresh(self) -> None:
        self._run("-x", "reload")

    def items(self) -> list[Item]:
        with closing(sqlite3.connect(self._cache)) as cache:
            rows = cache.execute(
                "SELECT guid, title, url, pubDate, content, author, unread FROM rss_item ORDER BY id"
            ).fetchall()
        return [
            Item(
                id=guid,
                title=title,
                link=url,
                date=datetime.fromtimestamp(published, UTC),
                image=first_picture(content),  # enclosures are for podcasts here
                authors=names(*author.split(", ")),
                categories=(),
                text=content,
                unread=bool(unread),
            )
            for guid, title, url, published, content, author, unread in rows
        ]

    def read_all(self) -> None:
        with closing(sqlite3.connect(self._cache)) as cache, cache:
            cache.execute("UPDATE rss_item SET unread = 0")

    def import_opml(self, file: Path) -> list[str]:
        """The addresses it is subscribed to after importing *file*."""
        self._urls.write_text("")
        self._run("-i", str(file))
        return [line.split()[0] for line in self._urls.read_text().splitlines() if line]

    def _run(self, *arguments: str) -> None:
        files = ["-C", self._home / "config", "-u", self._urls, "-c", self._cache]
        run(self._home, "newsboat", *files, *arguments)
