"""reader (reader.readthedocs.io), lemon24's library and the reader built of it; keeps all in SQLite."""

from pathlib import Path
from typing import Any, ClassVar

from feeds.article.imports import later
from tests import agents
from tests.readers.clients import Client, Item, names

reader = later("reader")


class Reader(Client):
    agent = agents.READER
    conditions = ("a-im", *Client.conditions)
    formats = ("rss", "atom", "json")
    authors_shown: ClassVar = dict.fromkeys(
        ("rss", "atom"), slice(-1, None)
    )  # feedparser's author is the last
    categories_in = ()  # it has no place for them
    titles_as_html = ("rss",)  # as feedparser, which it has inside
    keeps_removed = True
    remembers_reading = True

    def __init__(self, home: Path) -> None:
        self._file = str(home / "reader.sqlite")
        self._url = ""

    def subscribe(self, url: str) -> None:
        self._url = url
        with reader.make_reader(self._file) as opened:
            opened.add_feed(url)
        self.refresh()

    def refresh(self) -> None:
        with reader.make_reader(self._file) as opened:
            opened.update_feed(self._url)

    def items(self) -> list[Item]:
        with reader.make_reader(self._file) as opened:
            return [
                Item(
                    id=entry.id,
                    title=entry.title or "",
                    link=entry.link or "",
                    date=entry.published,
                    image=entry.enclosures[0].href if entry.enclosures else "",
                    authors=names(*(author.name for author in entry.authors)),
                    categories=(),
                    text=_text(entry),
                    unread=not entry.read,
                )
                for entry in opened.get_entries()
            ]

    def read_all(self) -> None:
        with reader.make_reader(self._file) as opened:
            for entry in list(opened.get_entries()):
                opened.mark_entry_as_read(entry)


def _text(entry: Any) -> str:
    content = entry.get_content()
    return content.value if content else ""
