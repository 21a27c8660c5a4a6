"""How gunicorn runs the server; gunicorn's own command line and GUNICORN_CMD_ARGS come after it.

WORKER_CLASS=gthread serves the same with threads, for who prefers WSGI.
"""

import os
import resource
import sys

worker_class = os.environ.get("WORKER_CLASS", "asgi")
wsgi_app = "feeds.asgi:app" if worker_class == "asgi" else "feeds.wsgi:app"
host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104
bind = f"{f'[{host}]' if '::' in host and host[0] != '[' else host}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 1 if worker_class == "asgi" else 8  # where it is one, Flask has its own
asgi_loop = "uvloop"
asgi_lifespan = "off"
keepalive = 75  # seconds; longer than the proxies in front keep theirs
timeout = 60
graceful_timeout = 5  # an answer takes milliseconds, but the asgi worker waits for idle connections too
control_socket_disable = True

# Every connection is an open file; often there may be 1,024 until a process asks for more.
_files, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
if 0 <= _files < 65_536:
    _files = 65_536 if _most < 0 else min(_most, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _most))


def on_starting(server):
    """End before there is a worker, if no worker could start."""
    try:
        _accept(server)
    except Exception as error:
        server.log.critical("%s", error, exc_info=None if _is_ours(error) else error)
        if server.pidfile:
            server.pidfile.unlink()
        sys.exit(server.APP_LOAD_ERROR)


def pre_fork(server, worker):
    """Load the index before there are workers, so that all of them share one in memory."""
    from feeds import bootstrap  # noqa: PLC0415  (as it is after a reload)

    bootstrap.system_clock()  # a worker takes over the last comparison of its master
    try:
        if worker.cfg.uid == os.geteuid():  # else files would be made that the worker may not write
            bootstrap.preload(os.environ)
    except Exception as error:  # any error: the running workers go on
        if _is_ours(error):
            server.log.debug("%s", error)  # the worker will log it
        else:
            server.log.error("the index cannot be loaded: %s", error, exc_info=error)


def on_reload(server):
    """Give the next workers new code and settings; if these do not work, keep the former ones."""
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
    # Everything that workers import, so that no worker mixes modules of before and after a change.
    from feeds import bootstrap, web  # noqa: PLC0415
    from feeds.http import asgi_adapter  # noqa: F401, PLC0415

    web.read_files()
    before = former.settings_in_force(os.environ) if former else None
    bootstrap.accept(os.environ, before, check_store=server.cfg.uid == os.geteuid())
    if clock := getattr(former, "system_clock", None):
        bootstrap.system_clock.take_over(clock)  # or a reload would follow a jump


def _is_ours(error):
    """Whether *error* is a FeedsError, whose text needs no traceback."""
    return any(kind.__name__ == "FeedsError" for kind in type(error).__mro__)


def _take_modules():
    """Forget the modules of this program, and return them."""
    names = [each for each in sys.modules if each.partition(".")[0] == "feeds"]
    return {name: sys.modules.pop(name) for name in names}
