"""The published files in the corpus folder of a host: the files that the leader of a fleet publishes."""

import os
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import astuple

from feeds.article import NamedFile
from feeds.corpus.local_files import LocalFiles, media_path
from feeds.corpus.own_pictures import FOLDER
from feeds.corpus.picture_folder import PictureFolder
from feeds.corpus.site import SourceSite
from feeds.fleet.assets import Asset
from feeds.index import Index
from feeds.index.published_files import PublishedFiles

_PICTURES = f"{FOLDER}/"


class CorpusFiles:
    """The files that this host serves from its corpus folder, by their names in the journal.

    These are the pictures of the corpus at *root*, and the local files that visible articles name; *url*
    is the address of the server. One object is used by one thread.
    """

    def __init__(self, root: Path, url: str) -> None:
        self._root = root
        self._pictures = PictureFolder(root / FOLDER)
        self._local = LocalFiles(root, SourceSite(dialect=""), url)
        self._published = PublishedFiles()
        self._named: dict[str, NamedFile] = {}

    def are_there(self) -> bool:
        """Return whether the corpus has any file: an empty folder is one that is not mounted."""
        try:
            with os.scandir(self._root) as entries:
                return any(True for _ in entries)
        except OSError:
            return False

    def all(self, index: Index) -> dict[str, Asset]:
        """All published files, by name; those that articles name may be missing here."""
        self._named = {media_path(file).removeprefix("/"): file for file in self._published.all(index)}
        named = {name: Asset(file.digest, file.stamp[1]) for name, file in self._named.items()}
        return self._of_folder() | named

    def open(self, name: str, digest: str) -> BinaryIO | None:
        """Open the file called *name*, None if it is not here with the content *digest*."""
        opened = self._opened(name)
        if opened and opened[1] == digest:
            return opened[0]
        if opened:
            opened[0].close()
        return None

    def has(self, name: str, digest: str) -> bool:
        """Return whether the file called *name* is here with the content *digest*."""
        opened = self.open(name, digest)
        if opened:
            opened.close()
        return opened is not None

    def _opened(self, name: str) -> tuple[BinaryIO, str] | None:
        if name.startswith(_PICTURES):
            found = self._pictures.open(name.removeprefix(_PICTURES))
            return (found[0], found[1].digest) if found else None
        file = self._named.get(name)
        opened = self._local.open(file) if file else None
        return (opened, file.digest) if file and opened else None

    def _of_folder(self) -> dict[str, Asset]:
        return {f"{_PICTURES}{path}": Asset(*astuple(facts)) for path, facts in self._pictures.all()}
