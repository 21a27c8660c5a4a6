"""A real server that is killed and restarted, always at the same URL."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.paths import ROOT
from tests.server import free_port, get, session_processes

READY = 30  # seconds until a started server must be ready
ENDED = 5  # seconds that processes have to end, before they are killed


class StartError(Exception):
    """The server ended at its start, or was not ready in time."""


def wait(condition: Callable[[], object], seconds: float) -> bool:
    """Wait until *condition* is true; return False if it is not within *seconds*."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Server:
    """gunicorn or granian with *workers*, over the corpus and the store in *folder*."""

    def __init__(self, folder: Path, kind: str = "gunicorn", workers: int = 2) -> None:
        self.folder = folder
        self.store = folder / "store.db"
        self.log = folder / "log"
        self.starts = 0
        self._port = free_port()
        self._kind = kind
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start the server, and wait until it is ready. Raises StartError."""
        command = ["gunicorn", "--config", str(ROOT / "config" / "gunicorn.py")]
        if self._kind == "granian":
            command = ["feeds", "serve", "--server", "granian", "--port", str(self._port)]
            command += ["--workers", str(self._workers)]
        settings = {
            "FEEDS_CORPUS_PATH": str(self.folder / "corpus"),
            "FEEDS_STORE_PATH": str(self.store),
            "FEEDS_SITE_URL": "http://feeds.example",
            "HOST": "127.0.0.1",
            "PORT": str(self._port),
            "WEB_CONCURRENCY": str(self._workers),
        }
        self.starts += 1
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=os.environ | settings,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        if not wait(lambda: self._is_ready() or not self.is_running(), READY) or not self.is_running():
            raise StartError(f"not ready within {READY} s" if self.is_running() else "ended at its start")

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _is_ready(self) -> bool:
        try:
            return get(f"{self.url}/ready", timeout=2).status == 200
        except OSError:
            return False

    def processes(self) -> list[int]:
        """The live processes of the server; the master is the first."""
        return session_processes(self._process.pid) if self._process else []

    def kill(self, random: Random) -> str:
        """Kill a random process, or all; return a description of the victim."""
        found = self.processes()
        assert self._process is not None
        victim = random.choice(["all", "first", "other", "other"])
        if victim == "all" or not found:
            self.kill_all()
            return "all processes"
        pid = self._process.pid if victim == "first" else random.choice(found)
        os.kill(pid, signal.SIGKILL)
        return "the first process" if pid == self._process.pid else "a worker"

    def kill_all(self) -> None:
        """Kill all processes, and wait until they are gone."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._reap()

    def stop(self) -> None:
        """Terminate the server; kill the processes that do not end."""
        if self.is_running() and self._process:
            self._process.terminate()
        self._reap()

    def _reap(self) -> None:
        if self._process is None:
            return
        wait(lambda: not self.is_running() and not self.processes(), ENDED)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self._process.wait(ENDED)
        wait(lambda: not self.processes(), ENDED)

    def revive(self) -> bool:
        """Restart the server if its master is gone; return whether it was."""
        if self.is_running():
            return False
        self._reap()
        self.start()
        return True
