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
def later_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Like ``progress``, but the bar appears at the first call: another may be shown before."""
    with ExitStack() as bars:
        shown: list[Callable[[int, int], None]] = []

        def show(done: int, total: int) -> None:
            if not shown:
                shown.append(bars.enter_context(progress(label)))
            shown[0](done, total)

        yield show
