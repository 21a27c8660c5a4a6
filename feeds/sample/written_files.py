"""The files of a sample, listed in its folder: no other file is replaced or deleted."""

import os
import shutil
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Self

from feeds.errors import CorpusError

MARKER = ".sample"
UNFINISHED = ".sample-unfinished"

_PLACES = ("_config.yml", "_data", "_news", "assets")
_REMEDY = "move it elsewhere, or name a new folder"


class WrittenFiles:
    """Writes files below *folder*; a file is in the list of the sample before it is written.

    The sample is complete when the ``with`` block ends without an error.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folders: set[Path] = set()

    def __enter__(self) -> Self:
        self._list = (self._folder / UNFINISHED).open("wb", buffering=0)
        return self

    def __exit__(self, error: object, *_: object) -> None:
        self._list.close()
        if not error:
            (self._folder / UNFINISHED).rename(self._folder / MARKER)

    def write(self, path: str, content: bytes) -> None:
        """Write *content* to the file at *path*, and make its folder."""
        self._list.write(f"{_digest(content)} {path}\n".encode())
        target = self._folder / path
        if target.parent not in self._folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(target.parent)
        target.write_bytes(content)


def make_room(folder: Path) -> None:
    """Make *folder*, or delete the sample in it, complete or not.

    Raises CorpusError, and deletes nothing, if any other file would be lost.
    """
    if folder.exists() and not folder.is_dir():
        raise CorpusError(folder, "not a folder", "name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    found = next((folder / name for name in (MARKER, UNFINISHED) if (folder / name).exists()), None)
    if not found:
        if any(folder.iterdir()):
            raise CorpusError(folder, "neither empty nor a sample", "name a new folder")
        return
    _refuse_others(folder, found)
    found.rename(folder / UNFINISHED)  # after an interruption, its list is still there
    for name in _PLACES:
        place = folder / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def _refuse_others(folder: Path, marker: Path) -> None:
    """Raise CorpusError for the first file that is not as the list in *marker* has it."""
    lines = [line.partition(" ") for line in marker.read_text(errors="replace").splitlines()]
    listed = {path: digest for digest, _, path in lines}
    may_be_cut_off = lines[-1][2] if lines and marker.name == UNFINISHED else ""
    for path in sorted(_files(folder)):
        file = folder / path
        if path not in listed or file.is_symlink():
            raise CorpusError(file, "not from the sample", _REMEDY)
        if path != may_be_cut_off and _digest(file.read_bytes()) != listed[path]:
            raise CorpusError(file, "changed since the sample was written", _REMEDY)


def _files(folder: Path) -> Iterator[str]:
    """Yield the paths of all files and links in the places of a sample; no link is followed."""
    for name in _PLACES:
        if (folder / name).is_symlink() or (folder / name).is_file():
            yield name
            continue
        for place, folders, files in os.walk(folder / name):
            below = Path(place)
            links = [each for each in folders if (below / each).is_symlink()]
            yield from ((below / each).relative_to(folder).as_posix() for each in (*links, *files))


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()
