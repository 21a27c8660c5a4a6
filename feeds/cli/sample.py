"""feeds sample: an invented corpus."""

from pathlib import Path

import click

from feeds.cli.progress import progress
from feeds.sample import write_sample


@click.command("sample")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--articles", default=200, show_default=True, type=click.IntRange(0))
@click.option("--seed", default=1, show_default=True)
def sample_command(folder: Path, articles: int, seed: int) -> None:
    """Write an invented corpus to FOLDER, the same one for the same seed."""
    with progress("writing") as show:
        write_sample(folder, articles, seed, lambda done: show(done, articles))
    click.echo(f"{articles} articles in {folder}", err=True)
