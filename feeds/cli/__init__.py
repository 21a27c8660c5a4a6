"""The command line: one module for each command or group of commands."""

import gc
from collections import UserDict
from pkgutil import resolve_name
from typing import Any

import click

from feeds.cli.command_line import CommandGroup

# The place of each command, as ``module:name``.
COMMANDS = {
    "check": "feeds.cli.check:check_command",
    "config": "feeds.cli.config:config_command",
    "doctor": "feeds.cli.doctor:doctor_command",
    "explain": "feeds.cli.query:explain_command",
    "export": "feeds.cli.export:export_command",
    "fleet": "feeds.cli.fleet:fleet_commands",
    "images": "feeds.cli.images:images_command",
    "list": "feeds.cli.listing:list_command",
    "pollers": "feeds.cli.pollers:pollers_command",
    "push": "feeds.cli.push:push_commands",
    "readers": "feeds.cli.readers:readers_command",
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
    """Commands by name, each imported when it is looked up: most of them need few packages."""

    def __getitem__(self, name: str) -> Any:
        gc.disable()  # modules are no garbage, and a search for it is a seventh of the time
        try:
            return resolve_name(super().__getitem__(name))
        finally:
            gc.enable()


@click.group(
    "feeds",
    cls=CommandGroup,
    commands=_LazyCommands(COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_STATUS,
)
def main() -> None:
    """Serve a folder of Markdown articles as RSS, Atom and JSON feeds.

    The options stand before or after the command: feeds check --corpus news
    """
