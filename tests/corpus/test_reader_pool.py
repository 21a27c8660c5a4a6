"""Several processes read many files, with the same readings in the same order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.article import Article
from feeds.corpus import Corpus, Source, Withheld, reader_pool
from feeds.corpus.reader_pool import Readers, processes
from feeds.errors import ArticleError, UnreadableFile
from tests.builders import write_article
from tests.paths import ROOT
from tests.waiting import eventually

NO_PATH = lambda: ""  # noqa: E731  # an entry of sys.path that cannot be pickled
LONG = "A sentence that is repeated again and again. " * 100  # a few messages with it fill a pipe


@pytest.fixture
def paths(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Articles of every kind, a file that cannot be read, and a missing one."""
    monkeypatch.setattr(reader_pool, "CHUNK_FILES", 5)
    monkeypatch.setattr(reader_pool, "PIPE_BYTES", 4096)
    for number in range(60):
        write_article(corpus, f"_news/{number:03}.md", LONG, heat=number, language="de", id=f"é {number}")
    write_article(corpus, "_news/005.md", topic="Go")
    write_article(corpus, "_news/013.md", title=None, heat="hot")
    write_article(corpus, "_news/021.md", published=False)
    (corpus / "_news/034.md").write_bytes(b"---\ntitle: \xff\n---\n")
    (corpus / "_news/900.md").mkdir()
    found = [found[0] for found in Corpus(corpus).files() if isinstance(found, tuple)]
    return [*found, "_news/900.md", "_news/gone.md"]


def comparable(sources: list[tuple[str, Source | None]]) -> list[tuple[str, object]]:
    """The parts of *sources* that can be compared."""
    return [
        (path, source and (source.digest, source.reading, source.warnings)) for path, source in sources
    ]


def read_by_one_process(corpus: Path, paths: list[str]) -> list[tuple[str, object]]:
    """The readings of one process."""
    made = Corpus(corpus)
    return comparable([(path, made.read_source(path)) for path in paths])


@pytest.mark.parametrize("count", [0, 3])
def test_any_number_of_processes_read_what_one_reads_in_the_same_order(
    corpus: Path, paths: list[str], count: int
) -> None:
    with Readers(Corpus(corpus), count) as readers:
        found = list(readers.read(paths))
    assert comparable(found) == read_by_one_process(corpus, paths)
    kinds = {type(source.reading if source else None) for _, source in found}
    assert kinds == {Article, Withheld, ArticleError, UnreadableFile, type(None)}
    assert sum(len(source.warnings) for _, source in found if source) == 1
    assert [path for path, _ in found] == paths


def test_an_error_of_another_process_still_says_where_and_why(corpus: Path, paths: list[str]) -> None:
    with Readers(Corpus(corpus), 1) as readers:
        source = dict(readers.read(paths))["_news/013.md"]
    assert source
    error = source.reading
    assert isinstance(error, ArticleError)
    assert (error.path, error.line) == ("_news/013.md", 1)
    assert error.reason == "title: missing"
    assert [each.reason for each in error.others] == ["heat: not a number: 'hot'"]


def test_few_files_are_read_by_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1})
    assert processes(reader_pool.MIN_FILES - 1) == 0
    assert processes(reader_pool.MIN_FILES) == 2


def test_on_one_processor_there_is_no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {3})
    assert processes(1_000_000) == 0


def test_no_more_processes_begin_than_one_can_record_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(64)))
    assert processes(1_000_000) == reader_pool.MAX_PROCESSES


@pytest.mark.parametrize("interpreter", ["", "/usr/bin/uwsgi", None])
def test_inside_a_server_that_is_no_interpreter_there_is_no_other_process(
    monkeypatch: pytest.MonkeyPatch, interpreter: str | None
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1})
    monkeypatch.setattr(sys, "executable", interpreter)
    assert processes(1_000_000) == 0


def test_the_files_of_a_killed_process_are_read_too(
    corpus: Path, paths: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = children(os.getpid())
    with Readers(Corpus(corpus), 2) as readers:
        found = []
        for number, each in enumerate(readers.read(paths)):
            if number == 7:
                os.kill(min(children(os.getpid()) - before), signal.SIGKILL)
            found.append(each)
    assert comparable(found) == read_by_one_process(corpus, paths)
    assert len([each for each in caplog.messages if "reader process: died (exit status -9)" in each]) == 1


def test_this_process_reads_if_no_other_starts(
    corpus: Path, paths: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", str(corpus / "python"))
    with Readers(Corpus(corpus), 2) as readers:
        assert comparable(list(readers.read(paths))) == read_by_one_process(corpus, paths)
    assert "reader process: cannot be started" in caplog.text


def test_this_process_reads_if_another_cannot_be_told_where_modules_are(
    corpus: Path, paths: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = children(os.getpid())
    monkeypatch.setattr(sys, "path", [*sys.path, NO_PATH])
    with Readers(Corpus(corpus), 2) as readers:
        assert comparable(list(readers.read(paths))) == read_by_one_process(corpus, paths)
        assert children(os.getpid()) == before
    assert "reader process: cannot be started" in caplog.text


def test_this_process_reads_if_every_other_fails_at_once(
    corpus: Path, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Readers(Corpus(corpus), 2) as readers:
        assert comparable(list(readers.read(paths))) == read_by_one_process(corpus, paths)


def test_processes_that_were_started_before_the_files_are_known_read_them(
    corpus: Path, paths: list[str]
) -> None:
    before = children(os.getpid())
    with Readers(Corpus(corpus), 2) as readers:
        readers.expect(1)
        begun = children(os.getpid()) - before
        readers.expect(len(paths))
        assert comparable(list(readers.read(paths))) == read_by_one_process(corpus, paths)
        assert children(os.getpid()) - before == begun
    assert len(begun) == 2


def test_processes_that_were_started_in_vain_end(corpus: Path) -> None:
    before = children(os.getpid())
    with Readers(Corpus(corpus), 2) as readers:
        readers.expect(1)
        begun = children(os.getpid()) - before
        assert len(begun) == 2
    assert not any(map(is_alive, begun))


def test_the_processes_end_when_reading_is_given_up(corpus: Path, paths: list[str]) -> None:
    before = children(os.getpid())
    with Readers(Corpus(corpus), 2) as readers:
        next(readers.read(paths))
        begun = children(os.getpid()) - before
        assert len(begun) == 2
        assert all(map(is_alive, begun))
    assert not any(map(is_alive, begun))


READING = """
import signal, sys
from pathlib import Path
from feeds.corpus import Corpus, reader_pool
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
reader_pool.CHUNK_FILES, reader_pool.PIPE_BYTES = 5, 4096
corpus = Corpus(Path(sys.argv[1]))
paths = [found[0] for found in corpus.files()]
with reader_pool.Readers(corpus, 2) as readers:
    next(readers.read(paths))
    print("reading", flush=True)
    while True:  # a signal just before a wait without an end would be noticed after it
        signal.sigtimedwait([], 0.1)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])  # SIGKILL does what SIGTERM does
def test_the_processes_end_with_the_one_that_began_them(
    corpus: Path, paths: list[str], number: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", READING, corpus],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "reading\n"
    begun = children(process.pid)
    assert len(begun) == 2
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    eventually(lambda: not any(map(is_alive, begun)))
    assert errors.count("Traceback") == (number == signal.SIGINT)  # its own, and no other's


def children(pid: int) -> set[int]:
    """The processes that the process *pid* has started."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {int(child) for thread in threads for child in (thread / "children").read_text().split()}


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
