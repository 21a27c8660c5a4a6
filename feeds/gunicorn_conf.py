"""The configuration of gunicorn: settings, and hooks that check, preload and reload the program.

``feeds serve`` uses it, and ``gunicorn --config python:feeds.gunicorn_conf`` too. Options of gunicorn's
command line and GUNICORN_CMD_ARGS override these settings. HOST, PORT and WEB_CONCURRENCY set the address
and the number of workers. WORKER_CLASS=gthread selects WSGI with threads, with the same responses.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers import SUPPORTED_WORKERS
from gunicorn.workers.base import Worker


def _number(name: str, default: int, most: int) -> int:
    """The number in the environment variable *name*, from 1 to *most*; else end with one line."""
    written = os.environ.get(name, str(default))
    if written.isascii() and written.isdecimal() and 1 <= int(written) <= most:
        return int(written)
    return _refuse(name, f"not a whole number from 1 to {most}: {written!r}", f"use {default}")


def _worker_class(written: str) -> str:
    """The kind of worker *written*: one of gunicorn's, or the path of a class; else end with one line."""
    if written in SUPPORTED_WORKERS or "." in written:
        return written
    not_one_of = import_module("feeds.errors").not_one_of
    return _refuse("WORKER_CLASS", *not_one_of(written, sorted(SUPPORTED_WORKERS), "use asgi or gthread"))


def _log_format() -> str:
    form: str = import_module("feeds.settings").log_format(os.environ)
    return form


class _JsonLog(Logger):  # type: ignore[misc]
    """gunicorn's log in JSON from its first line on; later lines have the format of the settings."""

    def setup(self, cfg: Any) -> None:
        """See Logger."""
        super().setup(cfg)
        import_module("feeds.logs.lines").write_log(_log_format())


def _refuse(variable: str, problem: str, remedy: str) -> NoReturn:
    """End gunicorn, which would print the traceback of an exception."""
    said = import_module("feeds.errors").message(variable, problem, remedy)
    if _log_format() == "json":
        said = import_module("feeds.logs.lines").line("json", "server.refused", said)
    sys.stderr.write(f"{said}\n")
    sys.exit(Arbiter.APP_LOAD_ERROR)


worker_class = _worker_class(os.environ.get("WORKER_CLASS", "asgi"))
wsgi_app = "feeds.asgi:app" if worker_class == "asgi" else "feeds.wsgi:app"
host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104
_is_bare_ipv6 = host.count(":") > 1 and host[0] != "["
bind = f"{f'[{host}]' if _is_bare_ipv6 else host}:{_number('PORT', 8000, 65_535)}"
workers = _number("WEB_CONCURRENCY", 2, 1_024)
threads = 1 if worker_class == "asgi" else 8  # the asgi worker runs Flask in threads of its own
asgi_loop = "uvloop"
asgi_lifespan = "off"
worker_connections = 16_384  # or fewer, by the limit of open files
limit_request_line = 8_190  # bytes, the most that gunicorn allows; a list /opml?… of feeds may be long
keepalive = 75  # seconds; longer than proxies in front keep idle connections
timeout = 60  # seconds
graceful_timeout = 5  # seconds; the asgi worker waits for idle connections too
control_socket_disable = True
if _log_format() == "json":
    logger_class = _JsonLog


def on_starting(server: Arbiter) -> None:
    """Exit before any worker is forked, if no worker could start."""
    _forget_this_module()
    _bound_connections(server)
    try:
        if server.cfg.workers < 1:
            raise import_module("feeds.errors").SettingsError("workers", "no workers", "use 1 or more")
        _accept(server)
        _check_listening(server)
    except Exception as error:  # any error, as no worker could start
        _log(server.log.critical, "server.refused", str(error), None if _is_expected(error) else error)
        if server.pidfile:
            server.pidfile.unlink()
        sys.exit(server.APP_LOAD_ERROR)


def when_ready(server: Arbiter) -> None:
    """Log the start once gunicorn listens. A signal to stop drains the server from now on."""
    _log_start(server)
    draining = import_module("feeds.http.draining")
    server.drain, server.drain_seconds = draining.Drain(), _drain_seconds()
    # After an upgrade of the executable (SIGUSR2), the next master serves the same clients.
    draining.drain_at_sigterm(server.drain, lambda: 0 if server.reexec_pid else server.drain_seconds)


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """Load the index before a worker is forked, so that all workers share its memory."""
    bootstrap = import_module("feeds.bootstrap")
    bootstrap.system_clock()  # the worker takes over this comparison
    if drain := getattr(server, "drain", None):  # a configuration may have another when_ready
        import_module("feeds.http.draining").inherit_drain(drain)
    try:
        bootstrap.share_budgets(os.environ)
        if worker.cfg.uid == os.geteuid():  # else the worker could not write the files that this creates
            bootstrap.preload(os.environ)
    except Exception as error:  # any error: the running workers continue
        if _is_expected(error):
            server.log.debug("%s", error)  # the worker will log it
        else:
            _log(server.log.error, "index.failed", f"the index cannot be loaded: {error}", error)


