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
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryDirectory
from threading import Lock
from typing import IO, Any, NoReturn

import msgspec

from tests.compiled_templates import share_templates
from tests.networks import enter_network, present_network
from tests.paths import ROOT

# ``gunicorn.config`` is not among them: it reads the environment and the folder when it is imported.
MODULES = (
    "encodings.idna", "feeds.asgi", "feeds.bootstrap.deliverer", "feeds.cli", "feeds.fleet",
    "granian.cli", "gunicorn.arbiter", "gunicorn.instrument.statsd", "gunicorn.workers.gasgi",
    "gunicorn.workers.gthread", "gunicorn_h1c", "psycopg", "ua_parser", "uvloop", "watchfiles",
)  # fmt: skip
PROGRAMS = ("feeds", "feeds.http.granian_drain", "granian", "gunicorn")  # that run as modules

_execve, _Popen = os.execve, subprocess.Popen
_AUTHORITIES = {"SSL_CERT_FILE": os.devnull}  # none, which aiohttp reads when it is imported
_MAX_REQUEST = 1 << 20  # bytes
_NUMBER_SIZE = 10  # bytes of an id or exit status
_STREAMS = 3  # input, output and errors
_MAX_FILES = _STREAMS + 2  # the status and a network


class _Start(msgspec.Struct):
    """A request for a process that runs *module* with *arguments* in the folder *cwd*.

    It is like a child of the process *parent*, or leads a session of its own.
    """

    module: str
    arguments: list[str]
    environment: dict[str, str]
    cwd: str
    parent: int = 0


class PreloadedProcess:
    """A process, with the attributes of subprocess.Popen that are used.

    The file descriptor *status* has its id, and its exit status once it has ended.
    """

    def __init__(self, command: Sequence[str], status: int, stdin: IO[bytes] | None = None) -> None:
        self.pid = int(os.read(status, _NUMBER_SIZE))
        self.stdin = stdin
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

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

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
        self._network = _network()  # a test or a drill may start the first program in another one
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.preloaded", str(other.fileno())],
                pass_fds=[other.fileno()],
                env=os.environ | _AUTHORITIES,
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
        with open(os.devnull, "rb") as stdin, ExitStack() as stack:
            files = [stdin.fileno(), output.fileno(), (errors or output).fileno()]
            if _network() != self._network:
                network = present_network()
                stack.callback(os.close, network)
                files.append(network)
            return PreloadedProcess(command, _request(self._socket, request, files))

    def close(self) -> None:
        """End the interpreter, but not what it has started."""
        self._socket.close()
        self._process.wait()


_first = Lock()
_only = cache(Preloaded)


def preloaded() -> Preloaded:
    """The interpreter of this process, started by the first call. Thread-safe."""
    with _first:
        return _only()


def can_start(command: Sequence[str], settings: Mapping[str, str]) -> bool:
    """True if the interpreter does what *command* would do with *settings* in its environment.

    An interpreter reads some variables when it starts.
    """
    others = _variables_of_interpreter(settings).items() - {("PYTHONPATH", str(ROOT))}
    return _is_program(command) and not others


def _is_program(command: Sequence[str]) -> bool:
    return list(command[:2]) == [sys.executable, "-m"] and command[2] in PROGRAMS


def _variables_of_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that an interpreter reads when it starts or imports."""
    return {
        name: value
        for name, value in environment.items() - _AUTHORITIES.items()
        if name.startswith(("PYTHON", "LC_", "LANG", *_AUTHORITIES))
    }


def _request(connection: socket.socket, start: _Start, files: Sequence[int]) -> int:
    """Send a request with its *files*; return the file descriptor for the status of the process."""
    status, other = os.pipe()
    try:
        socket.send_fds(connection, [msgspec.json.encode(start)], [other, *files])
    finally:
        os.close(other)
    return status


def _network() -> tuple[int, int] | None:
    """The network of this thread (network_namespaces(7)), None where there are no such."""
    try:
        found = os.stat("/proc/thread-self/ns/net")
    except OSError:  # no Linux
        return None
    return found.st_dev, found.st_ino


def _run(connection: socket.socket) -> None:
    """Import all modules, and fork programs until the parent process ends."""
    atexit.register(_leave)  # before any other function: it runs after all of them
    for module in MODULES:
        import_module(module)
    _read_packaged_files()
    _serve_once()
    gc.collect()
    gc.freeze()
    _serve(connection)


def _serve(connection: socket.socket) -> None:
    """Fork a program for each request, until every process has ended that can send one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the programs end
    running: dict[int, tuple[int, int]] = {}  # by file descriptor: the id, and that for the status
    while True:
        message, (status, *files) = _received(connection, running)
        if (process := os.fork()) == 0:
            break
        for each in files:
            os.close(each)
        _tell(status, process)
        running[os.pidfd_open(process)] = process, status
    connection.close()
    for each in (status, *running, *(other for _, other in running.values())):
        os.close(each)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _become(msgspec.json.decode(message, type=_Start), *files)


