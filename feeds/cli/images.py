"""feeds images: the pictures on other sites, their known facts, and probes."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from threading import Event
from typing import Any

import click

from feeds import __version__
from feeds.bootstrap import ServerProcess, state_of
from feeds.cli.command_line import Command, CommandEnvironment
from feeds.cli.loaded import loaded, settings_of
from feeds.cli.output import format_option, print_json
from feeds.cli.progress import progress
from feeds.errors import StoreError, counted, one_line
from feeds.http.public_address import allowing
from feeds.ingest.probe.outcomes import OLDER_THAN
from feeds.ingest.probe.request import RequestLimits
from feeds.ingest.probe.run import Run
from feeds.ingest.probe.shown import ShownPicture, shown_pictures
from feeds.period import DAY
from feeds.store.state import Probe, SharedState

PAUSE = 1.0  # seconds between two requests to one site
REPORTED = 100  # probes between two lines of progress, if there is no progress bar


@click.command("images", cls=Command)
@click.option("--probe", "is_probing", is_flag=True, help="Ask the sites for the pictures that are due.")
@click.option(
    "--older-than", type=click.IntRange(0, 3650), default=OLDER_THAN // DAY, show_default=True,
    metavar="DAYS", help="Probe pictures again after this number of days.",
)  # fmt: skip
@click.option("--dead", "only_dead", is_flag=True, help="List dead pictures only.")
@format_option
@click.pass_obj
def images_command(
    given: CommandEnvironment, is_probing: bool, older_than: int, only_dead: bool, format_: str
) -> None:
    """List the pictures on other sites, with what is known of them.

    Each line has the status, the width and height, the media type, the length in bytes, the date of the
    last probe and the address, separated by tabs. A dead picture has the reason and the files of the
    articles that show it below it.

    With --probe, one request at a time goes to each site, for at most 64 KB of each picture. Dead
    pictures are listed then. A server that is running shows the results within its next scan.
    """
    made = settings_of(given)
    with closing(state_of(made)) as state:
        with loaded(made) as server:
            pictures = shown_pictures(server.store, server.site.url)
            if is_probing:
                _probe(server, state, pictures, older_than * DAY)
            paths = _paths(server, pictures)
        _print(pictures, state.probes(), paths, format_, only_dead=only_dead or is_probing)


def _probe(
    server: ServerProcess, state: SharedState, pictures: Sequence[ShownPicture], older_than: int
) -> None:
    """Probe the *pictures* that are due; then update the articles, or let the server do it."""
    if not state.acquire_prober():
        path = f"{server.settings.store_path}.state"
        raise StoreError(path, "in use by another probe", "wait until that process is done")
    limits = RequestLimits(pause=PAUSE, is_allowed=allowing(server.settings.images.networks))
    run = Run(state, pictures, _agent(server), server.clock, older_than, limits)
    due = run.due()
    statuses: Counter[str] = Counter()
    stop = Event()
    try:
        with progress("probing pictures") as show:
            for each in run.results(due, stop):
                statuses[each.status] += 1
                done = statuses.total()
                show(done, len(due))
                if not sys.stderr.isatty() and done % REPORTED == 0:
                    click.echo(f"probed {done:,} of {_summary(len(due), statuses)}", err=True)
    finally:
        stop.set()
        _publish(server)
    forgotten = run.forget()
    click.echo(f"probed {statuses.total():,} of {_summary(len(due), statuses)}", err=True)
    if rest := len(pictures) - len(due):
        click.echo(f"{counted(rest, 'picture')} not due", err=True)
    if forgotten:
        click.echo(f"{counted(forgotten, 'result')} of other pictures deleted", err=True)


def _agent(server: ServerProcess) -> str:
    return f"feeds/{__version__} (pictures in feeds; +{server.site.url}/)"


def _publish(server: ServerProcess) -> None:
    """Update the articles in the store, or request that from the process that writes to it."""
    if server.refresh(lambda _done, _total: None) is None:
        server.request()


def _summary(total: int, statuses: Mapping[str, int]) -> str:
    found = ", ".join(f"{statuses.get(name, 0):,} {name}" for name in ("ok", "dead", "unknown"))
    return f"{counted(total, 'picture')}: {found}"


def _paths(server: ServerProcess, pictures: Sequence[ShownPicture]) -> dict[str, str]:
    """The paths of all articles in *pictures*, by id."""
    ids = list(dict.fromkeys(id_ for each in pictures for id_ in each.ids))
    return {id_: entry.path for id_, entry in server.store.entries(ids).items()}


def _print(
    pictures: Sequence[ShownPicture],
    probes: Mapping[str, Probe],
    paths: Mapping[str, str],
    format_: str,
    *,
    only_dead: bool,
) -> None:
    rows = [(each, probes.get(each.url) or Probe(each.url, 0, "unknown")) for each in pictures]
    rows = [row for row in rows if row[1].status == "dead" or not only_dead]
    if format_ == "json":
        print_json([_described(picture, probe, paths) for picture, probe in rows])
        return
    for picture, probe in rows:
        for line in _lines(picture, probe, paths):
            click.echo(line)


def _described(picture: ShownPicture, probe: Probe, paths: Mapping[str, str]) -> dict[str, Any]:
    return {
        "url": picture.url,
        "status": probe.status,
        "reason": probe.reason,
        "type": probe.type,
        "width": probe.width,
        "height": probe.height,
        "length": probe.length,
        "probed": _date(probe.at, "%Y-%m-%dT%H:%M:%SZ") or None,
        "failures": probe.failures,
        "failing_since": _date(probe.since, "%Y-%m-%dT%H:%M:%SZ") or None,
        "articles": sorted(paths[id_] for id_ in picture.ids if id_ in paths),
    }


def _lines(picture: ShownPicture, probe: Probe, paths: Mapping[str, str]) -> Iterator[str]:
    size = f"{probe.width}x{probe.height}" if probe.width else "-"
    date = _date(probe.at, "%Y-%m-%d") or "-"
    fields = (probe.status, size, probe.type or "-", str(probe.length or "-"), date, picture.url)
    yield "\t".join(one_line(field) for field in fields)
    if probe.reason:
        yield f"    {one_line(probe.reason)}"
    if probe.status == "dead":
        for path in sorted(paths[id_] for id_ in picture.ids if id_ in paths):
            yield f"    in {one_line(path)}"


def _date(second: int, form: str) -> str:
    return datetime.fromtimestamp(second, UTC).strftime(form) if second else ""
