"""Real servers: the program in its own processes, and requests over the network."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from werkzeug.datastructures import Headers

from tests.paths import ROOT
from tests.waiting import eventually


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
