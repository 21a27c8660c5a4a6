"""The option ``--format text`` or ``json``, and the printing of JSON."""

import json
from typing import Any

import click

from feeds.cli.command_line import Choice

format_option = click.option(
    "--format", "format_", type=Choice(["text", "json"]), default="text", show_default=True,
    help="Print the output in this format.",
)  # fmt: skip


def print_json(value: Any) -> None:
    """Print *value* as indented JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
