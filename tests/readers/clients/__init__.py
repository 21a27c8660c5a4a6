"""Popular feed readers behind one Protocol, each driven as by a user."""

import re
import shutil
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

NODE_MODULES = Path(__file__).parent.parent / "node_modules"


class Item(NamedTuple):
    """An article as a reader shows it; fields that the reader does not show are empty."""

    id: str
    title: str
    link: str
    date: datetime
    image: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    unread: bool | None = None  # None: this reader does not remember


class Client(Protocol):
    """A feed reader with one subscription; its files are in the folder *home*.

    Attributes declare how it differs from most readers, so that tests hold for every reader.
    """

    needs: tuple[str, ...] = ()  # programs by name, anything else by its path
    formats: tuple[str, ...] = ("rss", "atom")
    conditional_from = 2  # the number of its first conditional request
    authors_shown: ClassVar[dict[str, slice]] = {}  # by format; by default all
    categories_in: tuple[str, ...] = ("rss", "atom", "json")
    titles_as_html: tuple[str, ...] = ()  # formats in which a title with tags counts as HTML
    keeps_removed = False
    keeps_old_titles = False
    remembers_reading = False

    def __init__(self, home: Path) -> None: ...

    def subscribe(self, url: str) -> None:
        """Subscribe to *url*, and fetch it."""

    def refresh(self) -> None:
        """Fetch the feed again."""

    def items(self) -> list[Item]:
        """The articles that it shows."""

    def read_all(self) -> None:
        """Mark every item as read, if the reader remembers that."""
        raise NotImplementedError

    @classmethod
    def missing(cls) -> list[str]:
        """The requirements that are not installed."""
        return [need for need in cls.needs if not (shutil.which(need) or Path(need).exists())]


def first_picture(html: str) -> str:
    """The URL of the first image in *html*, for readers that take images from the text alone."""
    found = re.search(r'<img [^>]*?\bsrc="([^"]+)"', html)
    return unescape(found[1]) if found else ""


def names(*written: str | None) -> tuple[str, ...]:
    """The names in *written* that are not empty."""
    return tuple(name for name in written if name)
