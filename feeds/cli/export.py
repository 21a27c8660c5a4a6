"""feeds export: the answers of the server as files."""

from pathlib import Path
from typing import Any

import click
import msgspec

from feeds.cli.loaded import ACCEPT_REMOVALS, Load, exit_if_held, loaded
from feeds.cli.progress import progress
from feeds.export import addresses, export, state_of
from feeds.export.manifest import SUFFIXES
from feeds.settings import CacheSettings
from feeds.web import create_app
from feeds.web.files import static_files

EXPORTED = CacheSettings(max_bytes=1 << 20, entries=1 << 28)  # a feed is written once, entries more often


def _codings(_context: click.Context, _option: click.Parameter, written: str) -> tuple[str, ...]:
    """Parse ``gzip,br`` or ``none``; the result is in a fixed order, as the order has no meaning."""
    named = {name.strip() for name in written.split(",")} - {"none"}
    if unknown := sorted(named - {*SUFFIXES}):
        known = ", ".join(SUFFIXES)
        raise click.BadParameter(f"{unknown[0]!r} is not one of {known}, nor is it none")
    return tuple(coding for coding in SUFFIXES if coding in named)


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--archives/--no-archives", default=True, show_default=True, help="History as well.")
@click.option("--digests/--no-digests", default=True, show_default=True, help="Days and weeks as well.")
@click.option("--pages/--no-pages", default=True, show_default=True, help="Pages for people as well.")
@click.option("--codings", default=",".join(SUFFIXES), show_default=True, callback=_codings,
              help="What to compress with as well, or none.")  # fmt: skip
@click.option("--workers", default=0, type=click.IntRange(0, 256), help="Processes; 0: one a processor.")
@click.option("--accept-removals", is_flag=True, help=ACCEPT_REMOVALS)
@click.pass_obj
def export_command(
    settings: Load, /, folder: Path, digests: bool, workers: int, accept_removals: bool, **chosen: Any
) -> None:
    """Write everything the server would answer to FOLDER, as files for nginx to serve.

    Exit status 1 if most files of the corpus are missing and their articles are kept.
    """
    with loaded(msgspec.structs.replace(settings(), cache=EXPORTED), accept_removals) as server:
        assets = server.corpus.root / "assets"
        app = create_app(server.pipeline, server.site, server.settings.http, assets, server.clock)
        index = server.current_index.index()
        starts = addresses(server.site, index, assets, static_files(), digests=digests)
        store = server.current_index.identity
        options = digests, sorted(chosen.items())
        state = state_of(server.settings, index, store, assets, server.clock(), *options)
        with progress("exporting") as show:
            result = export(
                app, server.site.url, starts, folder, state,
                workers=workers, progress=show, **chosen,
            )  # fmt: skip
    click.echo(
        f"{result.answers} answers in {folder}: {result.written} files written, {result.removed} removed",
        err=True,
    )
    exit_if_held(server.refreshed)
