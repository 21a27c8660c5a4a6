"""Servers and commands that are forked from an interpreter which has imported their modules.

Imports are most of what the start of a server costs, and the tests start hundreds. The interpreter is a
process of its own without threads: it imports, and then only forks. `Preloaded` is its parent's side.
"""

import atexit
import gc
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from threading import Lock
from typing import IO, Any, NoReturn

import msgspec

from tests.compiled_templates import share_templates
from tests.networks import enter_network, present_network
from tests.paths import ROOT

# ``gunicorn.config`` is not among them: it reads the environment and the folder when it is imported.
MODULES = (
    "feeds.asgi", "feeds.cli", "feeds.fleet", "granian.cli", "gunicorn.arbiter",
    "gunicorn.workers.gasgi", "gunicorn.workers.gthread", "psycopg", "ua_parser", "uvloop", "watchfiles",
)  # fmt: skip
PROGRAMS = ("feeds", "granian", "gunicorn")  # that run as modules

_execve = os.execve
_MAX_REQUEST = 1 << 20  # bytes


class _Start(msgspec.Struct):
    """A request for a process that runs *module* with *arguments* in the folder *cwd*."""

    module: str
    arguments: list[str]
    environment: dict[str, str]
    cwd: str


class PreloadedProcess:
    """A process that leads a session of its own, with the methods of subprocess.Popen that tests use."""

    def __init__(self, command: Sequence[str], pid: int, status: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._command = command
        self._status = open(status, "rb")  # noqa: SIM115

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""
        return self._ended(within=0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit status. Raises subprocess.TimeoutExpired."""
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self._command, timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ended(self, within: float | None) -> int | None:
        if self.returncode is None:
            with DefaultSelector() as selector:
                selector.register(self._status, EVENT_READ)
                if selector.select(within):
                    self.returncode = int(self._status.read())
                    self._status.close()
        return self.returncode


class Preloaded:
    """The interpreter, a child of this process that ends with it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._network = _network()  # a test or a drill may start the first program in another one
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.preloaded", str(other.fileno())],
                pass_fds=[other.fileno()],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # its buffers are those of a process with a log
            )

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        output: IO[bytes],
        errors: IO[bytes] | None = None,
    ) -> PreloadedProcess:
        """Start what ``python -m module arguments`` starts, which writes to *output* and *errors*.

        It is in the network of this thread, which a test or a drill may have entered.
        """
        _, _, module, *arguments = command
        request = _Start(module, arguments, {**environment}, str(cwd))
        status, other = os.pipe()
        given = [other] if _network() == self._network else [other, present_network()]
        with self._lock:  # the answer to one request after the other
            try:
                files = [output.fileno(), (errors or output).fileno(), *given]
                socket.send_fds(self._socket, [msgspec.json.encode(request)], files)
            finally:
                for each in given:
                    os.close(each)
            pid = int(self._socket.recv(20))
        return PreloadedProcess(command, pid, status)

    def close(self) -> None:
        """End the interpreter, but not what it has started."""
        self._socket.close()
        self._process.wait()


preloaded = cache(Preloaded)
"""The interpreter of this process, started by the first call."""


def can_start(command: Sequence[str], settings: Mapping[str, str]) -> bool:
    """True if the interpreter does what *command* would do with *settings* in its environment.

    An interpreter reads some variables when it starts, and coverage begins to measure then.
    """
    return (
        _is_program(command)
        and "COVERAGE_ROOT" not in os.environ
        and not _variables_of_interpreter(settings).items() - {("PYTHONPATH", str(ROOT))}
    )


def _is_program(command: Sequence[str]) -> bool:
    return list(command[:2]) == [sys.executable, "-m"] and command[2] in PROGRAMS


def _variables_of_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that an interpreter reads when it starts."""
    return {
        name: value for name, value in environment.items() if name.startswith(("PYTHON", "LC_", "LANG"))
    }


def _network() -> tuple[int, int] | None:
    """The network of this thread (network_namespaces(7)), None where there are no such."""
    try:
        found = os.stat("/proc/thread-self/ns/net")
    except OSError:  # no Linux
        return None
    return found.st_dev, found.st_ino


def _run(connection: socket.socket) -> None:
    """Fork a process for each request until the parent process ends."""
    atexit.register(_leave)  # before any other function: it runs after all of them
    for module in MODULES:
        import_module(module)
    _read_packaged_files()
    gc.collect()
    gc.freeze()

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for keepers
    while True:
        message, files, _, _ = _received(connection)
        if os.fork() == 0:
            break
        for each in files:
            os.close(each)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output, errors, status, *networks = files
    process = os.fork()
    if process:
        _keep(process, connection, status)
    connection.close()
    os.close(status)
    for each in networks:
        enter_network(each)
        os.close(each)
    _become(msgspec.json.decode(message, type=_Start), output, errors)


def _read_packaged_files() -> None:
    """Read what every server reads of the package: its texts, static files and compiled templates."""
    import_module("feeds.web").read_files()
    import_module("feeds.web.texts").names()
    share_templates()


def _received(connection: socket.socket) -> tuple[bytes, list[int], int, Any]:
    received = socket.recv_fds(connection, _MAX_REQUEST, 4)
    if not received[0]:
        sys.exit()
    return received


def _keep(process: int, connection: socket.socket, status: int) -> None:
    """Tell the id of *process*, and, once it ends, its exit status."""
    connection.send(b"%d" % process)
    connection.close()
    _, ended = os.waitpid(process, 0)
    os.write(status, b"%d" % os.waitstatus_to_exitcode(ended))
    os._exit(0)


def _become(start: _Start, output: int, errors: int) -> None:
    """Run as a new interpreter would that is started with *start*."""
    os.setsid()
    for number, file in enumerate((output, errors), 1):
        os.dup2(file, number)
        os.close(file)
    os.chdir(start.cwd)
    sys.path[0] = start.cwd
    os.execve = _execute
    with _ending():
        _run_module(start.module, start.arguments, start.environment)


_status = 1  # of this process at its end: that of an exception


@contextmanager
def _ending() -> Iterator[None]:
    """Note the status of a program that ends, also in a process that it has forked."""
    global _status  # noqa: PLW0603
    try:
        yield
        _status = 0
    except SystemExit as end:
        _status = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise


def _leave() -> None:
    """End this process without freeing its objects.

    Freeing them takes a third of the processor time of a small server: the kernel copies each page of
    shared memory that is written to.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_status)


def _run_module(module: str, arguments: list[str], environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _execute(path: str, command: list[str], environment: Mapping[str, str]) -> NoReturn:
    """Go on as the program that replaces this one: ``feeds serve`` becomes that of a server."""
    if not _is_program(command) or _variables_of_interpreter(environment) != _variables_of_interpreter(
        os.environ
    ):
        _execve(path, command, environment)
    _, _, module, *arguments = command
    _run_module(module, arguments, environment)
    sys.exit()


if __name__ == "__main__":
    _run(socket.socket(fileno=int(sys.argv[1])))