def _read_packaged_files() -> None:
    """Read what every server reads of the package: its texts, static files and compiled templates."""
    import_module("feeds.web").read_files()
    import_module("feeds.web.texts").names()
    share_templates()


def _serve_once() -> None:
    """Serve an article, so that patterns are compiled and known programs read that every server needs."""
    with TemporaryDirectory() as folder:
        harness = import_module("tests.harness").Harness(Path(folder))
        harness.write("first")
        harness.refresh_all()
        process = harness.process()
        for path in ("/", "/feed.rss", "/feed.json", "/ready", "/status.json"):
            process.get(path)
        harness.close()
    import_module("feeds.readership.known_readers").known_readers()


def _received(connection: socket.socket, running: dict[int, tuple[int, int]]) -> tuple[bytes, list[int]]:
    """Wait for a request, and return it with its files. Report each process that ends meanwhile."""
    while True:
        ready, _, _ = select([connection, *running], [], [])
        for file in ready:
            if file is not connection:
                _end(file, *running.pop(file))
        if connection in ready:
            message, files, _, _ = socket.recv_fds(connection, _MAX_REQUEST, _MAX_FILES)
            if not message:
                sys.exit()
            return message, files


def _end(file: int, process: int, status: int) -> None:
    """Tell the exit status of *process*, which has ended, and close its file descriptors."""
    _, ended = os.waitpid(process, 0)
    _tell(status, os.waitstatus_to_exitcode(ended))
    os.close(status)
    os.close(file)


def _tell(status: int, number: int) -> None:
    with suppress(BrokenPipeError):  # the process that started the program has ended
        os.write(status, b"%*d" % (_NUMBER_SIZE, number))


def _become(start: _Start, *files: int) -> None:
    """Run as a new interpreter would that is started with *start*.

    The *files* are those for input, output and errors, and the network if it is another one.
    """
    if len(files) > _STREAMS:
        enter_network(files[_STREAMS])
    for number, file in enumerate(files[:_STREAMS]):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    os.chdir(start.cwd)
    sys.path[0] = start.cwd
    # Without spaces, which would make Python 3.12 and newer read a wrong number of threads.
    Path("/proc/self/comm").write_text("-".join((start.module, *start.arguments)))
    if start.parent:
        os.getppid = lambda: start.parent
    else:
        os.setsid()
        os.execve = _execute
        if start.environment.get("FEEDS_PUSH_HUB") != "off":
            _fork_children()
    with _ending():
        _run_module(start.module, start.arguments, start.environment)


def _fork_children() -> None:
    """Let this process and those that it forks start programs by a process that forks them.

    That process has no threads and no open stores, and is of the same session and network.
    """
    connection, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if (between := os.fork()) == 0:
        if os.fork():
            os._exit(0)  # so that it is no child of the program
        connection.close()
        _serve(other)
    os.waitpid(between, 0)
    other.close()

    class Popen(_Popen):  # a class: annotations name it, also in modules that are imported again
        def __new__(cls, command: Sequence[str], **options: Any) -> Any:
            if not can_start(command, {}) or options != {"stdin": subprocess.PIPE}:
                return _Popen(command, **options)
            _, _, module, *arguments = command
            request = _Start(module, arguments, {**os.environ}, str(Path.cwd()), os.getpid())
            read, written = os.pipe()
            with open(read, "rb") as stdin:
                status = _request(connection, request, [stdin.fileno(), 1, 2])
            return PreloadedProcess(command, status, open(written, "wb"))

    subprocess.Popen = Popen


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

    Freeing them takes a third of the CPU time of a small server: the kernel copies each page of
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
    if "." in module:  # no package: a new interpreter has not imported it
        sys.modules.pop(module, None)
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
