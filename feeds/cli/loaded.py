"""The work that commands share: load the settings, refresh the store, load the index."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from feeds.bootstrap import Refreshed, ServerProcess, located
from feeds.cli.command_line import CommandEnvironment
from feeds.cli.progress import progress
from feeds.errors import StoreError
from feeds.settings import Settings, load

# The help texts of options that several commands share.
ADOPT = "Take over a store that belongs to another folder; articles missing here are removed."
ACCEPT_REMOVALS = "Remove the articles of missing files, even if most files are missing."


def settings_of(given: CommandEnvironment) -> Settings:
    """Load the settings with the path of the store. Raises SettingsError or StoreRefused."""
    return located(load(given.environment))


@contextmanager
def loaded(
    settings: Settings, accept_removals: bool = False, adopt: bool = False
) -> Iterator[ServerProcess]:
    """Yield a server with its index in memory, after a refresh unless another process is the writer."""
    server = ServerProcess(settings)
    try:
        print_held(refresh(server, accept_removals, adopt))
        server.current_index.follow()
        yield server
    finally:
        server.stop()


def refresh(server: ServerProcess, accept_removals: bool, adopt: bool) -> Refreshed | None:
    """Refresh *server*; if another process is the writer, return None, or raise StoreError if *adopt*."""
    with progress("reading files") as show:
        refreshed = server.refresh(show, accept_removals=accept_removals, adopt=adopt)
    if adopt and not refreshed:
        raise StoreError(
            server.settings.store_path, "in use by another writer", "stop that process first"
        )
    return refreshed


def print_held(refreshed: Refreshed | None) -> None:
    """Print the reason why the articles of missing files are kept, if they are."""
    if refreshed and refreshed.held:
        click.echo(f"feeds: {refreshed.held}", err=True)


def exit_if_held(refreshed: Refreshed | None) -> None:
    """Exit with status 1 if the articles of missing files are kept."""
    if refreshed and refreshed.held:
        sys.exit(1)
