"""How gunicorn runs the server; gunicorn's own command line and GUNICORN_CMD_ARGS come after it."""

import os

wsgi_app = "feeds.wsgi:app"
bind = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"  # noqa: S104
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 8
keepalive = 75  # seconds; longer than the proxies in front keep theirs
timeout = 60
graceful_timeout = 30
control_socket_disable = True
