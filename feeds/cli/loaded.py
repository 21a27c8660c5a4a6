"""Load the corpus for one command: settings, refresh, and a server with its index in memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from msgspec import Struct

from feeds.bootstrap import Refreshed, ServerProcess
from feeds.cli.progress import progress
from feeds.errors import StoreError
from feeds.settings import Settings, load

# Help of options that several commands have.
ADOPT = "Use a store of another folder, and remove the articles of that folder."
ACCEPT_REMOVALS = "Remove the articles of missing files, even if most files are missing."


class Load(Struct, frozen=True):
    """Load the settings of *environment*: that of this process, under the options of the command line."""

    environment: dict[str, str]

    def __call__(self) -> Settings:
        """Raises SettingsError."""
        return load(self.environment)


@contextmanager
def loaded(
    settings: Settings, accept_removals: bool = False, adopt: bool = False
) -> Iterator[ServerProcess]:
    """Yield a server with its index in memory, after a refresh unless another process is the writer."""
    server = ServerProcess(settings)
    try:
        say_held(refresh(server, accept_removals, adopt))
        server.current_index.follow()
        yield server
    finally:
        server.stop()


def refresh(server: ServerProcess, accept_removals: bool, adopt: bool) -> Refreshed | None:
    """Refresh *server*; return None if another process is the writer, which *adopt* refuses."""
    with progress("reading") as show:
        refreshed = server.refresh(show, accept_removals=accept_removals, adopt=adopt)
    if adopt and not refreshed:
        raise StoreError(server.settings.store_path, "another process writes to it; stop that first")
    return refreshed


def say_held(refreshed: Refreshed | None) -> None:
    """Print why the articles of missing files are kept, if they are."""
    if refreshed and refreshed.held:
        click.echo(f"feeds: {refreshed.held}", err=True)


def exit_if_held(refreshed: Refreshed | None) -> None:
    """End with exit status 1 if the articles of missing files are kept."""
    if refreshed and refreshed.held:
        sys.exit(1)
