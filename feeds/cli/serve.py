"""feeds serve: replace this process by a server process."""

import os
import sys
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import click

import feeds
from feeds.bootstrap import corpus_of, located, start_line, store_of
from feeds.cli.loaded import ADOPT, Load, loaded
from feeds.errors import SettingsError
from feeds.ingest.removals import refuse_other_corpus
from feeds.settings import Settings, load

SERVERS = ("gunicorn", "gthread", "granian")
GUNICORN = Path(feeds.__file__).with_name("gunicorn_conf.py")
GRANIAN = ("feeds.wsgi:app", "--interface", "wsgi", "--blocking-threads", "8", "--no-ws",
           "--respawn-failed-workers", "--workers-kill-timeout", "5")  # fmt: skip


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to listen on; 0.0.0.0 for all.")  # fmt: skip
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535),
              help="Port to listen on.")  # fmt: skip
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64),
              help="Number of processes.")  # fmt: skip
@click.option("--server", default="gunicorn", show_default=True, type=click.Choice(SERVERS),
              help="Web server; gthread is gunicorn with threads instead of ASGI.")  # fmt: skip
@click.option("--adopt", is_flag=True, help=ADOPT)
@click.pass_obj
def serve_command(
    settings: Load, /, host: str, port: int, workers: int, server: str, *, adopt: bool
) -> NoReturn:
    """Serve the feeds and pages until stopped.

    The corpus is watched: changes appear without a restart. Unless site.url is set, addresses in feeds
    begin with http://127.0.0.1:PORT.
    """
    if server == "granian" and not find_spec("granian"):
        raise SettingsError("--server", "granian is not installed", "run pip install 'feeds[granian]'")
    environment = settings.environment
    if load(environment).site.url == Settings().site.url:
        environment = environment | {"FEEDS_SITE_URL": f"http://127.0.0.1:{port}"}
    made = located(load(environment))
    _check_store(made, adopt)
    if server == "granian":
        click.echo(start_line(made), err=True)  # gunicorn logs it
        command = ["granian", *GRANIAN, "--host", host, "--port", str(port), "--workers", str(workers)]
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


def _check_store(settings: Settings, adopt: bool) -> None:
    """Raise StoreRefused if the store belongs to another corpus; with *adopt*, take it over first."""
    corpus = corpus_of(settings)
    if adopt:
        with loaded(settings, adopt=True):
            pass
    with closing(store_of(settings)) as store:
        refuse_other_corpus(store, corpus.root)
