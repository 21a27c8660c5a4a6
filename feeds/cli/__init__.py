"""The command line: one module for each command or group of commands."""

import os
from collections import UserDict
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import click

from feeds import __version__
from feeds.cli.loaded import Load
from feeds.errors import FeedsError

# The place of each command, as ``module:name``.
COMMANDS = {
    "check": "feeds.cli.check:check_command",
    "config": "feeds.cli.config:config_command",
    "explain": "feeds.cli.query:explain_command",
    "export": "feeds.cli.export:export_command",
    "list": "feeds.cli.listing:list_command",
    "refresh": "feeds.cli.refresh:refresh_command",
    "render": "feeds.cli.query:render_command",
    "sample": "feeds.cli.sample:sample_command",
    "serve": "feeds.cli.serve:serve_command",
    "store": "feeds.cli.store:store_commands",
}


EXIT_STATUS = """\b
Exit status:
  0  success
  1  a check found a problem, or removals are held back
  2  an error, reported on one line: "feeds: subject: problem; remedy"
"""


class _LazyCommands(UserDict[str, Any]):
    """Commands by name, each imported when it is looked up: only ``feeds export`` needs Flask."""

    def __getitem__(self, name: str) -> Any:
        return resolve_name(super().__getitem__(name))


class _Group(click.Group):
    """A group that reports a FeedsError on one line, with exit status 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except FeedsError as error:
            click.echo(f"feeds: {error}", err=True)
            context.exit(2)


@click.group(
    cls=_Group,
    commands=_LazyCommands(COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_STATUS,
)
@click.version_option(__version__, prog_name="feeds")
@click.option(
    "--config", metavar="FILE", type=click.Path(path_type=Path),
    help="File of settings; overrides FEEDS_CONFIG. See feeds config --default.",
)  # fmt: skip
@click.option(
    "--corpus", metavar="FOLDER", type=click.Path(path_type=Path),
    help="Folder of articles; overrides FEEDS_CORPUS_PATH and corpus.path.",
)  # fmt: skip
@click.pass_context
def main(context: click.Context, config: Path | None, corpus: Path | None) -> None:
    """Serve a folder of Markdown articles as RSS, Atom and JSON feeds.

    Options for all commands precede the command: feeds --corpus news check
    """
    options = {"FEEDS_CONFIG": ("--config", config), "FEEDS_CORPUS_PATH": ("--corpus", corpus)}
    given = {variable: each for variable, each in options.items() if each[1]}
    context.obj = Load(
        os.environ | {variable: str(value) for variable, (_, value) in given.items()},
        {variable: option for variable, (option, _) in given.items()},
    )
