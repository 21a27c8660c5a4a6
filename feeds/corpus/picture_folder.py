"""The pictures in the folder ``assets`` of a corpus, which are all published."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from feeds.corpus.local_files import LocalStamp, digest_of, open_file, stamp_of
from feeds.corpus.media_types import IMAGE_TYPES

MAX_PATH_LENGTH = 4096  # characters: no path of Linux has more


def picture_type(path: str) -> str | None:
    """The media type of a picture at *path*, by its extension; None if that is of another kind."""
    return IMAGE_TYPES.get(Path(path).suffix[1:].lower())


class FolderPicture(Struct, frozen=True):
    """A picture in the folder: the *digest* and *size* of its content, and its modification time."""

    digest: str
    size: int
    modified: int


class PictureFolder:
    """The pictures in *folder*, by their paths below it; links do not lead out of it. Thread-safe.

    The folder is resolved at each call, because a link at or above it may lead to another folder by then.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._known: dict[str, tuple[LocalStamp, FolderPicture]] = {}

    def place(self, path: str) -> Path | None:
        """The resolved folder if *path* is the path of a picture in it, which may be missing."""
        if len(path) > MAX_PATH_LENGTH or not picture_type(path):
            return None  # every part of a path is looked up
        try:
            folder = self._folder.resolve()
            return folder if (folder / path).resolve().is_relative_to(folder) else None
        except (OSError, RuntimeError, ValueError):  # a circle, or a name that no file can have
            return None

    def find(self, path: str) -> FolderPicture | None:
        """The picture at *path*, None if there is none that can be read."""
        found = self.open(path)
        if not found:
            return None
        found[0].close()
        return found[1]

    def open(self, path: str) -> tuple[BinaryIO, FolderPicture] | None:
        """Open the picture at *path*, None if there is none that can be read."""
        folder = self.place(path)
        if not folder:
            return None
        try:
            if not stat.S_ISREG(os.stat(folder / path).st_mode):
                return None
            opened = open_file(str(folder / path))
        except OSError:
            return None
        return opened, self._picture(path, opened)

    def paths(self) -> Iterator[str]:
        """Yield the paths of all files that may be pictures, in order; links to folders are followed."""
        yield from self._below("", ())

    def _below(self, path: str, above: tuple[str, ...]) -> Iterator[str]:
        place = os.path.realpath(self._folder / path)
        if place in above:
            return  # a circle of links
        try:
            names = sorted(os.listdir(place))
        except OSError:
            return
        for name in names:
            inner = f"{path}/{name}" if path else name
            if not _is_text(inner):
                continue
            if os.path.isdir(f"{place}/{name}"):
                yield from self._below(inner, (*above, place))
            elif picture_type(name):
                yield inner

    def _picture(self, path: str, opened: BinaryIO) -> FolderPicture:
        """The facts of the file *opened* at *path*; its content is read once for each stamp."""
        stamp = stamp_of(os.fstat(opened.fileno()))
        known = self._known.get(path)
        if not known or known[0] != stamp:
            digest, size = digest_of(opened)
            opened.seek(0)
            known = self._known[path] = stamp, FolderPicture(digest, size, stamp[0] // 1_000_000_000)
        return known[1]


def _is_text(path: str) -> bool:
    """Return whether *path* can be written in UTF-8, as an address needs."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
