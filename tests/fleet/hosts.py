"""Hosts of a fleet in one process: each has its own store, its own copy of the corpus, and threads."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
from werkzeug.test import TestResponse

from feeds.fleet.limits import FleetLimits
from feeds.settings import Settings
from feeds.settings.sections import CorpusSettings, FleetSettings, StoreSettings, WatchSettings
from feeds.store import Record
from feeds.store.sqlite import SQLiteStore
from tests.builders import write_article
from tests.harness import DEFAULTS, Process
from tests.waiting import eventually

FAST = FleetLimits(
    renew=0.2,
    poll=0.05,
    report=0.1,
    retry=0.05,
    longest_retry=0.2,
    settle=0.3,
    hold_off=0.5,
    compare=0.2,
    snapshot_batches=5,
)


class StartedProcess(Process):
    """A process with threads: one of them follows the store, and no other may use its connection."""

    def follow(self) -> None:
        """Leave it to the thread."""


class Host:
    """A host called *name*, with its files in *folder* and the journal at *dsn*.

    *corpus* is copied, with the times of files; without one, the host only follows. *lead* and *max_lag*
    are settings of its fleet, *sections* other sections of its settings.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        dsn: str,
        corpus: Path | None = None,
        *,
        lead: bool = True,
        max_lag: int = 30,
        **sections: Any,
    ) -> None:
        self.name = name
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.corpus = self.folder / "corpus"
        if corpus and not self.corpus.exists():
            copytree(corpus, self.corpus)
        self.store = self.folder / "store.db"
        self.settings = Settings(
            corpus=CorpusSettings(path=str(self.corpus)),
            store=StoreSettings(path=str(self.store)),
            watch=WatchSettings(interval=0.05),
            fleet=FleetSettings(dsn=dsn, host=name, lead=lead, max_lag=max_lag),
            **DEFAULTS | sections,
        )
        self.process: Process | None = None

    def start(self) -> "Host":
        """Start the server of this host."""
        self.process = StartedProcess(self.settings, time.time, limits=FAST)
        self.process.server.start()
        return self

    def stop(self) -> None:
        """Stop the server, which gives a lease back."""
        if self.process:
            self.process.close()
            self.process = None

    def write(self, name: str, **fields: str) -> Path:
        """Write an article in the corpus of this host."""
        return write_article(self.corpus, f"_news/2026-01-02-{name}.md", **fields)

    def get(self, path: str) -> tuple[int, str, bytes]:
        """Status, ETag and body of the response of this host."""
        assert self.process
        response = self.process.get(path)
        return response.status_code, response.headers.get("ETag", ""), response.data

    def post(self, path: str, form: Mapping[str, str]) -> TestResponse:
        """The response of this host to *form*."""
        assert self.process
        return self.process.post(path, form)

    def titles(self) -> set[str]:
        """The titles in the feed of this host, none while it has no index."""
        status, _, body = self.get("/feed.json")
        return {item["title"] for item in json.loads(body)["items"]} if status == 200 else set()

    def shows(self, *titles: str) -> None:
        """Wait until the feed has exactly *titles*."""
        eventually(lambda: self.titles() == {*titles})

    def status(self) -> dict[str, Any]:
        """The part of this host in the fleet, as in its status; empty until it takes part.

        The whole status has the count of readers, which takes a new connection to the database.
        """
        assert self.process
        fleet = self.process.server.metrics.fleet
        return msgspec.to_builtins(fleet.status(time.time())) if fleet else {}

    def server_status(self) -> dict[str, Any]:
        """The content of /status.json."""
        assert self.process
        found: dict[str, Any] = json.loads(self.process.get("/status.json").data)
        return found

    def reports(self, text: str, part: str = "trouble") -> None:
        """Wait until *text* is in a part of the status in the fleet."""
        eventually(lambda: text in str(self.status().get(part)))

    def becomes(self, role: str) -> None:
        """Wait until this host has *role*."""
        eventually(lambda: self.status().get("role") == role)

    def unread(self) -> set[str]:
        """The paths of recorded files that a takeover would read."""
        store = SQLiteStore(self.store)
        try:
            return {path for path, stamp in store.stamps().items() if not any(stamp)}
        finally:
            store.close()

    def records(self) -> list[Record]:
        """All records of the store, with their numbers."""
        store = SQLiteStore(self.store)
        try:
            return sorted(store.load().records, key=lambda each: each.number)
        finally:
            store.close()


HostOf = Callable[..., Host]
"""Starts a host by its name and the arguments of Host after the journal."""
