"""feeds refresh: read all changed files now."""

import click

from feeds.bootstrap import ServerProcess
from feeds.cli.command_line import Command, CommandEnvironment
from feeds.cli.loaded import ACCEPT_REMOVALS, ADOPT, exit_if_held, print_held, refresh, settings_of
from feeds.errors import CommandLineError, counted
from feeds.settings import Settings


@click.command("refresh", cls=Command)
@click.option("--accept-removals", is_flag=True, help=ACCEPT_REMOVALS)
@click.option("--adopt", is_flag=True, help=ADOPT)
@click.pass_obj
def refresh_command(given: CommandEnvironment, accept_removals: bool, adopt: bool) -> None:
    """Check all files now, and record the changes.

    If a server is running on the store, it checks the files instead; in a fleet, the host that leads.

    The exit status is 1 if most files are missing and their articles are kept.
    """
    made = settings_of(given)
    if adopt and made.fleet.dsn:
        raise CommandLineError("--adopt", "not possible in a fleet", "leave it out")
    server = ServerProcess(made)
    try:
        refreshed = refresh(server, accept_removals, adopt)
        if refreshed is None:
            leader = server.request(*(("accept-removals",) if accept_removals else ()))
            click.echo(f"requested a scan from {_writer(made, leader)}", err=True)
            return
        click.echo(f"{counted(refreshed.files, 'file')} changed", err=True)
        print_held(refreshed)
        exit_if_held(refreshed)
    finally:
        server.stop()


def _writer(settings: Settings, leader: str) -> str:
    """The writer in words; *leader* is the host that leads its fleet, if any."""
    if not settings.fleet.dsn:
        return "the process that writes to this store"
    return f"{leader}, which leads the fleet" if leader else "the next host that leads the fleet"
