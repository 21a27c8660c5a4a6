"""feeds fleet: the hosts of a fleet, and its journal."""

import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import click

from feeds.bootstrap import journal_of
from feeds.cli.command_line import CommandEnvironment, CommandGroup
from feeds.cli.loaded import settings_of
from feeds.cli.output import format_option, print_json
from feeds.errors import SettingsError, StoreError, one_line
from feeds.fleet import FleetHost, Journal, JournalHead
from feeds.fleet.limits import FLEET_LIMITS

MISSING_AFTER = FLEET_LIMITS.present  # seconds without a report, after which a host counts as missing
CATCH_UP = 3.0  # seconds in which a host that follows has reported the last batch


@click.group("fleet", cls=CommandGroup)
def fleet_commands() -> None:
    """Describe the hosts of a fleet, let an older corpus lead, or forget a host.

    The setting fleet.dsn names the journal that the hosts share.
    """


@fleet_commands.command("status")
@format_option
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_obj
def fleet_status(given: CommandEnvironment, format_: str, as_json: bool) -> None:
    """List the hosts and the state of the journal.

    The exit status is 1 if a host is behind, silent or has trouble, or if no host leads.
    """
    with closing(_journal(given)) as journal:
        head, hosts = _settled(journal)
        found = [_host(each, head) for each in hosts]
        described = {"journal": _described(journal, head), "hosts": found}
    if as_json or format_ == "json":
        print_json(described)
    else:
        _print(described)
    sys.exit(0 if head.leader and found and all(each["state"] == "ok" for each in found) else 1)


@fleet_commands.command("accept")
@click.pass_obj
def fleet_accept(given: CommandEnvironment) -> None:
    """Allow a host with an older corpus than the last published one to lead.

    Published changes that its corpus lacks are undone.
    """
    with closing(_journal(given)) as journal:
        journal.accept_generation()
        click.echo(f"{journal.name}: the corpus of the next host that leads is accepted", err=True)


@fleet_commands.command("forget")
@click.argument("host")
@click.pass_obj
def fleet_forget(given: CommandEnvironment, host: str) -> None:
    """Delete HOST from the list of hosts.

    A host that is running reports itself again.
    """
    with closing(_journal(given)) as journal:
        known = [each.host for each in journal.hosts()]
        if host not in known:
            remedy = f"use one of {', '.join(known)}" if known else "start a host"
            raise StoreError(journal.name, f"no host {host!r} has reported within a day", remedy)
        journal.forget(host)
        click.echo(f"{journal.name}: {host} forgotten", err=True)


def _journal(given: CommandEnvironment) -> Journal:
    made = settings_of(given)
    if not made.fleet.dsn:
        problem = "empty, so that this host is alone"
        raise SettingsError("fleet.dsn", problem, "set the address of a PostgreSQL database")
    return journal_of(made)


def _settled(
    journal: Journal, monotonic: Callable[[], float] = time.monotonic
) -> tuple[JournalHead, list[FleetHost]]:
    """The state of *journal* and the hosts, once those that follow have reported its last batch."""
    head, end = journal.head(), monotonic() + CATCH_UP
    while True:
        hosts = journal.hosts()
        present = [each for each in hosts if each.seen >= head.now - MISSING_AFTER]
        if all(each.position >= head.position.number for each in present) or monotonic() >= end:
            return head, hosts
        journal.wait(0.2)


def _described(journal: Journal, head: JournalHead) -> dict[str, Any]:
    return {
        "name": journal.name,
        "now": _instant(head.now),
        "leader": head.leader,
        "epoch": head.epoch,
        "batch": head.position.number,
        "snapshot": head.snapshot.number,
        "corpus": {"at": _instant(head.generation.at), "commit": head.generation.commit},
    }


def _host(host: FleetHost, head: JournalHead) -> dict[str, Any]:
    behind = max(0, head.position.number - host.position)
    silent = max(0.0, head.now - host.seen)
    state = (
        "silent" if silent > MISSING_AFTER
        else "trouble" if host.trouble
        else "behind" if behind
        else "ok"
    )  # fmt: skip
    return {
        "host": host.host,
        "state": state,
        "role": host.role,
        "batch": host.position,
        "batches_behind": behind,
        "revision": host.revision,
        "seen_seconds": round(silent, 1),
        "offset_seconds": round(host.offset, 3),
        "version": host.version,
        "format": host.format,
        "edition": host.edition,
        "trouble": host.trouble,
    }


def _print(described: dict[str, Any]) -> None:
    journal = described["journal"]
    corpus = journal["corpus"]["commit"][:12] or journal["corpus"]["at"] or "-"
    click.echo(
        f"journal {journal['name']}: batch {journal['batch']:,}, snapshot {journal['snapshot']:,}, "
        f"corpus {corpus}, epoch {journal['epoch']}, leader {journal['leader'] or '-'}"
    )
    for each in described["hosts"]:
        behind = f", {each['batches_behind']:,} behind" if each["batches_behind"] else ""
        click.echo(
            f"{each['host']}: {each['state']}, {each['role']}, batch {each['batch']:,}{behind}, "
            f"seen {each['seen_seconds']:.0f} s ago, clock {each['offset_seconds']:+.3f} s, "
            f"version {each['version']}, settings {each['edition'][:8]}"
        )
        if each["trouble"]:
            click.echo(f"    {one_line(each['trouble'])}")


def _instant(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if second else ""
