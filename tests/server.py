"""Real servers: programs in processes of their own, and requests over the network.

`Server` is the server of a corpus, `Program` is any program that runs until it is ended.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from werkzeug.datastructures import Headers

from tests.paths import ROOT
from tests.preloaded import PreloadedProcess, can_start, preloaded
from tests.waiting import eventually

CLIENT_NAME = "Python-urllib"  # the User-Agent of `get`
READY = 60  # seconds until a started program must be ready
ENDED = 10  # seconds that processes have to end before they are killed

KINDS = ("asgi", "gthread", "granian")
_FEEDS_SERVE = {"serve": "gunicorn", "granian": "granian"}  # kinds that `feeds serve` starts
_GRANIAN = ["granian", "feeds.asgi:app", "--interface", "asginl", "--http", "1", "--no-ws"]
_CONDITIONS = ("a-im", "if-modified-since", "if-none-match")
_ACCESS_LOG = "\t".join(
    ("%(s)s", "%(m)s", "%(U)s", "%({user-agent}i)s", *(f"%({{{name}}}i)s" for name in _CONDITIONS))
)
# An asgi worker ignores signals until it has written this line; the other workers handle them at once.
ASGI_READY = "server listening on"


class Response(NamedTuple):
    """A response as received from the network."""

    status: int
    headers: Headers
    body: bytes


class LoggedRequest(NamedTuple):
    """A line of the access log."""

    status: int
    method: str
    path: str
    agent: str
    conditions: frozenset[str]  # the names of its header fields that make it conditional, in lower case


def get(url: str, method: str = "GET", timeout: float = 10, **headers: str) -> Response:
    """Send one request on a new connection; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, headers=named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return Response(response.status, Headers(response.headers.items()), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, Headers(error.headers.items()), error.read())


def _logged(status: str, method: str, path: str, agent: str, *conditions: str) -> LoggedRequest:
    sent = {name for name, value in zip(_CONDITIONS, conditions, strict=True) if value != "-"}
    return LoggedRequest(int(status), method, path, agent, frozenset(sent))


def first_response(url: str) -> Response:
    """Request *url* until a worker that has loaded the articles responds: another may be ready before."""

    def loaded() -> Response | None:
        response = get(url)
        return None if response.status == 503 else response

    response: Response = eventually(loaded)
    return response


_reserved_ports: list[socket.socket] = []  # bound until this process ends


