"""feeds refresh: read all changed files now."""

import click

from feeds.bootstrap import ServerProcess
from feeds.cli.command_line import Command, CommandEnvironment
from feeds.cli.loaded import ACCEPT_REMOVALS, ADOPT, exit_if_held, print_held, refresh, settings_of
from feeds.errors import counted


@click.command("refresh", cls=Command)
@click.option("--accept-removals", is_flag=True, help=ACCEPT_REMOVALS)
@click.option("--adopt", is_flag=True, help=ADOPT)
@click.pass_obj
def refresh_command(given: CommandEnvironment, accept_removals: bool, adopt: bool) -> None:
    """Check all files now, and record the changes.

    If a server is running on the store, it checks the files instead.

    The exit status is 1 if most files are missing and their articles are kept.
    """
    server = ServerProcess(settings_of(given))
    try:
        refreshed = refresh(server, accept_removals, adopt)
        if refreshed is None:
            server.store.request("scan", *(("accept-removals",) if accept_removals else ()))
            click.echo("requested a scan from the process that writes to this store", err=True)
            return
        click.echo(f"{counted(refreshed.files, 'file')} changed", err=True)
        print_held(refreshed)
        exit_if_held(refreshed)
    finally:
        server.stop()
