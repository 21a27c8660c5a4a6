"""The files of the corpus on one host of a fleet: a folder of contents by digest, beside the store."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import msgspec
from msgspec import Struct

from feeds.errors import StoreError, failure
from feeds.fleet.assets import KEPT_SECONDS, Asset, AssetNames, Hashed

_PART = ".part"


class _Written(Struct, frozen=True):
    """The file of names; its format is version 1."""

    version: str
    named: dict[str, Asset]
    format: int = 1


class AssetFolder:
    """The names and contents in the folder at *path*, which the first change creates.

    Any number of processes may read it, and add contents; one at a time applies names and sweeps.
    *clock* returns seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._read: tuple[object, AssetNames] = (None, AssetNames())

    @property
    def name(self) -> str:
        """The path of the folder."""
        return str(self._path)

    def names(self) -> AssetNames:
        """All names, as they were applied last by any process."""
        stamps = _stamp(self._path / "names"), _stamp(self._path / "revision")
        if stamps != self._read[0]:
            self._read = stamps, self._names()
        return self._read[1]

    def apply(self, changes: AssetNames) -> None:
        """Change the names. Raises StoreError."""
        known = self.names()
        names = changes.applied_to(known)
        if names.version != known.version:
            self._keep_from_now(_digests(known.named) - _digests(names.named))
            self._replace("names", msgspec.msgpack.encode(_Written(names.version, {**names.named})))
        if (names.version, names.revision) != (known.version, known.revision):
            self._replace("revision", msgspec.msgpack.encode((names.version, names.revision)))

    def open(self, digest: str) -> BinaryIO | None:
        """Open the content with *digest*, None if it is not here."""
        try:
            return open(self._place(digest), "rb")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StoreError(self._place(digest), *failure("cannot be read", error)) from error

    def add(self, digest: str, chunks: Iterable[bytes]) -> bool:
        """Keep the content in *chunks*; return False, and keep nothing, if it has another digest.

        Raises StoreError if it cannot be written; an error of *chunks* leaves nothing behind.
        """
        hashed, place = Hashed(chunks), self._place(digest)
        part = place.with_name(f"{digest}-{uuid4().hex}{_PART}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with open(part, "xb") as file:
                file.writelines(hashed)
                file.flush()
                os.fsync(file.fileno())
            if hashed.digest == digest:
                part.replace(place)
        except OSError as error:
            raise StoreError(place, *failure("cannot be written", error)) from error
        finally:
            with suppress(OSError):  # it was not made, or was renamed
                part.unlink()
        return hashed.digest == digest

    def missing(self) -> dict[str, Asset]:
        """The named files whose content is not here, by name."""
        return {name: asset for name, asset in self.names().named.items() if not self.has(asset.digest)}

    def has(self, digest: str) -> bool:
        """Return whether the content with *digest* is here."""
        return self._place(digest).is_file()

    def sweep(self, grace: float = KEPT_SECONDS) -> None:
        """Delete the contents that no name had for *grace* seconds, and those left incomplete."""
        needed, before = _digests(self.names().named), self._clock() - grace
        for file in self.files():
            with suppress(OSError):  # another time
                if file.name not in needed and file.stat().st_mtime < before:
                    file.unlink()

    def files(self) -> Iterator[Path]:
        """Yield the files of contents, also of those that are incomplete."""
        yield from self._path.glob("??/*")

    def _names(self) -> AssetNames:
        written = self._decoded("names", _Written)
        if not written:
            return AssetNames()
        complete = self._decoded("revision", tuple[str, int])
        revision = complete[1] if complete and complete[0] == written.version else -1
        return AssetNames(written.version, revision, written.named)

    def _decoded(self, name: str, kind: Any) -> Any:
        """The content of the file *name*, None if it is missing or damaged: then it is fetched again."""
        try:
            return msgspec.msgpack.decode((self._path / name).read_bytes(), type=kind)
        except (OSError, msgspec.DecodeError):
            return None

    def _replace(self, name: str, content: bytes) -> None:
        """Replace the file *name* at once: readers see the former or the new one."""
        part = self._path / f"{name}{_PART}"
        try:
            self._path.mkdir(exist_ok=True)
            part.write_bytes(content)
            part.replace(self._path / name)
        except OSError as error:
            raise StoreError(part, *failure("cannot be written", error)) from error

    def _keep_from_now(self, digests: Iterable[str]) -> None:
        now = self._clock()
        for digest in digests:
            with suppress(OSError):  # it is not here
                os.utime(self._place(digest), (now, now))

    def _place(self, digest: str) -> Path:
        return self._path / digest[:2] / digest


def _digests(named: Mapping[str, Asset]) -> set[str]:
    return {asset.digest for asset in named.values()}


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        info = os.stat(file)
    except OSError:
        return None
    return info.st_mtime_ns, info.st_ino, info.st_size
