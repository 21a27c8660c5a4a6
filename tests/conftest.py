"""Fixtures and helpers for all tests: articles, corpora on disk, and real servers."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from werkzeug.datastructures import Headers

from feeds.article import Article, Image, Provider, Taxonomy, digest, fingerprint
from feeds.index import Index
from feeds.index.builder import build
from feeds.store import Record, Snapshot
from feeds.store.sqlite import SQLiteStore
from tests import entrypoints

ROOT = Path(__file__).parent.parent
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON.timestamp() + 365 * 86400


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what is, look at the diff")


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    """Let threads take turns as often as possible.

    A thread keeps the interpreter for 5 ms by default, and SQLite releases it for each row.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FEEDS_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module", params=entrypoints.ENTRYPOINTS)
def entrypoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the tests of a module twice: with clients of Flask alone, and of the response cache too."""
    entrypoints.chosen = request.param
    yield request.param
    entrypoints.chosen = "flask"


@pytest.fixture(scope="session")
def real_corpus() -> Path:
    """A corpus of third-party articles, which cannot be part of this project."""
    path = Path(os.environ.get("REAL_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (path / "_news").is_dir():
        pytest.skip("no real corpus beside the project; REAL_CORPUS=path names one")
    return path


def article(number: int = 1, **fields: Any) -> Article:
    """Article *number*, a day newer than the previous number; name only the relevant *fields*."""
    published = NOON + timedelta(days=number)
    return Article(
        **{
            "id": f"tag:example.org,2020:{number}",
            "title": f"Title {number}",
            "url": f"https://example.org/{number}",
            "published": published,
            "updated": published,
            "provider": Provider("example.org", "Example", "https://example.org/"),
            "topics": ("Tests",),
            "summary": f"Summary {number}",
        }
        | fields
    )


def image(name: str = "a.png", **fields: Any) -> Image:
    """A picture on the web."""
    return Image(
        **{"url": f"https://example.org/{name}", "width": 640, "height": 480, "type": "image/png"}
        | fields
    )


def record(article: Article, changed: int | None = None, number: int = 0) -> Record:
    """The record of *article* in a store that has given it *number*."""
    published = int(article.published.timestamp())
    return Record.of(
        article,
        version=fingerprint([digest(article), article.updated]),
        changed=published if changed is None else changed,
        appeared=published,
        daily=article.heat,
        weekly=article.heat,
        number=number,
    )


def snapshot(*articles: Article, revision: int = 1, **fields: Any) -> Snapshot:
    """The content of a store with *articles*."""
    empty: dict[str, Any] = {"removed": [], "tombstones": [], "taxonomy": Taxonomy(), "partial": False}
    return Snapshot(revision=revision, records=[record(a) for a in articles], **empty | fields)


def index(*articles: Article, now: float = LATER, **fields: Any) -> Index:
    """An index of *articles*."""
    return build(snapshot(*articles, **fields), now)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """A function that compares bytes with a file in tests/golden; ``--update-golden`` writes the file."""

    def compare(name: str, made: bytes) -> None:
        file = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(made)
        assert file.exists(), f"no {name} yet: run pytest --update-golden and look at it"
        assert made.decode() == file.read_bytes().decode()

    return compare


def lost_store(path: Path) -> Path:
    """Make a store that lost its whole content at *path*, and return *path*; opening it replaces it."""
    SQLiteStore(path).close()
    path.write_bytes(b"")
    return path


def write_article(
    root: Path, name: str = "_news/2026-01-02-one.md", body: str = "", **fields: Any
) -> Path:
    """Write an article file to the corpus at *root*, without fields that are None; return its path."""
    header: dict[str, Any] = {
        "title": f"Title of {Path(name).stem}",
        "excerpt": "An excerpt.",
        "publishedDateTime": "2026-01-02T03:04:05Z",
        "webUrl": f"https://example.org/{Path(name).stem}",
        "provider": {"name": "Example", "domain": "example.org"},
        "topics": ["Tests"],
    } | fields
    # JSON is YAML without ambiguous values.
    lines = [
        f"{key}: {msgspec.json.encode(value).decode()}"
        for key, value in header.items()
        if value is not None
    ]
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["---", *lines, "---", body]), encoding="utf-8")
    return file


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """An empty corpus with a name and an address."""
    root = tmp_path / "corpus"
    (root / "_news").mkdir(parents=True)
    (root / "_config.yml").write_text("title: Example\nurl: https://corpus.example\nlocale: en-us\n")
    return root


class Response(NamedTuple):
    """An answer as received from the network."""

    status: int
    headers: Headers
    body: bytes


def get(url: str, method: str = "GET", timeout: float = 10, **headers: str) -> Response:
    """Send one request on a new connection; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = urllib.request.Request(url, headers=named, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=timeout) as answer:
            return Response(answer.status, Headers(answer.headers.items()), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, Headers(error.headers.items()), error.read())


def eventually(what: Callable[[], Any], within: float = 10, every: float = 0.02) -> Any:
    """Call *what* until it returns a true value, and return that; fail after *within* seconds."""
    end = time.monotonic() + within
    while True:
        try:
            value = what()
        except OSError:
            value = None
        if value:
            return value
        assert time.monotonic() < end, f"not within {within} s"
        time.sleep(every)


class Running(NamedTuple):
    """A real server: gunicorn with its workers."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        return get(self.url + path, method, **headers)

    def workers(self) -> list[int]:
        """The process ids of its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in children.split()]


def free_port() -> int:
    """A port on which no process listens at present."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    corpus: Path, folder: Path, workers: int = 1, root: Path = ROOT, **environment: str
) -> Iterator[Running]:
    """Start a real server of *corpus*, with store and log in *folder*; yield it once it is ready.

    The server is gunicorn with the WORKER_CLASS of the environment, or granian if WORKER_CLASS is
    granian. *root* is the folder of the program.
    """
    port = int(environment.get("PORT", 0)) or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    settings = {
        "FEEDS_CORPUS_PATH": str(corpus),
        "FEEDS_STORE_PATH": str(folder / "store.db"),
        "FEEDS_SITE_URL": "http://feeds.example",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(workers),
    }
    command = ["gunicorn", "--config", str(root / "config" / "gunicorn.py")]
    if os.environ.get("WORKER_CLASS") == "granian":
        command = [
            "feeds",
            "serve",
            "--server",
            "granian",
            "--port",
            str(port),
            "--workers",
            str(workers),
        ]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=os.environ | settings | environment,
            cwd=root,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = Running(f"http://127.0.0.1:{port}", process, log)
    try:
        # Several requests, as any worker may answer one, and another may still be loading.
        asks = range(4 * workers)
        eventually(
            lambda: process.poll() is not None or all(server.get("/ready").status == 200 for _ in asks),
            within=60,
        )
        assert process.poll() is None, log.read_text()
        yield server
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Terminate *process*, a session leader; if it does not end, kill it and all of its children."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def session_processes(leader: int) -> list[int]:
    """The ids of live processes in the session of *leader*, in order."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(after[3]) == leader and after[0] != "Z":
                found.append(int(entry.name))
    return sorted(found)