def free_port() -> int:
    """A port that stays reserved until this process ends: servers may listen on it, nothing else gets it.

    A server can bind the port too because both sockets have SO_REUSEADDR, and only the server's listens.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    _reserved_ports.append(reserved)
    return int(reserved.getsockname()[1])


class StartError(Exception):
    """A program ended at its start, with *status*, or was not ready in time; *output* is its log."""

    def __init__(self, status: int | None, output: str) -> None:
        super().__init__(f"{'not ready in time' if status is None else f'status {status}'}:\n{output}")
        self.status = status
        self.output = output


class Program:
    """A program in a session of its own, ready once *ready_url* responds with 200.

    It runs in the folder *cwd*, with *settings* added to the environment; *log* receives its output.
    """

    ready_within: float = READY

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        ready_url: str,
        cwd: Path = ROOT,
        **settings: str,
    ) -> None:
        self.command = [*command]
        self.log = log
        self.settings = settings
        self._ready_url = ready_url
        self._cwd = cwd
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | PreloadedProcess | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def process(self) -> subprocess.Popen[bytes] | PreloadedProcess:
        """The first process, which leads the session."""
        assert self._process, "the program has not been started"
        return self._process

    def start(self) -> None:
        """Start the program, unless it runs, and wait until it is ready. Raises StartError."""
        if self.is_running():
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._log_start = output.tell()
            self._process = self._started(output)
        try:
            eventually(lambda: not self.is_running() or self.is_ready(), within=self.ready_within)
        except AssertionError:
            self.kill()
            raise StartError(None, self.output()) from None
        if not self.is_running():
            raise StartError(self.process.returncode, self.output())

    def _started(self, output: IO[bytes]) -> subprocess.Popen[bytes] | PreloadedProcess:
        environment = os.environ | self.settings
        if can_start(self.command, self.settings):
            return preloaded().start(self.command, environment, self._cwd, output)
        return subprocess.Popen(
            self.command,
            env=environment,
            cwd=self._cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def refusal(self) -> StartError:
        """Start the program, which has to end at its start; return the error."""
        try:
            with self:
                raise AssertionError("the program started")
        except StartError as error:
            if error.status is None:
                raise
            return error

    def is_ready(self) -> bool:
        return get(self._ready_url, timeout=5).status == 200

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def output(self) -> str:
        """The text that the program has written since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def processes(self) -> list[int]:
        """The ids of the live processes of the program, in order."""
        return _session(self._process.pid) if self._process else []

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the first process."""
        self.process.send_signal(number)

    def wait_until_ended(self, within: float = ENDED) -> int:
        """Wait until no process is left; return the exit status of the first one."""
        status = self.process.wait(within)
        eventually(lambda: not self.processes(), within)
        return status

    def stop(self) -> None:
        """Terminate the program; kill the processes that do not end in time."""
        if self._process is None:
            return
        if self.is_running():
            self.send(signal.SIGTERM)
        try:
            self.wait_until_ended()
        except (subprocess.TimeoutExpired, AssertionError):
            self.kill()

    def kill(self) -> None:
        """Kill every process, and wait until all are gone."""
        for process in self.processes():
            kill(process)
        self.wait_until_ended()

    def restart(self) -> None:
        self.stop()
        self.start()


def kill(process: int) -> None:
    """Kill *process*, if it lives."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def children(process: int) -> list[int]:
    """The ids of the processes that the main thread of *process* has started."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in found.split()]


def _session(leader: int) -> list[int]:
    """The ids of the live processes in the session of *leader*, in order."""
    found = []
    for entry in os.listdir("/proc"):  # called often: quicker than pathlib
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb", buffering=0) as file:
                    after = file.read().rpartition(b")")[2].split(None, 4)
            except OSError:
                continue
            if int(after[3]) == leader and after[0] != b"Z":
                found.append(int(entry))
    return sorted(found)


class Server(Program):
    """The server of *corpus* with store and logs in *folder*, always at the same URL.

    *kind* is one of KINDS, "serve" for what `feeds serve` starts by default, or "granian-asgi", which
    only a command of Granian's own starts. *root* is the folder of
    the program; it starts in *cwd*, by default the same. With *at_own_address*, `site.url` is the URL of
    the server; with *logs_requests*, gunicorn writes an access log. It listens at *address*, and at
    *port* instead of a free one. *settings* are environment variables.
    """

    def __init__(
        self,
        corpus: Path,
        folder: Path,
        kind: str = "asgi",
        workers: int = 1,
        *,
        root: Path = ROOT,
        cwd: Path | None = None,
        at_own_address: bool = False,
        logs_requests: bool = False,
        address: str = "127.0.0.1",
        port: int = 0,
        **settings: str,
    ) -> None:
        listens = str(port or free_port())
        self.url = f"http://{address}:{listens}"
        self.corpus = corpus
        self.kind = kind
        self.access_log = folder / "access"
        self._worker_count = workers
        if server := _FEEDS_SERVE.get(kind):
            command = ["feeds", "serve", "--server", server, "--port", listens, "--workers", str(workers)]
        elif kind == "granian-asgi":
            command = [*_GRANIAN, "--host", address, "--port", listens, "--workers", str(workers)]
        else:
            command = ["gunicorn", "--config", str(root / "config" / "gunicorn.py")]
        defaults = {
            "FEEDS_CORPUS_PATH": str(corpus),
            "FEEDS_STORE_PATH": str(folder / "store.db"),
            "FEEDS_SITE_URL": self.url if at_own_address else "http://feeds.example",
            "FEEDS_PUSH_HUB": "off",
            "SSL_CERT_FILE": os.devnull,  # the authorities of this machine take 55 ms to read
            "HOST": address,
            "PORT": listens,
            "WEB_CONCURRENCY": str(workers),
            "WORKER_CLASS": kind,
            "PYTHONPATH": str(root),
        }
        if logs_requests:
            defaults["GUNICORN_CMD_ARGS"] = (
                f"--access-logfile {self.access_log} --access-logformat '{_ACCESS_LOG}'"
            )
        super().__init__(
            [sys.executable, "-m", *command],
            folder / "log",
            f"{self.url}/ready",
            cwd or root,
            **defaults | settings,
        )
        self.store = Path(self.settings["FEEDS_STORE_PATH"])

    def is_ready(self) -> bool:
        # Any worker may answer a request while another is still loading.
        return (
            all(self.get("/ready").status == 200 for _ in range(4 * self._worker_count - 3))
            and len(self.workers()) >= self._worker_count
            and (self.kind != "asgi" or self.output().count(ASGI_READY) >= self._worker_count)
        )

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        return get(self.url + path, method, **headers)

    def titles(self, path: str = "/feed.json") -> list[str]:
        """The titles in a JSON feed, none if the server does not send it."""
        response = self.get(path)
        items = json.loads(response.body)["items"] if response.status == 200 else []
        return [item["title"] for item in items]

    def readiness(self) -> str:
        """The text of /ready."""
        return self.get("/ready").body.decode()

    def status(self) -> dict[str, Any]:
        """The content of /status.json."""
        found: dict[str, Any] = json.loads(self.get("/status.json").body)
        return found

    def requests(self) -> list[LoggedRequest]:
        """The requests in the access log, in order."""
        return [_logged(*line.split("\t")) for line in self.access_log.read_text().splitlines()]

    def connect(self) -> socket.socket:
        """A new connection."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        return socket.create_connection((host, int(port)), timeout=10)

    def workers(self) -> list[int]:
        """The ids of the worker processes."""
        return children(self.process.pid)

    def replace_workers(self, *killed: int) -> None:
        """Kill all workers, or those that were *killed* by number, and wait for their successors."""
        before = self.workers()
        for worker in killed or before:
            kill(worker)
        gone = {*(killed or before)}
        eventually(lambda: len(self.workers()) == len(before) and not gone & {*self.workers()})

    def writers(self) -> list[int]:
        """The ids of the processes that hold the lock of the store."""
        try:
            inode = os.stat(f"{self.store}.lock").st_ino
        except FileNotFoundError:
            return []
        held = re.findall(
            r"FLOCK\s+ADVISORY\s+WRITE\s+(\d+)\s+\w+:\w+:(\d+)", Path("/proc/locks").read_text()
        )
        return [int(process) for process, locked in held if int(locked) == inode]
