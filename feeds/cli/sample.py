"""feeds sample: an invented corpus."""

from pathlib import Path

import click

from feeds.cli.command_line import Command, WholeNumber
from feeds.cli.progress import progress
from feeds.sample import write_sample


@click.command("sample", cls=Command)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--articles", default=200, show_default=True, type=WholeNumber(0),
              help="Write this number of articles.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, type=WholeNumber(),
              help="Make all choices from this seed; the same seed gives the same corpus.")  # fmt: skip
def sample_command(folder: Path, articles: int, seed: int) -> None:
    """Write a corpus of invented articles to FOLDER.

    FOLDER is new, or has an earlier sample, which is replaced if none of its files was added or changed.
    """
    with progress("writing articles") as show:
        write_sample(folder, articles, seed, lambda done: show(done, articles))
    click.echo(f"{articles} articles in {folder}", err=True)
