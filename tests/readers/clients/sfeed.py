"""sfeed (codemadness.org/sfeed.html): scripts around curl and a parser; a feed is a file of lines."""

import time
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import ClassVar

from tests import agents
from tests.readers.clients import Client, Item, names, run
from tests.waiting import eventually

# What its README has for conditional requests; without it, there are none.
_FETCH = """
sfeedpath="$HOME/feeds"
fetch() {
    etag="$HOME/etags/$(basename "$3")"
    curl -L --max-redirs 0 -H "User-Agent:" -f -s -m 15 --compressed \\
        --etag-save "$etag" --etag-compare "$etag" -z "$etag" "$2" 2>/dev/null
}
"""


class Sfeed(Client):
    needs = ("sfeed_update", "curl")
    agent = agents.NONE
    authors_shown: ClassVar = dict.fromkeys(("rss", "atom"), slice(1))  # it has place for the first
    keeps_removed = True  # it only ever adds
    keeps_old_titles = True  # it merges by id, title and link, so that a new title is a new line

    def __init__(self, home: Path) -> None:
        self._home = home
        (home / "etags").mkdir()

    def subscribe(self, url: str) -> None:
        feeds = f"feeds() {{\n    feed feed {quote(url)}\n}}\n"
        (self._home / "sfeedrc").write_text(_FETCH + feeds)
        self.refresh()

    def refresh(self) -> None:
        """See Client. Until the next second, curl would take a changed feed for the one it has."""
        run(self._home, "sfeed_update", self._home / "sfeedrc")
        fetched = int(time.time())
        eventually(lambda: int(time.time()) > fetched)

    def items(self) -> list[Item]:
        written = (self._home / "feeds" / "feed").read_text().splitlines()
        items = []
        for line in written:
            seconds, title, link, content, _type, id_, author, enclosure, categories = line.split("\t")
            items.append(
                Item(
                    id=id_,
                    title=title,
                    link=link,
                    date=datetime.fromtimestamp(int(seconds), UTC),
                    image=enclosure,
                    authors=names(author),
                    categories=names(*categories.split("|")),
                    text=content.replace("\\n", "\n"),
                )
            )
        return items

    def import_opml(self, file: Path) -> list[str]:
        """The addresses in the configuration it makes of *file*."""
        made = run(self._home, "sfeed_opml_import", stdin=file.read_text()).stdout
        tell = made + "\nfeed() { printf '%s\\n' \"$2\"; }\nfeeds\n"
        return run(self._home, "sh", "-c", tell).stdout.splitlines()
