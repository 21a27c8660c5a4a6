"""Access logs: the requests in files, also compressed, and on standard input, in the order of time."""

import gzip
import heapq
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from io import BufferedReader, FileIO, RawIOBase
from operator import attrgetter
from pathlib import Path
from typing import IO, cast

import click

from feeds.errors import CommandLineError, counted, failure, one_line
from feeds.readership.log_formats import KNOWN_LOGS, parser_for
from feeds.readership.log_line import BadLine, Hash, IsWanted
from feeds.readership.request import ClientRequest

STANDARD_INPUT = "-"
MAX_LINE = 1 << 20  # bytes
MAX_NAMED = 5  # lines that are not understood
_BUFFER = 1 << 20
_GZIP = b"\x1f\x8b"
_STEP = 20_000  # lines between two changes of the progress bar
_SHOWN = 60  # characters of a problem


class AccessLogs:
    """The requests in several logs, and the lines that are not understood.

    *is_wanted* and *hashed* are as in ``LineParser``. The lines of one file must be in the order of time;
    files may be in any order, and overlap.
    """

    def __init__(self, names: Sequence[str], hashed: Hash, is_wanted: IsWanted) -> None:
        self._names = names
        self._hashed = hashed
        self._is_wanted = is_wanted
        self._positions: dict[str, int] = {}
        self.lines = 0
        self.bad_lines = 0
        self.named: list[str] = []

    def requests(self, show: Callable[[int, int], None]) -> Iterator[ClientRequest]:
        """Yield all requests; *show* is called with the bytes read and their total.

        Raises CommandLineError if a file cannot be read.
        """
        with ExitStack() as stack:
            files = [(name, stack.enter_context(_opened(name))) for name in dict.fromkeys(self._names)]
            total = sum(Path(name).stat().st_size for name, _ in files if name != STANDARD_INPUT)
            streams = [self._requests_in(name, file, show, total) for name, file in files]
            yield from streams[0] if len(streams) == 1 else heapq.merge(*streams, key=attrgetter("time"))

    def print_problems(self) -> None:
        """Print the number of lines that are not understood on standard error, with the first of them."""
        if self.bad_lines:
            click.echo(f"{counted(self.bad_lines, 'line')} not understood:", err=True)
            for each in self.named:
                click.echo(f"  {each}", err=True)

    def check(self) -> None:
        """Raise CommandLineError if not a single line was understood."""
        if self.bad_lines and self.bad_lines == self.lines:
            raise CommandLineError("--access-log", "no line is of a known format", f"use {KNOWN_LOGS}")

    def _requests_in(
        self, name: str, file: BufferedReader, show: Callable[[int, int], None], total: int
    ) -> Iterator[ClientRequest]:
        """The requests in one file, at whose first line its format is found."""
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == _GZIP else file)
        parse: Callable[[str], ClientRequest | None] | None = None
        for number, line in enumerate(self._lines(name, stream), 1):
            if not number % _STEP and name != STANDARD_INPUT:
                self._positions[name] = file.tell()
                show(sum(self._positions.values()), total)
            if not line or line.isspace():
                continue
            if parse is None:
                parse = parser_for(line, self._hashed, self._is_wanted).parse
            self.lines += 1
            try:
                request = parse(line)
            except BadLine as error:
                self._note(name, number, error)
                continue
            if request is not None:
                yield request

    def _lines(self, name: str, stream: IO[bytes]) -> Iterator[str]:
        """The lines of a stream, each cut at MAX_LINE."""
        number = 0
        while True:
            try:
                line = stream.readline(MAX_LINE)
                rest = line
                while len(rest) == MAX_LINE and not rest.endswith(b"\n"):
                    rest = stream.readline(MAX_LINE)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                self.lines += 1
                self._note(name, number, BadLine(f"damaged after this line: {error}"))
                return
            except OSError as error:
                raise CommandLineError(name, *failure("cannot be read", error)) from error
            if not line:
                return
            number += 1
            yield line.decode(errors="replace").rstrip("\r\n")

    def _note(self, name: str, number: int, error: BadLine) -> None:
        self.bad_lines += 1
        if len(self.named) < MAX_NAMED:
            self.named.append(one_line(f"{name}:{number}: {str(error)[:_SHOWN]}"))


def _opened(name: str) -> BufferedReader:
    if name == STANDARD_INPUT:
        return BufferedReader(cast("RawIOBase", sys.stdin.buffer), _BUFFER)
    try:
        return BufferedReader(FileIO(name), _BUFFER)
    except OSError as error:
        raise CommandLineError(name, *failure("cannot be read", error)) from error
