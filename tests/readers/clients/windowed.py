"""Readers with windows, which run on an X server without a screen and keep everything in SQLite."""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.readers.clients import Client
from tests.server import Program

X_SERVER = "Xvfb"
_QT = {
    "QT_QPA_PLATFORM": "xcb",
    "QT_XCB_GL_INTEGRATION": "none",  # starts sooner
    # A sandbox refuses to run for root, and one process starts sooner than five.
    "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox --single-process",
}


class Display(Program):
    """An X server without a screen, with its log in *folder*."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            [X_SERVER, "-displayfd", "1", "-nolisten", "tcp", "-noreset"], folder / "log", ""
        )

    @property
    def name(self) -> str:
        """The value of DISPLAY for programs, empty before the server has one."""
        number = re.search(r"^\d+$", self.output(), re.MULTILINE)
        return f":{number[0]}" if number else ""

    def is_ready(self) -> bool:
        return bool(self.name)


class Window(Program):
    """A program with a window, and all of its files in *home*; ready once its log matches *done*."""

    def __init__(self, command: Sequence[str], home: Path, log: Path, done: str) -> None:
        folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
        own = {"HOME": str(home), "TMPDIR": str(home), "XDG_RUNTIME_DIR": str(home), "LC_ALL": "C.UTF-8"}
        super().__init__(command, log, "", home, **folders, **own, **_QT)
        self._done = re.compile(done)

    def is_ready(self) -> bool:
        return self._done.search(self.output()) is not None


class WindowedClient(Client):
    """A reader that fetches when it starts; each fetch is a start."""

    command: tuple[str, ...]
    database: str  # all paths are relative to the home of the reader
    log: str
    made: str  # a pattern of the log once the database is made
    fetched: str  # the same once the feed is fetched, or known to be unchanged

    def __init__(self, home: Path) -> None:
        self._home = home

    def subscribe(self, url: str) -> None:
        database = self._home / self.database
        database.parent.mkdir(parents=True)
        database.write_bytes(_empty_database(type(self)))
        self.add_feed(url)
        self.refresh()

    def refresh(self) -> None:
        self.start(self.fetched)

    def start(self, until: str) -> None:
        """Run the program until its log has *until*."""
        self.write_settings()
        with Window(self.command, self._home, self._home / self.log, until):
            pass

    def write_settings(self) -> None:
        """Write settings with which the program fetches at its start, and sends nothing else."""
        raise NotImplementedError

    def add_feed(self, url: str) -> None:
        """Add the feed to the database."""
        raise NotImplementedError

    def execute(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """Execute *statement* in the database of the program, which is not running."""
        with closing(sqlite3.connect(self._home / self.database)) as database, database:
            database.row_factory = sqlite3.Row
            return database.execute(statement, values).fetchall()


@cache
def _empty_database(reader: type[WindowedClient]) -> bytes:
    """The database that *reader* makes at its first start."""
    with TemporaryDirectory() as home:
        reader(Path(home)).start(until=reader.made)
        return (Path(home) / reader.database).read_bytes()