def post_fork(server: Arbiter, _worker: Worker) -> None:
    """End a worker at once if the master is killed; gunicorn does so too, but up to six seconds later."""
    import_module("feeds.bootstrap").end_with_parent(server.pid)


def on_reload(server: Arbiter) -> None:
    """Load new code and settings for the next workers; if that fails, keep the former ones."""
    _forget_this_module()
    former = _take_modules()
    try:
        _accept(server, former.get("feeds.bootstrap"))
    except Exception as error:  # any error, of new code too
        _take_modules()
        sys.modules.update(former)
        said = f"not reloaded, the former settings and code stay in force: {error}"
        _log(server.log.error, "server.not-reloaded", said, None if _is_expected(error) else error)
    else:
        if "feeds.bootstrap" in former:
            former["feeds.bootstrap"].forget()
        server.drain_seconds = _drain_seconds()
        _log_start(server)
    _bound_connections(server)


def _accept(server: Arbiter, former: ModuleType | None = None) -> None:
    """Check the settings, the corpus and the store, and put the settings in force for new workers.

    *former* is ``feeds.bootstrap`` before a reload.
    """
    # Import everything that workers use, so that no worker mixes former and changed modules.
    bootstrap, web, _ = map(import_module, ("feeds.bootstrap", "feeds.web", "feeds.http.asgi_adapter"))
    web.read_files()
    import_module("feeds.logs.lines").write_log(_log_format())
    before = former.settings_in_force(os.environ) if former else None
    bootstrap.accept(os.environ, before, check_store=server.cfg.uid == os.geteuid())
    if clock := getattr(former, "system_clock", None):
        bootstrap.system_clock.take_over(clock)  # else the new clock would follow a jump


def _check_listening(server: Arbiter) -> None:
    """Raise AddressError if gunicorn could not listen, which it would report after five seconds."""
    if server.master_pid or os.environ.get("LISTEN_PID") == str(os.getpid()):
        return  # the sockets are inherited, from the former master or from systemd
    bootstrap = import_module("feeds.bootstrap")
    for address in server.cfg.address:
        if isinstance(address, tuple):
            bootstrap.refuse_address(*address, shared=server.cfg.reuse_port)
        elif isinstance(address, str) and not address.startswith("\0"):
            bootstrap.refuse_socket(address)


def _drain_seconds() -> float:
    bootstrap = import_module("feeds.bootstrap")
    seconds: float = bootstrap.drain_seconds(bootstrap.settings_in_force(os.environ))
    return seconds


def _log_start(server: Arbiter) -> None:
    bootstrap = import_module("feeds.bootstrap")
    said = bootstrap.start_line(bootstrap.settings_in_force(os.environ))
    _log(server.log.info, "server.started", said)


def _log(write: Callable[..., object], event: str, sentence: str, cause: Exception | None = None) -> None:
    """Log an *event* among gunicorn's own, with the traceback of *cause*."""
    write(sentence, exc_info=cause, extra=import_module("feeds.logs.events").facts(event))


def _is_expected(error: Exception) -> bool:
    """Return whether *error* is a FeedsError, which is logged without a traceback."""
    return any(kind.__name__ == "FeedsError" for kind in type(error).__mro__)


def _take_modules() -> dict[str, ModuleType]:
    """Remove the modules of this program from ``sys.modules``, and return them."""
    names = [each for each in sys.modules if each.partition(".")[0] == "feeds"]
    return {name: sys.modules.pop(name) for name in names}


def _forget_this_module() -> None:
    """Let gunicorn import ``python:feeds.gunicorn_conf`` again at each reload, as it does with a file."""
    sys.modules.pop("feeds.gunicorn_conf", None)


def _bound_connections(server: Arbiter) -> None:
    """Let workers have as many connections as possible, and end those without a request."""
    possible = import_module("feeds.bootstrap").allow_connections()
    server.cfg.set("worker_connections", min(server.cfg.worker_connections, possible))
    server.worker_class = import_module("feeds.http.gunicorn_workers").bounded(server.worker_class)
