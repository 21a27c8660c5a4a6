"""Progress bars on standard error, if that is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import click


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar with *label*; yield a function that sets *done* and *total*."""
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=0, label=label, file=sys.stderr, hidden=hidden, show_pos=True) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows a progress bar for each label, one after another."""
    with ExitStack() as bar:
        shown: dict[str, Callable[[int, int], None]] = {}

        def show(label: str, done: int, total: int) -> None:
            if label not in shown:
                bar.close()
                shown[label] = bar.enter_context(progress(label))
            shown[label](done, total)

        yield show
