"""Hosts of a fleet in one process that share the files of a corpus: AssetHost."""

import shutil
from pathlib import Path
from typing import Protocol

from feeds.corpus.picture_folder import PictureFolder
from feeds.fleet import Lease
from feeds.fleet.asset_folder import AssetFolder
from feeds.fleet.asset_keeper import AssetKeeper
from feeds.fleet.assets import Assets
from feeds.fleet.corpus_files import CorpusFiles
from feeds.fleet.fetcher import AssetFetcher
from feeds.fleet.replicated_files import ReplicatedFiles
from feeds.index.current import CurrentIndex
from feeds.settings import Settings
from tests.entrypoints import FLASK
from tests.harness import SITE, Harness


class Journal(Protocol):
    """The journal of the hosts: *open* connects to it, *lease* gives the right to publish."""

    def open(self) -> Assets: ...

    def lease(self) -> Lease: ...


class AssetHost(Harness):
    """A host with a corpus folder and a store of its own; ``keep`` publishes or copies files.

    *waits* are the seconds that requests waited; ``while_waiting`` is called meanwhile.
    """

    def __init__(self, folder: Path, shared: Journal, entrypoint: str = FLASK) -> None:
        self.shared = shared
        self.waits: list[float] = []
        self.while_waiting = lambda: None
        folder.mkdir(exist_ok=True)
        self.copies = AssetFolder(folder / "store.db.assets", lambda: self.now)
        super().__init__(folder, entrypoint, parts={"find_files": self._files})
        corpus = CorpusFiles(self.root, SITE.url)
        self.keeper = AssetKeeper(self.copies, corpus, shared.open, self.server.current_index.index)

    def close(self) -> None:
        self.keeper.close()
        super().close()

    def lead(self) -> None:
        """Publish the files of this host as the leader."""
        self.keeper.changed(self.shared.lease())
        self.keeper.step()

    def follow(self) -> None:
        """Copy the files that another host published."""
        self.keeper.changed(None)
        self.keeper.step()

    def lose_corpus(self) -> None:
        shutil.rmtree(self.root)

    def _files(self, _settings: Settings, index: CurrentIndex, _clock: object) -> ReplicatedFiles:
        fetcher = AssetFetcher(self.copies, self.shared.open, lambda: sum(self.waits), self._wait)
        return ReplicatedFiles(self.copies, PictureFolder(self.assets), fetcher, lambda: index.revision)

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.while_waiting()
