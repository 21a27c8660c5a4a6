"""Real servers of a fleet: FleetServer."""

from pathlib import Path
from shutil import copytree
from typing import Any

from tests.builders import write_article
from tests.commands import invoke
from tests.server import Server


class FleetServer(Server):
    """The server of host *name*, with a copy of *corpus* of its own; *more* are environment variables."""

    def __init__(self, name: str, corpus: Path, folder: Path, database: str, **more: Any) -> None:
        folder.mkdir(parents=True)
        copytree(corpus, folder / "corpus")
        settings = {"FEEDS_FLEET_DSN": database, "FEEDS_FLEET_HOST": name}
        super().__init__(
            folder / "corpus", folder, "asgi", FEEDS_SITE_AUTHORITY="example.org", **settings | more
        )
        self.name = name

    def write(self, title: str) -> None:
        write_article(self.corpus, f"_news/2026-01-02-{title.lower()}.md", title=title)

    def sync_to(self, *others: "FleetServer") -> None:
        """Copy the corpus with its times."""
        for other in others:
            copytree(self.corpus, other.corpus, dirs_exist_ok=True)

    def part(self, name: str) -> object:
        """One fact of this host in its fleet."""
        return (self.status()["fleet"] or {}).get(name)

    def leads(self) -> bool:
        return self.is_running() and self.part("role") == "leader"

    def shows(self, *titles: str) -> bool:
        return {*titles} <= {*self.titles()}

    def feeds(self, *words: str) -> tuple[int, str]:
        """Run a command on this host; return its exit status and output."""
        done = invoke(*words, **self.settings)
        return done.exit_code, done.output
