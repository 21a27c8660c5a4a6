"""Feed readers that people use, each driven as its user would, behind one Protocol."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

NODE_MODULES = Path(__file__).parent.parent / "node_modules"


class Item(NamedTuple):
    """An article as a reader shows it; empty where the reader has no place for it."""

    id: str
    title: str
    link: str
    date: datetime
    image: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    text: str  # HTML or plain text, as it shows it below the title
    unread: bool | None = None  # None: this reader does not remember


class Client(Protocol):
    """A feed reader with one subscription, all it keeps in the folder *home*.

    What it does otherwise than most is said by attributes, so that tests hold for every reader.
    """

    needs: tuple[str, ...] = ()  # programs by name, anything else by its path
    formats: tuple[str, ...] = ("rss", "atom")
    agent: str  # its User-Agent, from tests/agents.py
    conditional_from = 2  # the fetch that is the first to say what it has
    unchanged = "GET 304"  # that fetch and its response if nothing is new
    conditions: tuple[str, ...] = (
        "if-modified-since",
        "if-none-match",
    )  # the header fields of that fetch
    authors_shown: ClassVar[dict[str, slice]] = {}  # by format; else all
    categories_in: tuple[str, ...] = ("rss", "atom", "json")
    titles_as_html: tuple[str, ...] = ()  # formats where a title with tags is taken for HTML
    other_titles: ClassVar[dict[str, dict[str, str]]] = {}  # by format and name
    keeps_removed = False
    keeps_old_titles = False
    ignores_edits = False  # an article stays as it was first seen
    remembers_reading = False
    edits_are_unread = False

    def __init__(self, home: Path) -> None: ...

    def subscribe(self, url: str) -> None:
        """Take *url* for the feed, and fetch it."""

    def refresh(self) -> None:
        """Fetch the feed again."""

    def refresh_until(self, condition: Callable[[], bool], most: int) -> None:
        """Fetch the feed until *condition* is true, at most *most* times; a refusal is no error here."""
        for _ in range(most):
            if not condition():
                with suppress(Exception):
                    self.refresh()

    def items(self) -> list[Item]:
        """All there is to see."""

    def read_all(self) -> None:
        """Mark every item as read, where the reader remembers."""
        raise NotImplementedError

    @classmethod
    def missing(cls) -> list[str]:
        """The programs and files that it needs and that are not installed."""
        return [need for need in cls.needs if not (shutil.which(need) or Path(need).exists())]


def run(home: Path, *command: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program with *home* as its home folder; it has to succeed."""
    done = subprocess.run(
        command, env=os.environ | {"HOME": str(home), "LC_ALL": "C.UTF-8"}, input=stdin,
        capture_output=True, check=False, encoding="utf-8", timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def first_picture(html: str) -> str:
    """The address of the first picture in *html*: what readers show that know no other place for it."""
    found = re.search(r'<img [^>]*?\bsrc="([^"]+)"', html)
    return unescape(found[1]) if found else ""


def names(*written: str | None) -> tuple[str, ...]:
    """*written* without what is empty."""
    return tuple(name for name in written if name)
