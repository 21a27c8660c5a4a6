"""The configuration of gunicorn; its command line and GUNICORN_CMD_ARGS override this file.

WORKER_CLASS=gthread serves the same answers through WSGI, with threads.
"""

import os
import resource
import sys

worker_class = os.environ.get("WORKER_CLASS", "asgi")
wsgi_app = "feeds.asgi:app" if worker_class == "asgi" else "feeds.wsgi:app"
host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104
bind = f"{f'[{host}]' if '::' in host and host[0] != '[' else host}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 1 if worker_class == "asgi" else 8  # the asgi worker runs Flask in threads of its own
asgi_loop = "uvloop"
asgi_lifespan = "off"
keepalive = 75  # seconds; longer than proxies in front keep idle connections
timeout = 60
graceful_timeout = 5  # an answer takes milliseconds, but the asgi worker waits for idle connections too
control_socket_disable = True

# Every connection is an open file; the default limit is often 1,024.
_files, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
if 0 <= _files < 65_536:
    _files = 65_536 if _most < 0 else min(_most, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _most))


def on_starting(server):
    """Exit before any worker is forked, if no worker could start."""
    try:
        _accept(server)
    except Exception as error:
        server.log.critical("%s", error, exc_info=None if _is_ours(error) else error)
        if server.pidfile:
            server.pidfile.unlink()
        sys.exit(server.APP_LOAD_ERROR)


def pre_fork(server, worker):
    """Load the index before a worker is forked, so that all workers share its memory."""
    from feeds import bootstrap  # noqa: PLC0415  (the current module after a reload)

    bootstrap.system_clock()  # the worker takes over this comparison
    try:
        if worker.cfg.uid == os.geteuid():  # else the worker could not write the files that this creates
            bootstrap.preload(os.environ)
    except Exception as error:  # any error: the running workers continue
        if _is_ours(error):
            server.log.debug("%s", error)  # the worker will log it
        else:
            server.log.error("the index cannot be loaded: %s", error, exc_info=error)


def on_reload(server):
    """Load new code and settings for the next workers; if that fails, keep the former ones."""
    former = _take_modules()
    try:
        _accept(server, former.get("feeds.bootstrap"))
    except Exception as error:
        _take_modules()
        sys.modules.update(former)
        server.log.error(
            "not reloaded, the former settings and code stay in force: %s",
            error, exc_info=None if _is_ours(error) else error,
        )  # fmt: skip
    else:
        if "feeds.bootstrap" in former:
            former["feeds.bootstrap"].forget()


def _accept(server, former=None):
    """Check the settings, the corpus and the store, and put the settings in force for new workers."""
    # Import everything that workers use, so that no worker mixes former and changed modules.
    from feeds import bootstrap, web  # noqa: PLC0415
    from feeds.http import asgi_adapter  # noqa: F401, PLC0415

    web.read_files()
    before = former.settings_in_force(os.environ) if former else None
    bootstrap.accept(os.environ, before, check_store=server.cfg.uid == os.geteuid())
    if clock := getattr(former, "system_clock", None):
        bootstrap.system_clock.take_over(clock)  # else the new clock would follow a jump


def _is_ours(error):
    """Return whether *error* is a FeedsError, which is logged without a traceback."""
    return any(kind.__name__ == "FeedsError" for kind in type(error).__mro__)


def _take_modules():
    """Remove the modules of this program from ``sys.modules``, and return them."""
    names = [each for each in sys.modules if each.partition(".")[0] == "feeds"]
    return {name: sys.modules.pop(name) for name in names}
