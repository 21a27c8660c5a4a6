"""feeds serve: replace this process by a server process."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import click

import feeds
from feeds import logs
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
from feeds.errors import FeedsError, SettingsError
from feeds.http import granian_drain
from feeds.logs.lines import line
from feeds.settings import Settings, load, log_format

SERVERS = ("gunicorn", "gthread", "granian")
LOG_FORMATS = ("text", "json")
GRANIAN_LOG = Path(logs.__file__).with_name("granian.json")
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
@click.option("--log", "log", type=Choice(LOG_FORMATS),
              help="Write the log in this format, instead of log.format.")  # fmt: skip
@click.option("--adopt", is_flag=True, help=ADOPT)
@click.pass_obj
def serve_command(
    given: CommandEnvironment,
    /,
    *,
    host: str,
    port: int,
    workers: int,
    server: str,
    log: str | None,
    adopt: bool,
) -> NoReturn:
    """Serve the feeds and pages until stopped.

    The corpus is watched: changes appear without a restart. Unless site.url is set, addresses in feeds
    begin with http://127.0.0.1:PORT.
    """
    environment = given.environment | ({"FEEDS_LOG_FORMAT": log} if log else {})
    form = log_format(environment)
    try:
        command, environment = _command(environment, host, port, workers, server, adopt=adopt)
    except FeedsError as error:
        if form == "text":
            raise
        click.echo(line(form, "server.refused", str(error)), err=True)
        raise click.exceptions.Exit(2) from error
    # The server replaces this process, so that it receives signals directly.
    os.execve(sys.executable, [sys.executable, "-m", *command], environment)  # noqa: S606


def _command(
    environment: dict[str, str], host: str, port: int, workers: int, server: str, *, adopt: bool
) -> tuple[list[str], dict[str, str]]:
    """The command and the environment of the server. Raises FeedsError if it could not start."""
    if server == "granian" and not find_spec("granian"):
        raise SettingsError("--server", "granian is not installed", "install the extra granian")
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
        if made.log.format == "json":
            command += ["--log-config", str(GRANIAN_LOG)]
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
    return command, environment
