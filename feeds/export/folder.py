"""The folder of an export, updated file by file, and repaired after an export that was killed."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from feeds.errors import ExportError
from feeds.export.manifest import SUFFIXES, VERSION, ExportedResponse, Head, Manifest, Part

OURS = ".export"  # the folder of files that are not answers: manifest, journal, nginx configuration
NEW = ".new"  # the suffix of a file that is being written

DerivedFiles = Mapping[str, Callable[[Manifest], Iterable[bytes]]]
"""Functions that make the contents of files beside the manifest from it, by file name."""


class Folder:
    """The folder at *path*, as a context manager that locks it. Raises ExportError.

    *known* has the responses of the last export by address, and *state* is its fingerprint. *codings* are
    the content codings of the compressed files to write beside the plain ones.

    The journal has the name of each file before it is written. If there is a journal at the start, the
    last export was killed, and the contents of files are compared instead of trusting the manifest.
    """

    def __init__(self, path: Path, codings: tuple[str, ...] = tuple(SUFFIXES)) -> None:
        self.path = path
        self.codings = codings
        self.known: dict[str, ExportedResponse] = {}
        self.state = ""
        self._edition = ""
        self._ours = path / OURS
        self._manifest = Manifest(self._ours / "manifest")
        self._journal = self._ours / "journal"
        self._writing = -1
        self._lock = -1
        self._owned: set[str] = set()  # files of the manifest, and of an export that was killed
        self._folders: set[str] = set()  # folders of the export that are not links
        self._repairing = False

    def __enter__(self) -> "Folder":
        if self.path.exists() and not self.path.is_dir():
            raise ExportError(self.path, "not a folder", "name a new folder")
        if not self._ours.is_dir():
            if self.path.exists() and any(self.path.iterdir()):
                raise ExportError(self.path, "neither empty nor an export", "name a new folder")
            self._ours.mkdir(parents=True)
        self._lock = os.open(self._ours / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._close()
            raise ExportError(self.path, "in use by another export", "wait until that ends") from None
        try:
            self._read()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        for handle in (self._writing, self._lock):
            if handle >= 0:
                os.close(handle)
        self._writing = self._lock = -1

    def _read(self) -> None:
        if head := self._manifest.head():
            for response in self._manifest.responses():
                self.known[response.address] = response
                self._owned.update(response.files(head.codings))
            self.state = head.state
            self._edition = head.edition
        if self._journal.exists():
            self._repairing = True
            self.state = ""
            self._owned.update(os.fsdecode(line) for line in self._journal.read_bytes().split(b"\0"))
            self._owned.discard("")

    @property
    def ignores_case(self) -> bool:
        """True if the file system finds a file by its name in any case."""
        return (self._ours / "LOCK").exists()

    def begin(self, edition: str) -> None:
        """Open the journal; call this before the first write.

        If the last export had another *edition* of links in its files, their contents are compared.
        """
        self._repairing |= edition != self._edition
        self._edition = edition
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._writing = os.open(self._journal, flags, 0o644)

    @contextmanager
    def part(self, number: int) -> Iterator[Part]:
        """Yield the part of the manifest that process *number* writes."""
        with self._part(number).open("wb") as lines:
            yield Part(lines)

    def _part(self, number: int) -> Path:
        return self._ours / f"part-{number}"

    def has(self, response: ExportedResponse) -> bool:
        """Return whether the files of *response* certainly exist as they were written."""
        return (
            bool(response.file)
            and not self._repairing
            and all(map(os.path.exists, self._paths(response)))
        )

    def _paths(self, response: ExportedResponse) -> list[str]:
        return [os.path.join(self.path, file) for file in response.files(self.codings)]

    def write(self, file: str, bodies: dict[str, bytes]) -> int:
        """Write *bodies*, by suffix, to *file* and the files beside it; return the number of writes."""
        wanted = {file + suffix: body for suffix, body in bodies.items()}
        if self._repairing:
            wanted = {name: body for name, body in wanted.items() if not self._holds(name, body)}
        for name, body in wanted.items():
            with self._new(name) as lines:
                lines.write(body)
        for name in wanted:  # as close together as possible
            self._show(name)
        return len(wanted)

    def stream(self, file: str, body: Iterable[bytes]) -> int:
        """Write *body* to *file*; return the number of files written."""
        with self._new(file) as lines:
            lines.writelines(body)
        self._show(file)
        return 1

    def _holds(self, name: str, body: bytes) -> bool:
        try:
            return name in self._owned and (self.path / name).read_bytes() == body
        except OSError:
            return False

    def _new(self, name: str) -> IO[bytes]:
        path = os.path.join(self.path, name)
        if name not in self._owned and os.path.lexists(path):
            raise ExportError(path, "not from an export", "move it elsewhere")
        self._check_links(os.path.dirname(name))
        killed = self._repairing and name in self._owned  # may be incomplete
        if os.path.lexists(path + NEW) and (os.path.islink(path + NEW) or not killed):
            raise ExportError(path + NEW, "not from an export", "move it elsewhere")
        os.write(self._writing, os.fsencode(name) + b"\0")
        self._owned.add(name)
        try:
            return open(path + NEW, "wb")
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            return open(path + NEW, "wb")

    def _check_links(self, folder: str) -> None:
        """Raise ExportError if *folder* is a link: the files behind it do not belong to the export."""
        if folder in self._folders:
            return
        if folder:
            self._check_links(os.path.dirname(folder))
        path = os.path.join(self.path, folder)
        if folder and os.path.islink(path):
            raise ExportError(path, "not from an export, but a link", "move it elsewhere")
        self._folders.add(folder)

    def _show(self, name: str) -> None:
        path = os.path.join(self.path, name)
        os.replace(path + NEW, path)

    def date(self, response: ExportedResponse, modified: str) -> None:
        """Set the modification time of the files of *response* to the HTTP date *modified*."""
        second = int(parsedate_to_datetime(modified).timestamp())
        for path in self._paths(response):
            if int(os.stat(path).st_mtime) != second:
                os.utime(path, (second, second))

    def finish(self, parts: int, state: str, descriptions: DerivedFiles) -> tuple[int, int]:
        """Write the manifest, and remove other files; return the numbers of responses and removals."""
        new = Manifest(Path(f"{self._manifest.path}{NEW}"))
        count, found = new.write(
            Head(VERSION, state, self.codings, self._edition), map(self._part, range(parts))
        )
        for name, describe in descriptions.items():
            self._describe(self._ours / name, describe(new))
        removed = sum(self._remove(name) for name in sorted(self._owned - found, reverse=True))
        if self._repairing:
            for name in found & self._owned:
                (self.path / (name + NEW)).unlink(missing_ok=True)
        new.path.replace(self._manifest.path)
        for number in range(parts):
            self._part(number).unlink()
        self._journal.unlink()
        return count, removed

    def _describe(self, target: Path, pieces: Iterable[bytes]) -> None:
        """Write *pieces* to *target*, unless it already has this content."""
        new = Path(f"{target}{NEW}")
        with new.open("wb") as lines:
            lines.writelines(pieces)
        if target.exists() and _same(target, new):
            new.unlink()
        else:
            new.replace(target)

    def _remove(self, name: str) -> bool:
        self._check_links(os.path.dirname(name))
        path = self.path / name
        if self._repairing:
            Path(f"{path}{NEW}").unlink(missing_ok=True)
        try:
            path.unlink()
            removed = True
        except FileNotFoundError:
            removed = False
        for parent in path.relative_to(self.path).parents[:-1]:
            try:
                (self.path / parent).rmdir()
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                    raise
                break
        return removed


def _same(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while block := left.read(1 << 16):
            if block != right.read(1 << 16):
                return False
    return True
