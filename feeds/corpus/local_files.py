"""Pictures, audio and video that articles name by a path: their place in the corpus and their address."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

from feeds.article import NamedFile
from feeds.article.expressions import expression
from feeds.corpus.content_types import EXTENSIONS, START_BYTES, content_type
from feeds.corpus.files import is_hidden
from feeds.corpus.picture_size import picture_size
from feeds.corpus.site import SourceSite
from feeds.corpus.urls import SCHEME

MEDIA_FOLDER = "/media/"  # the beginning of the addresses
DIGEST_BYTES = 10
MAX_FILE_NAME = 4096  # characters: no path of Linux has more

# The folders of published files in a site, in order of precedence; the last is the site itself.
ROOTS = ("static", "public", "source", "src", "assets", "content", "")

# Names of the root of the content, of the site or of its sources, by tool.
_PLACES = expression(
    r"\{(?:static|attach|filename)\}|\|(?:static|attach|filename)\|"  # Pelican
    r"|@site(?=/)|pathname://(?=/)"  # Docusaurus
    r"|[@~](?=/)"  # Astro, Vite, Zola
)


LocalStamp = tuple[int, int, int]
"""The modification time, size and inode of a file."""


class LocalFile(Struct, frozen=True):
    """A picture, audio or video in the corpus; *path* is relative to its root.

    *digest* is of its content. Width and height in pixels are 0 if unknown.
    """

    path: str
    digest: str
    size: int
    type: str
    width: int = 0
    height: int = 0


class LocalFiles:
    """The files below *root* that articles of *site* name, published below *url*, the server's address.

    A file is neither hidden nor outside of the root, and is a picture, audio or video by its content.
    """

    def __init__(self, root: Path, site: SourceSite, url: str) -> None:
        self._root = os.path.realpath(root)
        self._folders = tuple(_folders(site))
        self._base = urlsplit(site.url).path.strip("/")
        self._url = url.rstrip("/")
        self._known: dict[str, tuple[LocalStamp, LocalFile | None]] = {}
        self._sought: dict[str, dict[str, LocalFile | None]] = {}  # by article and name

    def __getstate__(self) -> dict[str, Any]:
        """The state without the files known so far."""
        return self.__dict__ | {"_known": {}, "_sought": {}}

    def forget(self) -> None:
        """Forget the files known so far, and the searches for articles that could not be read."""
        self._known.clear()
        self._sought.clear()

    def address(self, written: str, path: str) -> str | None:
        """The address of the file that is *written* in the article at *path*, or None without a file."""
        found = self.find(written, path)
        return self.url_of(found) if found else None

    def url_of(self, file: LocalFile) -> str:
        """The address of *file*, which changes with its content: caches may keep it without a limit."""
        return self._url + media_path(file)

    def find(self, written: str, path: str) -> LocalFile | None:
        """Find the file that is *written* in the article at *path*; an address on any host is none."""
        found = self._find(written, path)
        if found or is_name(written):
            self._sought.setdefault(path, {})[written] = found
        return found

    def _find(self, written: str, path: str) -> LocalFile | None:
        return next(filter(None, map(self._at, self._places(written, path))), None)

    def taken(self, path: str) -> dict[str, LocalFile | None]:
        """The results of the searches for the article at *path* since the last such call, by name."""
        return self._sought.pop(path, {})

    def named(self, written: str, path: str, found: LocalFile | None) -> NamedFile:
        """The record of the file that was *found* for the name *written* in the article at *path*."""
        if not found:
            return NamedFile(written, path)
        stamp = self._known[found.path][0]
        return NamedFile(written, path, found.path, found.digest, found.type, stamp)

    def stamp(self, path: str) -> LocalStamp | None:
        """The present stamp of the file at *path*, None if there is none."""
        try:
            return stamp_of(os.stat(f"{self._root}/{path}"))
        except (OSError, ValueError):
            return None

    def agrees(self, file: NamedFile) -> bool:
        """True if *file* is unchanged, or if its article finds it again."""
        return bool(file.path and self.stamp(file.path) == file.stamp) or self.finds_again(file)

    def finds_again(self, file: NamedFile) -> bool:
        """True if a search for *file* has the same result: the same place and content, or none."""
        found = self._find(file.written, file.article)
        return (found.path, found.digest) == (file.path, file.digest) if found else not file.path

    def open(self, file: NamedFile) -> BinaryIO | None:
        """Open *file*, or return None if it is gone or has another content by now."""
        expected = file.stamp
        if self.stamp(file.path) != expected:  # touched, or copied from another host
            found = self._at(file.path)
            if not found or found.digest != file.digest:
                return None
            expected = self._known[file.path][0]
        try:
            opened = open_file(f"{self._root}/{file.path}")
        except OSError:
            return None
        if stamp_of(os.fstat(opened.fileno())) == expected:
            return opened
        opened.close()  # it was replaced just now
        return None

    def _places(self, written: str, path: str) -> Iterator[str]:
        """Yield the paths at which the file may be, the most likely first, each once."""
        yielded: set[str] = set()
        for name in _names(written):
            for each in self._candidates(name, path):
                place = os.path.normpath(each)
                if place not in yielded and not place.startswith("../"):
                    yielded.add(place)
                    yield place

    def _candidates(self, name: str, path: str) -> Iterator[str]:
        """Yield the paths of *name*: beside the article if it is relative, then below the roots."""
        if not name.startswith("/"):
            folder, _, file = path.rpartition("/")
            stem = file.rpartition(".")[0]
            for own in ("", "images/", f"{stem}/", f"{stem.partition('.')[0]}/"):
                yield f"{folder}/{own}{name}" if folder else f"{own}{name}"
        name = name.lstrip("/")
        below_base = name.removeprefix(f"{self._base}/") if self._base else name
        for each in dict.fromkeys((name, below_base)):
            for folder in self._folders:
                yield folder + each

    def _at(self, place: str) -> LocalFile | None:
        """The file at *place*, relative to the root; its facts are remembered until its stat changes."""
        if any(map(is_hidden, place.split("/"))):
            return None
        file = f"{self._root}/{place}"
        try:
            info = os.stat(file)
            if not stat.S_ISREG(info.st_mode) or not info.st_size or not self._is_inside(file):
                return None
            stamp, known = stamp_of(info), self._known.get(place)
            if not known or known[0] != stamp:
                known = self._known[place] = stamp, _read(file, place)
        except (OSError, ValueError):  # a name that no file can have, or a file that must not be read
            return None
        return known[1]

    def _is_inside(self, file: str) -> bool:
        """Return whether *file*, after symbolic links, is below the root and not hidden."""
        resolved = os.path.realpath(file)
        is_below = resolved.startswith(f"{self._root}/")
        return is_below and not any(map(is_hidden, resolved[len(self._root) + 1 :].split("/")))


def media_path(file: LocalFile | NamedFile) -> str:
    """The address of *file* below that of the server: its digest, and its name.

    The name ends in an extension of its type, by which servers of static files know it.
    """
    name = file.path.rpartition("/")[2]
    known = EXTENSIONS[file.type]
    ending = "" if name.rpartition(".")[2].lower() in known else f".{known[0]}"
    return f"{MEDIA_FOLDER}{file.digest}/{quote(name)}{ending}"


def is_name(written: str) -> bool:
    """True if *written* may be the name of a file: it is neither empty nor an address on a host."""
    return any(True for _ in _names(written))


def last_parts(written: str) -> set[str]:
    """The last parts of all paths at which *written* is sought, in the form that ignores case."""
    return {os.path.basename(os.path.normpath(name)).casefold() for name in _names(written)}


def stamp_of(info: os.stat_result) -> LocalStamp:
    """The stamp of the file with *info*."""
    return info.st_mtime_ns, info.st_size, info.st_ino


def _folders(site: SourceSite) -> Iterator[str]:
    """Yield the folders of ROOTS in the site, the folders of its content, and ROOTS in the corpus."""
    own = f"{site.folder.strip('/')}/" if site.folder.strip("/") else ""
    content = [f"{each.strip('/')}/" for each in site.content if each.strip("/")]
    above = [f"{root}/" if root else "" for root in ROOTS]
    yield from dict.fromkeys([*(own + each for each in above[:-1]), *content, own, *above])


def _names(written: str) -> Iterator[str]:
    """Yield the names that *written* may mean; one that is relative to a root begins with a slash."""
    text = written.strip()
    if len(text) > MAX_FILE_NAME or "\0" in text:
        return
    if found := _PLACES.match(text):
        rest = text[found.end() :]
        text = rest if found[0][0] in "{|" else f"/{rest.lstrip('/')}"
    if not text or SCHEME.match(text) or text.startswith("//"):
        return
    decoded = unquote(re.split(r"[?#]", text, maxsplit=1)[0])
    for name in dict.fromkeys([decoded, text, decoded.replace("\\", "/")]):
        if name.strip("/."):
            yield name
            if not name.isascii():  # macOS writes é in two characters
                yield unicodedata.normalize("NFC", name)
                yield unicodedata.normalize("NFD", name)


def _read(file: str, place: str) -> LocalFile | None:
    """Read *file*; None if its content is no picture, audio or video."""
    with open_file(file) as opened:
        head = opened.read(START_BYTES)
        media_type = content_type(head)
        if not media_type:
            return None
        digest, size = digest_of(opened, head)
        width, height = picture_size(opened, media_type) if media_type.startswith("image/") else (0, 0)
        return LocalFile(place, digest, size, media_type, width, height)


def open_file(file: str) -> BinaryIO:
    """Open *file*, which is no folder, for reading."""
    handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would block
    return os.fdopen(handle, "rb")


def digest_of(file: BinaryIO, head: bytes = b"") -> tuple[str, int]:
    """The digest and the size in bytes of *file*; *head* is the part that was read before."""
    hashed, size = blake2b(head, digest_size=DIGEST_BYTES), len(head)
    while more := file.read(1 << 20):
        hashed.update(more)
        size += len(more)
    return hashed.hexdigest(), size
