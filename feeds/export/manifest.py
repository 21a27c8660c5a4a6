"""The manifest of an export: a file with one line for each response."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from feeds.errors import ExportError

VERSION = 1  # of the manifest and of everything in the folder
SUFFIXES = {"gzip": ".gz", "br": ".br", "zstd": ".zst"}  # of files, by content coding


class ExportedResponse(Struct, frozen=True, array_like=True, gc=False):
    """A response. *file* contains the body, empty if there is none; *key* is the ETag without a coding.

    If *is_coded*, there are compressed files too. *headers* are the headers that vary between responses.
    *tag* is the ETag of a body with shorter addresses than the server's, else empty.
    """

    address: str
    status: int
    file: str
    key: str
    is_coded: bool
    headers: dict[str, str] = {}
    tag: str = ""

    def files(self, codings: Iterable[str]) -> list[str]:
        """The names of all files with its body, given the *codings* of the export."""
        if not self.file:
            return []
        return [self.file, *(self.file + SUFFIXES[coding] for coding in codings if self.is_coded)]


class Head(Struct, frozen=True, array_like=True):
    """The first line of a manifest; *codings* are the content codings of the files.

    *state* is a fingerprint of everything that affects a response, *edition* of the links in files.
    """

    version: int
    state: str
    codings: tuple[str, ...] = tuple(SUFFIXES)
    edition: str = ""


class Part:
    """The responses that one process received, one per line."""

    def __init__(self, lines: IO[bytes]) -> None:
        self._lines = lines
        self._encode = msgspec.json.Encoder().encode

    def add(self, response: ExportedResponse) -> None:
        """Write the line of *response*."""
        self._lines.write(self._encode(response) + b"\n")


class Manifest:
    """The manifest at *path*."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def head(self) -> Head | None:
        """The first line, None if there is no manifest. Raises ExportError if it cannot be used."""
        if not self.path.exists():
            return None
        with self.path.open("rb") as lines, self._refusing_damage():
            head = msgspec.json.decode(next(lines, b""), type=Head)
        if head.version != VERSION:
            raise self._unusable("written by another version")
        return head

    @contextmanager
    def _refusing_damage(self) -> Iterator[None]:
        try:
            yield
        except msgspec.DecodeError as error:
            raise self._unusable("damaged") from error

    def _unusable(self, problem: str) -> ExportError:
        remedy = f"delete {self.path.parent.parent} and export again"
        return ExportError(self.path, problem, remedy)

    def responses(self) -> Iterator[ExportedResponse]:
        """Yield every response; each call reads the file again. Raises ExportError for damage."""
        decode = msgspec.json.Decoder(ExportedResponse).decode
        with self.path.open("rb") as lines, self._refusing_damage():
            next(lines, b"")
            for line in lines:
                yield decode(line)

    def write(self, head: Head, parts: Iterable[Path]) -> tuple[int, set[str]]:
        """Join *parts* without repeated addresses; return the number of responses and all their files."""
        files: set[str] = set()
        addresses: set[str] = set()
        decode = msgspec.json.Decoder(ExportedResponse).decode
        with self.path.open("wb") as lines:
            lines.write(msgspec.json.encode(head) + b"\n")
            for path in parts:
                with path.open("rb") as part:
                    for line in part:
                        response = decode(line)
                        if response.address not in addresses:
                            addresses.add(response.address)
                            files.update(response.files(head.codings))
                            lines.write(line)
        return len(addresses), files
