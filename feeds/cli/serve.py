"""feeds serve: replace this process by a server process."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import click

import feeds
from feeds.bootstrap import (
    ACCEPTED_BY,
    allow_connections,
    drain_seconds,
    ip_address,
    located,
    refuse_address,
    refuse_start,
)
from feeds.cli.command_line import Choice, Command, CommandEnvironment, WholeNumber
from feeds.cli.loaded import ADOPT, loaded
from feeds.errors import SettingsError
from feeds.http import granian_drain
from feeds.settings import Settings, load

SERVERS = ("gunicorn", "gthread", "granian")
GUNICORN = Path(feeds.__file__).with_name("gunicorn_conf.py")
# Granian limits the wait for a request only where it need not find out the version of HTTP.
GRANIAN = ("feeds.wsgi:app", "--interface", "wsgi", "--blocking-threads", "8", "--no-ws", "--http", "1",
           "--respawn-failed-workers", "--workers-kill-timeout", "5")  # fmt: skip


@click.command("serve", cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Listen on this address; 0.0.0.0 means all.")  # fmt: skip
@click.option("--port", default=8000, show_default=True, type=WholeNumber(1, 65535),
              help="Listen on this port.")  # fmt: skip
@click.option("--workers", default=2, show_default=True, type=WholeNumber(1, 64),
              help="Start this number of processes.")  # fmt: skip
@click.option("--server", default="gunicorn", show_default=True, type=Choice(SERVERS),
              help="Run this web server; gthread is gunicorn with threads instead of ASGI.")  # fmt: skip
@click.option("--adopt", is_flag=True, help=ADOPT)
@click.pass_obj
def serve_command(
    given: CommandEnvironment, /, host: str, port: int, workers: int, server: str, *, adopt: bool
) -> NoReturn:
    """Serve the feeds and pages until stopped.

    The corpus is watched: changes appear without a restart. Unless site.url is set, addresses in feeds
    begin with http://127.0.0.1:PORT.
    """
    if server == "granian" and not find_spec("granian"):
        raise SettingsError("--server", "granian is not installed", "run pip install 'feeds[granian]'")
    environment = given.environment
    if load(environment).site.url == Settings().site.url:
        environment = environment | {"FEEDS_SITE_URL": f"http://127.0.0.1:{port}"}
    made = located(load(environment))
    if adopt:
        with loaded(made, adopt=True):
            pass
    refuse_start(made)
    refuse_address(host, port)
    if server == "granian":
        place = ["--host", ip_address(host), "--port", str(port)]
        limit = ["--backpressure", str(allow_connections())]
        command = ["granian", *GRANIAN, *limit, *place, "--workers", str(workers)]
        environment = environment | {ACCEPTED_BY: str(os.getpid())}
        if seconds := drain_seconds(made):
            command[0] = granian_drain.__name__
            environment = environment | {granian_drain.DRAIN_SECONDS: str(seconds)}
    else:
        command = ["gunicorn", "--config", str(GUNICORN)]
        environment = environment | {
            "HOST": host,
            "PORT": str(port),
            "WEB_CONCURRENCY": str(workers),
            "WORKER_CLASS": "asgi" if server == "gunicorn" else server,
        }
    # The server replaces this process, so that it receives signals directly.
    os.execve(sys.executable, [sys.executable, "-m", *command], environment)  # noqa: S606
