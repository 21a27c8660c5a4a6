"""How gunicorn runs the server; gunicorn's own command line and GUNICORN_CMD_ARGS come after it."""

import os

wsgi_app = "feeds.wsgi:app"
host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104
bind = f"{f'[{host}]' if '::' in host and host[0] != '[' else host}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 8
keepalive = 75  # seconds; longer than the proxies in front keep theirs
timeout = 60
graceful_timeout = 30
control_socket_disable = True
