"""Pictures, audio and video of a corpus on a host that may have no folder of it."""

from typing import BinaryIO, NamedTuple, Protocol
from urllib.parse import quote

from feeds.article import NamedFile
from feeds.corpus.local_files import media_path
from feeds.corpus.picture_folder import PictureFolder


class OpenedFile(NamedTuple):
    """An open *file* with the *digest* of its content.

    *modified* is its modification time, in seconds since 1970 and the same on every host, 0 if unknown.
    """

    file: BinaryIO
    digest: str
    modified: int = 0


class SharedFiles(Protocol):
    """The published files of a corpus. Thread-safe.

    Each method returns the open file, or its address on another host, None if there is no such file.
    """

    def picture(self, path: str) -> OpenedFile | str | None:
        """The picture at *path* in the folder ``assets``."""

    def named(self, file: NamedFile) -> OpenedFile | str | None:
        """The *file* that a visible article names, and that is not in the corpus folder of this host."""


class ElsewhereFiles(SharedFiles):
    """The files on a host with *pictures*, and those that it lacks below the address *base*.

    Modification times differ between hosts, and are left out.
    """

    def __init__(self, base: str, pictures: PictureFolder) -> None:
        self._base = base.rstrip("/")
        self._pictures = pictures

    def picture(self, path: str) -> OpenedFile | str | None:
        """See SharedFiles."""
        if found := self._pictures.open(path):
            return OpenedFile(found[0], found[1].digest)
        return f"{self._base}/assets/{quote(path)}"

    def named(self, file: NamedFile) -> OpenedFile | str | None:
        """See SharedFiles."""
        return self._base + media_path(file)
