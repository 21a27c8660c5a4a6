"""The sizes of the pictures in the folder ``assets`` of a corpus, which this server publishes."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from msgspec.structs import replace

from feeds.article import Article, Image
from feeds.corpus.media_types import is_picture
from feeds.corpus.reading import Reading

FOLDER = "assets"


class OwnPictures:
    """The pictures of the corpus at *root*, published below *url*, the address of the server."""

    def __init__(self, root: Path, url: str) -> None:
        self._folder = os.path.join(root, FOLDER)
        self._address = f"{url.rstrip('/')}/{FOLDER}/"
        self._length_of: Callable[[str], int] = self._length

    def keep_lengths(self) -> None:
        """Look at each file once from now on, in a process that reads the corpus once."""
        self._length_of = lru_cache(1 << 12)(self._length)

    def measure(self, reading: Reading) -> Reading:
        """Set the lengths of these pictures in *reading*, if it is an article; 0 without a file.

        Other pictures are as they were.
        """
        if not isinstance(reading, Article):
            return reading
        images = tuple(map(self._measured, reading.images))
        return reading if images == reading.images else replace(reading, images=images)

    def agree(self, images: Iterable[Image]) -> bool:
        """True if these pictures among *images* have the lengths of the files."""
        return all(image == self._measured(image) for image in images)

    def may_name_one(self, content: bytes) -> bool:
        """True if *content* has the beginning of the addresses of these pictures."""
        return self._address.encode() in content

    def sizes(self) -> dict[str, int]:
        """The sizes of all picture files in bytes, by path, and the inodes of linked folders."""
        return dict(_listed(self._folder))

    def _measured(self, image: Image) -> Image:
        if not image.url.startswith(self._address):
            return image
        length = self._length_of(image.url)
        return image if image.length == length else replace(image, length=length)

    def _length(self, url: str) -> int:
        path = unquote(url.removeprefix(self._address).partition("?")[0].partition("#")[0])
        try:
            return self._size(path) if is_picture(path) else 0
        except (OSError, ValueError):
            return 0

    def _size(self, path: str) -> int:
        file = self._folder
        for part in path.split("/"):  # each, because resolving the whole path takes much longer
            file = f"{file}/{part}"
            info = os.lstat(file)
            if part == ".." or stat.S_ISLNK(info.st_mode):
                return self._linked_size(path)
        return _size(info)

    def _linked_size(self, path: str) -> int:
        file = os.path.realpath(f"{self._folder}/{path}")
        # A link may lead out of the folder, to a file that is not published.
        is_inside = file.startswith(os.path.realpath(self._folder) + "/")
        return _size(os.stat(file)) if is_inside else 0


def _listed(folder: str) -> Iterator[tuple[str, int]]:
    try:
        with os.scandir(folder) as entries:
            members = [*entries]
    except OSError:
        return
    for entry in members:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _listed(entry.path)
            elif entry.is_dir():  # a link may lead to another folder later
                yield entry.path, entry.stat().st_ino
            elif is_picture(entry.name):
                yield entry.path, _size(entry.stat())
        except OSError:
            continue


def _size(info: os.stat_result) -> int:
    return info.st_size if stat.S_ISREG(info.st_mode) else 0
