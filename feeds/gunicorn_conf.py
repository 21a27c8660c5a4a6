"""The configuration of gunicorn: settings, and hooks that check, preload and reload the program.

``feeds serve`` uses it, and ``gunicorn --config python:feeds.gunicorn_conf`` too. Options of gunicorn's
command line and GUNICORN_CMD_ARGS override these settings. HOST, PORT and WEB_CONCURRENCY set the address
and the number of workers. WORKER_CLASS=gthread selects WSGI with threads, with the same responses.
"""

import os
import resource
import sys
from importlib import import_module
from types import ModuleType

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

worker_class = os.environ.get("WORKER_CLASS", "asgi")
wsgi_app = "feeds.asgi:app" if worker_class == "asgi" else "feeds.wsgi:app"
host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104
bind = f"{f'[{host}]' if '::' in host and host[0] != '[' else host}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 1 if worker_class == "asgi" else 8  # the asgi worker runs Flask in threads of its own
asgi_loop = "uvloop"
asgi_lifespan = "off"
keepalive = 75  # seconds; longer than proxies in front keep idle connections
timeout = 60  # seconds
graceful_timeout = 5  # seconds; the asgi worker waits for idle connections too
control_socket_disable = True


def on_starting(server: Arbiter) -> None:
    """Exit before any worker is forked, if no worker could start."""
    _forget_this_module()
    _allow_many_connections()
    _complete_reason_phrases(server)
    try:
        _accept(server)
    except Exception as error:  # any error, as no worker could start
        server.log.critical("%s", error, exc_info=None if _is_expected(error) else error)
        if server.pidfile:
            server.pidfile.unlink()
        sys.exit(server.APP_LOAD_ERROR)


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """Load the index before a worker is forked, so that all workers share its memory."""
    bootstrap = import_module("feeds.bootstrap")
    bootstrap.system_clock()  # the worker takes over this comparison
    try:
        if worker.cfg.uid == os.geteuid():  # else the worker could not write the files that this creates
            bootstrap.preload(os.environ)
    except Exception as error:  # any error: the running workers continue
        if _is_expected(error):
            server.log.debug("%s", error)  # the worker will log it
        else:
            server.log.error("the index cannot be loaded: %s", error, exc_info=error)


def on_reload(server: Arbiter) -> None:
    """Load new code and settings for the next workers; if that fails, keep the former ones."""
    _forget_this_module()
    former = _take_modules()
    try:
        _accept(server, former.get("feeds.bootstrap"))
    except Exception as error:  # any error, of new code too
        _take_modules()
        sys.modules.update(former)
        server.log.error(
            "not reloaded, the former settings and code stay in force: %s",
            error, exc_info=None if _is_expected(error) else error,
        )  # fmt: skip
    else:
        if "feeds.bootstrap" in former:
            former["feeds.bootstrap"].forget()


def _accept(server: Arbiter, former: ModuleType | None = None) -> None:
    """Check the settings, the corpus and the store, and put the settings in force for new workers.

    *former* is ``feeds.bootstrap`` before a reload.
    """
    # Import everything that workers use, so that no worker mixes former and changed modules.
    bootstrap, web, _ = map(import_module, ("feeds.bootstrap", "feeds.web", "feeds.http.asgi_adapter"))
    web.read_files()
    bootstrap.configure_logging()
    before = former.settings_in_force(os.environ) if former else None
    settings = bootstrap.accept(os.environ, before, check_store=server.cfg.uid == os.geteuid())
    if clock := getattr(former, "system_clock", None):
        bootstrap.system_clock.take_over(clock)  # else the new clock would follow a jump
    server.log.info(bootstrap.start_line(settings))


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


def _complete_reason_phrases(server: Arbiter) -> None:
    """Add the phrases that the asgi worker writes as "Unknown", such as those of 226 and 406."""
    if server.cfg.worker_class_str == "asgi":
        reasons = import_module("feeds.http.reasons").REASONS
        for table in vars(import_module("gunicorn.asgi.protocol")).values():
            if isinstance(table, dict) and table.get(200) == "OK":
                table.update(reasons)


def _allow_many_connections() -> None:
    """Raise the limit of open files, often 1,024, to 65,536 if permitted; each connection is one."""
    files, permitted = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < 65_536:
        files = 65_536 if permitted < 0 else min(permitted, 65_536)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, permitted))
