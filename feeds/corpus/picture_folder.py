"""The pictures in the folder ``assets`` of a corpus, which are all published."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
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
    """The pictures in *folder*, by their paths below it; links do not lead out of it.

    The folder is resolved at each call, because a link at or above it may lead to another folder by then.
    Any number of threads may call ``place`` and ``open``, and one of them ``all``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._known: dict[str, tuple[LocalStamp, FolderPicture]] = {}
        self._listings: dict[str, _Listing] = {}

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
        listing = self._listings[path] = self._listing(path, place)
        for name in listing.pictures:
            with suppress(OSError):
                yield f"{path}{name}", self._measured(f"{path}{name}", f"{place}/{name}")
        for name in listing.folders:
            with suppress(OSError, RuntimeError):
                inner = (place / name).resolve()
                if inner not in above and inner.is_relative_to(above[0]):
                    yield from self._below(f"{path}{name}/", inner, above)

    def _listing(self, path: str, place: Path) -> "_Listing":
        """The names in the folder *place*; they are read twice after a change, which may not be over."""
        changed, known = os.stat(place).st_mtime_ns, self._listings.get(path)
        is_same = known is not None and (known.place, known.changed) == (place, changed)
        if known and is_same and known.is_settled:
            return known
        with os.scandir(place) as entries:
            members = [entry for entry in entries if _is_text(entry.name)]
        folders = [entry.name for entry in members if _is_folder(entry)]
        pictures = [entry.name for entry in members if self._is_picture(path, entry)]
        return _Listing(place, changed, is_same, sorted(pictures), sorted(folders))

    def _is_picture(self, path: str, entry: "os.DirEntry[str]") -> bool:
        """Return whether *entry* in the folder at *path* is a picture, also after symbolic links."""
        try:
            is_one = bool(picture_type(entry.name)) and entry.is_file()
        except OSError:  # such as a circle of links
            return False
        return is_one and (not entry.is_symlink() or self.place(f"{path}{entry.name}") is not None)

    def _measured(self, path: str, file: str) -> FolderPicture:
        """The facts of *file* at *path*, which is opened only if they are not known yet."""
        known = self._known.get(path)
        if known and known[0] == stamp_of(os.stat(file)):
            return known[1]
        with open_file(file) as opened:
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


class _Listing(Struct, frozen=True):
    """The names of *pictures* and *folders* in the folder *place*, whose own time is *changed*."""

    place: Path
    changed: int
    is_settled: bool
    pictures: list[str]
    folders: list[str]


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_text(path: str) -> bool:
    """Return whether *path* can be written in UTF-8, as an address needs."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
