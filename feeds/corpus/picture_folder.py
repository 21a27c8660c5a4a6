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
    return IMAGE_TYPES.get(os.path.splitext(path)[1][1:].lower())


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

    def all(self) -> Iterator[tuple[str, FolderPicture]]:
        """Yield path and facts of every picture that can be read; links to folders are followed."""
        try:
            yield from self._below("", self._folder.resolve(), ())
        except (OSError, RuntimeError):  # a circle of links, or no folder
            return

    def _below(
        self, path: str, place: Path, above: tuple[Path, ...]
    ) -> Iterator[tuple[str, FolderPicture]]:
        """Yield the pictures in the folder *place*, found at *path*; *above* are those around it."""
        above = (*above, place)
        with os.scandir(place) as entries:
            members = sorted(entries, key=lambda entry: entry.name)
        for entry in members:
            inner = f"{path}{entry.name}"
            try:
                if entry.is_symlink() and not _leads_inside(entry.path, above):
                    continue
                if entry.is_dir():
                    yield from self._below(f"{inner}/", Path(entry.path).resolve(), above)
                elif picture_type(inner) and entry.is_file() and _is_text(inner):
                    yield inner, self._measured(inner, entry)
            except (OSError, RuntimeError):
                continue

    def _measured(self, path: str, entry: "os.DirEntry[str]") -> FolderPicture:
        """The facts of the file *entry* at *path*, which is opened only if they are not known yet."""
        known = self._known.get(path)
        if known and known[0] == stamp_of(entry.stat()):
            return known[1]
        with open_file(entry.path) as opened:
            return self._picture(path, opened)

    def _picture(self, path: str, opened: BinaryIO) -> FolderPicture:
        """The facts of the file *opened* at *path*; its content is read once for each stamp."""
        stamp = stamp_of(os.fstat(opened.fileno()))
        known = self._known.get(path)
        if not known or known[0] != stamp:
            digest, size = digest_of(opened)
            opened.seek(0)
            known = self._known[path] = stamp, FolderPicture(digest, size, stamp[0] // 1_000_000_000)
        return known[1]


def _leads_inside(link: str, above: tuple[Path, ...]) -> bool:
    """Return whether *link* leads into the first folder of *above*, and to none of them."""
    target = Path(link).resolve()
    return target not in above and target.is_relative_to(above[0])


def _is_text(path: str) -> bool:
    """Return whether *path* can be written in UTF-8, as an address needs."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
