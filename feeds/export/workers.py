"""Work shared by forked processes, which share the memory of their parent."""

import gc
import multiprocessing
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import TypeVar

from feeds.errors import ExportError, FeedsError

T = TypeVar("T")

_ENDING = (signal.SIGTERM, signal.SIGHUP)


def in_processes(works: Sequence[Iterator[T]]) -> Iterator[T]:
    """Run each of *works* in a process of its own; yield their results as they arrive.

    A FeedsError or OSError in a process is raised here. If processes cannot be forked, *works* run one
    after another.
    """
    if len(works) < 2 or not sys.platform.startswith("linux"):
        for work in works:
            yield from work
        return
    context = multiprocessing.get_context("fork")
    gc.collect()
    gc.freeze()  # else the first collection in each process would copy all shared memory
    ends, processes = [], []
    try:
        for work in works:
            end, other = context.Pipe(duplex=False)
            process = context.Process(target=_run, args=(work, other), daemon=True)
            with _signals_blocked():
                process.start()
            other.close()
            ends.append(end)
            processes.append(process)
        yield from _received(ends)
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    finally:
        for process in processes:
            process.join()
        gc.unfreeze()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block the signals that end a command, also in a process that is forked meanwhile."""
    former = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _run(work: Iterator[T], end: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends this process
    # A handler of the parent raises SystemExit: after the work, this process would go on as the parent.
    for ending in _ENDING:
        if callable(signal.getsignal(ending)):  # else it is ignored, as with nohup
            signal.signal(ending, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    try:
        for item in work:
            end.send(item)
        end.send(None)
    except BrokenPipeError:
        pass  # the parent no longer reads
    except (FeedsError, OSError) as error:
        end.send(error)


def _received(ends: list[Connection]) -> Iterator[T]:
    open_ = list(ends)
    while open_:
        for end in wait(open_):
            assert isinstance(end, Connection)
            try:
                item = end.recv()
            except EOFError:
                raise ExportError(
                    "process", "ended before its work was done", "free some memory, or use --workers 1"
                ) from None
            if isinstance(item, Exception):
                raise item
            if item is None:
                open_.remove(end)
            else:
                yield item
