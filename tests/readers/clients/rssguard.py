"""RSS Guard (github.com/martinrotter/rssguard), a reader for desktops."""

import json
from base64 import b64decode
from datetime import UTC, datetime
from typing import ClassVar

from tests import agents
from tests.readers.clients import Item, names
from tests.readers.clients.windowed import X_SERVER, WindowedClient

_SETTINGS = """
[feeds]
feeds_update_on_startup=true
feeds_update_on_startup_delay=0

[main]
first_run=false
update_on_start=false
"""
_TYPES = {"rss": "1", "atom": "3", "json": "4"}
_TITLES = {  # without tags
    "punctuation": "A & B \"q\" 'it’s' 😀",
    "markup": "Why bold & slanted",
}


class RssGuard(WindowedClient):
    needs = ("rssguard", X_SERVER)
    formats = ("rss", "atom", "json")
    agent = agents.RSS_GUARD
    unchanged = "GET 200"  # it sends no validators
    conditions = ()
    authors_shown: ClassVar = dict.fromkeys(("rss", "json"), slice(1))
    other_titles: ClassVar = dict.fromkeys(("rss", "atom"), _TITLES)
    categories_in = ()  # it has no place for them
    keeps_removed = True
    remembers_reading = True
    edits_are_unread = True
    command = ("rssguard", "--data", ".")
    database = "database/database.db"
    log = "log"
    made = "SQLite database backend should be ready"
    fetched = "Finished feed updates"

    def write_settings(self) -> None:
        file = self._home / "config" / "config.ini"
        file.parent.mkdir(exist_ok=True)
        file.write_text(_SETTINGS)

    def add_feed(self, url: str) -> None:
        kind = {"source_type": 0, "type": _TYPES[url.rpartition(".")[2]], "encoding": "UTF-8"}
        self.execute("INSERT INTO Accounts (id, type) VALUES (1, 'std-rss')")
        self.execute(
            "INSERT INTO Feeds (title, category, source, update_type, account_id, custom_id, custom_data)"
            " VALUES ('Feed', -1, ?, 1, 1, '1', ?)",
            url,
            json.dumps(kind),
        )

    def items(self) -> list[Item]:
        return [
            Item(
                id=row["custom_id"],
                title=row["title"],
                link=row["url"],
                date=datetime.fromtimestamp(row["date_created"] / 1000, UTC),
                image=_first_enclosure(row["enclosures"]),
                authors=names(*row["author"].split(", ")),
                categories=(),
                text=row["contents"],
                unread=not row["is_read"],
            )
            for row in self.execute("SELECT * FROM Messages ORDER BY id")
        ]

    def read_all(self) -> None:
        self.execute("UPDATE Messages SET is_read = 1")


def _first_enclosure(written: str | None) -> str:
    """The address of the first of *written*, which are type and address in Base64 each."""
    return b64decode((written or "").partition("#")[0].partition("&")[2]).decode()
