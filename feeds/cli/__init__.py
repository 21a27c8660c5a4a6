"""The command line: one module for each group of commands."""

import os
from pathlib import Path
from typing import Any

import click

from feeds import __version__
from feeds.cli.check import check_command
from feeds.cli.export import export_command
from feeds.cli.listing import list_command
from feeds.cli.loaded import Load
from feeds.cli.query import explain_command, render_command
from feeds.cli.refresh import refresh_command
from feeds.cli.sample import sample_command
from feeds.cli.serve import serve_command
from feeds.cli.store import store_commands
from feeds.errors import FeedsError

COMMANDS = (
    serve_command, check_command, list_command, render_command, explain_command, export_command,
    sample_command, refresh_command, store_commands,
)  # fmt: skip


class _Group(click.Group):
    """Turn a FeedsError into one line and exit status 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except FeedsError as error:
            click.echo(f"feeds: {error}", err=True)
            context.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="feeds")
@click.option(
    "--config", type=click.Path(path_type=Path), help="The settings; config/feeds.yaml lists all."
)
@click.option("--corpus", type=click.Path(path_type=Path), help="The folder of articles.")
@click.pass_context
def main(context: click.Context, config: Path | None, corpus: Path | None) -> None:
    """A folder of articles in, feeds out."""
    options = {"FEEDS_CONFIG": config, "FEEDS_CORPUS_PATH": corpus}
    context.obj = Load(os.environ | {name: str(value) for name, value in options.items() if value})


for _command in COMMANDS:
    main.add_command(_command)
