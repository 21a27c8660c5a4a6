"""feeds store: check, back up, restore and describe the store."""

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from feeds.bootstrap import back_up_store, check_store, required_store, restore_store
from feeds.cli.command_line import CommandEnvironment, CommandGroup
from feeds.cli.loaded import settings_of
from feeds.cli.output import format_option, print_json


@click.group("store", cls=CommandGroup)
def store_commands() -> None:
    """Check, back up, restore or describe the store.

    The store is the record of published articles: ids, dates and removals. The setting store.path names
    its file.
    """


@store_commands.command("check")
@click.pass_obj
def store_check(given: CommandEnvironment) -> None:
    """Verify the store without changing it.

    The exit status is 1 if a row is damaged.
    """
    made, damaged = settings_of(given), False
    path = made.store_path
    for problem in check_store(made):
        damaged = True
        click.echo(f"{path}: {problem}")
    verdict = "damaged; the next start of a server or feeds refresh repairs it" if damaged else "intact"
    click.echo(f"{path}: {verdict}", err=True)
    sys.exit(1 if damaged else 0)


@store_commands.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def store_backup(given: CommandEnvironment, file: Path) -> None:
    """Write a verified copy of the store to FILE, and of the subscriptions to FILE.subscriptions.

    Neither file may exist. A server may be running.
    """
    for each in back_up_store(settings_of(given), file):
        click.echo(f"{each}: {each.stat().st_size:,} bytes, verified", err=True)


@store_commands.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def store_restore(given: CommandEnvironment, file: Path) -> None:
    """Replace the store by a copy of FILE, and the subscriptions by FILE.subscriptions if that exists.

    The former files are kept beside them. No server may be running.
    """
    for restored, source in restore_store(settings_of(given), file).items():
        click.echo(f"{restored}: restored from {source}", err=True)


@store_commands.command("info")
@format_option
@click.pass_obj
def store_info(given: CommandEnvironment, format_: str) -> None:
    """Print the size, revision and corpus of the store."""
    made = settings_of(given)
    with closing(required_store(made)) as store:
        stats = store.stats(datetime.now(UTC).timestamp(), 0)
        described: dict[str, Any] = {
            "path": str(made.store_path),
            "schema": stats.schema,
            "bytes": stats.bytes,
            "revision": stats.revision,
            "changed": _instant(stats.changed),
            "articles": len(store.load().records) - stats.scheduled,
            "scheduled": stats.scheduled,
            "files": store.file_count(),
            "authority": store.authority(),
            "corpus": store.corpus(),
            "in_use": store.has_writer(),
        }
    if format_ == "json":
        print_json(described)
        return
    for name, value in described.items():
        shown = f"{value:,}" if type(value) is int else {True: "yes", False: "no"}.get(value, value)
        click.echo(f"{name.replace('_', ' ') + ':':10} {shown or '-'}")


def _instant(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if second else ""
