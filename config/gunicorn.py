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


def pre_fork(server, worker):
    """Load the index before there are workers, so that all of them share one in memory."""
    from feeds import bootstrap, errors, web  # noqa: F401, PLC0415  (as they are after a reload)

    try:
        if worker.cfg.uid == os.geteuid():  # else files would be made that the worker may not write
            bootstrap.preload(os.environ)
    except errors.FeedsError as error:
        server.log.debug("%s", error)  # which the worker will say itself


def on_reload(server):  # noqa: ARG001
    """Let the next workers have new code and settings, as they would without ``pre_fork``."""
    if bootstrap := sys.modules.get("feeds.bootstrap"):
        bootstrap.forget()
    for name in [each for each in sys.modules if each.partition(".")[0] == "feeds"]:
        del sys.modules[name]
