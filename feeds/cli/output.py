"""The choice of an output format, text or JSON, and the form of JSON."""

import json
from typing import Any

import click

format_option = click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text")


def print_json(value: Any) -> None:
    """Print *value* as indented JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
