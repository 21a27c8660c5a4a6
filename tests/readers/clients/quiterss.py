"""QuiteRSS (quiterss.org), a reader for desktops."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

from tests import agents
from tests.readers.clients import Item, first_picture, names
from tests.readers.clients.windowed import X_SERVER, Window, WindowedClient
from tests.waiting import eventually

_SETTINGS = """
[Settings]
autoUpdatefeedsStartUp=true
noDebugOutput=false
showSplashScreen=false
showTrayIcon=false
soundNewNews=false
statisticsEnabled2=false
storeDBMemory=false
updateCheckEnabled=false
"""
_EACH_SECOND = """
autoUpdatefeeds=true
autoUpdatefeedsInterval=-1
autoUpdatefeedsTime=1
"""
# It takes every title for HTML, and leaves out the rest from a tag that it does not know.
_TITLES = {"punctuation": "A & B", "markup": "Why bold & slanted", "right-to-left": "שלום עולם, 3"}


class QuiteRss(WindowedClient):
    needs = ("quiterss", X_SERVER)
    agent = agents.QUITERSS
    unchanged = "HEAD 200"  # it compares Last-Modified, and sends no validator
    conditions = ()
    authors_shown: ClassVar = dict.fromkeys(("rss", "atom"), slice(1))  # it takes the first
    other_titles: ClassVar = dict.fromkeys(("rss", "atom"), _TITLES)
    keeps_removed = True
    ignores_edits = True
    remembers_reading = True
    command = ("quiterss",)
    database = "data/QuiteRss/QuiteRss/feeds.db"
    log = "data/QuiteRss/QuiteRss/debug.log"
    made = "Run application 2"
    fetched = r"(?s)::get:.*parseXml:finish|^(?!.*::get:).*getUrl result"

    def refresh_until(self, condition: Callable[[], bool], most: int) -> None:
        """See Client. It runs on and fetches each second: a start takes longer than many fetches."""
        self.write_settings(_EACH_SECOND)
        with Window(self.command, self._home, self._home / self.log, self.fetched):
            eventually(condition)

    def write_settings(self, more: str = "") -> None:
        file = self._home / "config" / "QuiteRss" / "QuiteRss.ini"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_SETTINGS + more)

    def add_feed(self, url: str) -> None:
        self.execute("DELETE FROM feeds")  # its own news
        self.execute("INSERT INTO feeds (text, title, xmlUrl) VALUES ('Feed', 'Feed', ?)", url)

    def items(self) -> list[Item]:
        return [
            Item(
                id=row["guid"],
                title=row["title"],
                link=row["link_href"] or row["link_alternate"],
                date=datetime.fromisoformat(row["published"]).replace(tzinfo=UTC),
                image=row["enclosure_url"] or first_picture(row["content"] or row["description"]),
                authors=names(row["author_name"]),
                categories=names(*row["category"].split(", ")),
                text=row["content"] or row["description"],
                unread=not row["read"],
            )
            for row in self.execute("SELECT * FROM news ORDER BY id")
        ]

    def read_all(self) -> None:
        self.execute("UPDATE news SET read = 1")
