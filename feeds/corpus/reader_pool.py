"""Parallel reading of many files by several processes, with the same results in the same order."""

import fcntl
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, Self

import msgspec
from msgspec import Struct

from feeds.article import Article
from feeds.corpus import Corpus, Source, Withheld
from feeds.errors import ArticleError
from feeds.logs.events import EventLog

log = EventLog(__name__)

MIN_FILES = 500  # fewer files are read faster by one process
CHUNK_FILES = 50  # files in one message
PIPE_BYTES = 1024 * 1024  # capacity for unread messages: several hundred files
MAX_PROCESSES = 4  # more would read faster than one process can record

# A new process, not a fork: a fork would never release the locks that other threads hold. It starts as
# an empty interpreter, because the main program must not run twice.
_CHILD = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from feeds.corpus.reader_pool import read_job; read_job(sys.stdin.buffer, sys.stdout.buffer)"
)
_LENGTH = 4  # bytes, before each message


class _Message(Struct, array_like=True, gc=False, omit_defaults=True):
    """One Source; all fields are empty if the file does not exist. *error* and *warnings* are pickled."""

    digest: bytes = b""
    article: Article | None = None
    withheld: Withheld | None = None
    error: bytes = b""
    warnings: bytes = b""


_decoder = msgspec.msgpack.Decoder(list[_Message])


class Readers:
    """Reads files of *corpus* with several processes.

    *count* is the number of additional processes, by default the result of ``processes``; if it is 0,
    this process reads all files. It also reads the files of a process that died. The additional processes
    read only as far ahead as a pipe can hold, and end with this process, even if it is killed.
    """

    def __init__(self, corpus: Corpus, count: int | None = None) -> None:
        self._corpus = corpus
        self._count = count
        self._processes: list[subprocess.Popen[bytes] | None] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number in range(len(self._processes)):
            self._end(number)

    def expect(self, files: int) -> None:
        """Start the processes for *files* files or more, which are not known yet."""
        while len(self._processes) < self._count_for(files):
            self._processes.append(self._begin())

    def read(self, paths: Sequence[str]) -> Iterator[tuple[str, Source | None]]:
        """Yield each of *paths*, in order, with the result of ``Corpus.read_source``. Call it once."""
        self.expect(len(paths))
        count = self._count_for(len(paths))
        chunks = [paths[start : start + CHUNK_FILES] for start in range(0, len(paths), CHUNK_FILES)]
        for number in range(count):
            self._give(number, chunks[number::count])
        for number, some in enumerate(chunks):
            sources = self._receive(number % count) if count else None
            for position, path in enumerate(some):
                yield path, self._corpus.read_source(path) if sources is None else sources[position]

    def _count_for(self, files: int) -> int:
        return processes(files) if self._count is None else self._count

    def _begin(self) -> subprocess.Popen[bytes] | None:
        """Start a process, which waits for its job; return None if that fails."""
        process = None
        try:
            process = subprocess.Popen(  # noqa: S603  (our own interpreter)
                [sys.executable, "-c", _CHILD],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0,  # Ctrl-C must interrupt only the parent process
            )
            assert process.stdout
            with suppress(OSError):  # a smaller pipe works too, more slowly
                fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            _send(process, sys.path)
        except (OSError, pickle.PicklingError) as error:
            _warn_of_failure(error)
            if process:
                _stop(process)
            return None
        return process

    def _give(self, number: int, chunks: list[Sequence[str]]) -> None:
        """Let process *number*, if it is alive, read *chunks* one after another."""
        if process := self._processes[number]:
            try:
                _send(process, (self._corpus, chunks))
            except (OSError, pickle.PicklingError) as error:
                _warn_of_failure(error)
                self._end(number)

    def _receive(self, number: int) -> list[Source | None] | None:
        """Return the sources of the next chunk from process *number*, or None if it has died."""
        process = self._processes[number]
        if process is None:
            return None
        assert process.stdout
        length = int.from_bytes(process.stdout.read(_LENGTH))
        content = process.stdout.read(length)
        if not length or len(content) < length:
            self._end(number)
            log.warning(
                "reader.failed",
                f"reader process: died (exit status {process.returncode}); reading in this process",
                status=process.returncode,
            )
            return None
        return [_source(each) for each in _decoder.decode(content)]

    def _end(self, number: int) -> None:
        process, self._processes[number] = self._processes[number], None
        if process:
            _stop(process)


def processes(files: int) -> int:
    """The number of additional processes for reading *files* files; 0 if this process is enough."""
    processors = len(os.sched_getaffinity(0))
    # False in a server with an embedded Python: its executable is not an interpreter.
    interpreted = "python" in os.path.basename(sys.executable or "")
    return min(processors, MAX_PROCESSES) if interpreted and processors > 1 and files >= MIN_FILES else 0


def read_job(job: BinaryIO, messages: BinaryIO) -> None:
    """Read the files of *job*, write the *messages*, and end this process."""
    with suppress(BrokenPipeError, EOFError):  # the parent process has closed the pipe
        corpus, chunks = pickle.load(job)  # noqa: S301  (from the parent process)
        corpus.pictures.keep_lengths()
        for paths in chunks:
            content = msgspec.msgpack.encode([_encoded(corpus.read_source(path)) for path in paths])
            messages.write(len(content).to_bytes(_LENGTH) + content)
            messages.flush()
    os._exit(0)  # skip the flush at exit, which would print an error if the pipe is closed


def _encoded(source: Source | None) -> _Message:
    if source is None:
        return _Message()
    match source.reading:
        case Article() as article:
            warnings = pickle.dumps(source.warnings) if source.warnings else b""
            return _Message(source.digest, article, warnings=warnings)
        case Withheld() as withheld:
            return _Message(source.digest, None, withheld)
        case ArticleError() as error:
            return _Message(source.digest, None, None, pickle.dumps(error))


def _source(message: _Message) -> Source | None:
    reading = message.article or message.withheld
    if message.error:
        reading = pickle.loads(message.error)  # noqa: S301  (from a child of this process)
    warnings = pickle.loads(message.warnings) if message.warnings else ()  # noqa: S301  (likewise)
    return Source(message.digest, reading, warnings) if reading else None


def _send(process: subprocess.Popen[bytes], value: object) -> None:
    assert process.stdin
    pickle.dump(value, process.stdin)
    process.stdin.flush()


def _warn_of_failure(error: Exception) -> None:
    said = f"reader process: cannot be started: {error}; reading in this process"
    log.warning("reader.failed", said)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
    if process.stdout:
        process.stdout.close()
    process.wait()
